from collections.abc import Callable
from pathlib import Path

import pytest

from assistant.settings import Settings
from ingest.errors import BusyError, InputError, SnapshotError, StorageError
from ingest.records import BuildReport
from ingest.snapshots import SnapshotStore

Ingest = Callable[..., BuildReport]


def test_before_the_first_ingest_the_remedy_is_named(tmp_path: Path) -> None:
    with pytest.raises(SnapshotError, match="run 'assistant ingest' first"):
        SnapshotStore(tmp_path).open("hashing")


def test_a_half_written_snapshot_is_never_opened(settings: Settings, ingest: Ingest) -> None:
    store = SnapshotStore(settings.data_dir)
    (store.folder(ingest().snapshot) / "manifest.json").unlink()
    with pytest.raises(SnapshotError, match="half-written; run 'assistant ingest --full'"):
        store.open("hashing")
    assert store.manifests() == ()


@pytest.mark.parametrize("name", ["manifest.json", "passages.json", "documents.json"])
def test_a_damaged_snapshot_is_named(settings: Settings, ingest: Ingest, name: str) -> None:
    store = SnapshotStore(settings.data_dir)
    (store.folder(ingest().snapshot) / name).write_text("{", "utf-8")
    with pytest.raises(SnapshotError, match="damaged"):
        store.open("hashing")


def test_a_snapshot_of_another_model_is_refused(tiny: Settings) -> None:
    with pytest.raises(SnapshotError, match="was built with hashing, not with other"):
        SnapshotStore(tiny.data_dir).open("other")


def test_rollback_makes_an_earlier_snapshot_current(
    settings: Settings, corpus: Path, ingest: Ingest
) -> None:
    first = ingest().snapshot
    (corpus / "guidelines/2-bread.md").unlink()
    second = ingest().snapshot
    store = SnapshotStore(settings.data_dir)
    assert store.current == second != first
    store.activate(first)
    assert "guidelines/2-bread" in store.open("hashing").documents
    assert {m.id for m in store.manifests()} == {first, second}


@pytest.mark.parametrize("name", ["", "unknown", "../.."])
def test_only_a_whole_snapshot_can_be_activated(tiny: Settings, name: str) -> None:
    with pytest.raises(InputError, match="no snapshot"):
        SnapshotStore(tiny.data_dir).activate(name)


def test_one_ingest_at_a_time(settings: Settings) -> None:
    store = SnapshotStore(settings.data_dir)
    with (
        store.ingest_lock(),
        pytest.raises(BusyError, match="another ingest"),
        SnapshotStore(settings.data_dir).ingest_lock(),
    ):
        pass


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", "utf-8")
    with (
        pytest.raises(StorageError, match="cannot write"),
        SnapshotStore(tmp_path / "file" / "var").ingest_lock(),
    ):
        pass
