"""How far a shown sentence bears on the question: a cheap predictor, measured against labels.

``evals/labels/onpoint.jsonl`` has answers read sentence by sentence: 1 where a sentence bears on
the question, 0 where it is beside the point. The predictor is a logistic model over the features of
the sentence; its weights are printed by ``python -m evals onpoint`` from those labels.
"""

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from pydantic import BaseModel

from assistant.pipeline import Pipeline, Trace
from assistant.records import Question
from assistant.sentences import FEATURES, Scored
from evals.cases import Case
from evals.fit import Matrix, auc, folds, logistic
from ingest.errors import InputError

LABELS = Path(__file__).with_name("labels") / "onpoint.jsonl"
WEIGHTS = Path(__file__).with_name("labels") / "onpoint-weights.json"


@dataclass(frozen=True)
class Agreement:
    """The predictor's weights, and how well it tells labelled sentences apart outside its fold."""

    weights: dict[str, float]
    answers: int
    sentences: int
    share: float
    auc: float


def shown(trace: Trace) -> list[Scored]:
    """The scored sentences that the draft shows, in its order."""
    by_place = {(s.pick.passage.id, s.pick.start): s for s in trace.scored}
    picks = (pick for part in trace.draft.parts for pick in part.picks)
    return [by_place[(p.passage.id, p.start)] for p in picks]


def predict(sentence: Scored) -> float:
    """The probability that a sentence bears on the question."""
    weights = json.loads(WEIGHTS.read_text("utf-8")) if WEIGHTS.is_file() else {}
    logit = weights.get("bias", 0.0) + sum(
        weights.get(name, 0.0) * value
        for name, value in zip(FEATURES, sentence.features, strict=True)
    )
    return 1 / (1 + math.exp(-logit))


def agreement(cases: Sequence[Case], pipeline: Pipeline) -> Agreement:
    """Fit on the labelled sentences that the assistant still shows."""
    known = {c.id: c for c in cases}
    rows: list[tuple[list[float], float]] = []
    answers = 0
    for label in labels():
        case = known.get(label.id)
        if case is None:
            continue
        trace = pipeline.trace(Question(case.question, case.history))
        judged = dict(zip(label.sentences, label.labels, strict=True))
        found = [(s, judged[s.pick.text]) for s in shown(trace) if s.pick.text in judged]
        answers += bool(found)
        rows += [([*s.features, 1.0], float(truth)) for s, truth in found]
    x = np.array([row for row, _ in rows])
    y = np.array([truth for _, truth in rows])
    pairs = list(zip(x, y, strict=True))
    weights = logistic(x, y, 1.0)
    held_out = folds(pairs, lambda part: logistic(*_unzip(part), 1.0))
    chances = np.array([1 / (1 + np.exp(-r @ w)) for r, w in zip(x, held_out, strict=True)])
    named = {n: round(float(w), 3) for n, w in zip((*FEATURES, "bias"), weights, strict=True)}
    return Agreement(named, answers, len(rows), float(y.mean()), auc(chances, y))


def _unzip(rows: Sequence[tuple[Matrix, float]]) -> tuple[Matrix, Matrix]:
    return np.array([x for x, _ in rows]), np.array([y for _, y in rows])


class Label(BaseModel):
    """One answer that was read: its sentences, and 1 for each that bears on the question."""

    id: str
    sentences: list[str]
    labels: list[int]


def labels() -> list[Label]:
    """The labelled answers."""
    if not LABELS.is_file():
        raise InputError(f"{LABELS} is missing; it comes with the repository")
    lines = LABELS.read_text("utf-8").splitlines()
    return [Label.model_validate_json(line) for line in lines if line]
