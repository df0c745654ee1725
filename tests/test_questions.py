"""FILE.questions.yaml: what readers ask of a document, answered by a sentence or left open."""

from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from assistant.records import Question
from assistant.service import open_pipeline
from assistant.settings import Settings
from ingest.build import build
from ingest.check import check
from ingest.documents import load
from ingest.passages import split
from ingest.questions import SUFFIX
from ingest.records import BuildReport

APPLES = "guidelines/1-apples.md"
RIPE = "Ripe apples taste better."
MATURE = "Is it worth the wait until fruit is mature?"
OPEN = tuple(f"Which colour has basket number {n}?" for n in range(20))


def ask(corpus: Path, said: object) -> Path:
    file = corpus / (APPLES + SUFFIX)
    file.write_text(said if isinstance(said, str) else yaml.safe_dump(said), "utf-8")
    return file


def test_a_sentence_gets_its_questions_and_the_first_passage_what_is_left_open(
    corpus: Path,
) -> None:
    ask(corpus, {"answered": [{"sentence": RIPE, "asked": [MATURE]}], "open": ["Who grew them?"]})
    mine = [p for p in split(load([corpus], corpus).documents, 200) if "1-apples" in p.id]
    asked = {p.words(s): s.questions for p in mine for s in p.sentences if s.questions}
    assert asked == {RIPE: (MATURE,)}
    assert [p.open for p in mine if p.open] == [("Who grew them?",)]
    assert mine[0].open


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("answered: [", "not YAML"),
        ("- one\n- two\n", "field"),
        ("open: Who grew them?\n", "field open"),
        ("answered: [{sentence: A.}]\n", "field answered.0.asked"),
        ("closed: []\n", "field closed"),
    ],
)
def test_a_bad_file_is_told_and_its_document_left_out(corpus: Path, text: str, reason: str) -> None:
    file = ask(corpus, text)
    loaded = load([corpus], corpus)
    assert "guidelines/1-apples" not in {d.id for d in loaded.documents}
    assert reason in loaded.skipped[0].reason
    assert SUFFIX in loaded.skipped[0].reason
    assert file.as_posix() in {f.path for f in check(corpus)}


def test_questions_without_their_sentence_or_document_are_faults(corpus: Path) -> None:
    file = ask(corpus, {"answered": [{"sentence": "Ripe pears taste better.", "asked": [MATURE]}]})
    lost = file.with_name("9-lost.md" + SUFFIX)
    lost.write_text("open: [Who?]\n", "utf-8")
    faults = {f.path: f.message for f in check(corpus)}
    assert "no sentence of the document reads 'Ripe pears" in faults[file.as_posix()]
    assert "there is no 9-lost.md" in faults[lost.as_posix()]


def test_a_question_that_is_answered_and_left_open_is_a_fault(corpus: Path) -> None:
    ask(corpus, {"answered": [{"sentence": RIPE, "asked": [MATURE]}], "open": [MATURE.upper()]})
    assert [f.message for f in check(corpus) if "is not left open" in f.message]


def test_a_sentence_is_found_in_words_that_only_a_reader_used(
    settings: Settings, corpus: Path, ingest: Callable[..., BuildReport]
) -> None:
    question = Question("Is it worth the wait, must fruit be mature?")
    ingest()
    before = open_pipeline(settings).trace(question)
    ask(corpus, {"answered": [{"sentence": RIPE, "asked": [MATURE]}]})
    ingest()
    after = open_pipeline(settings).trace(question)
    assert max(before.scored, key=lambda s: s.score).pick.text != RIPE
    assert max(after.scored, key=lambda s: s.score).pick.text == RIPE
    assert after.retrieved.answered[0].text == MATURE
    assert after.judgement.probability > before.judgement.probability


def test_what_is_left_open_is_refused_though_its_words_are_there(
    settings: Settings, corpus: Path, ingest: Callable[..., BuildReport]
) -> None:
    near_miss = Question("Why do ripe apples taste better near basket number 7?")
    ask(corpus, {"answered": [{"sentence": RIPE, "asked": [MATURE]}], "open": list(OPEN)})
    ingest()
    beside = open_pipeline(settings).trace(near_miss).judgement
    ask(corpus, {"answered": [{"sentence": RIPE, "asked": [near_miss.text]}], "open": list(OPEN)})
    ingest()
    covered = open_pipeline(settings).trace(near_miss).judgement
    assert beside.signals["known"] < 0 < covered.signals["known"]
    assert beside.probability < covered.probability


def test_what_guidance_leaves_open_a_citys_own_rule_may_answer(
    settings: Settings, corpus: Path, tmp_path: Path
) -> None:
    question = Question("How many apples may one buyer take?")
    ask(corpus, {"open": [question.text, *OPEN]})
    build(settings, [corpus])
    assert open_pipeline(settings).answer(question).outcome != "answered"
    own = tmp_path / "own"
    own.mkdir()
    (own / "rules.md").write_text("# Our rules\n\nOne buyer may take nine apples.\n", "utf-8")
    build(settings, [corpus, own])
    answer = open_pipeline(settings).answer(question)
    assert answer.outcome == "answered"
    assert answer.citations[0].document_id == "own/rules"
