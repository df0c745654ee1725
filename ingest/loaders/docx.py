"""Word documents to elements: headings by style, lists by numbering, tables as rows."""

from collections.abc import Iterator
from pathlib import Path

import docx
from docx.document import Document as WordDocument
from docx.table import Table
from docx.text.paragraph import Paragraph
from docx.text.run import Run
from lxml import etree

from ingest.errors import DocumentError
from ingest.loaders.text import heading_level
from ingest.records import Element, Extract
from ingest.text import row_text

NAMESPACE = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
WHITE = "FFFFFF"
TINY_POINTS = 2
BOLD_HEADING_WORDS = 12


def load(path: Path) -> Extract:
    """The elements of a document in its order; its title from the title style or the properties."""
    try:
        document = docx.Document(str(path))
    except Exception as error:  # python-docx lets errors of zipfile, lxml and its own through
        raise DocumentError(f"{path}: cannot be opened as a Word document: {error}") from error
    found = (*_body(document), *_footnotes(document))
    titled = next((e.text for e in found if e.kind == "heading" and e.level == 1), "")
    return Extract(titled or (document.core_properties.title or "").strip(), found)


def _body(document: WordDocument) -> Iterator[Element]:
    for block in document.iter_inner_content():
        if isinstance(block, Table):
            yield from _table(block)
        else:
            yield from _paragraph(block)


def _paragraph(paragraph: Paragraph) -> Iterator[Element]:
    """Visible words as one element, and hidden ones as another that says why."""
    hidden = [(run.text, _why_hidden(run)) for run in paragraph.runs if run.text.strip()]
    concealed = " ".join(text.strip() for text, why in hidden if why)
    text = " ".join(paragraph.text.split())
    if concealed:
        text = " ".join("".join(t for t, why in hidden if not why).split())
    if text:
        yield _visible(paragraph, text)
    if concealed:
        reason = next(why for _, why in hidden if why)
        yield Element("paragraph", concealed, hidden=reason)


def _visible(paragraph: Paragraph, text: str) -> Element:
    style = (paragraph.style.name if paragraph.style else "") or ""
    if style == "Title":
        return Element("heading", text, level=1)
    if style.startswith("Heading "):
        digits = style.removeprefix("Heading ")
        return Element("heading", text, level=int(digits) if digits.isdigit() else 1)
    properties = paragraph._p.pPr
    if style.startswith("List") or (properties is not None and properties.numPr is not None):
        return Element("item", text)
    if _looks_like_heading(paragraph, text):
        return Element("heading", text, level=heading_level(text) or 2)
    return Element("paragraph", text)


def _looks_like_heading(paragraph: Paragraph, text: str) -> bool:
    """Whole short lines in bold are headings in documents that were made without styles."""
    runs = [run for run in paragraph.runs if run.text.strip()]
    return (
        bool(runs)
        and all(run.bold for run in runs)
        and len(text.split()) <= BOLD_HEADING_WORDS
        and not text.endswith((".", ":", ";"))
    )


def _why_hidden(run: Run) -> str:
    font = run.font
    if font.hidden:
        return "hidden text"
    if font.size is not None and font.size.pt <= TINY_POINTS:
        return f"text of {font.size.pt:g} points"
    color = font.color.rgb if font.color is not None and font.color.type is not None else None
    return "white text" if color is not None and str(color) == WHITE else ""


def _table(table: Table) -> Iterator[Element]:
    """Rows with the names of their columns; a table of one row is a box, and read as prose."""
    rows = [[" ".join(cell.text.split()) for cell in row.cells] for row in table.rows]
    if len(rows) == 1:
        for text in dict.fromkeys(rows[0]):
            if text:
                yield Element("paragraph", text)
        return
    for row in rows[1:]:
        if any(row) and row != rows[0]:
            yield Element("item", row_text(rows[0], row))


def _footnotes(document: WordDocument) -> Iterator[Element]:
    """Footnotes and endnotes, kept apart from the text that they explain."""
    for part in document.part.package.iter_parts():
        if part.partname.endswith(("/footnotes.xml", "/endnotes.xml")):
            root = etree.fromstring(part.blob, etree.XMLParser(resolve_entities=False))
            for note in root.iterfind("*"):
                text = "".join(t.text or "" for t in note.iter(f"{NAMESPACE}t"))
                if text.strip():
                    yield Element("note", " ".join(text.split()))
