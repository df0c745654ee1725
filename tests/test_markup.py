from assistant.web.markup import contents, render
from ingest.loaders.markdown import elements
from ingest.passages import split
from ingest.records import Document, Source
from ingest.sections import assemble

SOURCE = Source("Book")


def document(markdown: str) -> Document:
    found = assemble(elements(markdown, lambda key, pages: SOURCE), "Title", SOURCE)
    return Document("own/x", "Title", "own", "general", "", "local", SOURCE, found, markdown)


def test_headings_carry_the_anchors_of_the_sections() -> None:
    shown = document("# Title\n\nIntro.\n\n## One\n\nA.\n\n## One\n\nB.")
    html = render(shown, None, ())
    assert '<h2 id="one">One</h2>' in html
    assert '<h2 id="one-2">One</h2>' in html
    assert "<h1" not in html
    assert [h.anchor for h in contents(shown)] == ["one", "one-2"]


def test_the_cited_passage_is_marked_and_nothing_else() -> None:
    shown = document("## One\n\nSame words.\n\n## Two\n\nSame words.")
    cited = next(p for p in split([shown], 50) if p.anchor == "two")
    html = render(shown, cited, ())
    assert html.count("<mark>") == 1
    assert html.index('id="two"') < html.index("<mark>")


def test_source_marks_are_hidden() -> None:
    assert "{" not in render(document("## One {pages: 3}\n\nText. {source: web}"), None, ())


def test_links_lead_to_known_documents_only() -> None:
    shown = document("[in](own/y) [out](own/z) [web](https://example.org) [js](javascript:x)")
    html = render(shown, None, {"own/y"})
    assert '<a href="/sources/own/y">in</a>' in html
    assert "<span>out</span>" in html
    assert '<a href="https://example.org">web</a>' in html
    assert 'href="javascript' not in html


def test_html_in_a_document_is_shown_as_text() -> None:
    html = render(document("Hello <img src=x onerror=alert(1)> <script>x</script>"), None, ())
    assert "<img" not in html
    assert "<script" not in html
