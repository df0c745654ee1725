"""Fit the weights of ``tuning.toml`` on the development cases: sentences, and answerability."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from langchain_core.embeddings import Embeddings
from numpy.typing import NDArray

from assistant.answerability import SIGNALS
from assistant.pipeline import Pipeline, Trace
from assistant.records import Question
from assistant.sentences import FEATURES, Scored
from assistant.tuning import ReadingTuning, shipped
from assistant.usual import Usual
from evals.cases import Case
from evals.drafted import Drafted
from evals.metrics import states

Matrix = NDArray[np.float64]
FOLDS, SEED = 10, 20260101
FALSE_REFUSALS = 0.03
# Before the best sentence is read; and where no reader's question is known either.
UNREAD = tuple(n for n in SIGNALS if n != "answers")
ALONE = tuple(n for n in UNREAD if n not in ("known", "beside", "usual"))
USUAL_RIDGE = 33.0


@dataclass(frozen=True)
class Fit:
    """Weights by name, and how well they do on cases that they were not fitted on."""

    weights: dict[str, float]
    held_out: dict[str, float]


def traces(cases: Sequence[Case], pipeline: Pipeline) -> list[tuple[Case, Trace]]:
    """What the pipeline made of each case that needs a search, each best sentence read."""
    always = shipped().model_copy(update={"reading": ReadingTuning(low=0.0, high=1.0)})
    reading = pipeline.other(always)
    found = ((c, reading.trace(Question(c.question, c.history))) for c in cases)
    return [(case, trace) for case, trace in found if not trace.request.outcome]


def sentences(found: Sequence[tuple[Case, Trace]], ridge: float = 2.0) -> Fit:
    """Weights of the sentence features, by a softmax over the sentences of each question (ListNet).

    A sentence is right when it stands in a source of the case and states a key point.
    """
    groups: list[tuple[Matrix, Matrix]] = []
    for case, trace in found:
        right = np.array([float(_right(case, s)) for s in trace.scored])
        if right.any():
            groups.append((np.array([s.features for s in trace.scored]), right / right.sum()))
    weights = _listnet(groups, ridge)
    held_out = folds(groups, lambda rows: _listnet(rows, ridge))
    hits = [float(t[np.argmax(x @ w)] > 0) for (x, t), w in zip(groups, held_out, strict=True)]
    named = {n: round(float(w), 2) for n, w in zip(FEATURES, weights, strict=True)}
    return Fit(named, {"questions": len(groups), "best_sentence_is_right": float(np.mean(hits))})


def _right(case: Case, sentence: Scored) -> bool:
    return sentence.pick.passage.document_id in case.sources and any(
        states(sentence.pick.text, point) for point in case.key_points
    )


def _listnet(groups: Sequence[tuple[Matrix, Matrix]], ridge: float, steps: int = 400) -> Matrix:
    """Gradient descent on the cross-entropy; no weight goes below zero, as all features help."""
    weights = np.zeros(len(FEATURES))
    for _ in range(steps):
        gradient = -ridge * weights
        for x, target in groups:
            scores = x @ weights
            chance = np.exp(scores - scores.max())
            gradient += x.T @ (target - chance / chance.sum())
        weights = np.maximum(0.0, weights + 0.5 * gradient / len(groups))
    return weights


def answerability(
    found: Sequence[tuple[Case, Trace]], names: Sequence[str] = SIGNALS, ridge: float = 2.0
) -> Fit:
    """Weights of the signals: a ridge-penalized logistic regression, and the cut with the best F1.

    The cut is chosen on predictions for cases that the weights were not fitted on.
    """
    rows = [_row(c, t, names) for c, t in found]
    weights = _fitted(rows, ridge)
    held_out = folds(rows, lambda part: _fitted(part, ridge))
    chances = np.array([_chance(row, w) for row, w in zip(rows, held_out, strict=True)])
    truth = np.array([row.truth for row in rows])
    cut, f1, false_refusals = _best_cut(chances, truth)
    named = {n: round(float(w), 2) for n, w in zip((*names, "bias"), weights, strict=True)}
    measured = {
        "cases": len(rows),
        "auc": auc(chances, truth),
        "brier": float(np.mean((chances - truth) ** 2)),
        "cut": cut,
        "f1_at_cut": f1,
        "false_refusals_at_cut": false_refusals,
    }
    return Fit(named, measured)


def usual(drafted: Sequence[Drafted], embeddings: Embeddings, model: str) -> Usual:
    """The weights of ``assistant.usual``, from questions that were drafted for each sentence."""
    answered = [q for d in drafted for q in d.answered]
    left_open = [q for d in drafted for q in d.left_open]
    vectors = np.array(embeddings.embed_documents(answered + left_open))
    truth = np.array([1.0] * len(answered) + [0.0] * len(left_open))
    x = np.hstack([vectors, np.ones((len(vectors), 1))])
    return Usual.fitted(model, logistic(x, truth, USUAL_RIDGE).tolist())


@dataclass(frozen=True)
class _Row:
    """The signals of one case, and what they should say."""

    signals: Matrix
    truth: float


def _row(case: Case, trace: Trace, names: Sequence[str]) -> _Row:
    values = np.array([trace.judgement.signals[n] for n in names] + [1.0])
    return _Row(values, float(case.answerable))


def _chance(row: _Row, weights: Matrix) -> float:
    return float(1 / (1 + np.exp(-row.signals @ weights)))


def logistic(x: Matrix, y: Matrix, ridge: float, steps: int = 50) -> Matrix:
    """Weights of a ridge-penalized logistic regression by Newton's method; the last is the bias."""
    penalty = np.diag([ridge] * (x.shape[1] - 1) + [1e-6])
    weights = np.zeros(x.shape[1])
    for _ in range(steps):
        p = 1 / (1 + np.exp(-x @ weights))
        gradient = x.T @ (p - y) + penalty @ weights
        curvature = (x * (p * (1 - p))[:, None]).T @ x + penalty
        weights -= np.linalg.solve(curvature, gradient)
    return weights


def _fitted(rows: Sequence[_Row], ridge: float) -> Matrix:
    """The penalty is that of signals of equal spread, so that their scales do not matter."""
    x = np.array([row.signals for row in rows])
    scale = np.append(x[:, :-1].std(axis=0) + 1e-6, 1.0)
    weights: Matrix = logistic(x / scale, np.array([row.truth for row in rows]), ridge) / scale
    return weights


def _best_cut(chances: Matrix, truth: Matrix) -> tuple[float, float, float]:
    """The cut whose refusals have the best F1 while false refusals stay bearable; both figures."""

    def f1(cut: float) -> float:
        refused, unanswerable = chances < cut, truth == 0
        right = float((refused & unanswerable).sum())
        total = float(refused.sum() + unanswerable.sum())
        return 2 * right / total if total else 0.0

    cuts = [float(c) for c in np.linspace(0.1, 0.9, 81)]
    bearable = [c for c in cuts if np.mean(chances[truth == 1] < c) <= FALSE_REFUSALS]
    best = max(bearable, key=f1)
    return round(best, 2), f1(best), float(np.mean(chances[truth == 1] < best))


def auc(chances: Matrix, truth: Matrix) -> float:
    """Area under the curve: how often an answerable case ranks above one that is not."""
    yes, no = chances[truth == 1], chances[truth == 0]
    return float(np.mean([(y > n) + 0.5 * (y == n) for y in yes for n in no]))


def folds(rows: Sequence, train: Callable[[Sequence], Matrix]) -> list[Matrix]:  # type: ignore[type-arg]
    """For each row, weights that were fitted without its fold."""
    fold = np.random.default_rng(SEED).integers(0, FOLDS, size=len(rows))
    weights = {
        n: train([row for row, f in zip(rows, fold, strict=True) if f != n])
        for n in sorted(set(fold.tolist()))
    }
    return [weights[int(f)] for f in fold]
