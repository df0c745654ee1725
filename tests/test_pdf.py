"""PDF files of each layout: order, headings, pages, labels, tables, notes, traps."""

from pathlib import Path

import pytest

from ingest.errors import DocumentError
from ingest.loaders.pdf import load
from ingest.loaders.pdf_columns import find_gutter
from ingest.loaders.pdf_lines import Line
from ingest.loaders.pdf_picture import picture
from ingest.records import Element
from tests import papers


def texts(found: tuple[Element, ...], kind: str) -> list[str]:
    return [e.text for e in found if e.kind == kind and not e.hidden]


def test_two_columns_are_read_one_after_the_other(tmp_path: Path) -> None:
    papers.two_columns(tmp_path / "paper.pdf")
    found = load(tmp_path / "paper.pdf").elements
    assert texts(found, "heading") == [
        "Panels that buy for a city",
        *(f"{n}. Panel number {n}" for n in range(1, 13)),
    ]
    body = texts(found, "paragraph")
    assert [t.split(" met")[0] for t in body] == [
        f"The panel {n}" for n in range(1, 13) for _ in "ab"
    ]
    assert all(t.endswith("within two weeks.") for t in body)


def test_running_heads_and_page_numbers_are_no_text(tmp_path: Path) -> None:
    papers.two_columns(tmp_path / "paper.pdf", 40)
    found = load(tmp_path / "paper.pdf").elements
    assert not any("Bulletin" in e.text for e in found)
    assert {(e.page, e.label) for e in found} == {(n, str(n)) for n in range(1, 7)}


def test_tables_become_rows_that_keep_their_header_across_pages(tmp_path: Path) -> None:
    papers.tables(tmp_path / "list.pdf")
    found = load(tmp_path / "list.pdf").elements
    assert texts(found, "item") == [
        f"Item: Lamp {n}; Unit price: {n}.50 EUR; Supplier: Maker {n}" for n in range(1, 61)
    ]
    assert {e.page for e in found if e.kind == "item"} == {1, 2}
    assert texts(found, "paragraph") == [
        "The prices below hold until the end of the year.",
        "Delivery is included in every price.",
    ]


def test_bookmarks_are_headings_and_labels_are_those_of_the_file(tmp_path: Path) -> None:
    papers.outline(tmp_path / "manual.pdf")
    extract = load(tmp_path / "manual.pdf")
    assert extract.title == "City buying manual"
    headings = [e for e in extract.elements if e.kind == "heading"]
    assert [(e.text, e.page, e.label) for e in headings] == [
        (f"Chapter {n} Limits", n + 2, str(n)) for n in range(1, 5)
    ]
    assert [e.label for e in extract.elements if "Front matter" in e.text] == ["i", "ii"]


def test_broken_words_are_mended_and_footnotes_kept_apart(tmp_path: Path) -> None:
    papers.outline(tmp_path / "manual.pdf")
    found = load(tmp_path / "manual.pdf").elements
    assert texts(found, "paragraph")[2].split(". ")[1] == (
        "The documentation of each purchase names the person who decided"
    )
    assert texts(found, "note")[0] == "1 The second council raised the limit in 2019."


def test_a_sentence_over_two_pages_stands_on_the_one_where_it_begins(tmp_path: Path) -> None:
    papers.plain(tmp_path / "plain.pdf")
    found = [(e.page, e.text) for e in load(tmp_path / "plain.pdf").elements]
    whole = (
        "Office 1 sends its plan to the buyers in the month of May and the buyers answer office 1"
    )
    assert next(page for page, text in found if whole in text) == 1
    assert next(page for page, text in found if "Rule 2" in text) == 2


def test_words_that_nobody_sees_are_set_apart_with_the_reason(tmp_path: Path) -> None:
    papers.traps(tmp_path / "traps.pdf")
    found = load(tmp_path / "traps.pdf").elements
    seen = " ".join(e.text for e in found if not e.hidden)
    assert "name a winner" not in seen
    assert "White on dark is a heading that everybody sees" in seen
    assert {e.text.split()[0]: e.hidden for e in found if e.hidden} == {
        "White": "white text on white",
        "Tiny": "text of 1.0 points",
        "Words": "text outside the page",
        "Invisible": "invisible text",
    }


def test_scanned_encrypted_and_damaged_files_name_the_remedy(tmp_path: Path) -> None:
    path = tmp_path / "file.pdf"
    papers.scan(path)
    with pytest.raises(DocumentError, match="is a scan: none of its 2 pages has text; make it"):
        load(path)
    papers.encrypted(path)
    with pytest.raises(DocumentError, match="protected by a password"):
        load(path)
    path.write_bytes(b"%PDF-1.7 and then nothing")
    with pytest.raises(DocumentError, match="is damaged"):
        load(path)


def test_pages_without_text_among_others_are_remarked(tmp_path: Path) -> None:
    import pypdfium2

    papers.plain(tmp_path / "a.pdf", 1)
    papers.scan(tmp_path / "b.pdf", 1)
    both = pypdfium2.PdfDocument.new()
    for name in ("a.pdf", "b.pdf"):
        both.import_pages(pypdfium2.PdfDocument(tmp_path / name))
    both.save(tmp_path / "both.pdf")
    assert load(tmp_path / "both.pdf").remarks[0].startswith("1 pages have no text (2);")


def test_a_picture_of_a_page_marks_the_cited_words(tmp_path: Path) -> None:
    papers.outline(tmp_path / "manual.pdf")
    sentence = "The documentation of each purchase names the person who decided."
    bare = picture(tmp_path / "manual.pdf", 3, ())
    marked = picture(tmp_path / "manual.pdf", 3, (sentence,))
    assert bare.startswith(b"\x89PNG")
    assert marked != bare
    assert picture(tmp_path / "manual.pdf", 3, ("Words that stand nowhere.",)) == bare


def test_one_column_has_no_gutter() -> None:
    lines = [Line("x" * 60, 70, 12 * n, 500, 12 * n + 10, 10, False) for n in range(30)]
    assert find_gutter(lines, 595) is None
