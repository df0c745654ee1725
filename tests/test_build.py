from collections.abc import Callable
from pathlib import Path

import pytest

from assistant.settings import Settings
from ingest.build import build
from ingest.errors import CorpusError
from ingest.records import BuildReport
from ingest.snapshots import SnapshotStore

Ingest = Callable[..., BuildReport]


def edit(path: Path, old: str, new: str) -> None:
    path.write_text(path.read_text("utf-8").replace(old, new), "utf-8")


def test_building_twice_gives_the_same_snapshot_and_embeds_nothing(ingest: Ingest) -> None:
    first, second = ingest(), ingest()
    assert (first.changed, second.changed) == (True, False)
    assert first.snapshot == second.snapshot
    assert first.embedded > 0
    assert second.embedded == 0


def test_the_same_corpus_elsewhere_gives_the_same_snapshot(
    settings: Settings, ingest: Ingest, tmp_path: Path
) -> None:
    moved = settings.model_copy(update={"data_dir": tmp_path / "elsewhere"})
    assert build(moved, [settings.corpus_dir]).snapshot == ingest().snapshot


def test_only_what_changed_is_embedded(ingest: Ingest, corpus: Path) -> None:
    before = ingest()
    edit(corpus / "guidelines/1-apples.md", "Don't squeeze apples.", "Don't drop apples.")
    after = ingest()
    assert after.previous == before.snapshot != after.snapshot
    assert after.embedded == 2  # the changed sentence, and the passage around it


def test_full_embeds_everything_again(ingest: Ingest) -> None:
    assert ingest().embedded == ingest(full=True).embedded


def test_a_bad_file_is_skipped_and_named(ingest: Ingest, corpus: Path) -> None:
    edit(corpus / "guidelines/2-bread.md", "kind: guidelines", "kind: recipe")
    report = ingest()
    assert report.documents == 2
    assert "field kind" in report.skipped[0].reason


def test_strict_switches_nothing(settings: Settings, ingest: Ingest, corpus: Path) -> None:
    before = ingest().snapshot
    edit(corpus / "guidelines/2-bread.md", "kind: guidelines", "kind: recipe")
    with pytest.raises(CorpusError, match="nothing was switched"):
        ingest(strict=True)
    assert SnapshotStore(settings.data_dir).current == before


def test_a_corpus_that_vanished_leaves_the_snapshot(
    settings: Settings, ingest: Ingest, corpus: Path
) -> None:
    before = ingest().snapshot
    for path in corpus.rglob("*.md"):
        path.unlink()
    with pytest.raises(CorpusError, match="no usable document"):
        ingest()
    assert SnapshotStore(settings.data_dir).current == before
