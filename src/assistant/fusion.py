"""Scores of different scales into one. Pure."""

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

Scores = NDArray[np.float32]


def standardize(scores: Scores) -> Scores:
    """Scores as z-scores: distance from the mean in standard deviations; zeros if all are equal."""
    spread = float(scores.std())
    if spread < 1e-9:
        return np.zeros_like(scores)
    result: Scores = (scores - scores.mean()) / spread
    return result


def standardize_where(known: NDArray[np.bool_], scores: Scores, otherwise: Scores) -> Scores:
    """Z-scores among the known ones; the others keep another score, so that none sinks for lack."""
    result = otherwise.copy()
    result[known] = standardize(scores[known])
    return result


def reciprocal_rank(rankings: Iterable[Scores], k: int = 60) -> Scores:
    """Reciprocal rank fusion (Cormack, Clarke and Büttcher, SIGIR 2009); the baseline."""
    total: Scores | None = None
    for scores in rankings:
        ranks = np.empty(len(scores), dtype=np.int64)
        ranks[np.argsort(-scores, kind="stable")] = np.arange(1, len(scores) + 1)
        part = (1.0 / (k + ranks)).astype(np.float32)
        total = part if total is None else total + part
    if total is None:
        raise ValueError("no ranking to fuse")
    return total
