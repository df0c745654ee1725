"""Elements to a flat list of sections in reading order. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from ingest.records import Block, Element, Section, Source
from ingest.text import slug, without_invisible

TOP = "top"
NOTES = "Notes"


@dataclass
class _Open:
    """The section being read."""

    heading: str
    anchor: str
    path: tuple[str, ...]
    source: Source
    blocks: list[Block] = field(default_factory=list)

    def close(self) -> Section:
        return Section(self.heading, self.anchor, self.path, tuple(self.blocks))


def assemble(elements: Iterable[Element], title: str, source: Source) -> tuple[Section, ...]:
    """The sections of a document; text before the first heading belongs to the title.

    Anchors are unique within the document. A first-level heading equal to the title opens no
    section of its own. Footnotes stand in a section of their own at the end.
    """
    current = _Open(title, TOP, (), source)
    found: list[Section] = []
    notes: list[Block] = []
    anchors = Anchors()
    path: dict[int, str] = {}
    for element in elements:
        if element.kind != "heading":
            (notes if element.kind == "note" else current.blocks).append(
                _block(element, current.source)
            )
            continue
        if element.level == 1 and element.text == title:
            continue
        found.append(current.close())
        path = {depth: name for depth, name in path.items() if depth < element.level}
        path[element.level] = element.text
        current = _Open(
            element.text,
            anchors.give(element.text),
            tuple(path[depth] for depth in sorted(path)),
            element.source or source,
        )
    found.append(current.close())
    if notes:
        found.append(Section(NOTES, anchors.give(NOTES), (NOTES,), tuple(notes)))
    return tuple(section for section in found if section.blocks)


def _block(element: Element, source: Source) -> Block:
    text, odd = without_invisible(element.text)
    return Block(
        kind="paragraph" if element.kind == "paragraph" else "item",
        text=text,
        source=_of_page(element.source or source, element),
        page=element.page,
        label=element.label,
        hidden=element.hidden or odd,
    )


def _of_page(source: Source, element: Element) -> Source:
    """The source with the address of the element's page, where the address has a place for it."""
    if "{page}" not in source.url or element.page is None:
        return source
    return replace(source, url=source.url.format(page=element.page), pages=element.label)


class Anchors:
    """Gives each heading of a document an anchor of its own, in reading order."""

    def __init__(self) -> None:
        self._taken = {TOP}

    def give(self, heading: str) -> str:
        """The slug of the heading, or with the first free number behind it."""
        anchor = candidate = slug(heading)
        number = 2
        while candidate in self._taken:
            candidate, number = f"{anchor}-{number}", number + 1
        self._taken.add(candidate)
        return candidate
