"""Words that stand for one another: a buyer's synonyms, and the abbreviations of the glossary."""

import re
import tomllib
from collections.abc import Iterable, Sequence
from functools import cache
from importlib.resources import files

from ingest.records import Passage
from ingest.text import terms

ABBREVIATIONS = "abbreviations"
MEANS = re.compile(r"^(?P<short>[\w-]+) means (?P<long>.+?)(?:,| \(|\.$)")
Expression = tuple[str, ...]
Group = tuple[Expression, ...]


class Thesaurus:
    """Groups of expressions that mean much the same; an expression is a tuple of stems."""

    def __init__(self, groups: Iterable[Group]) -> None:
        self._groups = tuple(groups)
        self._places: dict[str, list[int]] = {}
        for n, group in enumerate(self._groups):
            for stem in {stem for expression in group for stem in expression}:
                self._places.setdefault(stem, []).append(n)

    def related(self, words: Sequence[str]) -> dict[str, frozenset[str]]:
        """For each stem of a question, the other stems that may stand for it.

        A longer expression counts only when its stems stand side by side; then each of its stems
        may be met by the other expressions of the group.
        """
        found: dict[str, set[str]] = {word: set() for word in words}
        for n in sorted({n for word in words for n in self._places.get(word, ())}):
            group = self._groups[n]
            mine = {stem for e in group if _contains(words, e) for stem in e}
            others = {stem for e in group for stem in e} - mine
            for stem in mine:
                found[stem] |= others
        return {word: frozenset(others) for word, others in found.items()}


def _contains(words: Sequence[str], expression: Expression) -> bool:
    size = len(expression)
    return size > 0 and any(
        tuple(words[i : i + size]) == expression for i in range(len(words) - size + 1)
    )


@cache
def shipped() -> tuple[Group, ...]:
    """The groups that come with the package."""
    text = (files("assistant") / "thesaurus.toml").read_text("utf-8")
    groups = ([tuple(terms(e)) for e in group] for group in tomllib.loads(text)["groups"])
    distinct = (tuple(dict.fromkeys(e for e in group if e)) for group in groups)
    return tuple(group for group in distinct if len(group) > 1)


def of(passages: Iterable[Passage]) -> Thesaurus:
    """The shipped groups, and the abbreviations that the corpus explains."""
    return Thesaurus((*shipped(), *abbreviations(passages)))


def abbreviations(passages: Iterable[Passage]) -> tuple[Group, ...]:
    """Pairs of abbreviation and full form, from sections whose items read "X means Y"."""
    lines = (p.words(s) for p in passages if p.anchor == ABBREVIATIONS for s in p.sentences)
    found = (match for line in lines if (match := MEANS.match(line)))
    return tuple((tuple(terms(m["short"])), tuple(terms(m["long"]))) for m in found)
