"""One page of a PDF file as a picture, with words marked as a highlighter would."""

import io
import threading
from pathlib import Path

import pypdfium2
from PIL import Image, ImageChops, ImageDraw

from ingest.errors import UnknownError
from ingest.text import fold

SCALE = 1.6
MOST_PIXELS = 3000  # along the longer side
MARK = (255, 236, 130)
_PDFIUM = threading.Lock()  # PDFium must not be entered by two threads at once


def picture(path: Path, number: int, sentences: tuple[str, ...]) -> bytes:
    """The page (counted from 1) as PNG; UnknownError when there is no such page.

    Each sentence that stands on the page is marked, however its lines are broken there.
    """
    with _PDFIUM:
        return _picture(path, number, sentences)


def size(path: Path, number: int) -> tuple[int, int]:
    """Width and height of the picture of a page, so that a reader's page can keep its place."""
    with _PDFIUM:
        document = pypdfium2.PdfDocument(path)
        try:
            width, height = document[number - 1].get_size()
        finally:
            document.close()
    scale = _scale(width, height)
    return round(width * scale), round(height * scale)


def _scale(width: float, height: float) -> float:
    """Pixels a point; fewer on a page so large that its picture would fill the memory."""
    return min(SCALE, MOST_PIXELS / max(width, height, 1))


def _picture(path: Path, number: int, sentences: tuple[str, ...]) -> bytes:
    document = pypdfium2.PdfDocument(path)
    try:
        if not 1 <= number <= len(document):
            raise UnknownError(f"{path.name} has no page {number}")
        page = document[number - 1]
        scale = _scale(*page.get_size())
        image = page.render(scale=scale).to_pil().convert("RGB")
        marks = Image.new("RGB", image.size, (255, 255, 255))
        pen = ImageDraw.Draw(marks)
        height = page.get_size()[1]
        for left, bottom, right, top in _boxes(page, sentences):
            corners = (left, height - top, right, height - bottom)
            pen.rectangle([scale * value for value in corners], fill=MARK)
        marked = ImageChops.multiply(image, marks)
        page.close()
    finally:
        document.close()
    png = io.BytesIO()
    marked.save(png, "PNG", optimize=True)
    return png.getvalue()


def _boxes(
    page: "pypdfium2.PdfPage", sentences: tuple[str, ...]
) -> list[tuple[float, float, float, float]]:
    """Where the letters of each sentence stand; white space, hyphens and signs do not count."""
    text_page = page.get_textpage()
    letters: list[str] = []
    places: list[int] = []
    for at in range(text_page.count_chars()):
        for letter in fold(text_page.get_text_range(at, 1)):
            if letter.isalnum():
                letters.append(letter)
                places.append(at)
    whole = "".join(letters)
    boxes = []
    for sentence in sentences:
        wanted = "".join(c for c in fold(sentence) if c.isalnum())
        start = whole.find(wanted) if wanted else -1
        if start >= 0:
            first, last = places[start], places[start + len(wanted) - 1]
            count = text_page.count_rects(first, last - first + 1)
            boxes += [text_page.get_rect(n) for n in range(count)]
    text_page.close()
    return boxes
