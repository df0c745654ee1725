"""Thirty answers that were read one by one and found good; a test compares them.

``python -m tests.golden`` writes them anew from the current snapshot: read the difference first.
"""

import json
from pathlib import Path
from typing import Any

from assistant.pipeline import Pipeline
from assistant.records import Question
from assistant.service import open_pipeline
from assistant.settings import Settings

FILE = Path(__file__).with_name("data") / "golden.json"


def rows() -> list[dict[str, Any]]:
    """The golden answers."""
    found: list[dict[str, Any]] = json.loads(FILE.read_text("utf-8"))
    return found


def answered(pipeline: Pipeline, question: str) -> dict[str, Any]:
    """What is compared of an answer."""
    answer = pipeline.answer(Question(question, ()), "golden")
    return {
        "question": question,
        "outcome": answer.outcome,
        "answer": answer.answer,
        "passages": [c.passage_id for c in answer.citations],
    }


if __name__ == "__main__":
    current = open_pipeline(Settings.load())
    found = [answered(current, row["question"]) for row in rows()]
    FILE.write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n", "utf-8")
