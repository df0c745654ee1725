"""The shipped corpus, indexed with the real model."""

import tomllib

import pytest

from assistant.records import Question
from assistant.service import open_pipeline
from assistant.settings import Settings
from ingest.documents import load
from tests.conftest import ROOT

CORPUS = ROOT / "corpus"


def test_the_corpus_is_exactly_what_was_planned() -> None:
    loaded = load([CORPUS], CORPUS)
    assert loaded.skipped == ()
    catalogue = tomllib.loads((CORPUS / "catalogue.toml").read_text("utf-8"))
    planned = {document_id for ids in catalogue.values() for document_id in ids}
    assert {d.id for d in loaded.documents} == planned


@pytest.mark.model
def test_the_first_question_is_answered_from_its_section(real: Settings) -> None:
    answer = open_pipeline(real).answer(Question("What should we avoid when we define outcomes?"))
    assert answer.outcome == "answered"
    assert {c.document_id for c in answer.citations} == {"guidelines/4.1.4-define-outcomes"}
    assert "Don't include outcomes that are hard to measure" in answer.answer


@pytest.mark.model
@pytest.mark.parametrize("question", ["How do I bake bread?", "Who is the mayor of Lisbon?"])
def test_what_the_corpus_does_not_say_is_not_answered(real: Settings, question: str) -> None:
    assert open_pipeline(real).answer(Question(question)).outcome == "not_covered"
