"""Documents as HTML for the source viewer. Pure: text in, escaped HTML out."""

import itertools
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from html import escape
from urllib.parse import quote

from markdown_it.token import Token

from ingest.loaders.markdown import MARK, parser, plain, split_mark
from ingest.passages import MARKER
from ingest.records import Document, Passage
from ingest.sections import TOP, Anchors


@dataclass(frozen=True, slots=True)
class Heading:
    """An entry of a document's table of contents."""

    anchor: str
    text: str
    level: int


def contents(document: Document) -> tuple[Heading, ...]:
    """The headings below the title."""
    found = (s for s in document.sections if s.anchor != TOP)
    return tuple(Heading(s.anchor, s.heading, len(s.path)) for s in found)


def render(document: Document, cited: Passage | None, known: Collection[str]) -> str:
    """The document as HTML, with heading anchors, and the cited passage marked.

    Markdown keeps its form, other formats are shown section by section. Source marks are taken
    out; links lead to the source pages of ``known`` document ids and become plain text otherwise.
    Raw HTML in the document is shown as text.
    """
    if not document.markdown:
        return "\n".join(_sections(document, cited))
    markdown = parser()
    tokens = markdown.parse(document.markdown)
    tokens = _without_title(tokens, document.title)
    for anchor, before, inline in _blocks(tokens):
        _strip_mark(inline)
        _resolve_links(inline, known)
        if before.type == "heading_open":
            before.attrSet("id", anchor)
        elif cited and anchor == cited.anchor and _line(inline) in _lines(cited):
            _wrap_in_mark(inline)
    html: str = markdown.renderer.render(tokens, markdown.options, {})
    return html


def _sections(document: Document, cited: Passage | None) -> Iterator[str]:
    """Headings, paragraphs and lists of a document that is not Markdown, with its page breaks."""
    page: int | None = None
    for section in document.sections:
        if section.anchor != TOP:
            level = min(len(section.path) + 1, 6)
            yield f'<h{level} id="{section.anchor}">{escape(section.heading)}</h{level}>'
        marked = _lines(cited) if cited and cited.anchor == section.anchor else frozenset()
        for kind, blocks in itertools.groupby(section.blocks, key=lambda b: (b.kind, b.page)):
            if kind[1] is not None and kind[1] != page:
                page = kind[1]
                label = next(b.label for b in section.blocks if b.page == page)
                yield f'<p class="page-mark" id="page-{page}">Page {escape(label or str(page))}</p>'
            texts = [
                f"<mark>{escape(b.text)}</mark>" if b.text in marked else escape(b.text)
                for b in blocks
                if not b.hidden
            ]
            if kind[0] == "item":
                yield "<ul>" + "".join(f"<li>{text}</li>" for text in texts) + "</ul>"
            else:
                yield "".join(f"<p>{text}</p>" for text in texts)


def _without_title(tokens: list[Token], title: str) -> list[Token]:
    """The page shows the title itself."""
    if len(tokens) > 1 and tokens[0].tag == "h1" and plain(tokens[1]) == title:
        return tokens[3:]
    return tokens


def _blocks(tokens: list[Token]) -> Iterator[tuple[str, Token, Token]]:
    """Each inline token with the token before it and the anchor of its section."""
    anchors, current = Anchors(), TOP
    for before, token in itertools.pairwise(tokens):
        if token.type != "inline":
            continue
        if before.type == "heading_open":
            current = anchors.give(split_mark(plain(token))[0])
        yield current, before, token


def _strip_mark(inline: Token) -> None:
    if inline.children and inline.children[-1].type == "text":
        last = inline.children[-1]
        last.content = MARK.sub("", last.content)


def _resolve_links(inline: Token, known: Collection[str]) -> None:
    for child in inline.children or []:
        if child.type == "link_open":
            target = str(child.attrGet("href") or "")
            if target in known:
                child.attrSet("href", f"/sources/{quote(target)}")
            elif not target.startswith("https://"):
                child.tag, child.attrs = "span", {}
        elif child.type == "image":
            child.type, child.tag = "text", ""
    _close_spans(inline)


def _close_spans(inline: Token) -> None:
    """A link that became a span closes as one."""
    opened: list[str] = []
    for child in inline.children or []:
        if child.type == "link_open":
            opened.append(child.tag)
        elif child.type == "link_close":
            child.tag = opened.pop()


def _wrap_in_mark(inline: Token) -> None:
    inline.children = [
        Token("mark_open", "mark", 1),
        *(inline.children or []),
        Token("mark_close", "mark", -1),
    ]


def _line(inline: Token) -> str:
    return plain(inline)


def _lines(passage: Passage) -> frozenset[str]:
    return frozenset(line.removeprefix(MARKER) for line in passage.text.splitlines())
