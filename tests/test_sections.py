import pytest

from ingest.loaders.markdown import elements
from ingest.records import Block, Section, Source
from ingest.sections import Anchors, assemble

BOOK = Source("Book", pages="1")


def resolve(key: str | None, pages: str | None) -> Source:
    if key not in (None, "web"):
        raise ValueError(f"unknown source {key}")
    return Source("Web" if key else "Book", pages=pages or "1")


def read(markdown: str) -> tuple[Section, ...]:
    return assemble(elements(markdown, resolve), "Title", BOOK)


def test_headings_become_a_tree_of_paths() -> None:
    found = read("# Title\n\nIntro.\n\n## One\n\nText.\n\n### Deep\n\nMore.\n\n## Two\n\nEnd.")
    assert [(s.heading, s.anchor, s.path) for s in found] == [
        ("Title", "top", ()),
        ("One", "one", ("One",)),
        ("Deep", "deep", ("One", "Deep")),
        ("Two", "two", ("Two",)),
    ]


def test_blocks_are_plain_text_of_paragraphs_and_items() -> None:
    found = read("A **bold** [link](x) and `code`\nover two lines.\n\n- one\n- two\n  - nested")
    assert found[0].blocks == (
        Block("paragraph", "A bold link and code over two lines.", BOOK),
        Block("item", "one", BOOK),
        Block("item", "two", BOOK),
        Block("item", "nested", BOOK),
    )


def test_table_rows_keep_their_header() -> None:
    found = read("| Do | Don't |\n|---|---|\n| plan | rush |")
    assert found[0].blocks == (Block("item", "Do: plan; Don't: rush", BOOK),)


def test_a_mark_names_the_source_and_is_hidden() -> None:
    found = read("## One {source: web, pages: 9}\n\nText.\n\n- item {pages: 3}")
    assert found[0].heading == "One"
    assert [(b.text, b.source) for b in found[0].blocks] == [
        ("Text.", Source("Web", pages="9")),
        ("item", Source("Book", pages="3")),
    ]


def test_an_unknown_source_is_an_error() -> None:
    with pytest.raises(ValueError, match="unknown source"):
        read("Text. {source: nowhere}")


def test_equal_headings_get_different_anchors() -> None:
    anchors = Anchors()
    assert [anchors.give(h) for h in ("Do", "Do", "Top")] == ["do", "do-2", "top-2"]
