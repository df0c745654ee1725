"""Intervals and tests for the numbers. Pure, and the same every time: the seed is fixed."""

from collections.abc import Callable, Sequence
from typing import TypeVar

import numpy as np

SEED, RESAMPLES = 20260101, 1000
T = TypeVar("T")
Interval = tuple[float, float]


def bootstrap(rows: Sequence[T], statistic: Callable[[Sequence[T]], float]) -> Interval:
    """The 95 % percentile interval of a statistic over resampled rows (Efron, 1979)."""
    if not rows:
        return (0.0, 0.0)
    random = np.random.default_rng(SEED)
    draws = random.integers(0, len(rows), size=(RESAMPLES, len(rows)))
    values = [statistic([rows[i] for i in draw]) for draw in draws]
    low, high = np.percentile(values, [2.5, 97.5])
    return (round(float(low), 4), round(float(high), 4))


def paired(
    before: Sequence[T], after: Sequence[T], statistic: Callable[[Sequence[T]], float]
) -> tuple[float, Interval]:
    """The change of a statistic over the same cases, with its 95 % paired-bootstrap interval.

    The change is significant when the interval leaves out zero.
    """
    random = np.random.default_rng(SEED)
    draws = random.integers(0, len(before), size=(RESAMPLES, len(before)))
    changes = [
        statistic([after[i] for i in draw]) - statistic([before[i] for i in draw]) for draw in draws
    ]
    low, high = np.percentile(changes, [2.5, 97.5])
    change = statistic(after) - statistic(before)
    return round(change, 4), (round(float(low), 4), round(float(high), 4))


def mean(values: Sequence[float | None]) -> float:
    """The mean of the values that apply; 0 when none does."""
    found = [v for v in values if v is not None]
    return sum(found) / len(found) if found else 0.0


def percentile(values: Sequence[float], share: float) -> float:
    """The value below which this share of the values lies."""
    return float(np.percentile(values, share)) if values else 0.0
