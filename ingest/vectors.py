"""Similarities of a question to everything in a snapshot: the interface, and exact arrays."""

import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from ingest.errors import SnapshotError
from ingest.spans import LEVELS, Level, parse_span_id

Vectors = NDArray[np.float32]
Flags = NDArray[np.bool_]
QueryVector = Sequence[float] | Vectors


@dataclass(frozen=True, slots=True)
class Near:
    """A row of some level: the place of its passage, its number there, and its cosine."""

    passage: int
    ordinal: int
    cosine: float


class VectorIndex(Protocol):
    """Cosines of a query, one for each passage of a snapshot, in the order of its passages."""

    def passage_scores(self, query: QueryVector) -> Vectors:
        """Of every passage as a whole."""

    def window_scores(self, query: QueryVector) -> Vectors:
        """Of the best window of every passage; of the passage where it has none."""

    def question_scores(self, query: QueryVector) -> Vectors:
        """Of the nearest reader's question of every passage; of the passage where it has none."""

    def best_sentence_scores(self, query: QueryVector) -> Vectors:
        """Of the best sentence of every passage; of the passage where it has none."""

    def sentence_scores(self, query: QueryVector, passage: int) -> Vectors:
        """Of each sentence of the passage at this place, in order."""

    def asked_scores(self, query: QueryVector, passage: int) -> Vectors:
        """Of each reader's question of the passage at this place, in order."""

    def nearest(
        self, query: QueryVector, level: Level, count: int, among: Flags | None = None
    ) -> tuple[Near, ...]:
        """The nearest rows of one level, best first, of those passages that are flagged."""


@dataclass(frozen=True, slots=True)
class ArrayIndex:
    """All vectors of one snapshot as arrays: exact, the same every time, open at once.

    The finer rows of all passages stand one after the other; the starts say where those of each
    passage begin. A passage without rows of a level is represented by itself when it is scored.
    """

    passages: Vectors
    windows: Vectors
    window_starts: NDArray[np.int64]
    sentences: Vectors
    sentence_starts: NDArray[np.int64]
    questions: Vectors
    question_starts: NDArray[np.int64]
    open: Vectors
    open_starts: NDArray[np.int64]

    @classmethod
    def of(
        cls,
        ids: Sequence[str],
        passages: Mapping[str, Vectors],
        spans: Mapping[str, Vectors],
    ) -> "ArrayIndex":
        """Arrays from vectors by id; SnapshotError when the passages are not exactly ``ids``."""
        if passages.keys() != set(ids):
            raise SnapshotError(
                "the vector store does not match its passages; run 'assistant ingest --full'"
            )
        place = {passage_id: n for n, passage_id in enumerate(ids)}
        rows: dict[Level, list[dict[int, Vectors]]] = {
            level: [{} for _ in ids] for level in LEVELS.values()
        }
        for span_id, vector in spans.items():
            passage_id, level, ordinal = parse_span_id(span_id)
            rows[level][place[passage_id]][ordinal] = vector
        whole = np.asarray([passages[i] for i in ids], dtype=np.float32)
        width = whole.shape[1] if len(ids) else 0
        windows, sentences, questions, left_open = (_joined(r, width) for r in rows.values())
        return cls(whole, *windows, *sentences, *questions, *left_open)

    def save(self, path: Path) -> None:
        """Write the arrays into one file, which opens without Chroma."""
        np.savez(path, **{name: getattr(self, name) for name in ARRAYS})

    @classmethod
    def load(cls, path: Path, passages: int) -> "ArrayIndex":
        """The arrays that ``save`` wrote; SnapshotError when they are not of so many passages."""
        try:
            with np.load(path) as arrays:
                found = cls(*(arrays[name] for name in ARRAYS))
        except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
            raise SnapshotError(
                f"the vectors in {path} are missing or damaged; run 'assistant ingest --full'"
            ) from error
        if len(found.passages) != passages:
            raise SnapshotError(
                "the vectors do not match their passages; run 'assistant ingest --full'"
            )
        return found

    def passage_scores(self, query: QueryVector) -> Vectors:
        """Cosine of every passage as a whole."""
        scores: Vectors = self.passages @ np.asarray(query, dtype=np.float32)
        return scores

    def window_scores(self, query: QueryVector) -> Vectors:
        """Cosine of the best window of every passage."""
        return self._best(self.windows, self.window_starts, query)

    def question_scores(self, query: QueryVector) -> Vectors:
        """Cosine of the question nearest to this one, of every passage."""
        return self._best(self.questions, self.question_starts, query)

    def best_sentence_scores(self, query: QueryVector) -> Vectors:
        """Cosine of the best sentence of every passage."""
        return self._best(self.sentences, self.sentence_starts, query)

    def sentence_scores(self, query: QueryVector, passage: int) -> Vectors:
        """Cosine of each sentence of the passage at this place, in order."""
        start, end = self.sentence_starts[passage : passage + 2]
        scores: Vectors = self.sentences[start:end] @ np.asarray(query, dtype=np.float32)
        return scores

    def asked_scores(self, query: QueryVector, passage: int) -> Vectors:
        """Cosine of each reader's question of the passage at this place, in order."""
        start, end = self.question_starts[passage : passage + 2]
        scores: Vectors = self.questions[start:end] @ np.asarray(query, dtype=np.float32)
        return scores

    def nearest(
        self, query: QueryVector, level: Level, count: int, among: Flags | None = None
    ) -> tuple[Near, ...]:
        """The nearest rows of one level, best first, of those passages that are flagged."""
        rows, starts = self._level(level)
        scores = rows @ np.asarray(query, dtype=np.float32)
        if among is not None:
            scores[~np.repeat(among, np.diff(starts))] = -np.inf
        best = np.arange(len(scores))
        if count < len(scores):  # the order of equals is that of the rows, in either way
            floor = np.partition(scores, -count)[-count]
            best = np.flatnonzero(scores >= floor)
        best = best[np.argsort(-scores[best], kind="stable")][:count]
        places = np.searchsorted(starts, best, side="right") - 1
        return tuple(
            Near(int(place), int(row - starts[place]), float(scores[row]))
            for row, place in zip(best, places, strict=True)
            if np.isfinite(scores[row])
        )

    def _level(self, level: Level) -> tuple[Vectors, NDArray[np.int64]]:
        return {
            "window": (self.windows, self.window_starts),
            "sentence": (self.sentences, self.sentence_starts),
            "question": (self.questions, self.question_starts),
            "open": (self.open, self.open_starts),
        }[level]

    def _best(self, rows: Vectors, starts: NDArray[np.int64], query: QueryVector) -> Vectors:
        """The best cosine among the rows of each passage, or its own where it has none."""
        best = self.passage_scores(query)
        some = np.flatnonzero(starts[:-1] < starts[1:])
        if len(some):
            best[some] = np.maximum.reduceat(rows @ np.asarray(query, np.float32), starts[some])
        return best


ARRAYS = tuple(field.name for field in fields(ArrayIndex))


def _joined(rows: Sequence[dict[int, Vectors]], width: int) -> tuple[Vectors, NDArray[np.int64]]:
    """Rows of all passages in order, and where each passage's begin, the end included."""
    ordered = [found[n] for found in rows for n in sorted(found)]
    starts = np.cumsum([0, *(len(found) for found in rows)])
    return np.asarray(ordered, dtype=np.float32).reshape(-1, width), starts
