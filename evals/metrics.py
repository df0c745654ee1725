"""Metrics over one case at a time. Pure; each returns None where it does not apply."""

import math
from collections.abc import Collection, Sequence

from ingest.text import terms


def recall_at(ranked: Sequence[str], relevant: Collection[str], k: int) -> float | None:
    """Share of the relevant ids that are among the first ``k``."""
    return len(set(ranked[:k]) & set(relevant)) / len(set(relevant)) if relevant else None


def reciprocal_rank(ranked: Sequence[str], relevant: Collection[str]) -> float | None:
    """One over the rank of the first relevant id; 0 when there is none."""
    if not relevant:
        return None
    return next((1 / n for n, found in enumerate(ranked, start=1) if found in relevant), 0.0)


def ndcg_at(ranked: Sequence[str], relevant: Collection[str], k: int) -> float | None:
    """Normalized discounted cumulative gain with binary gains (Järvelin and Kekäläinen, 2002)."""
    if not relevant:
        return None
    gain = sum(1 / math.log2(n + 1) for n, f in enumerate(ranked[:k], start=1) if f in relevant)
    ideal = sum(1 / math.log2(n + 1) for n in range(1, min(k, len(set(relevant))) + 1))
    return gain / ideal


def citation_precision(
    cited: Collection[str], sources: Collection[str], also: Collection[str]
) -> float | None:
    """Share of the cited documents that are sources; those in ``also`` do not count."""
    counted = set(cited) - set(also) | set(cited) & set(sources)
    return len(counted & set(sources)) / len(counted) if counted else None


def citation_recall(cited: Collection[str], sources: Collection[str]) -> float | None:
    """Share of the sources that are cited."""
    return len(set(cited) & set(sources)) / len(set(sources)) if sources else None


def key_point_recall(answer: str, points: Sequence[Sequence[str]]) -> float | None:
    """Share of the key points of which some alternative occurs in the answer, stemmed."""
    if not points:
        return None
    return sum(states(answer, point) for point in points) / len(points)


def states(text: str, point: Sequence[str]) -> bool:
    """Whether a text contains some alternative of a key point, after lower-casing and stemming."""
    said = f" {' '.join(terms(text))} "
    return any(f" {' '.join(terms(alternative))} " in said for alternative in point)


def f1(precision: float, recall: float) -> float:
    """Harmonic mean; 0 when both are."""
    return 2 * precision * recall / (precision + recall) if precision + recall else 0.0
