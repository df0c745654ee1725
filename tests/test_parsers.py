"""Hypothesis against everything that reads what strangers wrote."""

import itertools
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from assistant.access.limiting import limit
from assistant.pipeline import Pipeline
from assistant.records import Question, Turn
from assistant.web.forms import is_number
from ingest.errors import DocumentError, InputError
from ingest.reading import read
from ingest.text import sentence_spans, slug, terms

TEXT = st.text(max_size=400)
ENDINGS = (".md", ".txt", ".html", ".docx", ".pdf", ".pptx")


@given(TEXT)
@example("²")
@example("9" * 5000)
def test_a_number_of_a_form_is_a_number(text: str) -> None:
    if is_number(text):
        assert 0 <= int(text) < 1000


@given(TEXT)
def test_a_limit_is_one_or_is_named(text: str) -> None:
    try:
        assert limit(text).amount > 0
    except InputError as error:
        assert "is no limit" in str(error)


@given(TEXT)
def test_sentences_cover_a_text_in_order(text: str) -> None:
    spans = sentence_spans(text)
    assert all(a < b for a, b in spans)
    assert all(before[1] <= after[0] for before, after in itertools.pairwise(spans))
    assert slug(text)
    assert all(term == term.lower() for term in terms(text))


@given(text=TEXT, history=st.lists(TEXT, max_size=3))
@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_every_question_has_an_outcome(pipeline: Pipeline, text: str, history: list[str]) -> None:
    turns = tuple(Turn(role="user", content=t) for t in history)
    answer = pipeline.answer(Question(text or "?", turns))
    assert answer.group in ("answer", "refusal")
    assert all(s.citations for s in answer.sentences)


@pytest.mark.parametrize("ending", ENDINGS)
@given(content=st.binary(max_size=600))
@settings(max_examples=40, deadline=None)
def test_a_file_is_a_document_or_is_named(ending: str, content: bytes) -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder) / f"strange{ending}"
        path.write_bytes(content)
        try:
            assert read(path, Path(folder), front_matter_required=False).id
        except DocumentError as error:
            assert path.name in str(error)
