"""Plain text to elements: blank lines part paragraphs, short lines alone are headings. Pure."""

import re
from collections.abc import Iterator

from ingest.records import Element, Extract

NUMBERED = re.compile(r"^(\d+(?:\.\d+)*)[.)]?\s+(?=\S)")
ITEM = re.compile(r"^\s*(?:[-*•–]|\(?[a-z\d]{1,2}[.)])\s+", re.IGNORECASE)
UNDERLINE = re.compile(r"^[=\-~]{3,}$")
MARKDOWN_HEADING = re.compile(r"^(#{1,6})\s+(.*?)\s*#*$")
HEADING_WORDS = 12


def load(text: str) -> Extract:
    """The elements of a plain text file; its title is the first heading, if it opens with one."""
    found = tuple(_elements(text))
    title = found[0].text if found and found[0].kind == "heading" else ""
    return Extract(title, found)


def heading_level(line: str) -> int:
    """The depth that a numbered heading such as "4.1.2 Scope" shows, else 0."""
    match = NUMBERED.match(line)
    return match[1].count(".") + 1 if match else 0


def _elements(text: str) -> Iterator[Element]:
    for block in re.split(r"\n\s*\n", text):
        lines = [line.rstrip() for line in block.strip("\n").splitlines() if line.strip()]
        if not lines:
            continue
        marked = MARKDOWN_HEADING.match(lines[0])
        if marked:
            yield Element("heading", marked[2], level=len(marked[1]))
            lines = lines[1:]
        elif len(lines) == 2 and UNDERLINE.match(lines[1]):
            yield Element("heading", lines[0].strip(), level=1 if "=" in lines[1] else 2)
            continue
        elif len(lines) == 1 and _is_heading(lines[0].strip()):
            line = lines[0].strip()
            yield Element("heading", line, level=max(1, heading_level(line)))
            continue
        yield from _body(lines)


def _is_heading(line: str) -> bool:
    short = len(line.split()) <= HEADING_WORDS and not line.endswith((".", ";", ",", "?", "!"))
    letters = [c for c in line if c.isalpha()]
    capitals = bool(letters) and all(c.isupper() for c in letters)
    return short and bool(letters) and (capitals or heading_level(line) > 0)


def _body(lines: list[str]) -> Iterator[Element]:
    """Paragraphs and list items of one block; a line that opens no item goes on with the last."""
    open_kind, words = "paragraph", list[str]()
    for line in lines:
        if ITEM.match(line):
            if words:
                yield _element(open_kind, words)
            open_kind, words = "item", [ITEM.sub("", line).strip()]
        else:
            words.append(line.strip())
    if words:
        yield _element(open_kind, words)


def _element(kind: str, words: list[str]) -> Element:
    return Element("item" if kind == "item" else "paragraph", " ".join(words))
