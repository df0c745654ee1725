"""What a question names: kinds of documents, and the places that case studies are about. Pure."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from ingest.records import Document, Kind
from ingest.text import fold, terms

KINDS: tuple[tuple[Kind, re.Pattern[str]], ...] = (
    ("model-policy", re.compile(r"\b(model )?polic(y|ies)\b|\bclauses?\b")),
    ("guidelines", re.compile(r"\bguidelines?\b|\bdigest\b")),
    (
        "case-study",
        re.compile(r"\bcase( stud(y|ies)|s)?\b|\b(which|what|any) (city|cities|countr(y|ies))\b"),
    ),
    ("own", re.compile(r"\b(our|own|local|internal) (rules?|manual|handbook|regulations?)\b")),
)


NAMED = r"(?:the |our |your )?(?:model polic(?:y|ies)|guidelines?|case stud(?:y|ies))"
SAYS = re.compile(
    rf"\b(?:what|how) (?:do|does|did) {NAMED} "
    r"(?:say|state|ask|tell|require|recommend|advise|mean)s?"
    rf"(?: us)?(?: (?:about|on|for|of|by|to))?\b|\b(?:according to|under|in|by) {NAMED}(?=\W|$)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Scope:
    """The kinds that are named, and the documents about each place that is named."""

    kinds: tuple[Kind, ...] = ()
    places: tuple[str, ...] = ()
    documents: frozenset[str] = frozenset()


Gazetteer = Mapping[str, frozenset[str]]


def gazetteer(documents: Iterable[Document]) -> dict[str, frozenset[str]]:
    """Folded names of cities and countries, and the ids of the documents about each."""
    found: dict[str, set[str]] = {}
    for document in documents:
        for place in (*document.cities, *document.countries):
            found.setdefault(fold(place), set()).add(document.id)
    return {place: frozenset(ids) for place, ids in found.items()}


def named(text: str, places: Gazetteer) -> Scope:
    """The scope that the words of a question name."""
    folded = fold(text)
    kinds = tuple(kind for kind, pattern in KINDS if pattern.search(folded))
    found = tuple(place for place in places if re.search(rf"\b{re.escape(place)}\b", folded))
    return Scope(kinds, found, frozenset().union(*(places[p] for p in found)))


def without_kinds(text: str) -> str:
    """The text without the words that only name a kind of document; all of it if none are left.

    "What does the model policy say about algorithms?" is a question about algorithms.
    """
    left = " ".join(SAYS.sub(" ", text).split()).strip(" ,;:?")
    return left if terms(left) else text


def without(text: str, names: Iterable[str]) -> str:
    """The folded text without these places: "and in Oslo?" must not search the place before it."""
    folded = fold(text)
    for name in names:
        folded = re.sub(rf"\b{re.escape(name)}('s|’s)?\b", " ", folded)
    return " ".join(folded.split())
