"""Runs in the data forms of ragas and DeepEval, and cases out of theirs."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from evals.cases import Case
from evals.generate import Output
from ingest.errors import InputError
from ingest.text import slug


def to_ragas(outputs: Sequence[Output]) -> list[dict[str, Any]]:
    """Rows of ragas' single-turn samples: user_input, retrieved_contexts, response, reference."""
    return [
        {
            "user_input": o.case.question,
            "retrieved_contexts": [c.quote for c in o.answer.citations],
            "response": o.answer.answer,
            "reference": "; ".join(point[0] for point in o.case.key_points),
            "reference_contexts": list(o.case.sources),
        }
        for o in outputs
    ]


def to_deepeval(outputs: Sequence[Output]) -> list[dict[str, Any]]:
    """Rows of DeepEval's test cases: input, actual_output, expected_output, retrieval_context."""
    return [
        {
            "name": o.case.id,
            "input": o.case.question,
            "actual_output": o.answer.answer,
            "expected_output": "; ".join(point[0] for point in o.case.key_points),
            "retrieval_context": [c.quote for c in o.answer.citations],
            "context": list(o.case.sources),
        }
        for o in outputs
    ]


def from_rows(path: Path) -> tuple[Case, ...]:
    """Cases from a JSON file of either form; what they lack stays empty and must be reviewed."""
    try:
        rows = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise InputError(f"{path} cannot be read as JSON: {error}") from error
    if not isinstance(rows, list):
        raise InputError(f"{path} must be a JSON list of samples")
    cases = []
    for n, row in enumerate(rows, start=1):
        question = row.get("user_input") or row.get("input")
        if not question:
            raise InputError(f"{path}: sample {n} has no 'user_input' or 'input'")
        sources = tuple(row.get("reference_contexts") or row.get("context") or ())
        expected = row.get("reference") or row.get("expected_output") or ""
        points = tuple((p.strip(),) for p in expected.split(";") if p.strip())
        cases.append(
            Case(
                id=f"{slug(path.stem)}-{n}",
                question=question,
                answerable=bool(sources),
                sources=sources,
                key_points=points if sources else (),
                tags=("imported",),
            )
        )
    return tuple(cases)
