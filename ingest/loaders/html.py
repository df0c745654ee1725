"""HTML to elements: what a reader of the page would see, without its navigation."""

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from selectolax.lexbor import LexborHTMLParser, LexborNode

from ingest.records import Element, Extract
from ingest.text import row_text

NOT_CONTENT = (
    "script, style, noscript, template, nav, header, footer, aside, form, iframe, svg, button, "
    "[role=navigation], [role=banner], [role=contentinfo], [role=search], [aria-hidden=true]"
)
MAIN = ("main", "[role=main]", "article")
HIDDEN_STYLE = re.compile(
    r"display:none|visibility:hidden|font-size:0|opacity:0(?![.\d])|text-indent:-\d{3}|"
    r"(?:left|top):-\d{3,}|color:(?:#fff(?:fff)?|white)(?![\w])"
)
BLOCKS = {"p", "li", "dt", "dd", "blockquote", "pre", "figcaption", "caption", "address", "summary"}
CONTAINERS = BLOCKS | {"ul", "ol", "dl", "table", "div", "section", "h1", "h2", "h3", "h4", "h5"}


def load(path: Path) -> Extract:
    """The elements of a page and its title; bytes are decoded as the page itself declares."""
    tree = LexborHTMLParser(path.read_bytes())
    title = tree.css_first("title")
    hidden = tuple(_hidden(tree))
    for node in tree.css(NOT_CONTENT):
        node.decompose()
    elements = tuple(_with_pages(tree))
    first = next((e.text for e in elements if e.kind == "heading" and e.level == 1), "")
    return Extract(first or (_words(title) if title else ""), elements + hidden)


def _with_pages(tree: LexborHTMLParser) -> Iterator[Element]:
    """The elements of a page, or of the pages that fetching joined, each with its number."""
    joined = tree.css("div[data-page]")
    if not joined and tree.body is not None:
        yield from _walk(_main(tree.body))
    for part in joined:
        number, label = part.attributes.get("data-page"), part.attributes.get("data-label")
        page = int(number) if number and number.isdigit() else None
        for element in _walk(_main(part)):
            yield replace(element, page=page, label=label or "")


def _main(node: LexborNode) -> LexborNode:
    """The part of a page that holds its content, where the page says so."""
    return next((found for name in MAIN if (found := node.css_first(name))), node)


def _hidden(tree: LexborHTMLParser) -> Iterator[Element]:
    """Words that a style on their own element keeps from readers; they are taken off the page."""
    for node in tree.css("[style], [hidden]"):
        style = re.sub(r"\s", "", node.attributes.get("style") or "").lower()
        if HIDDEN_STYLE.search(style) or "hidden" in node.attributes:
            if text := _words(node):
                yield Element("paragraph", text, hidden="hidden by the page's style")
            node.decompose()


def _walk(node: LexborNode) -> Iterator[Element]:
    """Headings, paragraphs, items and table rows below a node; loose text is a paragraph."""
    loose: list[str] = []
    for child in node.iter(include_text=True):
        tag = child.tag or ""
        if tag == "-text" or (tag not in CONTAINERS and not _holds_blocks(child)):
            loose.append(child.text(deep=True) or "")
            continue
        yield from _paragraph(loose)
        loose = []
        if re.fullmatch(r"h[1-6]", tag):
            if text := _words(child):
                yield Element("heading", text, level=int(tag[1]))
        elif tag == "table":
            yield from _table(child)
        elif tag in BLOCKS and not _holds_blocks(child):
            if text := _words(child):
                yield Element("item" if tag in ("li", "dd") else "paragraph", text)
        elif tag == "li":
            yield from _item(child)
        else:
            yield from _walk(child)
    yield from _paragraph(loose)


def _item(node: LexborNode) -> Iterator[Element]:
    """A list item that holds a list: its own words as one item, then the inner ones."""
    for element in _walk(node):
        yield Element("item", element.text) if element.kind == "paragraph" else element


def _paragraph(parts: list[str]) -> Iterator[Element]:
    if text := " ".join("".join(parts).split()):
        yield Element("paragraph", text)


def _table(node: LexborNode) -> Iterator[Element]:
    header: list[str] = []
    for row in node.css("tr"):
        cells = [_words(cell) for cell in row.css("th, td")]
        if not header:
            header = cells
        elif any(cells) and cells != header:
            yield Element("item", row_text(header, cells))


def _holds_blocks(node: LexborNode) -> bool:
    return any(child.tag in CONTAINERS or _holds_blocks(child) for child in node.iter())


def _words(node: LexborNode) -> str:
    for line_break in node.css("br"):
        line_break.replace_with(" ")
    return " ".join((node.text(deep=True) or "").split())
