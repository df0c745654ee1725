"""How rare the words of a snapshot are, and how far a text covers those of a question. Pure."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

Related = Mapping[str, frozenset[str]]
NO_RELATED: Related = {}
NOTHING: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Wanted:
    """The distinct words of a question, each with its weight and those that may stand for it."""

    words: tuple[tuple[str, float, frozenset[str]], ...]
    total: float

    def share(self, found: frozenset[str], credit: float = 0.0) -> float:
        """Share of the wanted words, by weight, that are found; 1 when nothing is wanted.

        A word that only a related one stands in for counts ``credit``, from 0 to 1.
        """
        met = 0.0
        for word, weight, related in self.words:
            if word in found:
                met += weight
            elif credit and not related.isdisjoint(found):
                met += credit * weight
        return met / self.total if self.total else 1.0


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """How rare each stemmed word is in the snapshot: inverse document frequency over passages."""

    idf: dict[str, float]
    unseen: float

    @classmethod
    def of(cls, passages: Sequence[frozenset[str]]) -> "Vocabulary":
        """Count each word once a passage; ``unseen`` is the weight of a word that is nowhere."""
        n = len(passages)
        counts = Counter(term for found in passages for term in found)
        idf = {t: float(np.log(1 + (n - c + 0.5) / (c + 0.5))) for t, c in counts.items()}
        return cls(idf, float(np.log(1 + (n + 0.5) / 0.5)))

    def weight(self, term: str) -> float:
        """The weight of a word; an unknown word is as rare as can be."""
        return self.idf.get(term, self.unseen)

    def wanted(self, words: Sequence[str], related: Related = NO_RELATED) -> Wanted:
        """What to look for in texts, for a question with these words."""
        rows = tuple((w, self.weight(w), related.get(w, NOTHING)) for w in dict.fromkeys(words))
        return Wanted(rows, sum(weight for _, weight, _ in rows))
