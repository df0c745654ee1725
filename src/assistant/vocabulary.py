"""The words of a snapshot: how rare each is, and how far a text covers those of a question."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

Related = Mapping[str, frozenset[str]]
NO_RELATED: Related = {}
NOTHING: frozenset[str] = frozenset()


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

    def coverage(
        self,
        wanted: Sequence[str],
        found: frozenset[str],
        related: Related = NO_RELATED,
        credit: float = 0.0,
    ) -> float:
        """Share of the wanted words, by weight, that are found; 1 when nothing is wanted.

        A word that only a related one stands in for counts ``credit``, from 0 to 1.
        """
        total = met = 0.0
        for term in set(wanted):
            weight = self.weight(term)
            total += weight
            if term in found:
                met += weight
            elif related.get(term, NOTHING) & found:
                met += credit * weight
        return met / total if total else 1.0
