"""Similarities of a question to everything in a snapshot: the interface, and exact arrays."""

import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from functools import cached_property
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


class Similar(Protocol):
    """Cosines of one query with all that a snapshot holds, in the order of its passages."""

    def whole(self) -> Vectors:
        """Of every passage as a whole."""

    def best(self, level: Level) -> Vectors:
        """Of the nearest row of every passage; of the passage itself where it has none."""

    def rows(self, level: Level, passage: int) -> Vectors:
        """Of each row of the passage at this place, in order."""

    def nearest(self, level: Level, count: int, among: Flags | None = None) -> tuple[Near, ...]:
        """The nearest rows of one level, best first, of those passages that are flagged."""


class VectorIndex(Protocol):
    """All vectors of one snapshot."""

    def similar(self, query: QueryVector) -> Similar:
        """How near everything is to a query of unit length."""


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

    def similar(self, query: QueryVector) -> Similar:
        """How near everything is to a query of unit length."""
        return _SimilarRows(self, np.asarray(query, dtype=np.float32))

    def level(self, level: Level) -> tuple[Vectors, NDArray[np.int64]]:
        """The rows of one level, and where those of each passage begin."""
        return {
            "window": (self.windows, self.window_starts),
            "sentence": (self.sentences, self.sentence_starts),
            "question": (self.questions, self.question_starts),
            "open": (self.open, self.open_starts),
        }[level]


class _SimilarRows:
    """Each array is read once a query, when it is first asked for."""

    def __init__(self, index: ArrayIndex, query: Vectors) -> None:
        self._index = index
        self._query = query
        self._cosines: dict[Level, Vectors] = {}

    @cached_property
    def _whole(self) -> Vectors:
        cosines: Vectors = self._index.passages @ self._query
        return cosines

    def _of(self, level: Level) -> tuple[Vectors, NDArray[np.int64]]:
        rows, starts = self._index.level(level)
        if level not in self._cosines:
            self._cosines[level] = rows @ self._query
        return self._cosines[level], starts

    def whole(self) -> Vectors:
        return self._whole

    def best(self, level: Level) -> Vectors:
        cosines, starts = self._of(level)
        best, some = self._whole.copy(), np.flatnonzero(starts[:-1] < starts[1:])
        if len(some):
            best[some] = np.maximum.reduceat(cosines, starts[some])
        return best

    def rows(self, level: Level, passage: int) -> Vectors:
        cosines, starts = self._of(level)
        return cosines[starts[passage] : starts[passage + 1]]

    def nearest(self, level: Level, count: int, among: Flags | None = None) -> tuple[Near, ...]:
        cosines, starts = self._of(level)
        if among is not None:
            cosines = np.where(np.repeat(among, np.diff(starts)), cosines, -np.inf)
        best = np.arange(len(cosines))
        if count < len(cosines):  # the order of equals is that of the rows, in either way
            floor = np.partition(cosines, -count)[-count]
            best = np.flatnonzero(cosines >= floor)
        best = best[np.argsort(-cosines[best], kind="stable")][:count]
        best = best[np.isfinite(cosines[best])]
        places = np.searchsorted(starts, best, side="right") - 1
        ordinals = best - starts[places]
        found = zip(places.tolist(), ordinals.tolist(), cosines[best].tolist(), strict=True)
        return tuple(Near(*row) for row in found)


ARRAYS = tuple(field.name for field in fields(ArrayIndex))


def _joined(rows: Sequence[dict[int, Vectors]], width: int) -> tuple[Vectors, NDArray[np.int64]]:
    """Rows of all passages in order, and where each passage's begin, the end included."""
    ordered = [found[n] for found in rows for n in sorted(found)]
    starts = np.cumsum([0, *(len(found) for found in rows)])
    return np.asarray(ordered, dtype=np.float32).reshape(-1, width), starts
