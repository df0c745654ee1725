"""What each part of the pipeline is worth: leave it out and compare the same cases in pairs."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from assistant.pipeline import Pipeline
from assistant.tuning import Tuning, shipped
from evals import compare, generate, score
from evals.cases import Case
from evals.compare import Change

NUMBERS = (
    "retrieval.recall_at_5",
    "retrieval.mrr",
    "answer.key_point_recall",
    "citation.precision",
    "citation.recall",
    "refusal.f1",
    "refusal.unwarned_rate",
)
# Each part by name, and what its absence is in the numbers of tuning.toml.
PARTS: dict[str, dict[str, dict[str, Any]]] = {
    "whole passages and windows": {"retrieval": {"dense": 0.0, "window": 0.0}},
    "best sentence": {"retrieval": {"sentence": 0.0}},
    "readers' questions": {"retrieval": {"question": 0.0}},
    "readers' questions in sentence scores": {"sentences": {"asked": 0.0, "covered": 0.0}},
    "words (BM25)": {"retrieval": {"lexical": 0.0}},
    "words and questions": {"retrieval": {"lexical": 0.0, "question": 0.0}},
    "thesaurus in ranking": {"retrieval": {"related": 0.0}},
    "facet, kind and place": {"retrieval": {"facet": 0.0, "kind": 0.0, "place": 0.0}},
    "rest of sections": {"retrieval": {"join": 0}},
    "history": {"history": {"low": 0.0, "high": 0.0}},
    "history gate (always half)": {"history": {"low": 0.5, "high": 0.5}},
    "headings in sentence scores": {"sentences": {"context": 0.0, "heading": 0.0}},
    "facet and form in sentence scores": {"sentences": {"facet": 0.0, "form": 0.0}},
    "reading the best sentence": {"reading": {"low": 0.0, "high": 0.0}},
    "doubt before reading (always read)": {"reading": {"low": 0.0, "high": 1.0}},
    "questions left open": {
        "coverage_unread": shipped().coverage_alone.model_dump(),
        "reading": {"low": 0.0, "high": 0.0},
    },
    "refusing": {
        name: {"partial": 0.0, "answered": 0.0} for name in ("coverage", "coverage_unread")
    },
}


@dataclass(frozen=True)
class Ablation:
    """A part, and how the numbers change without it."""

    part: str
    changes: tuple[Change, ...]


def run(cases: Sequence[Case], pipeline: Pipeline, tuning: Tuning) -> tuple[Ablation, ...]:
    """Every part left out once, against the whole."""

    def scores(changed: Tuning) -> list[score.Score]:
        return [score.score(o) for o in generate.generate(cases, pipeline.other(changed))]

    whole = scores(tuning)
    return tuple(
        Ablation(part, _main(compare.changes(whole, scores(_without(tuning, sections)))))
        for part, sections in PARTS.items()
    )


def _without(tuning: Tuning, sections: dict[str, dict[str, Any]]) -> Tuning:
    changed = {
        name: getattr(tuning, name).model_copy(update=numbers) for name, numbers in sections.items()
    }
    return tuning.model_copy(update=changed)


def _main(changes: Sequence[Change]) -> tuple[Change, ...]:
    return tuple(c for c in changes if c.name in NUMBERS)


def table(found: Sequence[Ablation]) -> str:
    """As Markdown; a star marks what is significant."""
    names = [n.partition(".")[2].replace("_", " ") for n in NUMBERS]
    rows = [f"| without | {' | '.join(names)} |", "|---" * (len(names) + 1) + "|"]
    for ablation in found:
        by_name = {c.name: c for c in ablation.changes}
        cells = (by_name[n] for n in NUMBERS)
        marks = (f"{c.change:+.3f}{'*' if c.significant else ''}" for c in cells)
        rows.append(f"| {ablation.part} | {' | '.join(marks)} |")
    return "\n".join(rows)
