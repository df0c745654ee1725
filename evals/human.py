"""How far the support metric agrees with people who rated model answers for faithfulness."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from scipy.stats import spearmanr

from assistant.verification import verify, word_precision
from evals.fit import auc
from ingest.errors import InputError
from ingest.text import sentence_spans

UNFAITHFUL = 2.5


@dataclass(frozen=True)
class Agreement:
    """Spearman's rank correlation, and the area under the curve for telling unfaithful answers."""

    metric: str
    n: int
    spearman: float
    auc: float


def agreement(path: Path) -> tuple[Agreement, ...]:
    """Agreement of each metric with the mean rating, on the answers that models wrote."""
    judged = _judged(path)
    ratings = np.array([_mean(r) for r in judged])
    found = []
    for name, compute in (("word precision", _precision), ("supported sentences", _supported)):
        values = np.array([compute(r["answer"], _texts(r)) for r in judged])
        correlation = float(spearmanr(values, ratings).statistic)
        area = auc(values, (ratings > UNFAITHFUL).astype(float))
        found.append(Agreement(name, len(judged), round(correlation, 3), round(area, 3)))
    return tuple(found)


def rated(path: Path) -> tuple[list[float], list[tuple[str, list[str]]]]:
    """Mean ratings, and the answers with their passages, in the same order."""
    judged = _judged(path)
    return [_mean(r) for r in judged], [(r["answer"], _texts(r)) for r in judged]


def _judged(path: Path) -> list[dict[str, Any]]:
    """The answers that models wrote and that have passages."""
    try:
        rows = [json.loads(line) for line in path.read_text("utf-8").splitlines() if line]
    except (OSError, ValueError) as error:
        raise InputError(f"{path} cannot be read as JSON lines: {error}") from error
    return [r for r in rows if r["model"] != "reference" and r["passages"]]


def _mean(row: dict[str, Any]) -> float:
    return float(np.mean(row["faithfulness"]))


def _texts(row: dict[str, Any]) -> list[str]:
    return [p if isinstance(p, str) else p["text"] for p in row["passages"]]


def _precision(answer: str, passages: Sequence[str]) -> float:
    return word_precision(answer, "\n".join(passages))


def _supported(answer: str, passages: Sequence[str]) -> float:
    parts = [answer[a:b] for a, b in sentence_spans(answer)]
    good = [verify(part, passages).supported for part in parts]
    return sum(good) / len(good) if good else 1.0
