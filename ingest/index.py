"""The vector side of the index: a Chroma store on disk, and exact similarities over it.

Two collections: ``passages`` is what a LangChain user expects (text, metadata, one vector each);
``spans`` holds the finer vectors: windows of long passages, single sentences, and the questions of
readers that a passage's section answers. From them a
build exports the arrays that questions are scored on: exact, the same every time, and open
without importing Chroma, which takes longer than an answer.
"""

import zipfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Literal

import numpy as np
from langchain_core.embeddings import Embeddings
from numpy.typing import NDArray

from ingest.errors import SnapshotError
from ingest.passages import windows
from ingest.records import Passage

BATCH = 1000
PASSAGES, SPANS = "passages", "spans"
SPACE = {"hnsw": {"space": "cosine"}}
Vectors = NDArray[np.float32]


Level = Literal["window", "sentence", "question"]
LEVELS: dict[str, Level] = {"w": "window", "s": "sentence", "q": "question"}


@dataclass(frozen=True, slots=True)
class Span:
    """A window, a sentence or a question of a passage, to be embedded on its own."""

    passage_id: str
    level: Level
    ordinal: int
    text: str

    @property
    def id(self) -> str:
        """Unique within a snapshot."""
        return f"{self.passage_id}|{self.level[0]}{self.ordinal}"


def parse_span_id(span_id: str) -> tuple[str, Level, int]:
    """Passage, level and ordinal of a span; reading them from ids spares fetching metadata."""
    passage_id, _, place = span_id.rpartition("|")
    return passage_id, LEVELS[place[0]], int(place[1:])


def passage_text(passage: Passage) -> str:
    """What is embedded and counted for a passage: its headings, then its text."""
    return f"{passage.heading}\n{passage.text}"


def spans(passages: Iterable[Passage], window_words: int) -> tuple[Span, ...]:
    """The windows, sentences and questions of all passages, in order."""
    found: list[Span] = []
    for p in passages:
        parts = windows(p.text, window_words)
        found += (Span(p.id, "window", n, f"{p.title}\n{w}") for n, w in enumerate(parts))
        found += (Span(p.id, "sentence", n, p.words(s)) for n, s in enumerate(p.sentences))
        found += (Span(p.id, "question", n, asked) for n, asked in enumerate(p.questions))
    return tuple(found)


def write(
    folder: Path, passages: Sequence[Passage], parts: Sequence[Span], embeddings: Embeddings
) -> None:
    """Fill a new store through langchain-chroma."""
    from langchain_chroma import Chroma

    with _client(folder) as client:
        for name, rows in (
            (PASSAGES, [_passage_row(p) for p in passages]),
            (SPANS, [_span_row(s) for s in parts]),
        ):
            store = Chroma(
                client=client,
                collection_name=name,
                embedding_function=embeddings,
                collection_configuration=SPACE,  # type: ignore[arg-type]
            )
            for start in range(0, len(rows), BATCH):
                ids, texts, metadatas = zip(*rows[start : start + BATCH], strict=True)
                store.add_texts(list(texts), list(metadatas), list(ids))


def _passage_row(p: Passage) -> tuple[str, str, dict[str, Any]]:
    metadata = {
        "document_id": p.document_id,
        "kind": p.kind,
        "stage": p.stage,
        "status": p.status,
        "title": p.title,
        "section": p.section,
        "url": p.source.url,
        "pages": p.source.pages,
    }
    return p.id, passage_text(p), metadata


def _span_row(s: Span) -> tuple[str, str, dict[str, Any]]:
    return s.id, s.text, {"passage_id": s.passage_id, "level": s.level, "ordinal": s.ordinal}


def known_vectors(folder: Path) -> dict[str, list[float]]:
    """Text to vector for everything in a store, so that a later build can reuse them."""
    known: dict[str, list[float]] = {}
    with _client(folder) as client:
        for name in (PASSAGES, SPANS):
            got = _everything(client, name, ["documents", "embeddings"])
            vectors = np.asarray(got["embeddings"]).tolist()
            known.update(zip(got["documents"], vectors, strict=True))
    return known


@dataclass(frozen=True, slots=True)
class VectorIndex:
    """All vectors of one snapshot as arrays, in the order of its passages.

    The finer rows of all passages stand one after the other; the starts say where those of each
    passage begin. A passage without windows or without questions is represented by itself.
    """

    passages: Vectors
    windows: Vectors
    window_starts: NDArray[np.int64]
    sentences: Vectors
    sentence_starts: NDArray[np.int64]
    questions: Vectors
    question_starts: NDArray[np.int64]

    @classmethod
    def read(cls, folder: Path, ids: Sequence[str]) -> "VectorIndex":
        """Read a Chroma store; SnapshotError when its passages are not exactly ``ids``."""
        place = {passage_id: n for n, passage_id in enumerate(ids)}
        with _client(folder) as client:
            whole = _everything(client, PASSAGES, ["embeddings"])
            fine = _everything(client, SPANS, ["embeddings"])
        if set(whole["ids"]) != set(place):
            raise SnapshotError(
                "the vector store does not match its passages; run 'assistant ingest --full'"
            )
        vectors = np.asarray(whole["embeddings"], dtype=np.float32)
        vectors = vectors[np.argsort([place[i] for i in whole["ids"]])]
        rows: dict[str, list[dict[int, Vectors]]] = {
            level: [{} for _ in ids] for level in LEVELS.values()
        }
        for vector, span_id in zip(fine["embeddings"], fine["ids"], strict=True):
            passage_id, level, ordinal = parse_span_id(span_id)
            rows[level][place[passage_id]][ordinal] = np.asarray(vector, dtype=np.float32)
        for level in ("window", "question"):
            for own, found in zip(vectors, rows[level], strict=True):
                if not found:
                    found[0] = own
        windows, sentences, questions = (_joined(r, vectors.shape[1]) for r in rows.values())
        return cls(vectors, *windows, *sentences, *questions)

    def save(self, path: Path) -> None:
        """Write the arrays into one file, which opens without Chroma."""
        np.savez(path, **{name: getattr(self, name) for name in ARRAYS})

    @classmethod
    def load(cls, path: Path, passages: int) -> "VectorIndex":
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

    def passage_scores(self, query: Sequence[float]) -> Vectors:
        """Cosine of every passage as a whole."""
        scores: Vectors = self.passages @ np.asarray(query, dtype=np.float32)
        return scores

    def window_scores(self, query: Sequence[float]) -> Vectors:
        """Cosine of the best window of every passage."""
        return _best(self.windows, self.window_starts, query)

    def question_scores(self, query: Sequence[float]) -> Vectors:
        """Cosine of the question nearest to this one, of every passage."""
        return _best(self.questions, self.question_starts, query)

    def best_sentence_scores(self, query: Sequence[float]) -> Vectors:
        """Cosine of the best sentence of every passage; of the passage where it has none."""
        if len(self.sentences) == 0:
            return self.passage_scores(query)
        return _best(self.sentences, self.sentence_starts, query)

    def sentence_scores(self, query: Sequence[float], passage: int) -> Vectors:
        """Cosine of each sentence of the passage at this place, in order."""
        start, end = self.sentence_starts[passage : passage + 2]
        scores: Vectors = self.sentences[start:end] @ np.asarray(query, dtype=np.float32)
        return scores


ARRAYS = tuple(field.name for field in fields(VectorIndex))


def _best(rows: Vectors, starts: NDArray[np.int64], query: Sequence[float]) -> Vectors:
    """The best cosine among the rows of each passage."""
    scores = rows @ np.asarray(query, dtype=np.float32)
    best: Vectors = np.maximum.reduceat(scores, starts[:-1])
    return best


def _joined(rows: Sequence[dict[int, Vectors]], width: int) -> tuple[Vectors, NDArray[np.int64]]:
    """Rows of all passages in order, and where each passage's begin, the end included."""
    ordered = [found[n] for found in rows for n in sorted(found)]
    starts = np.cumsum([0, *(len(found) for found in rows)])
    return np.asarray(ordered, dtype=np.float32).reshape(-1, width), starts


def langchain_store(folder: Path, embeddings: Embeddings) -> Any:
    """The passages as LangChain's Chroma vector store, for use in other chains."""
    from langchain_chroma import Chroma

    return Chroma(client=_client(folder), collection_name=PASSAGES, embedding_function=embeddings)


def _client(folder: Path) -> Any:
    """A client to be used as a context, so that the files are released.

    Chroma is imported here: importing it takes longer than everything else before an answer,
    and meanwhile another thread can load the model.
    """
    import chromadb
    from chromadb.config import Settings

    settings = Settings(anonymized_telemetry=False)
    try:
        return chromadb.PersistentClient(str(folder), settings=settings)
    except Exception as error:  # Chroma wraps sqlite and file errors in classes of its own
        raise SnapshotError(
            f"the vector store in {folder} cannot be opened: {error}; "
            "check that the folder is writable, or run 'assistant ingest --full'"
        ) from error


def _everything(client: Any, name: str, include: list[str]) -> dict[str, Any]:
    try:
        got: dict[str, Any] = client.get_collection(name).get(include=include)
    except Exception as error:  # the class for a missing collection differs between versions
        raise SnapshotError(
            f"the vector store has no collection {name!r}; run 'assistant ingest --full'"
        ) from error
    return got
