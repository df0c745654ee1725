"""Lines of PDF pages to elements in reading order: columns, headings, paragraphs, notes. Pure."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from ingest.loaders.pdf_columns import reading_order
from ingest.loaders.pdf_lines import SOFT_HYPHEN, Line
from ingest.loaders.pdf_margins import without_running_lines
from ingest.loaders.pdf_page import HEADING_RATIO, Outline, Page, Table, body_size, plain
from ingest.loaders.text import ITEM, heading_level
from ingest.records import Element
from ingest.text import fold, row_text, sentence_spans

NOTE_RATIO = 0.88
HEADING_WORDS = 16
DEEPEST = 6
Role = Literal["heading", "paragraph", "item", "note"]
NOTE_MARK = re.compile(r"^(?:\d{1,3}|[*†‡§])[.)]?\s*\S")
ENDS = re.compile(r"[.!?:;…][\"'”’)\]]*$")


@dataclass(frozen=True, slots=True)
class _Piece:
    """A line with its role, on its page; ``column`` tells lines that do not go on in another."""

    kind: Literal["heading", "body", "note", "hidden"]
    line: Line
    page: Page
    column: int
    level: int = 0


def elements(pages: Sequence[Page], outline: Outline) -> tuple[Element, ...]:
    """All elements in reading order.

    ``outline`` gives, by page number, the depth and title of each bookmark that leads there; such
    a line is a heading of that depth. Other headings show by size, or by number and weight.
    A paragraph that crosses pages is parted at the first sentence that begins on the next.
    """
    pages = without_running_lines(pages, outline)
    body = body_size(pages)
    levels = _levels_by_size(pages, body)
    known = frozenset(
        word
        for page in pages
        for line in page.lines
        for word in re.findall(r"\w+", fold(line.text))
    )
    pieces = [
        p for page in pages for p in _pieces(page, body, levels, outline.get(page.number, ()))
    ]
    found: list[Element] = []
    header: tuple[str, ...] = ()
    for group in _groups(pieces):
        if isinstance(group, Table):
            rows, page = group.rows, _page_of(group, pages)
            goes_on = bool(header) and len(rows[0]) == len(header) and rows[0] != header
            header = header if goes_on and _looks_like_values(rows[0]) else rows[0]
            for row in rows:
                if row != header and any(row):
                    text = row_text(header, row)
                    found.append(Element("item", text, page=page.number, label=page.label))
            continue
        if group[0].kind != "hidden":
            header = header if group[0].kind == "note" else ()
        found += _elements(group, known)
    return tuple(found)


def _levels_by_size(pages: Iterable[Page], body: float) -> dict[float, int]:
    """Sizes above that of the body text, the largest first, as depths."""
    larger = sorted(
        {
            round(line.size)
            for page in pages
            for line in page.lines
            if line.size > body * HEADING_RATIO and not line.hidden
        },
        reverse=True,
    )
    return {float(size): min(depth, DEEPEST) for depth, size in enumerate(larger, start=1)}


def _pieces(
    page: Page, body: float, levels: Mapping[float, int], bookmarks: Sequence[tuple[int, str]]
) -> Iterator[_Piece | Table]:
    """The lines of a page in reading order, each with its role, and its tables in their place."""
    in_table = {line for line in page.lines for table in page.tables if _inside(line, table)}
    lines = [line for line in page.lines if line not in in_table]
    seen = [line for line in lines if not line.hidden]
    tables = list(page.tables)
    titles = {plain(title): depth for depth, title in bookmarks}
    notes_from = _notes_from(seen, page, body)
    for column, line in reading_order(seen, page.width):
        while tables and tables[0].bottom <= line.top and column == 0:
            yield tables.pop(0)
        if line.middle >= notes_from:
            yield _Piece("note", line, page, column)
        elif level := _heading(line, body, levels, titles):
            yield _Piece("heading", line, page, column, level)
        else:
            yield _Piece("body", line, page, column)
    yield from tables
    for line in lines:
        if line.hidden:
            yield _Piece("hidden", line, page, 0)


def _heading(
    line: Line, body: float, levels: Mapping[float, int], titles: Mapping[str, int]
) -> int:
    words = plain(line.text)
    for title, depth in titles.items():
        if words == title or (len(words) > 8 and title.startswith(words) and line.size >= body):
            return depth
    short = len(line.text.split()) <= HEADING_WORDS
    if not short or line.size < body * 0.95:
        return 0
    numbered = heading_level(line.text)
    if line.size > body * HEADING_RATIO:
        return numbered or levels.get(float(round(line.size)), 1)
    if line.bold and not ENDS.search(line.text) and not ITEM.match(line.text):
        return numbered or len(levels) + 1
    return numbered if line.bold and numbered else 0


def _notes_from(lines: Sequence[Line], page: Page, body: float) -> float:
    """The height from which on a page only footnotes stand."""
    lower = sorted((li for li in lines if li.middle > page.height / 2), key=lambda li: -li.middle)
    start = float("inf")
    for line in lower:
        if line.size > body * NOTE_RATIO:
            break
        if NOTE_MARK.match(line.text):
            start = line.middle
    return start


def _groups(pieces: Iterable[_Piece | Table]) -> Iterator[list[_Piece] | Table]:
    """Lines that make up one heading, paragraph, item or note, in order."""
    group: list[_Piece] = []
    for piece in pieces:
        if isinstance(piece, Table):
            if group:
                yield group
            yield piece
            group = []
        elif group and _goes_on(group, piece):
            group.append(piece)
        else:
            if group:
                yield group
            group = [piece]
    if group:
        yield group


def _goes_on(group: Sequence[_Piece], piece: _Piece) -> bool:
    """Whether a line continues what the lines before it began."""
    last = group[-1]
    if piece.kind != last.kind or abs(piece.line.size - last.line.size) > 0.12 * last.line.size:
        return False
    same_place = piece.page is last.page and piece.column == last.column
    gap = piece.line.top - last.line.bottom
    height = last.line.bottom - last.line.top
    if piece.kind == "heading":
        near = same_place and gap < height and piece.level == last.level
        return near and not heading_level(piece.line.text)
    if piece.kind == "note":
        return same_place and not NOTE_MARK.match(piece.line.text)
    if ITEM.match(piece.line.text) or piece.kind == "hidden":
        return False
    if not same_place:
        return piece.line.text[:1].islower() and not ENDS.search(last.line.text)
    widest = max(p.line.x1 for p in group)
    ended_early = last.line.x1 < widest - 0.12 * (widest - group[0].line.x0) and bool(
        ENDS.search(last.line.text)
    )
    indented = piece.line.x0 > min(p.line.x0 for p in group[-3:]) + 0.8 * height and bool(
        ENDS.search(last.line.text)
    )
    return gap < 0.75 * height and not ended_early and not indented


def _elements(group: Sequence[_Piece], known: frozenset[str]) -> Iterator[Element]:
    first = group[0]
    texts = [piece.line.text for piece in group]
    if first.kind == "heading":
        yield replace(_element("heading", _mended(texts, known), first.page), level=first.level)
    elif first.kind == "note":
        yield _element("note", _mended(texts, known), first.page)
    elif first.kind == "hidden":
        hidden = _element("paragraph", _mended(texts, known), first.page)
        yield replace(hidden, hidden=first.line.hidden)
    else:
        item = ITEM.match(texts[0])
        if item:
            texts[0] = texts[0][item.end() :]
        yield from _parted("item" if item else "paragraph", group, texts, known)


def _element(kind: Role, text: str, page: Page) -> Element:
    return Element(kind, text, page=page.number, label=page.label)


def _parted(
    kind: Role, group: Sequence[_Piece], texts: Sequence[str], known: frozenset[str]
) -> Iterator[Element]:
    """A paragraph as one element a page; a sentence stays on the page where it begins."""
    whole = _mended(texts, known)
    pages = {piece.page.number: piece.page for piece in group}
    if len(pages) == 1:
        yield _element(kind, whole, group[0].page)
        return
    starts = {
        piece.page.number: len(_mended(texts[:at], known))
        for at, piece in reversed(list(enumerate(group)))
    }
    parts: dict[int, list[str]] = {}
    for start, end in sentence_spans(whole):
        page = max(number for number, begins in starts.items() if begins <= start)
        parts.setdefault(page, []).append(whole[start:end])
    for number, sentences in parts.items():
        yield _element(kind, " ".join(sentences), pages[number])


def _mended(texts: Sequence[str], known: frozenset[str]) -> str:
    """Lines as one text; a word that was broken at the end of a line is whole again.

    A hyphen goes when the whole word stands elsewhere in the document or the file marks the
    hyphen as soft; otherwise it stays, for it may belong to the word.
    """
    whole = ""
    for text in texts:
        if whole.endswith((SOFT_HYPHEN, "-")) and text[:1].islower():
            head = re.search(r"(\w+).$", whole)
            tail = re.match(r"\w+", text)
            joined = fold((head[1] if head else "") + (tail[0] if tail else ""))
            kept = (head[1] if head else "") + "-" + (tail[0] if tail else "")
            soft = whole.endswith(SOFT_HYPHEN) and fold(kept) not in known
            whole = whole[:-1] + ("" if joined in known or soft else "-") + text
        else:
            whole = f"{whole} {text}" if whole else text
    return whole.replace(SOFT_HYPHEN, "-").strip()


def _inside(line: Line, table: Table) -> bool:
    across = (line.x0 + line.x1) / 2
    return table.top <= line.middle <= table.bottom and table.x0 <= across <= table.x1


def _page_of(table: Table, pages: Sequence[Page]) -> Page:
    return next(page for page in pages if any(table is own for own in page.tables))


def _looks_like_values(row: Sequence[str]) -> bool:
    """Whether a first row holds values rather than names of columns: some cell has a digit."""
    return any(any(c.isdigit() for c in cell) for cell in row)
