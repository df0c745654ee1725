from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner

from assistant.cli.root import app
from assistant.pipeline import Pipeline
from assistant.records import Question
from assistant.replay import checked_again, compare, written
from assistant.service import Assistant, replay_answer
from assistant.settings import Settings
from ingest.diff import diff
from ingest.errors import InputError
from ingest.records import BuildReport
from ingest.snapshots import SnapshotStore
from tests.conftest import passage

QUESTION = "What should we avoid when we buy apples?"


def change(corpus: Path) -> None:
    file = corpus / "guidelines/1-apples.md"
    file.write_text(file.read_text("utf-8").replace("bruised", "soft"), "utf-8")


def test_an_answer_is_replayed_from_its_own_snapshot(
    settings: Settings, corpus: Path, ingest: Callable[..., BuildReport]
) -> None:
    ingest()
    assistant = Assistant.open(settings)
    answer = assistant.ask(QUESTION)
    assistant.close()
    change(corpus)
    ingest()
    again = replay_answer(settings, answer.id)
    assert again.same
    assert again.again.snapshot == answer.snapshot != SnapshotStore(settings.data_dir).current
    with pytest.raises(InputError, match="there is no answer"):
        replay_answer(settings, "none")


def test_differences_are_named(assistant: Assistant) -> None:
    answer = assistant.ask(QUESTION)
    other = answer.model_copy(update={"answer": "Something else."})
    assert compare(answer, answer, False).same
    assert compare(answer, other, False).differences == ("answer",)


def test_passages_are_compared_by_id_and_digest() -> None:
    found = diff([passage("a", "x"), passage("b", "y")], [passage("c", "x"), passage("d", "z")])
    assert found.removed == ("own/a~y~1",)
    assert found.added == ("own/a~z~1",)
    assert found.touched >= {"own/a~y~1"}


def test_the_command_line_shows_what_changed_and_what_cited_it(
    settings: Settings,
    corpus: Path,
    ingest: Callable[..., BuildReport],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    first = ingest().snapshot
    assistant = Assistant.open(settings)
    answer = assistant.ask(QUESTION)
    assistant.close()
    change(corpus)
    second = ingest().snapshot
    for name in ("data_dir", "corpus_dir", "embedding_model"):
        monkeypatch.setenv(f"ASSISTANT_{name.upper()}", str(getattr(settings, name)))
    shown = CliRunner().invoke(app, ["snapshots", "diff", first, second])
    assert "changed  guidelines/1-apples~dont~1" in shown.stdout
    assert "1 stored answers" in shown.stdout
    unknown = CliRunner().invoke(app, ["snapshots", "diff", first, "none"])
    assert isinstance(unknown.exception, InputError)
    replayed = CliRunner().invoke(app, ["replay", answer.id])
    assert replayed.exit_code == 0
    assert "the same answer again" in replayed.stdout


def test_what_a_model_wrote_is_checked_again(pipeline: Pipeline) -> None:
    stored = pipeline.answer(Question("What should we avoid when we buy apples?", ()))
    model = stored.model_copy(update={"engine": "openai:x"})
    assert not written(stored)
    assert written(model)
    assert checked_again(model, pipeline.snapshot.passage) == model
    lie = model.sentences[0].model_copy(update={"text": "Buy 90 boxes of bruised pears."})
    told = model.model_copy(update={"sentences": (lie, *model.sentences[1:])})
    assert checked_again(told, pipeline.snapshot.passage).sentences == model.sentences[1:]
    assert checked_again(model, lambda passage_id: None).sentences == ()
