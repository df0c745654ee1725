from pathlib import Path

import pytest
import torch
from transformers import AutoTokenizer

from assistant.pipeline import Pipeline
from assistant.records import Question
from assistant.service import open_pipeline
from assistant.settings import Settings
from assistant.tuning import ReadingTuning, shipped
from evals import cross_encoder
from evals.cli.weights import DRAFTED
from evals.cross_encoder import Pair
from evals.drafted import Drafted, load
from ingest import export
from ingest.adapter import AdaptedEncoder
from ingest.cross_encoder import CrossEncoder
from ingest.embedding import EMBEDDED, embedded_model_path
from ingest.errors import InputError

MARKET = "case-studies/springfield-market"


def odds(model: AdaptedEncoder, question: str, sentence: str) -> float:
    tokenizer = AutoTokenizer.from_pretrained(embedded_model_path())
    return float(model(**tokenizer(question, sentence, return_tensors="pt"))[0].detach())


def best(pipeline: Pipeline, question: Question) -> str:
    return max(pipeline.trace(question).scored, key=lambda s: s.score).pick.headed


@pytest.mark.model
def test_an_adapter_keeps_what_training_changed(tmp_path: Path) -> None:
    changed, again = (AdaptedEncoder(embedded_model_path()).eval() for _ in range(2))
    torch.manual_seed(0)
    with torch.no_grad():
        for parameter in changed.parameters():
            if parameter.requires_grad:
                parameter += 0.01 * torch.randn_like(parameter)
    changed.save(tmp_path / "adapter.safetensors")
    again.load(tmp_path / "adapter.safetensors")
    asked = ("Who pays?", "The city pays.")
    assert odds(again, *asked) == pytest.approx(odds(changed, *asked), abs=0.02)
    assert (tmp_path / "adapter.safetensors").stat().st_size < 13_000_000


@pytest.mark.model
def test_the_8_bit_export_reads_as_the_trained_model(exported: Path, tmp_path: Path) -> None:
    folder = export.export_folder(exported)
    export.write_cross_encoder(embedded_model_path(), tmp_path / "whole.onnx")
    whole = CrossEncoder(tmp_path / "whole.onnx", folder / export.TOKENIZER)
    small = export.cross_encoder(EMBEDDED, exported)
    assert small is not None
    pairs = [
        ("How much does the city pay?", "Payment. Price. The city pays 300 euros a month."),
        ("How much does the city pay?", "Payment. Form. The city pays by bank transfer."),
    ]
    exact, near = ([read(*pair) for pair in pairs] for read in (whole, small))
    assert near == pytest.approx(exact, abs=1.0)
    assert near[0] > near[1], "the sum is in the first one alone"


def test_there_is_none_beside_another_embedding_model(tmp_path: Path) -> None:
    assert export.cross_encoder("hashing", tmp_path) is None


@pytest.mark.model
def test_what_answers_is_learned_from_pairs() -> None:
    names = ("apples", "bread", "cheese", "milk")
    pairs = [
        Pair(f"{asked} {name}", f"{name} cost 3 euros", answers)
        for name in names
        for asked, answers in (("price of", True), ("colour of", False))
    ]
    losses: list[float] = []
    model = cross_encoder.train(pairs, 400, lambda step, steps, loss: losses.append(loss))
    said = [
        odds(model, f"{asked} nuts", "nuts cost 3 euros") for asked in ("price of", "colour of")
    ]
    assert losses[-1] < 0.5
    assert said[0] > said[1], "of a thing that was not among them"


def test_pairs_are_made_of_drafted_and_of_readers_questions(pipeline: Pipeline) -> None:
    passage = next(p for p in pipeline.snapshot.passages if p.document_id == MARKET)
    words = passage.words(passage.sentences[0])
    drafted = Drafted(
        MARKET, words, ("Who cleans the market hall?",), ("How much was stolen?", "And why?")
    )
    found = cross_encoder.pairs(pipeline, [drafted], ["Will it rain?"])
    own = {
        (p.question, p.answers) for p in found if p.sentence.endswith(f"{passage.section}. {words}")
    }
    assert own >= {("Who cleans the market hall", True), ("How much was stolen", False)}
    assert ("Who cleans the market hall? And why", False) in own, (
        "a follow-up, as after another question"
    )
    assert {(q.rstrip("?"), True) for q in passage.sentences[0].questions} <= own
    for asked in ("How much was stolen?", "Will it rain?"):
        assert Pair(asked.rstrip("?"), best(pipeline, Question(asked)), False) in found


def test_a_question_about_a_city_is_not_answered_by_what_others_did(pipeline: Pipeline) -> None:
    asked = Question("How much cheese was sold in Springfield?", without=frozenset({MARKET}))
    passage = next(p for p in pipeline.snapshot.passages if p.document_id == MARKET)
    drafted = Drafted(MARKET, passage.words(passage.sentences[0]), (asked.text,), ())
    found = cross_encoder.pairs(pipeline, [drafted], [])
    assert Pair(asked.text.rstrip("?"), best(pipeline, asked), False) in found


def test_a_sentence_that_is_gone_is_told(pipeline: Pipeline) -> None:
    with pytest.raises(InputError, match="no sentence 'Gone' any more"):
        cross_encoder.pairs(pipeline, [Drafted(MARKET, "Gone", ("Where?",), ())], [])


def test_drafted_questions_are_about_sentences_of_the_corpus(real: Settings) -> None:
    said = {
        (p.document_id, p.words(s))
        for p in open_pipeline(real).snapshot.passages
        for s in p.sentences
    }
    assert {(d.document, d.sentence) for d in load(DRAFTED)} <= said


@pytest.mark.model
def test_the_best_sentence_is_read_in_doubt_alone(real: Settings) -> None:
    plain = open_pipeline(real)
    asked: list[tuple[str, str]] = []

    def length(question: str, sentence: str) -> float:
        asked.append((question, sentence))
        return float(len(sentence))

    def signal(low: float, high: float) -> float:
        tuning = shipped().model_copy(update={"reading": ReadingTuning(low=low, high=high)})
        embeddings = plain.retrieval.embeddings
        reading = Pipeline(plain.snapshot, embeddings, tuning, cross_encoder=length)
        return reading.trace(question).judgement.signals["answers"]

    question = Question("How many suppliers may be on a shortlist?")
    expected = best(plain, question)
    assert signal(0.0, 0.0) == signal(1.0, 1.0) == 0.0
    assert asked == []
    assert signal(0.0, 1.0) == len(expected)
    assert asked == [("How many suppliers may be on a shortlist", expected)]


def test_nothing_is_read_of_documents_without_readers_questions(pipeline: Pipeline) -> None:
    def never(question: str, sentence: str) -> float:
        raise AssertionError(sentence)

    embeddings = pipeline.retrieval.embeddings
    reading = Pipeline(pipeline.snapshot, embeddings, shipped(), cross_encoder=never)
    reading.trace(Question("How many tonnes of cheese were sold in 2021?"))
