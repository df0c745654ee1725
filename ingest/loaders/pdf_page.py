"""What is known of a PDF page before its lines get their roles. Pure."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from ingest.loaders.pdf_lines import Line
from ingest.text import fold

HEADING_RATIO = 1.12
Outline = Mapping[int, Sequence[tuple[int, str]]]


@dataclass(frozen=True, slots=True)
class Table:
    """A ruled table: the height at which it begins and ends, and its cells by row."""

    top: float
    bottom: float
    x0: float
    x1: float
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Page:
    """One page as it was read; ``label`` is what the file says is printed on it."""

    number: int
    label: str
    width: float
    height: float
    lines: tuple[Line, ...]
    tables: tuple[Table, ...] = ()


def body_size(pages: Iterable[Page]) -> float:
    """The size in which most of the text is set."""
    sizes: Counter[float] = Counter()
    for page in pages:
        for line in page.lines:
            sizes[round(line.size * 2) / 2] += len(line.text)
    return sizes.most_common(1)[0][0] if sizes else 10.0


def plain(text: str) -> str:
    """A title without case, accents and signs, for comparing."""
    return re.sub(r"\W+", " ", fold(text)).strip()
