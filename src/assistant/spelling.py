"""Typing errors in a question: words that nothing knows, and near words of the corpus.

The English dictionary of pyspellchecker says which words are real; it is loaded when a question
first has a word that the corpus lacks. A server does so beforehand.
"""

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import Any

from rapidfuzz import process
from rapidfuzz.distance import DamerauLevenshtein

from ingest.records import Passage
from ingest.text import fold, stop_words, words

TOKEN = re.compile(r"[^\W\d_]+")
SHORTEST, LONG = 4, 7


@dataclass(frozen=True, slots=True)
class Correction:
    """A word as typed, and as it was read."""

    typed: str
    read: str


class Speller:
    """Corrects to words of the corpus; a word that a dictionary knows is never touched."""

    def __init__(self, passages: Iterable[Passage]) -> None:
        texts = (f"{p.heading}\n{p.text}" for p in passages)
        self._count = Counter(w for text in texts for w in words(text) if w.isalpha())
        candidates = set(self._count) | stop_words()
        self._candidates = sorted(w for w in candidates if len(w) >= SHORTEST)

    def knows(self, word: str) -> bool:
        """Whether the corpus or the stop words have this folded word."""
        return word in self._count or word in stop_words()

    def correct(self, text: str) -> tuple[str, tuple[Correction, ...]]:
        """The text with unknown words replaced by near ones, and what was replaced.

        One letter may differ, two in longer words. A capitalized word inside a sentence is a name:
        it is replaced only when a single letter of a long word differs.
        """
        made: list[Correction] = []

        def replace(match: re.Match[str]) -> str:
            word = match.group()
            named = word[0].isupper() and match.start() > 0
            read = self._nearest(fold(word), named)
            if read is None:
                return word
            made.append(Correction(word, read))
            return read

        return TOKEN.sub(replace, text), tuple(made)

    def _nearest(self, word: str, named: bool) -> str | None:
        short = len(word) < (LONG if named else SHORTEST)
        if short or self.knows(word) or is_english(word):
            return None
        allowed = 2 if len(word) >= LONG and not named else 1
        near = process.extract(
            word,
            self._candidates,
            scorer=DamerauLevenshtein.distance,
            score_cutoff=allowed,
            limit=20,
        )
        ranked = ((d, c[0] != word[0], -self._count[c], c) for c, d, _ in near)
        return min(ranked, default=(0, False, 0, None))[-1]


def is_english(word: str) -> bool:
    """Whether the dictionary has a folded word, in American or British spelling."""
    american = word.replace("our", "or").replace("ise", "ize").replace("isa", "iza")
    return any(w in dictionary() for w in (word, american, word.removesuffix("s")))


@cache
def dictionary() -> Any:
    """English words; loading them takes a part of a second."""
    from spellchecker import SpellChecker

    return SpellChecker(language="en").word_frequency.dictionary
