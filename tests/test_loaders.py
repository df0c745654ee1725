"""Word, slides, web pages and plain text: structure, order, and what nobody sees."""

from pathlib import Path

import pytest

from ingest.errors import DocumentError
from ingest.loaders import docx, html, pptx, text
from ingest.records import Element, Extract
from tests import papers


def seen(extract: Extract) -> list[tuple[str, int, str]]:
    return [(e.kind, e.level, e.text) for e in extract.elements if not e.hidden]


def hidden(extract: Extract) -> dict[str, str]:
    return {e.text.split()[0]: e.hidden for e in extract.elements if e.hidden}


def test_a_word_file_keeps_headings_lists_and_tables(tmp_path: Path) -> None:
    papers.word(tmp_path / "rules.docx")
    extract = docx.load(tmp_path / "rules.docx")
    assert extract.title == "Rules for small purchases"
    assert seen(extract) == [
        ("heading", 1, "Rules for small purchases"),
        ("heading", 1, "Who decides"),
        ("paragraph", 0, "The head of office decides on purchases below 500 euros."),
        ("item", 0, "Ask for three offers."),
        ("item", 0, "Write down why one was chosen."),
        ("heading", 2, "What to keep"),
        ("paragraph", 0, "Keep the offers for six years."),
        ("item", 0, "Amount: up to 500; Who signs: head of office"),
        ("item", 0, "Amount: above; Who signs: treasurer"),
        ("paragraph", 0, "Seen words stay."),
    ]
    assert hidden(extract) == {"White": "white text", "Tiny": "text of 1 points"}


def test_slides_are_pages_and_a_hidden_slide_is_none(tmp_path: Path) -> None:
    papers.slides(tmp_path / "deck.pptx")
    extract = pptx.load(tmp_path / "deck.pptx")
    assert extract.title == "Plan early"
    assert [(e.kind, e.text, e.page) for e in extract.elements if not e.hidden] == [
        ("heading", "Plan early", 1),
        ("item", "Talk to users in March.", 1),
        ("item", "Publish the plan in May.", 1),
        ("note", "Say more about: Plan early.", 1),
        ("heading", "Award", 2),
        ("item", "Tell every bidder the reasons.", 2),
        ("item", "Wait ten days before signing.", 2),
        ("note", "Say more about: Award.", 2),
    ]
    assert set(hidden(extract)) == {"Words", "Tiny"}


def test_a_web_page_is_read_without_its_navigation(tmp_path: Path) -> None:
    (tmp_path / "page.html").write_text(papers.WEB, "utf-8")
    extract = html.load(tmp_path / "page.html")
    assert extract.title == "Buying for the city"
    assert seen(extract) == [
        ("heading", 1, "Buying for the city"),
        ("paragraph", 0, "Offers are opened in public, at noon."),
        ("heading", 2, "Limits"),
        ("item", 0, "Below 500 euros: one offer."),
        ("item", 0, "Above:"),
        ("item", 0, "three offers"),
        ("item", 0, "Step: Notice; Days: 30"),
        ("paragraph", 0, "Loose words at the end."),
    ]
    assert set(hidden(extract)) == {"White", "Hidden", "Words"}


def test_joined_pages_keep_their_numbers(tmp_path: Path) -> None:
    pages = "".join(
        f'<div data-page="{n}" data-label="{n - 14}"><p>Page {n}.</p></div>' for n in (97, 98)
    )
    (tmp_path / "page.html").write_text(f"<body>{pages}</body>", "utf-8")
    found = html.load(tmp_path / "page.html").elements
    assert [(e.text, e.page, e.label) for e in found] == [
        ("Page 97.", 97, "83"),
        ("Page 98.", 98, "84"),
    ]


def test_plain_text_shows_its_headings_by_number_capitals_or_underline() -> None:
    found = text.load(
        "1.2 Scope\n\nBuy what is\nneeded.\n\n- one\n  more\n- two\n\nLATER\n\nRest\n===="
    )
    assert [(e.kind, e.level, e.text) for e in found.elements] == [
        ("heading", 2, "1.2 Scope"),
        ("paragraph", 0, "Buy what is needed."),
        ("item", 0, "one more"),
        ("item", 0, "two"),
        ("heading", 1, "LATER"),
        ("heading", 1, "Rest"),
    ]


@pytest.mark.parametrize("loader", [docx.load, pptx.load])
def test_a_file_that_is_none_is_named(loader: object, tmp_path: Path) -> None:
    (tmp_path / "broken").write_bytes(b"PK\x03\x04 and nothing")
    with pytest.raises(DocumentError, match="cannot be opened as"):
        loader(tmp_path / "broken")  # type: ignore[operator]


def test_a_loader_gives_elements_and_a_title() -> None:
    assert text.load("Just words.") == Extract("", (Element("paragraph", "Just words."),))
