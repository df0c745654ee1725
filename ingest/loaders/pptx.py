"""Slides to elements: a slide is a page, its title a heading, its bullets items."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pptx
from pptx.slide import Slide

from ingest.errors import DocumentError
from ingest.records import Element, Extract
from ingest.text import row_text

TINY_POINTS = 2
UNTITLED = "PowerPoint Presentation"  # what programs write where nobody gave a title


def load(path: Path) -> Extract:
    """The elements of a presentation; the page is the number of the slide."""
    try:
        slides = pptx.Presentation(str(path))
    except Exception as error:  # python-pptx lets errors of zipfile, lxml and its own through
        raise DocumentError(f"{path}: cannot be opened as slides: {error}") from error
    size = (slides.slide_width or 0, slides.slide_height or 0)
    found: list[Element] = []
    for number, slide in enumerate(slides.slides, start=1):
        if slide._element.get("show") != "0":
            found += _slide(slide, number, size)
    first = next((e.text for e in found if e.kind == "heading"), "")
    named = (slides.core_properties.title or "").strip()
    return Extract(first if named in ("", UNTITLED) else named, tuple(found))


def _slide(slide: Slide, number: int, size: tuple[int, int]) -> Iterator[Element]:
    label = str(number)
    title = slide.shapes.title
    if title is not None and title.has_text_frame and title.text_frame.text.strip():
        yield Element("heading", _line(title.text_frame.text), 2, number, label)
    for shape in _reading_order(slide.shapes):
        if title is not None and shape.shape_id == title.shape_id:
            continue
        hidden = _outside(shape, size)
        if shape.has_text_frame:
            for paragraph in shape.text_frame.paragraphs:
                text = _line("".join(run.text for run in paragraph.runs))
                if text:
                    why = hidden or _why_hidden(paragraph)
                    yield Element("item", text, 0, number, label, hidden=why)
        elif getattr(shape, "has_table", False) and shape.has_table:
            rows = [[_line(cell.text) for cell in row.cells] for row in shape.table.rows]
            for row in rows[1:]:
                if any(row):
                    yield Element("item", row_text(rows[0], row), 0, number, label, hidden=hidden)
    notes = slide.notes_slide.notes_text_frame if slide.has_notes_slide else None
    if notes is not None and (text := _line(notes.text)):
        yield Element("note", text, 0, number, label)


def _reading_order(shapes: Any) -> list[Any]:
    """Shapes from top to bottom and left to right, those in groups included."""
    flat: list[Any] = []
    for shape in shapes:
        flat += _reading_order(shape.shapes) if hasattr(shape, "shapes") else [shape]
    return sorted(flat, key=lambda s: (s.top or 0, s.left or 0))


def _outside(shape: Any, size: tuple[int, int]) -> str:
    left, top, width, height = (getattr(shape, n) or 0 for n in ("left", "top", "width", "height"))
    off = left + width <= 0 or top + height <= 0 or left >= size[0] or top >= size[1]
    return "text outside the slide" if off and (width or height) else ""


def _why_hidden(paragraph: Any) -> str:
    sizes = [run.font.size.pt for run in paragraph.runs if run.font.size is not None]
    return "text of at most 2 points" if sizes and max(sizes) <= TINY_POINTS else ""


def _line(text: str) -> str:
    return " ".join(text.replace("\x0b", " ").split())
