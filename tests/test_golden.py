"""Thirty answers across kinds and facets, read as an official would, stay as they are."""

from collections.abc import Iterator
from typing import Any

import pytest

from assistant.pipeline import Pipeline
from assistant.service import open_pipeline
from assistant.settings import Settings
from tests.golden import answered, rows

pytestmark = pytest.mark.model


@pytest.fixture(scope="module")
def current(real: Settings) -> Iterator[Pipeline]:
    yield open_pipeline(real)


@pytest.mark.parametrize("golden", rows(), ids=lambda row: row["question"])
def test_a_golden_answer_is_as_good_as_it_was(current: Pipeline, golden: dict[str, Any]) -> None:
    assert answered(current, golden["question"]) == golden, "if it is better now: tests.golden"


def test_the_golden_answers_span_outcomes_and_kinds() -> None:
    found = rows()
    assert len(found) == 30
    assert {row["outcome"] for row in found} >= {"answered", "not_covered", "declined_integrity"}
    kinds = {p.partition("/")[0] for row in found for p in row["passages"]}
    assert kinds >= {"guidelines", "model-policy", "case-studies"}
