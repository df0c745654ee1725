import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner

from assistant.backup import backup
from assistant.cli.root import app
from assistant.recording import verify
from assistant.service import Assistant, replay_answer, signed_record
from assistant.settings import Settings
from evals.reliability.servers import BINARIES, PostgreSQL
from ingest.errors import InputError
from ingest.records import BuildReport

QUESTION = "What should we avoid when we buy apples?"


def test_a_backup_of_a_running_installation_is_one_itself(
    settings: Settings, ingest: Callable[..., BuildReport], tmp_path: Path
) -> None:
    ingest()
    assistant = Assistant.open(settings)
    answer = assistant.ask(QUESTION)
    signed_record(settings, assistant.store, answer.id)
    copied = backup(settings, tmp_path / "copy")
    assert {"snapshots", "signing.key", "assistant.db"} <= set(copied)
    later = assistant.ask("How do we buy bread?")
    assistant.close()
    restored = settings.model_copy(update={"data_dir": tmp_path / "copy"})
    assert replay_answer(restored, answer.id).same
    again = Assistant.open(restored)
    assert again.store.answer(later.id) is None
    assert again.ask(QUESTION).sentences == answer.sentences
    record = signed_record(restored, again.store, answer.id)
    assert record.public_key == signed_record(settings, again.store, answer.id).public_key
    again.close()


def test_nothing_is_overwritten(
    settings: Settings,
    ingest: Callable[..., BuildReport],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ingest()
    for name in ("data_dir", "corpus_dir", "embedding_model"):
        monkeypatch.setenv(f"ASSISTANT_{name.upper()}", str(getattr(settings, name)))
    run = CliRunner().invoke
    assert run(app, ["backup", str(tmp_path / "copy")]).exit_code == 0
    second = run(app, ["backup", str(tmp_path / "copy")])
    assert isinstance(second.exception, InputError)
    assert "not empty" in str(second.exception)


def test_postgresql_is_dumped_and_restored(
    postgresql: PostgreSQL, settings: Settings, ingest: Callable[..., BuildReport], tmp_path: Path
) -> None:
    ingest()
    first, second = postgresql.database(), postgresql.database()
    own = settings.model_dump()
    before = Settings.load(**(own | {"database_url": first}))
    assistant = Assistant.open(before)
    answer = assistant.ask(QUESTION)
    assistant.close()
    tools = BINARIES[-1] if BINARIES else Path("/usr/bin")
    dump = tmp_path / "answers.sql"
    for command in (
        [tools / "pg_dump", "--no-owner", "-f", dump, first],
        [tools / "psql", "-q", "-v", "ON_ERROR_STOP=1", "-f", dump, second],
    ):
        subprocess.run(command, check=True, capture_output=True, env=os.environ)
    after = Settings.load(**(own | {"database_url": second}))
    assert replay_answer(after, answer.id).same
    again = Assistant.open(after)
    signed = signed_record(after, again.store, answer.id).model_dump_json().encode()
    assert all(check.holds for check in verify(signed))
    again.close()
