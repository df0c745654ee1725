"""A free answer to met, missed and contradicted points, without a model. Pure.

A point is met when a sentence of the answer has its words or most of the content words by which it
is described; it is contradicted when that sentence says so with the opposite sign. An answer that
shares nothing with the passages is not marked wrong: the grader says that it is not sure.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from assistant.learning.content import KeyPoint
from assistant.verification import content, negations
from ingest.text import fold, sentence_spans, stem, words

Point = Literal["met", "missed", "contradicted"]
DESCRIBED = 0.6
CLAUSE = re.compile(r"[;,]|\.\s|\band\b|\bbut\b")


@dataclass(frozen=True, slots=True)
class Graded:
    """What became of each point, and of the whole answer."""

    points: tuple[Point, ...]
    outcome: Literal["right", "partly", "wrong", "unsure"]


def grade(
    answer: str, points: Sequence[KeyPoint], passages: Sequence[str], enough: int = 0
) -> Graded:
    """Grade an answer; ``enough`` points must be met for "right", 0 means all."""
    found = tuple(_point(answer, point) for point in points)
    met = found.count("met")
    if met >= (enough or len(points)) and "contradicted" not in found:
        return Graded(found, "right")
    if met:
        return Graded(found, "partly")
    if "contradicted" in found:
        return Graded(found, "wrong")
    shared = content(answer) & content("\n".join(passages))
    return Graded(found, "wrong" if shared or len(words(answer)) > 2 else "unsure")


def rests_on(point: KeyPoint, text: str) -> bool:
    """Whether a passage has most of the words of a point."""
    wanted = content(point.point)
    return len(wanted & content(text)) >= DESCRIBED * max(len(wanted), 1)


def _point(answer: str, point: KeyPoint) -> Point:
    """How the answer treats one point: the best of its sentences decides."""
    states = []
    for start, end in sentence_spans(answer):
        sentence = answer[start:end]
        for clause in (sentence, *CLAUSE.split(sentence)):
            if _says(clause, point):
                states.append("contradicted" if _opposes(clause, point) else "met")
    if "met" in states:
        return "met"
    return "contradicted" if states else "missed"


def _says(clause: str, point: KeyPoint) -> bool:
    folded = f" {' '.join(words(clause))} "
    stems = [stem(w) for w in words(clause)]
    for wanted in point.words:
        if " " in wanted:
            if f" {' '.join(words(wanted))}" in folded:
                return True
        elif any(s.startswith(stem(fold(wanted))) for s in stems):
            return True
    described = content(point.point)
    return bool(described) and len(described & content(clause)) >= DESCRIBED * len(described)


def _opposes(clause: str, point: KeyPoint) -> bool:
    """Whether a clause turns the point round.

    Where the point is put negatively and the words that show it are not, or the other way round,
    the sign of the clause tells nothing.
    """
    folded = fold(clause)
    said = next((w for w in point.words if " " in w and fold(w) in folded), point.point)
    clear = negations(said) % 2 == negations(point.point) % 2
    return clear and negations(clause) % 2 != negations(said) % 2
