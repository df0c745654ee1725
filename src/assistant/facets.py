"""Which facets a question asks about, and which headings answer them. Pure, apart from data."""

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from ingest.text import fold

NEVER = r"(?!)"


@dataclass(frozen=True, slots=True)
class Facet:
    """A kind of question: how its words look, and where or in which form its answers stand."""

    name: str
    label: str
    topical: bool
    headings: re.Pattern[str]
    patterns: re.Pattern[str]
    sentences: re.Pattern[str] | None

    def fits(self, sentence: str) -> bool:
        """Whether a sentence has the form of an answer to this facet."""
        return self.sentences is not None and self.sentences.search(sentence) is not None

    def answers(self, anchor: str) -> bool:
        """Whether a section with this anchor answers the facet."""
        return self.headings.fullmatch(re.sub(r"-\d+$", "", anchor)) is not None


@cache
def facets() -> tuple[Facet, ...]:
    """All facets, in order of precedence."""
    rows = tomllib.loads((files("assistant") / "facets.toml").read_text("utf-8"))["facet"]
    return tuple(
        Facet(
            row["name"],
            row["label"],
            row["topical"],
            re.compile("|".join(f"(?:{h})" for h in row["headings"]) or NEVER),
            re.compile("|".join(f"(?:{p})" for p in row["patterns"])),
            re.compile(row["sentences"]) if "sentences" in row else None,
        )
        for row in rows
    )


def facet(name: str) -> Facet:
    """The facet with this name."""
    return next(f for f in facets() if f.name == name)


def recognise(text: str) -> tuple[str, ...]:
    """Names of the facets that the words of a question point to, main one first."""
    folded = _fold(text)
    return tuple(f.name for f in facets() if f.patterns.search(folded))


def topic(text: str) -> str:
    """The question, folded, without the words that only say what kind of answer is wanted."""
    folded = _fold(text)
    for facet in facets():
        if not facet.topical:
            folded = facet.patterns.sub(" ", folded)
    return " ".join(folded.split())


def _fold(text: str) -> str:
    return fold(text).replace("’", "'")
