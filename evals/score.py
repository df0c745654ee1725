"""Phase two: outputs to scores and to one summary with intervals. Pure."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from assistant.finishing import DOUBTFUL
from assistant.verification import verify
from evals import metrics
from evals.generate import Output
from evals.statistics import bootstrap, mean, percentile

K = 5


@dataclass(frozen=True, slots=True)
class Score:
    """The metrics of one case; None where a metric does not apply."""

    id: str
    answerable: bool
    refused: bool
    warned: bool
    outcome: str
    recall_at_5: float | None
    mrr: float | None
    precision: float | None
    recall: float | None
    supported: float | None
    key_points: float | None
    on_point: float | None
    reading_ease: float | None
    words: int | None
    probability: float | None
    milliseconds: float
    lost_in: str


def score(output: Output) -> Score:
    """Score one output against its case."""
    case, answer = output.case, output.answer
    refused = answer.group == "refusal"
    cited = {c.document_id for c in answer.citations}
    ranked = tuple(output.ranked[:K])
    judged = case.answerable
    stated = " ".join(s.text for s in answer.sentences)
    recall_at_5 = metrics.recall_at(ranked, case.sources, K) if judged else None
    recall = metrics.citation_recall(cited, case.sources) if judged else None
    key_points = metrics.key_point_recall(stated, case.key_points)
    return Score(
        id=case.id,
        answerable=case.answerable,
        refused=refused,
        warned=answer.outcome == "partial" or DOUBTFUL in answer.notices,
        outcome=answer.outcome,
        recall_at_5=recall_at_5,
        mrr=metrics.reciprocal_rank(output.ranked, case.sources) if judged else None,
        precision=metrics.citation_precision(cited, case.sources, case.also) if judged else None,
        recall=recall,
        supported=_supported(output),
        key_points=key_points,
        on_point=mean(output.on_point) if output.on_point else None,
        reading_ease=metrics.reading_ease(stated) if stated else None,
        words=None if refused else len(stated.split()),
        probability=output.probability,
        milliseconds=output.milliseconds,
        lost_in=lost_in(case.answerable, refused, recall_at_5, recall, key_points),
    )


def lost_in(
    answerable: bool,
    refused: bool,
    recall_at_5: float | None,
    recall: float | None,
    key_points: float | None,
) -> str:
    """The step that lost a case: retrieval, refusal, composition; nothing when it is right."""
    if not answerable:
        return "" if refused else "refusal"
    if recall_at_5 == 0:
        return "retrieval"
    if refused:
        return "refusal"
    missing = (recall is not None and recall < 1) or (key_points is not None and key_points < 1)
    return "composition" if missing else ""


def _supported(output: Output) -> float | None:
    """Share of the sentences that the quotes of their own citations support."""
    quotes = {c.n: c.quote for c in output.answer.citations}
    sentences = output.answer.sentences
    if not sentences:
        return None
    good = [verify(s.text, [quotes.get(n, "") for n in s.citations]).supported for s in sentences]
    return sum(good) / len(good)


Statistic = Callable[[Sequence[Score]], float]
SUMMARY: dict[str, dict[str, Statistic]] = {
    "retrieval": {
        "recall_at_5": lambda rows: mean([r.recall_at_5 for r in rows]),
        "mrr": lambda rows: mean([r.mrr for r in rows]),
    },
    "citation": {
        "precision": lambda rows: mean([r.precision for r in rows]),
        "recall": lambda rows: mean([r.recall for r in rows]),
        "supported": lambda rows: mean([r.supported for r in rows]),
    },
    "answer": {
        "key_point_recall": lambda rows: mean([r.key_points for r in rows]),
        "on_point": lambda rows: mean([r.on_point for r in rows]),
        "words_median": lambda rows: percentile([r.words for r in rows if r.words], 50),
        "reading_ease": lambda rows: mean([r.reading_ease for r in rows]),
    },
    "refusal": {
        "precision": lambda rows: _refusal(rows)[0],
        "recall": lambda rows: _refusal(rows)[1],
        "f1": lambda rows: metrics.f1(*_refusal(rows)),
        "false_refusal_rate": lambda rows: mean([float(r.refused) for r in rows if r.answerable]),
        "unwarned_rate": lambda rows: mean(
            [float(not r.refused and not r.warned) for r in rows if not r.answerable]
        ),
        "needless_warning_rate": lambda rows: mean([float(r.warned) for r in rows if r.answerable]),
        "brier": lambda rows: metrics.brier(*_chances(rows)),
    },
    "latency_ms": {
        "p50": lambda rows: percentile([r.milliseconds for r in rows], 50),
        "p95": lambda rows: percentile([r.milliseconds for r in rows], 95),
    },
}
LESS_IS_BETTER = frozenset(
    (
        "refusal.false_refusal_rate",
        "refusal.unwarned_rate",
        "refusal.needless_warning_rate",
        "refusal.brier",
        "latency_ms.p50",
        "latency_ms.p95",
    )
)
NEITHER = frozenset(("answer.words_median",))


def statistic(name: str) -> Statistic:
    """The statistic with a dotted name, such as ``retrieval.mrr``."""
    group, _, part = name.partition(".")
    return SUMMARY[group][part]


def names() -> list[str]:
    """The dotted names of all statistics."""
    return [f"{group}.{name}" for group, found in SUMMARY.items() for name in found]


def _refusal(rows: Sequence[Score]) -> tuple[float, float]:
    """Precision and recall of refusing, against the cases that are not answerable."""
    refused = [r for r in rows if r.refused]
    unanswerable = [r for r in rows if not r.answerable]
    right = sum(not r.answerable for r in refused)
    precision = right / len(refused) if refused else 0.0
    return precision, right / len(unanswerable) if unanswerable else 0.0


def _chances(rows: Sequence[Score]) -> tuple[list[float], list[bool]]:
    judged = [(r.probability, r.answerable) for r in rows if r.probability is not None]
    return [p for p, _ in judged], [t for _, t in judged]


def summarize(scores: Sequence[Score]) -> dict[str, Any]:
    """The summary of the contract: each number with its 95 % interval beside it."""
    summary: dict[str, Any] = {"n": len(scores)}
    for group, statistics in SUMMARY.items():
        summary[group] = {}
        for name, compute in statistics.items():
            summary[group][name] = round(compute(scores), 4)
            summary[group][f"{name}_ci"] = list(bootstrap(scores, compute))
    return summary


def row(scored: Score) -> dict[str, Any]:
    """A score as a plain dictionary."""
    return asdict(scored)
