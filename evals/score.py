"""Phase two: outputs to scores and to one summary with intervals. Pure."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

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
    outcome: str
    recall_at_5: float | None
    mrr: float | None
    precision: float | None
    recall: float | None
    supported: float | None
    key_points: float | None
    words: int | None
    milliseconds: float


def score(output: Output) -> Score:
    """Score one output against its case."""
    case, answer = output.case, output.answer
    refused = answer.group == "refusal"
    cited = {c.document_id for c in answer.citations}
    ranked = tuple(output.ranked[:K])
    judged = case.answerable
    return Score(
        id=case.id,
        answerable=case.answerable,
        refused=refused,
        outcome=answer.outcome,
        recall_at_5=metrics.recall_at(ranked, case.sources, K) if judged else None,
        mrr=metrics.reciprocal_rank(output.ranked, case.sources) if judged else None,
        precision=metrics.citation_precision(cited, case.sources, case.also) if judged else None,
        recall=metrics.citation_recall(cited, case.sources) if judged else None,
        supported=_supported(output),
        key_points=metrics.key_point_recall(_stated(output), case.key_points),
        words=None if refused else len(_stated(output).split()),
        milliseconds=output.milliseconds,
    )


def _stated(output: Output) -> str:
    return " ".join(s.text for s in output.answer.sentences)


def _supported(output: Output) -> float | None:
    """Share of the sentences that stand word for word in the quote of a citation of theirs."""
    quotes = {c.n: c.quote for c in output.answer.citations}
    sentences = output.answer.sentences
    if not sentences:
        return None
    good = [any(s.text in quotes.get(n, "") for n in s.citations) for s in sentences]
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
        "words_median": lambda rows: percentile([r.words for r in rows if r.words], 50),
    },
    "refusal": {
        "precision": lambda rows: _refusal(rows)[0],
        "recall": lambda rows: _refusal(rows)[1],
        "f1": lambda rows: metrics.f1(*_refusal(rows)),
        "false_refusal_rate": lambda rows: mean([float(r.refused) for r in rows if r.answerable]),
    },
    "latency_ms": {
        "p50": lambda rows: percentile([r.milliseconds for r in rows], 50),
        "p95": lambda rows: percentile([r.milliseconds for r in rows], 95),
    },
}


def _refusal(rows: Sequence[Score]) -> tuple[float, float]:
    """Precision and recall of refusing, against the cases that are not answerable."""
    refused = [r for r in rows if r.refused]
    unanswerable = [r for r in rows if not r.answerable]
    right = sum(not r.answerable for r in refused)
    precision = right / len(refused) if refused else 0.0
    return precision, right / len(unanswerable) if unanswerable else 0.0


def summarize(scores: Sequence[Score]) -> dict[str, Any]:
    """The summary of the design: each number with its 95 % interval beside it."""
    summary: dict[str, Any] = {"n": len(scores)}
    for group, statistics in SUMMARY.items():
        summary[group] = {}
        for name, statistic in statistics.items():
            summary[group][name] = round(statistic(scores), 4)
            summary[group][f"{name}_ci"] = list(bootstrap(scores, statistic))
    return summary


def row(scored: Score) -> dict[str, Any]:
    """A score as a plain dictionary."""
    return asdict(scored)
