"""Markdown to a flat list of sections in reading order. Pure.

A mark such as ``{source: dbg, pages: 91}`` at the end of a heading, a paragraph or a list item
names where the text comes from; it is taken out of what readers see. A mark on a heading holds
for the whole section.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from markdown_it import MarkdownIt
from markdown_it.token import Token

from ingest.records import Block, Section, Source
from ingest.text import slug

MARK = re.compile(r"\s*\{((?:source|pages):[^{}]*)\}\s*$")
TOP = "top"
ResolveSource = Callable[[str | None, str | None], Source]


@dataclass
class _Open:
    """The section being read."""

    heading: str
    anchor: str
    path: tuple[str, ...]
    source: Source
    blocks: list[Block] = field(default_factory=list)

    def close(self) -> Section:
        return Section(self.heading, self.anchor, self.path, tuple(self.blocks))


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


def sections(markdown: str, title: str, resolve: ResolveSource) -> tuple[Section, ...]:
    """The sections of a document; text before the first heading belongs to the title.

    ``resolve(key, pages)`` gives the source that a mark names and raises ValueError on an
    unknown key. Anchors are unique within the document. A first-level heading equal to the
    title opens no section of its own.
    """
    current = _Open(title, TOP, (), resolve(None, None))
    found: list[Section] = []
    anchors = Anchors()
    path: dict[int, str] = {}
    for kind, level, text, own_source in _walk(markdown, resolve):
        if kind != "heading":
            source = own_source or current.source
            current.blocks.append(Block("item" if kind == "item" else "paragraph", text, source))
            continue
        if level == 1 and text == title:
            continue
        found.append(current.close())
        path = {depth: name for depth, name in path.items() if depth < level} | {level: text}
        current = _Open(
            text,
            anchors.give(text),
            tuple(path[depth] for depth in sorted(path)),
            own_source or resolve(None, None),
        )
    found.append(current.close())
    return tuple(section for section in found if section.blocks)


def _walk(markdown: str, resolve: ResolveSource) -> Iterator[tuple[str, int, str, Source | None]]:
    """Each heading, paragraph, list item and table row: kind, level, text, own source."""
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
                pairs = zip(header, row, strict=False)
                text = "; ".join(f"{name}: {cell}" if name else cell for name, cell in pairs)
                yield "item", 0, text, None
        elif token.type in ("fence", "code_block"):
            yield "paragraph", 0, " ".join(token.content.split()), None
        elif token.type == "inline" and before is not None:
            if before.type in ("th_open", "td_open"):
                row.append(plain(token))
                continue
            text, key, pages = split_mark(plain(token))
            source = resolve(key, pages) if key or pages else None
            if before.type == "heading_open":
                yield "heading", int(before.tag[1]), text, source
            elif text:
                yield "item" if item_depth else "paragraph", 0, text, source


class Anchors:
    """Gives each heading of a document an anchor of its own, in reading order."""

    def __init__(self) -> None:
        self._taken = {TOP}

    def give(self, heading: str) -> str:
        """The slug of the heading, or with the first free number behind it."""
        anchor = candidate = slug(heading)
        number = 2
        while candidate in self._taken:
            candidate, number = f"{anchor}-{number}", number + 1
        self._taken.add(candidate)
        return candidate
