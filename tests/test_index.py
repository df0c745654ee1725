from pathlib import Path

import pytest

from assistant.settings import Settings
from ingest.embedding import HashingEmbeddings
from ingest.errors import SnapshotError
from ingest.index import PASSAGES, VectorStore, embedded
from ingest.snapshots import SnapshotStore
from ingest.vectors import ArrayIndex, Near


def store(settings: Settings) -> VectorStore:
    snapshots = SnapshotStore(settings.data_dir)
    return snapshots.vector_store(snapshots.current or "")


def test_scores_are_exact_cosines_in_the_order_of_passages(tiny: Settings) -> None:
    snapshot = SnapshotStore(tiny.data_dir).open("hashing")
    similar = snapshot.vectors.similar(HashingEmbeddings().embed_query("bruised apples"))
    scores = similar.whole()
    assert snapshot.passages[int(scores.argmax())].id == "guidelines/1-apples~dont~1"
    at = snapshot.place["guidelines/1-apples~dont~1"]
    sentences = similar.rows("sentence", at)
    assert len(sentences) == 2
    assert sentences[0] > sentences[1] > 0
    assert (similar.best("window") == scores).all()
    assert similar.best("sentence")[at] == sentences[0]
    assert similar.nearest("sentence", 1)[0] == Near(at, 0, pytest.approx(sentences[0]))


def test_a_store_of_other_passages_is_refused(tiny: Settings) -> None:
    with pytest.raises(SnapshotError, match="does not match its passages"):
        ArrayIndex.of(("another~passage~1",), store(tiny).vectors(PASSAGES), {})


def test_a_store_without_collections_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SnapshotError, match="no collection 'passages'"):
        embedded(tmp_path).vectors(PASSAGES)


def test_every_embedded_text_can_be_reused(tiny: Settings) -> None:
    known = store(tiny).known_vectors()
    assert "Don't squeeze apples." in known
    assert any(text.startswith("Buy apples › Don't\n") for text in known)


def test_langchain_users_get_the_passages_as_a_vector_store(tiny: Settings) -> None:
    found = store(tiny).langchain(HashingEmbeddings()).similarity_search("cheese market hall", k=1)
    assert found[0].metadata["document_id"] == "case-studies/springfield-market"


def test_missing_damaged_or_foreign_arrays_are_refused(tiny: Settings, tmp_path: Path) -> None:
    with pytest.raises(SnapshotError, match="missing or damaged"):
        ArrayIndex.load(tmp_path / "vectors.npz", 1)
    (tmp_path / "vectors.npz").write_bytes(b"PK not an archive")
    with pytest.raises(SnapshotError, match="missing or damaged"):
        ArrayIndex.load(tmp_path / "vectors.npz", 1)
    snapshots = SnapshotStore(tiny.data_dir)
    with pytest.raises(SnapshotError, match="do not match"):
        ArrayIndex.load(snapshots.folder(snapshots.current or "") / "vectors.npz", 1)
