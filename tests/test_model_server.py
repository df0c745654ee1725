"""A real model that invents freely: nothing that it invents gets through."""

from collections.abc import Iterator

import pytest

from assistant.model import helpers
from assistant.model.chat import ChatModel, Limits
from assistant.pipeline import Pipeline
from assistant.records import AnswerSentence, Question
from assistant.service import open_pipeline
from assistant.settings import Settings
from assistant.tuning import shipped
from assistant.verification import verify
from tests import small_model

pytestmark = pytest.mark.model
QUESTIONS = (
    "What should we avoid when we define outcomes?",
    "What is a standstill period?",
    "How many firms should be on the shortlist?",
)


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with small_model.serving(small_model.weights()) as found:
        yield found


def chat(address: str, **more: float) -> ChatModel:
    limits = Limits(seconds=more.pop("seconds", 120), reply_tokens=60, retries=0)
    return ChatModel.open("openai:smollm2", address, "none", limits)


def test_every_sentence_that_gets_through_is_supported(real: Settings, address: str) -> None:
    plain = open_pipeline(real)
    written = Pipeline(
        plain.snapshot,
        plain.retrieval.embeddings,
        shipped(),
        helpers.of(chat(address), ("write",)),
    )
    for text in QUESTIONS:
        answer = written.answer(Question(text, ()))
        assert answer.outcome == "answered"
        assert answer.sentences
        headed = {c.n: f"{c.title} {c.section}\n{c.quote}" for c in answer.citations}
        for sentence in answer.sentences:
            assert verify(sentence.text, [headed[n] for n in sentence.citations]).supported
        for citation in answer.citations:
            passage = plain.snapshot.passage(citation.passage_id)
            assert passage is not None
            assert citation.quote in passage.text


def test_without_the_check_it_says_what_no_passage_says(real: Settings, address: str) -> None:
    from assistant.model.writer import Writer

    plain = open_pipeline(real)
    passages = [plain.snapshot.passage("guidelines/4.1.4-define-outcomes~dont~1")]
    told = "Write three sentences about buying computers for schools, with prices."
    said = chat(address).reply(told, "Go on.")
    assert said
    checked = Writer(chat(address)).write(told, (), [p for p in passages if p])
    kept = list(checked)
    assert all(verify(s.text, [p.text for p, _, _ in s.spans]).supported for s in kept)
    assert len(kept) + len(checked.cut) > 0


def test_a_reader_who_leaves_frees_the_model(real: Settings, address: str) -> None:
    model = chat(address)
    pieces = model.stream("Count from one to two hundred in words.", "Begin.")
    assert next(pieces)
    pieces.close()
    assert model.reply("Say yes.", "Now.")  # the one slot of the server is free again


def test_a_server_that_is_away_falls_back(real: Settings) -> None:
    plain = open_pipeline(real)
    away = helpers.of(chat("http://127.0.0.1:9/v1", seconds=5), ("write",))
    answer = Pipeline(plain.snapshot, plain.retrieval.embeddings, shipped(), away).answer(
        Question(QUESTIONS[0], ())
    )
    assert answer.engine == "extractive: the model cannot be reached"
    assert isinstance(answer.sentences[0], AnswerSentence)
