from pathlib import Path

import pytest

from ingest.documents import load, read
from ingest.errors import CorpusError, DocumentError


def spoil(path: Path, old: str, new: str) -> None:
    path.write_text(path.read_text("utf-8").replace(old, new), "utf-8")


def test_a_corpus_is_read_in_the_order_of_ids(corpus: Path) -> None:
    loaded = load([corpus], corpus)
    assert [d.id for d in loaded.documents] == [
        "case-studies/springfield-market",
        "guidelines/1-apples",
        "guidelines/2-bread",
    ]
    assert loaded.skipped == ()
    assert loaded.documents[0].cities == ("Springfield",)


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("---\nid:", "id:", "no front matter"),
        ("kind: guidelines", "kind: recipe", "field kind"),
        ("stage: planning", "stage: planning\ncolour: red", "field colour"),
        ("id: guidelines/1-apples", "id: guidelines/1-pears", "id and kind must follow the path"),
        ("title: Buy apples", "title: [", "not YAML"),
        ("{source: other, pages: 7}", "{source: lost}", "names 'lost'"),
        ("reviewed: 2026-01-01", "reviewed: soon", "field reviewed"),
    ],
)
def test_a_bad_file_is_skipped_with_its_reason(
    corpus: Path, old: str, new: str, reason: str
) -> None:
    spoil(corpus / "guidelines/1-apples.md", old, new)
    loaded = load([corpus], corpus)
    assert len(loaded.documents) == 2
    assert reason in loaded.skipped[0].reason
    assert "1-apples.md" in loaded.skipped[0].reason


def test_bytes_that_are_not_utf8_are_named(corpus: Path) -> None:
    path = corpus / "guidelines/1-apples.md"
    path.write_bytes(path.read_bytes() + b"\xff")
    with pytest.raises(DocumentError, match="is not UTF-8"):
        read(path, corpus, front_matter_required=True)


def test_a_file_of_the_citys_own_needs_no_front_matter(tmp_path: Path) -> None:
    folder = tmp_path / "rules"
    folder.mkdir()
    (folder / "Local Rules.md").write_text("# Our rules\n\nBuy green.\n", "utf-8")
    (folder / "note.txt").write_text("Pay within 30 days.\n", "utf-8")
    loaded = load([folder], tmp_path / "corpus")
    assert [(d.id, d.title, d.kind, d.status) for d in loaded.documents] == [
        ("own/local-rules", "Our rules", "own", "local"),
        ("own/note", "note", "own", "local"),
    ]


def test_two_files_with_one_id_are_refused(corpus: Path) -> None:
    (corpus / "copy.md").write_text((corpus / "guidelines/2-bread.md").read_text("utf-8"), "utf-8")
    with pytest.raises(CorpusError, match="both have the id guidelines/2-bread"):
        load([corpus], corpus)


def test_a_missing_or_empty_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match="does not exist"):
        load([tmp_path / "nowhere"], tmp_path)
    with pytest.raises(CorpusError, match="no usable document"):
        load([tmp_path], tmp_path)
