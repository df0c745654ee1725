from collections.abc import Callable

import pytest
from typer.testing import CliRunner

from assistant import doctor
from assistant.cli.root import app
from assistant.settings import Settings
from evals.reliability.servers import free_port
from ingest.records import BuildReport
from ingest.snapshots import SnapshotStore


def findings(settings: Settings, **changed: object) -> dict[str, doctor.Finding]:
    return {f.what: f for f in doctor.examine(settings.model_copy(update=changed))}


def test_a_whole_installation_is_good(
    settings: Settings, ingest: Callable[..., BuildReport]
) -> None:
    ingest()
    found = findings(settings)
    assert [f for f in found.values() if not f.good] == []
    assert "3 documents" not in found["index"].told
    assert "passages" in found["index"].told


def test_each_fault_comes_with_its_remedy(
    settings: Settings, ingest: Callable[..., BuildReport]
) -> None:
    assert "run 'assistant ingest' first" in findings(settings)["index"].told
    name = ingest().snapshot
    (SnapshotStore(settings.data_dir).folder(name) / "passages.json").write_text("broken")
    found = findings(settings)
    assert "is damaged" in found["index"].told
    assert found["database"].good
    (settings.data_dir / "secret.key").write_text("x" * 40)
    (settings.data_dir / "secret.key").chmod(0o644)
    assert "chmod 600" in findings(settings)["keys"].told
    port = free_port()
    nobody = {"oidc_issuer": f"http://127.0.0.1:{port}", "limit_key": "often"}
    found = findings(settings, **nobody)
    assert "ASSISTANT_OIDC_ISSUER" in found["sign-in"].told
    assert "'often' is no limit" in found["limits"].told
    (settings.data_dir / "assistant.db").unlink()
    (settings.data_dir / "assistant.db").mkdir()
    assert "cannot be used" in findings(settings)["database"].told


def test_the_command_tells_and_fails(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("data_dir", "embedding_model"):
        monkeypatch.setenv(f"ASSISTANT_{name.upper()}", str(getattr(settings, name)))
    told = CliRunner().invoke(app, ["doctor"])
    assert told.exit_code == 1
    assert "BAD   index" in told.stdout
    assert "good  database" in told.stdout
