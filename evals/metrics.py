"""Metrics over one case at a time. Pure; each returns None where it does not apply."""

import math
import re
from collections.abc import Collection, Sequence

from ingest.text import sentence_spans, terms, words


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


def reading_ease(text: str) -> float | None:
    """Flesch reading ease (1948): 60 to 70 is plain English; higher is easier."""
    said = words(text)
    if not said:
        return None
    sentences = max(len(sentence_spans(text)), 1)
    syllables = sum(_syllables(word) for word in said)
    return 206.835 - 1.015 * len(said) / sentences - 84.6 * syllables / len(said)


def _syllables(word: str) -> int:
    """Groups of vowels, a silent e at the end left out; one at least."""
    groups = len(re.findall(r"[aeiouy]+", word))
    return max(groups - (word.endswith("e") and not word.endswith("le") and groups > 1), 1)


def brier(chances: Sequence[float], truths: Sequence[bool]) -> float:
    """Mean squared error of the probabilities (Brier, 1950)."""
    pairs = list(zip(chances, truths, strict=True))
    return sum((p - float(t)) ** 2 for p, t in pairs) / len(pairs) if pairs else 0.0


def reliability(
    chances: Sequence[float], truths: Sequence[bool], bins: int = 10
) -> list[tuple[float, float, int]]:
    """Mean probability, share that was true, and count, of each bin that is not empty."""
    found: dict[int, list[tuple[float, bool]]] = {}
    for chance, truth in zip(chances, truths, strict=True):
        found.setdefault(min(int(chance * bins), bins - 1), []).append((chance, truth))
    return [
        (sum(p for p, _ in rows) / len(rows), sum(t for _, t in rows) / len(rows), len(rows))
        for _, rows in sorted(found.items())
    ]


def f1(precision: float, recall: float) -> float:
    """Harmonic mean; 0 when both are."""
    return 2 * precision * recall / (precision + recall) if precision + recall else 0.0
