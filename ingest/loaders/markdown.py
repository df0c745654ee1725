"""Markdown to elements. Pure.

A mark such as ``{source: dbg, pages: 91}`` at the end of a heading, a paragraph or a list item
names where the text comes from; it is taken out of what readers see. A mark on a heading holds
for the whole section.
"""

import re
from collections.abc import Callable, Iterator

from markdown_it import MarkdownIt
from markdown_it.token import Token

from ingest.records import Element, Source
from ingest.text import row_text

MARK = re.compile(r"\s*\{((?:source|pages):[^{}]*)\}\s*$")
ResolveSource = Callable[[str | None, str | None], Source]


def parser() -> MarkdownIt:
    """CommonMark with tables; raw HTML stays text and never reaches a page."""
    return MarkdownIt("commonmark", {"html": False}).enable("table")


def plain(inline: Token) -> str:
    """The text of an inline token as a reader sees it, marks and markup taken away."""
    parts: list[str] = []
    for child in inline.children or []:
        if child.type in ("text", "code_inline"):
            parts.append(child.content)
        elif child.type in ("softbreak", "hardbreak"):
            parts.append(" ")
        elif child.type == "image":
            parts.append(child.content)
    return " ".join("".join(parts).split())


def split_mark(text: str) -> tuple[str, str | None, str | None]:
    """Text without its trailing source mark, and the source key and pages that the mark names."""
    match = MARK.search(text)
    if not match:
        return text, None, None
    pairs = (part.partition(":") for part in match[1].split(","))
    values = {key.strip(): value.strip() for key, _, value in pairs}
    return text[: match.start()], values.get("source"), values.get("pages")


def elements(markdown: str, resolve: ResolveSource) -> Iterator[Element]:
    """Each heading, paragraph, list item and table row in order.

    ``resolve(key, pages)`` gives the source that a mark names and raises ValueError on an
    unknown key.
    """
    item_depth = 0
    header: list[str] = []
    row: list[str] = []
    tokens = parser().parse(markdown)
    for before, token in zip([None, *tokens], tokens, strict=False):
        if token.type == "list_item_open":
            item_depth += 1
        elif token.type == "list_item_close":
            item_depth -= 1
        elif token.type == "thead_open":
            header = []
        elif token.type == "tr_open":
            row = []
        elif token.type == "tr_close":
            if not header:
                header = row
            elif any(row):
                yield Element("item", row_text(header, row))
        elif token.type in ("fence", "code_block"):
            yield Element("paragraph", " ".join(token.content.split()))
        elif token.type == "inline" and before is not None:
            if before.type in ("th_open", "td_open"):
                row.append(plain(token))
                continue
            text, key, pages = split_mark(plain(token))
            source = resolve(key, pages) if key or pages else None
            if before.type == "heading_open":
                yield Element("heading", text, level=int(before.tag[1]), source=source)
            elif text:
                yield Element("item" if item_depth else "paragraph", text, source=source)
