"""Faults of the cases themselves, and what they cover. Pure."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from assistant import facets
from evals.cases import Case
from evals.metrics import states
from ingest.records import Document, Passage
from ingest.text import terms


@dataclass(frozen=True)
class Coverage:
    """How many cases each document, kind, facet and tag has."""

    documents: dict[str, int]
    kinds: dict[str, int]
    facets: dict[str, int]
    tags: dict[str, int]


def faults(
    cases: Sequence[Case], documents: dict[str, Document], passages: Sequence[Passage]
) -> list[str]:
    """Ids that lead nowhere, key points that no source states, questions asked twice."""
    texts: dict[str, str] = {}
    for p in passages:
        texts[p.document_id] = f"{texts.get(p.document_id, '')}\n{p.text}"
    found = [
        f"{case.id}: there is no document {name}"
        for case in cases
        for name in (*case.sources, *case.also)
        if name not in documents
    ]
    for case in cases:
        text = "\n".join(texts.get(name, "") for name in (*case.sources, *case.also))
        for point in case.key_points:
            lost = [a for a in point if not states(text, [a])]
            found += [f"{case.id}: no source states {alternative!r}" for alternative in lost]
    return found + _asked_twice(cases)


def _asked_twice(cases: Sequence[Case]) -> list[str]:
    seen: dict[tuple[str, ...], str] = {}
    found = []
    for case in cases:
        last = case.history[-2].content if len(case.history) > 1 else ""
        key = (*terms(last), "|", *terms(case.question))
        if key in seen and len(key) > 2:
            found.append(f"{case.id}: asks the same as {seen[key]}")
        seen.setdefault(key, case.id)
    return found


def coverage(cases: Sequence[Case], documents: dict[str, Document]) -> Coverage:
    """Counts over all cases; documents without a case have 0."""
    by_document = Counter(dict.fromkeys(documents, 0))
    by_document.update(s for case in cases for s in case.sources)
    return Coverage(
        dict(by_document),
        dict(Counter(documents[s].kind for c in cases for s in c.sources if s in documents)),
        dict(Counter(f for c in cases for f in facets.recognise(c.question) or ("none",))),
        dict(Counter(tag for c in cases for tag in c.tags)),
    )
