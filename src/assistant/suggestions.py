"""Next questions: the other facets that the answering document covers. Pure."""

from collections.abc import Sequence

from assistant import facets
from assistant.records import Request
from ingest.records import Document

WORDS = {
    "why": "{title}: why does it matter?",
    "dos": "{title}: what should we do?",
    "donts": "{title}: what should we avoid?",
    "example": "{title}: what are examples?",
}


def suggest(request: Request, document: Document, limit: int = 3) -> tuple[str, ...]:
    """Up to ``limit`` questions about the document that were not asked yet."""
    covered = [
        name
        for name in WORDS
        if any(facets.facet(name).answers(s.anchor) for s in document.sections)
    ]
    return _fill(document.title, [n for n in covered if n not in request.facets][:limit])


def _fill(title: str, names: Sequence[str]) -> tuple[str, ...]:
    return tuple(WORDS[name].format(title=title) for name in names)
