"""How far the grader of free answers agrees with people, by quadratic-weighted kappa.

Kappa with quadratic weights: Cohen, Psychological Bulletin 70 (1968): 1 for full agreement, 0 for
what chance would give.
"""

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from assistant.learning.content import Course
from assistant.learning.marking import mark
from ingest.errors import InputError

GRADES = {"wrong": 0, "unsure": 0, "partly": 1, "right": 2}


@dataclass(frozen=True, slots=True)
class Graded:
    """One answer: the grade of a person, ours, and the outcome in words."""

    check: str
    answer: str
    person: int
    ours: int
    outcome: str


def graded(path: Path, course: Course) -> tuple[Graded, ...]:
    """Every labelled answer, graded again by the grader."""
    try:
        rows = [json.loads(line) for line in path.read_text("utf-8").splitlines() if line]
    except (OSError, ValueError) as error:
        raise InputError(f"{path} cannot be read as JSON lines: {error}") from error
    found = []
    for row in rows:
        outcome = mark(course.check(row["check"]), [row["answer"]], course).outcome
        found.append(Graded(row["check"], row["answer"], row["grade"], GRADES[outcome], outcome))
    return tuple(found)


def kappa(person: list[int], ours: list[int], grades: int = 3) -> float:
    """Cohen's kappa with quadratic weights."""
    observed = np.zeros((grades, grades))
    for a, b in zip(person, ours, strict=True):
        observed[a, b] += 1
    weights = np.array([[(i - j) ** 2 for j in range(grades)] for i in range(grades)])
    expected = np.outer(observed.sum(1), observed.sum(0)) / observed.sum()
    spread = float((weights * expected).sum())
    return 1.0 - float((weights * observed).sum()) / spread if spread else 1.0
