"""Files before any loader opens them: wrong endings, archives that lie, links, sizes."""

from pathlib import Path

import pytest

from ingest.errors import DocumentError
from ingest.files import find, original
from tests import papers


def refused(path: Path, root: Path | None = None) -> str:
    with pytest.raises(DocumentError) as caught:
        original(path, root or path.parent)
    return str(caught.value)


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("a.pdf", b"Just words.", "is named .pdf but is no PDF"),
        ("a.docx", b"Just words.", "is named .docx but is no such file"),
        ("a.docx", b"\xd0\xcf\x11\xe0 old", "old or password-protected Office file"),
        ("a.md", b"%PDF-1.7", "is named .md but is a PDF"),
        ("a.txt", b"PK\x03\x04", "is named .txt but is an archive"),
        ("a.doc", b"words", ".doc is not read; save it as one of"),
        ("a.pdf", b"", "the file is empty"),
        ("a.docx", b"PK\x03\x04 torn", "is damaged or protected"),
    ],
)
def test_a_file_that_is_not_what_it_says_is_refused(
    tmp_path: Path, name: str, content: bytes, reason: str
) -> None:
    (tmp_path / name).write_bytes(content)
    assert reason in refused(tmp_path / name)


def test_archives_that_would_fill_a_disk_or_declare_entities_are_refused(tmp_path: Path) -> None:
    papers.bomb(tmp_path / "bomb.docx")
    assert "made to fill a disk" in refused(tmp_path / "bomb.docx")
    papers.laughs(tmp_path / "laughs.docx")
    assert "declares entities" in refused(tmp_path / "laughs.docx")


def test_a_link_out_of_the_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "secret.md").write_text("words", "utf-8")
    folder = tmp_path / "docs"
    folder.mkdir()
    (folder / "link.md").symlink_to(tmp_path / "secret.md")
    assert "leads out of its folder" in refused(folder / "link.md", folder)


def test_only_documents_are_found(tmp_path: Path) -> None:
    names = ("b.PDF", "a.md", "README.md", "a.md.about.yaml", "x.png", ".hidden/c.md", "old.doc")
    for name in names:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("x", "utf-8")
    assert [p.name for p in find(tmp_path)] == ["a.md", "b.PDF", "old.doc"]
