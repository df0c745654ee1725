"""The lexical side of the index: BM25 over stemmed words (Lucene's variant), by bm25s."""

from collections.abc import Sequence
from pathlib import Path

import bm25s
import numpy as np
from numpy.typing import NDArray

from ingest.text import terms

K1, B = 1.2, 0.75


class LexicalIndex:
    """BM25 scores of every passage, in the order in which the passages were given."""

    def __init__(self, model: "bm25s.BM25") -> None:
        self._model = model
        self._vocabulary: dict[str, int] = model.vocab_dict

    @classmethod
    def build(cls, texts: Sequence[str]) -> "LexicalIndex":
        """Index the texts; an empty vocabulary gives scores of zero."""
        model = bm25s.BM25(method="lucene", k1=K1, b=B)
        model.index([terms(text) or ["\x00"] for text in texts], show_progress=False)
        return cls(model)

    @classmethod
    def load(cls, folder: Path) -> "LexicalIndex":
        """The index that ``save`` wrote."""
        return cls(bm25s.BM25.load(folder, show_progress=False))

    def save(self, folder: Path) -> None:
        """Write the index into a new folder."""
        self._model.save(folder, show_progress=False)

    def scores(self, stems: Sequence[str]) -> NDArray[np.float32]:
        """One score a passage for these stemmed words, zero where none is shared."""
        known = [t for t in stems if t in self._vocabulary]
        if not known:
            return np.zeros(self._model.scores["num_docs"], dtype=np.float32)
        result: NDArray[np.float32] = self._model.get_scores(known)
        return result
