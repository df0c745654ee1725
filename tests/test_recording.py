import json
import stat
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner

from assistant.cli.root import app
from assistant.recording import public_key, signing_key, verify
from assistant.service import Assistant, replay_answer, signed_record
from assistant.settings import Settings
from ingest.errors import InputError
from ingest.records import BuildReport
from ingest.snapshots import SnapshotStore

QUESTION = "What should we avoid when we buy apples?"


@pytest.fixture
def exported(assistant: Assistant, settings: Settings) -> bytes:
    answer = assistant.ask(QUESTION)
    return signed_record(settings, assistant.store, answer.id).model_dump_json().encode()


def test_a_record_holds_offline(exported: bytes, settings: Settings) -> None:
    checks = verify(exported, public_key(signing_key(settings.data_dir)))
    assert len(checks) == 5
    assert all(check.holds for check in checks)
    record = json.loads(exported)["record"]
    assert record["question"] == QUESTION
    assert record["passages"][0]["text"]
    assert stat.S_IMODE((settings.data_dir / "signing.key").stat().st_mode) == 0o600


@pytest.mark.parametrize(
    ("change", "fails"),
    [
        (lambda r: r.update(question="Another"), ["the signature fits the record"]),
        (
            lambda r: r["passages"][0].update(text="Changed."),
            [
                "the signature fits the record",
                "every passage has the text of its digest",
                "every quote stands in its passage",
            ],
        ),
        (
            lambda r: r["answer"]["sentences"][0].update(text="Buy bruised fruit."),
            ["the signature fits the record", "every sentence stands in its quote"],
        ),
    ],
)
def test_any_change_is_found(
    exported: bytes, change: Callable[[dict[str, object]], None], fails: list[str]
) -> None:
    signed = json.loads(exported)
    change(signed["record"])
    checks = verify(json.dumps(signed).encode())
    assert [check.what for check in checks if not check.holds] == fails


def test_a_record_signed_by_somebody_else_is_told(exported: bytes, tmp_path: Path) -> None:
    other = public_key(signing_key(tmp_path / "other"))
    assert [c.what for c in verify(exported, other) if not c.holds] == [
        "the key is the published one"
    ]


@pytest.mark.parametrize("text", [b"", b"{}", b"[1]", b'{"format": "x", "record": {}}', b"\xff"])
def test_what_is_no_record_is_refused(text: bytes) -> None:
    with pytest.raises(InputError, match="this is no record"):
        verify(text)


def test_cited_passages_outlive_their_snapshot(
    settings: Settings, corpus: Path, ingest: Callable[..., BuildReport]
) -> None:
    ingest()
    assistant = Assistant.open(settings)
    answer = assistant.ask(QUESTION)
    file = corpus / "guidelines/1-apples.md"
    file.write_text(file.read_text("utf-8").replace("bruised", "soft"), "utf-8")
    ingest()
    SnapshotStore(settings.data_dir).prune(1)
    replayed = replay_answer(settings, answer.id)
    assert replayed.same
    assert replayed.pruned
    signed = signed_record(settings, assistant.store, answer.id).model_dump_json().encode()
    assert all(check.holds for check in verify(signed))
    assistant.close()


def test_the_command_line_exports_and_verifies(
    settings: Settings,
    ingest: Callable[..., BuildReport],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ingest()
    assistant = Assistant.open(settings)
    answer = assistant.ask(QUESTION)
    assistant.close()
    for name in ("data_dir", "corpus_dir", "embedding_model"):
        monkeypatch.setenv(f"ASSISTANT_{name.upper()}", str(getattr(settings, name)))
    file = tmp_path / "record.json"
    run = CliRunner().invoke
    assert run(app, ["record", "export", answer.id, "--out", str(file)]).exit_code == 0
    key = run(app, ["record", "key"]).stdout.strip()
    good = run(app, ["record", "verify", str(file), "--key", key])
    assert (good.exit_code, good.stdout.count("holds")) == (0, 5)
    file.write_text(file.read_text("utf-8").replace("apples", "pears", 1), "utf-8")
    bad = run(app, ["record", "verify", str(file), "--key", key])
    assert bad.exit_code == 1
    assert "FAILS  the signature" in bad.stdout
    assert isinstance(run(app, ["record", "export", "none"]).exception, InputError)
