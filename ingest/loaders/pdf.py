"""PDF files to elements: lines by pypdfium2, tables by pdfplumber, order and roles by layout."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pypdfium2
import pypdfium2.raw as raw

from ingest.errors import DocumentError
from ingest.loaders import pdf_layout, pdf_lines
from ingest.loaders.pdf_page import Page, Table
from ingest.records import Element, Extract

MAX_PAGES = 5000
THIN, TALL, LONG = 3.0, 8.0, 30.0
UNTITLED = re.compile(
    r"^(?:untitled|\(?anonymous\)?|microsoft word\b.*|.*\.(?:docx?|indd|pdf|tex|qxd))$", re.I
)
OCR_REMEDY = (
    "make it searchable first, for example with ocrmypdf, or install the extra 'ocr' and set "
    "ASSISTANT_OCR=true"
)


def load(path: Path, *, ocr: bool = False) -> Extract:
    """The elements of a file with page and printed label, its title, and pages without text.

    With ``ocr`` a page without text is read from its picture.
    Pages are read one after the other and closed, so that memory does not grow with them.
    DocumentError for an encrypted, damaged, over-long or scanned file.
    """
    document = open_document(path)
    try:
        count = len(document)
        if count > MAX_PAGES:
            raise DocumentError(f"{path}: has {count:,} pages; the limit is {MAX_PAGES:,}")
        pages = tuple(_pages(path, document, ocr))
        outline = _outline(document)
        title = (document.get_metadata_value("Title") or "").strip()
    finally:
        document.close()
    cut_off = not _ends_whole(path)
    empty = [page.number for page in pages if not page.lines]
    if len(empty) == count:
        raise DocumentError(f"{path}: is a scan: none of its {count} pages has text; {OCR_REMEDY}")
    found = pdf_layout.elements(pages, outline)
    return Extract(_title(title, found), found, tuple(_remarks(empty, cut_off)))


def open_document(path: Path) -> Any:
    """The opened file; DocumentError names the reason and the remedy."""
    try:
        document = pypdfium2.PdfDocument(path)
        if len(document) == 0:
            raise DocumentError(f"{path}: has no pages; is it damaged?")
    except pypdfium2.PdfiumError as error:
        if "password" in str(error).lower():
            raise DocumentError(
                f"{path}: is protected by a password; save it without one"
            ) from error
        raise DocumentError(f"{path}: is damaged and cannot be opened; export it anew") from error
    return document


def _pages(path: Path, document: Any, ocr: bool) -> Iterator[Page]:
    plumber: Any = None
    for at in range(len(document)):
        page = document[at]
        width, height = page.get_size()
        tables: tuple[Table, ...] = ()
        if _is_ruled(page):
            plumber = plumber or _plumber(path)
            tables = _tables(plumber, at)
        lines = pdf_lines.page_lines(page)
        if ocr and not lines:
            from ingest.loaders.ocr import page_lines as read_picture

            lines = read_picture(page)
        yield Page(
            number=at + 1,
            label=document.get_page_label(at),
            width=width,
            height=height,
            lines=lines,
            tables=tables,
        )
        page.close()
    if plumber is not None:
        plumber.close()


def _is_ruled(page: Any) -> bool:
    """Whether a page has lines across and down, without which there is no ruled table."""
    across = down = 0
    for item in page.get_objects([raw.FPDF_PAGEOBJ_PATH]):
        left, bottom, right, top = item.get_bounds()
        width, height = right - left, top - bottom
        is_box = width >= LONG and height >= TALL
        across += 2 * is_box or (height <= THIN and width >= LONG)
        down += 2 * is_box or (width <= THIN and height >= TALL)
    return across >= 2 and down >= 2


def _plumber(path: Path) -> Any:
    import pdfplumber

    return pdfplumber.open(path)


def _tables(plumber: Any, at: int) -> tuple[Table, ...]:
    """The ruled tables of a page with more than one row and column, from top to bottom."""
    page = plumber.pages[at]
    found = []
    for table in page.find_tables():
        rows = tuple(
            tuple(" ".join((cell or "").split()) for cell in row) for row in table.extract()
        )
        if len(rows) > 1 and max(len(row) for row in rows) > 1:
            x0, top, x1, bottom = table.bbox
            found.append(Table(top, bottom, x0, x1, rows))
    page.close()
    return tuple(sorted(found, key=lambda t: t.top))


def _outline(document: Any) -> dict[int, list[tuple[int, str]]]:
    """Depth and title of the bookmarks by the number of the page that they lead to."""
    found: dict[int, list[tuple[int, str]]] = {}
    for mark in document.get_toc():
        target = mark.get_dest()
        index = target.get_index() if target is not None else None
        if index is not None:
            found.setdefault(index + 1, []).append((mark.level + 1, mark.get_title()))
    return found


def _title(named: str, found: tuple[Element, ...]) -> str:
    """The title that the file names, unless a program left it; else its first heading."""
    if named and not UNTITLED.match(named):
        return named
    return next((e.text for e in found if e.kind == "heading"), "")


def _ends_whole(path: Path) -> bool:
    """Whether the file has its end mark; PDFium repairs one that was cut off without a word."""
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - 2048))
        return b"%%EOF" in file.read()


def _remarks(empty: list[int], cut_off: bool) -> Iterator[str]:
    if cut_off:
        yield "the file ends too early and was repaired; pages may be missing"
    if empty:
        shown = ", ".join(map(str, empty[:10])) + (" …" if len(empty) > 10 else "")
        yield f"{len(empty)} pages have no text ({shown}); {OCR_REMEDY}"
