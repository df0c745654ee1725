"""Running heads, feet and page numbers: what they are, and pages without them. Pure."""

import re
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import replace

from ingest.loaders.pdf_lines import Line
from ingest.loaders.pdf_page import HEADING_RATIO, Outline, Page, body_size, plain
from ingest.text import fold

MARGIN = 0.12
RUNNING_SHARE = 0.15  # heads of left and of right pages each stand on half of them
RUNNING_PAGES = 3
PAGE_NUMBER = re.compile(
    r"^\W*(?:page\s+|p\.\s*)?(\d{1,4}|[ivxlc]{1,7})(?:\s*(?:of|/)\s*\d+)?\W*$", re.I
)


def without_running_lines(pages: Sequence[Page], outline: Outline) -> tuple[Page, ...]:
    """The pages without running heads, feet and page numbers.

    Large lines and bookmarked titles are never taken for such. A page whose file gives no label
    gets the number that is printed on it.
    """
    body = body_size(pages)
    keys = {
        (page.number, line): _running(line, page, body, outline.get(page.number, ()))
        for page in pages
        for line in page.lines
    }
    seen = Counter({key: 0 for key in keys.values() if key})
    for page in pages:
        seen.update({key for line in page.lines if (key := keys[page.number, line])})
    often = max(min(max(len(pages), 2), RUNNING_PAGES), RUNNING_SHARE * len(pages))
    cleaned = []
    for page in pages:
        label = page.label
        running: set[Line] = set()
        for line in sorted(page.lines, key=lambda li: abs(li.middle - page.height / 2)):
            key = keys[page.number, line]
            number = PAGE_NUMBER.match(line.text) if key else None
            if number and not page.label:
                label = number[1]
            if number or (key and seen[key] >= often and _set_apart(line, page, running)):
                running.add(line)
        kept = tuple(line for line in page.lines if line not in running)
        cleaned.append(replace(page, lines=kept, label=label))
    return tuple(cleaned)


def _set_apart(line: Line, page: Page, running: Collection[Line]) -> bool:
    """Whether the next line towards the middle of the page is far, or a running line itself."""
    upper = line.middle < page.height / 2
    inner = [
        (other.top - line.bottom if upper else line.top - other.bottom, other)
        for other in page.lines
        if (other.middle > line.middle if upper else other.middle < line.middle)
        and other.x0 < line.x1
        and other.x1 > line.x0
    ]
    gap, nearest = min(inner, key=lambda pair: pair[0], default=(float("inf"), None))
    return nearest in running or gap > 0.6 * (line.bottom - line.top)


def _running(
    line: Line, page: Page, body: float, bookmarks: Sequence[tuple[int, str]]
) -> tuple[str, int] | None:
    """What makes a line in the margin the same as one on another page; None for all others."""
    share = line.middle / page.height
    large = line.size > body * HEADING_RATIO
    if MARGIN < share < 1 - MARGIN or line.hidden or large:
        return None
    if any(plain(title) == plain(line.text) for _, title in bookmarks):
        return None
    return re.sub(r"^\W*\d+|\d+\W*$", "#", fold(line.text)), round(share * 50)
