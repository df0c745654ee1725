"""Scanned pages to lines, by RapidOCR: the optional extra 'ocr', whose models come with it."""

from functools import cache
from typing import Any

import numpy as np

from ingest.errors import InputError
from ingest.loaders.pdf_lines import Line

SCALE = 2.0
MIN_CONFIDENCE = 0.6


def page_lines(page: Any) -> tuple[Line, ...]:
    """What can be read on the picture of a page; InputError when the extra is not installed."""
    bitmap = page.render(scale=SCALE)
    picture = np.array(bitmap.to_numpy(), copy=True)
    bitmap.close()
    found = _reader()(picture)
    if found.txts is None:
        return ()
    rows = zip(found.txts, found.boxes, found.scores, strict=True)
    return tuple(_line(text, box) for text, box, score in rows if score >= MIN_CONFIDENCE)


def _line(text: str, box: Any) -> Line:
    (x0, top), (x1, bottom) = box.min(axis=0) / SCALE, box.max(axis=0) / SCALE
    return Line(text, float(x0), float(top), float(x1), float(bottom), round(bottom - top), False)


@cache
def _reader() -> Any:
    try:
        from rapidocr import RapidOCR
    except ImportError as error:
        raise InputError(
            "ASSISTANT_OCR is on but the extra is not installed; run: "
            "pip install 'procurement-assistant[ocr]'"
        ) from error
    return RapidOCR(params={"Global.log_level": "error"})
