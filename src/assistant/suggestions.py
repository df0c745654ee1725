"""Next questions: what readers ask of the other sections of the document that answered. Pure."""

from collections.abc import Collection, Sequence

from assistant.records import Part
from ingest.records import Document


def suggest(document: Document, parts: Sequence[Part], limit: int = 3) -> tuple[str, ...]:
    """Up to ``limit`` questions, one a section, of sections that were not quoted; later ones first.

    The order starts after the quoted section and comes round, so that a reader moves on.
    """
    quoted = {pick.passage.anchor for part in parts for pick in part.picks}
    anchors = [section.anchor for section in document.sections]
    last = max((anchors.index(a) for a in quoted if a in anchors), default=-1)
    ahead = [*anchors[last + 1 :], *anchors[: last + 1]]
    return _first_of_each(dict(document.questions), [a for a in ahead if a not in quoted])[:limit]


def _first_of_each(
    questions: dict[str, tuple[str, ...]], anchors: Collection[str]
) -> tuple[str, ...]:
    return tuple(questions[a][0] for a in anchors if questions.get(a))
