"""The vector side of the index: a Chroma store on disk, and exact similarities over it.

Two collections: ``passages`` is what a LangChain user expects (text, metadata, one vector each);
``spans`` holds the finer vectors, windows of long passages and single sentences. The vectors are
read into memory when the store is opened, so that scores are exact and the same every time.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
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


@dataclass(frozen=True, slots=True)
class Span:
    """A window or a sentence of a passage, to be embedded on its own."""

    passage_id: str
    level: Literal["window", "sentence"]
    ordinal: int
    text: str

    @property
    def id(self) -> str:
        """Unique within a snapshot."""
        return f"{self.passage_id}|{self.level[0]}{self.ordinal}"


def passage_text(passage: Passage) -> str:
    """What is embedded and counted for a passage: its headings, then its text."""
    return f"{passage.heading}\n{passage.text}"


def spans(passages: Iterable[Passage], window_words: int) -> tuple[Span, ...]:
    """The windows and sentences of all passages, in order."""
    found: list[Span] = []
    for p in passages:
        parts = windows(p.text, window_words)
        found += (Span(p.id, "window", n, f"{p.title}\n{w}") for n, w in enumerate(parts))
        found += (Span(p.id, "sentence", n, p.words(s)) for n, s in enumerate(p.sentences))
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


class VectorIndex:
    """All vectors of one snapshot, in the order of its passages."""

    def __init__(self, passages: Vectors, windows: list[Vectors], sentences: list[Vectors]) -> None:
        self._passages = passages
        self._sentences = sentences
        # Window rows lie together; a passage without windows is represented by itself.
        rows = [w if len(w) else passages[i : i + 1] for i, w in enumerate(windows)]
        self._windows = np.concatenate(rows)
        self._window_starts = np.cumsum([0, *(len(r) for r in rows[:-1])])

    @classmethod
    def open(cls, folder: Path, ids: Sequence[str]) -> "VectorIndex":
        """Read a store; SnapshotError when its passages are not exactly ``ids``."""
        place = {passage_id: n for n, passage_id in enumerate(ids)}
        with _client(folder) as client:
            got = _everything(client, PASSAGES, ["embeddings"])
            fine = _everything(client, SPANS, ["embeddings", "metadatas"])
        if set(got["ids"]) != set(place):
            raise SnapshotError(
                "the vector store does not match its passages; run 'assistant ingest --full'"
            )
        vectors = np.asarray(got["embeddings"], dtype=np.float32)
        order = np.argsort([place[i] for i in got["ids"]])
        empty = np.empty((0, vectors.shape[1]), dtype=np.float32)
        levels: dict[str, list[list[tuple[int, Any]]]] = {
            "window": [[] for _ in ids],
            "sentence": [[] for _ in ids],
        }
        for vector, meta in zip(fine["embeddings"], fine["metadatas"], strict=True):
            owner = place[meta["passage_id"]]
            levels[meta["level"]][owner].append((meta["ordinal"], vector))
        windows, sentences = (
            [
                np.asarray([v for _, v in sorted(rows, key=lambda r: r[0])], dtype=np.float32)
                if rows
                else empty
                for rows in levels[level]
            ]
            for level in ("window", "sentence")
        )
        return cls(vectors[order], windows, sentences)

    def passage_scores(self, query: Sequence[float]) -> Vectors:
        """Cosine of every passage as a whole."""
        scores: Vectors = self._passages @ np.asarray(query, dtype=np.float32)
        return scores

    def window_scores(self, query: Sequence[float]) -> Vectors:
        """Cosine of the best window of every passage."""
        scores = self._windows @ np.asarray(query, dtype=np.float32)
        best: Vectors = np.maximum.reduceat(scores, self._window_starts)
        return best

    def sentence_scores(self, query: Sequence[float], passage: int) -> Vectors:
        """Cosine of each sentence of the passage at this place, in order."""
        scores: Vectors = self._sentences[passage] @ np.asarray(query, dtype=np.float32)
        return scores


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
