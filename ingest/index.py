"""The vectors of snapshots in Chroma: embedded in the snapshot's folder, or on a Chroma server.

Two collections hold a snapshot: ``passages`` is what a LangChain user expects (text, metadata, one
vector each); ``spans`` holds the finer vectors. Embedded, a build exports both as arrays, on which
questions are scored exactly and without importing Chroma, which takes longer than an answer. On a
server, whose collections may be larger than one machine's memory, questions are scored by
approximate search there.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache, lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import numpy as np
from langchain_core.embeddings import Embeddings

from ingest.errors import InputError, SnapshotError, UnavailableError
from ingest.records import Passage
from ingest.spans import Level, Span, parse_span_id, passage_text
from ingest.vectors import ArrayIndex, Flags, Near, QueryVector, VectorIndex, Vectors

BATCH = 1000
CANDIDATES = 1000
PASSAGES, SPANS = "passages", "spans"
ARRAYS_FILE = "vectors.npz"
SPACE = {"hnsw": {"space": "cosine"}}


class VectorStore:
    """The vectors of one snapshot, wherever they lie."""

    def __init__(self, connect: Callable[[], Any], suffix: str, *, shared: bool) -> None:
        self.connect = connect
        self._suffix = suffix
        self._shared = shared

    def write(
        self, passages: Sequence[Passage], parts: Sequence[Span], embeddings: Embeddings
    ) -> None:
        """Fill both collections through langchain-chroma."""
        from langchain_chroma import Chroma

        with self._client() as client:
            for name, rows in (
                (PASSAGES, [_passage_row(p) for p in passages]),
                (SPANS, [_span_row(s) for s in parts]),
            ):
                store = Chroma(
                    client=client,
                    collection_name=name + self._suffix,
                    embedding_function=embeddings,
                    collection_configuration=SPACE,  # type: ignore[arg-type]
                )
                for start in range(0, len(rows), BATCH):
                    ids, texts, metadatas = zip(*rows[start : start + BATCH], strict=True)
                    store.add_texts(list(texts), list(metadatas), list(ids))

    def vectors(self, name: str) -> dict[str, Vectors]:
        """Id to vector for everything in a collection."""
        return {row[0]: row[2] for row in self._rows(name, ["embeddings"])}

    def known_vectors(self) -> dict[str, Vectors]:
        """Text to vector for everything, so that a later build can reuse them."""
        include = ["documents", "embeddings"]
        return {row[1]: row[2] for name in (PASSAGES, SPANS) for row in self._rows(name, include)}

    def langchain(self, embeddings: Embeddings) -> Any:
        """The passages as LangChain's Chroma vector store, for use in other chains."""
        from langchain_chroma import Chroma

        return Chroma(
            client=self.connect(),
            collection_name=PASSAGES + self._suffix,
            embedding_function=embeddings,
        )

    def delete(self) -> None:
        """Take both collections away; nothing happens where they are not there."""
        with self._client() as client:
            there = {collection.name for collection in client.list_collections()}
            for name in (PASSAGES + self._suffix, SPANS + self._suffix):
                if name in there:
                    client.delete_collection(name)

    def collection(self, client: Any, name: str) -> Any:
        """One collection of the snapshot; SnapshotError when it is not there."""
        try:
            return client.get_collection(name + self._suffix)
        except Exception as error:  # the class for a missing collection differs between versions
            raise SnapshotError(
                f"the vector store has no collection {name + self._suffix!r}; "
                "run 'assistant ingest --full'"
            ) from error

    @contextmanager
    def _client(self) -> Iterator[Any]:
        """A client for one task; one that is not shared releases its files afterwards."""
        client = self.connect()
        if self._shared:
            yield client
        else:
            with client:
                yield client

    def _rows(self, name: str, include: list[str]) -> Iterable[tuple[str, str, Vectors]]:
        """Id, text and vector of everything in a collection, fetched in pages."""
        with self._client() as client:
            collection = self.collection(client, name)
            for start in range(0, collection.count(), BATCH):
                got = collection.get(include=include, limit=BATCH, offset=start)
                rows = np.asarray(got["embeddings"], dtype=np.float32)
                yield from zip(got["ids"], got["documents"] or got["ids"], rows, strict=True)


def embedded(folder: Path) -> VectorStore:
    """The store in a snapshot's folder."""
    return VectorStore(lambda: _local_client(folder / "vectors"), "", shared=False)


def on_server(url: str, snapshot: str) -> VectorStore:
    """The collections of a snapshot on a Chroma server; InputError when the address is none."""
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise InputError(f"chroma_url {url!r} is no address; write http://host:8000")
    return VectorStore(lambda: _server_client(url), f"-{snapshot}", shared=True)


def save_arrays(store: VectorStore, ids: Sequence[str], path: Path) -> None:
    """Export the vectors of a store as arrays."""
    ArrayIndex.of(ids, store.vectors(PASSAGES), store.vectors(SPANS)).save(path)


def open_index(store: VectorStore, ids: Sequence[str], arrays: Path | None) -> VectorIndex:
    """Exact arrays where there is a file of them, else approximate search in the store."""
    return ServerIndex(store, ids) if arrays is None else ArrayIndex.load(arrays, len(ids))


class ServerIndex:
    """Scores by approximate search on a Chroma server.

    Of each collection the nearest CANDIDATES rows are asked for; every passage that has none
    among them gets the lowest of their scores. Snapshots with fewer rows are scored exactly.
    """

    def __init__(self, store: VectorStore, ids: Sequence[str]) -> None:
        self._client = store.connect()
        self._passages = store.collection(self._client, PASSAGES)
        self._spans = store.collection(self._client, SPANS)
        self._ids = tuple(ids)
        self._place = {passage_id: n for n, passage_id in enumerate(ids)}
        self._nearest = lru_cache(64)(self._search)
        if self._passages.count() != len(ids):
            raise SnapshotError(
                "the vector store does not match its passages; run 'assistant ingest --full'"
            )

    def passage_scores(self, query: QueryVector) -> Vectors:
        """Cosine of the nearest passages as a whole."""
        return self._nearest(_key(query), None)

    def window_scores(self, query: QueryVector) -> Vectors:
        """Cosine of the best window of each passage, or of the passage itself."""
        return self._of_level(query, "window")

    def question_scores(self, query: QueryVector) -> Vectors:
        """Cosine of the nearest question of each passage, or of the passage itself."""
        return self._of_level(query, "question")

    def best_sentence_scores(self, query: QueryVector) -> Vectors:
        """Cosine of the best sentence of each passage, or of the passage itself."""
        return self._of_level(query, "sentence")

    def sentence_scores(self, query: QueryVector, passage: int) -> Vectors:
        """Cosine of each sentence of one passage, in order."""
        return self._each(query, passage, "sentence")

    def asked_scores(self, query: QueryVector, passage: int) -> Vectors:
        """Cosine of each reader's question of one passage, in order."""
        return self._each(query, passage, "question")

    def nearest(
        self, query: QueryVector, level: Level, count: int, among: Flags | None = None
    ) -> tuple[Near, ...]:
        """The nearest rows of one level, best first, of those passages that are flagged."""
        got = self._rows(_key(query), level, count if among is None else CANDIDATES)
        found = list[Near]()
        for row_id, distance in zip(got["ids"][0], got["distances"][0], strict=True):
            passage_id, _, ordinal = parse_span_id(row_id)
            place = self._place[passage_id]
            if among is None or among[place]:
                found.append(Near(place, ordinal, 1.0 - distance))
        return tuple(found[:count])

    def _each(self, query: QueryVector, passage: int, level: Level) -> Vectors:
        where = {"$and": [{"passage_id": self._ids[passage]}, {"level": level}]}
        got = _asked(lambda: self._spans.get(where=where, include=["embeddings"]))
        rows = np.asarray(got["embeddings"], dtype=np.float32).reshape(-1, len(query))
        rows = rows[np.argsort([parse_span_id(i)[2] for i in got["ids"]]).astype(int)]
        scores: Vectors = rows @ np.asarray(query, dtype=np.float32)
        return scores

    def _of_level(self, query: QueryVector, level: Level) -> Vectors:
        own, fine = self.passage_scores(query), self._nearest(_key(query), level)
        return np.where(np.isnan(fine), own, fine).astype(np.float32)

    def _search(self, query: tuple[float, ...], level: Level | None) -> Vectors:
        """The best score of each passage; one without a row is NaN, or the floor for passages."""
        got = self._rows(query, level, CANDIDATES)
        scores = np.full(len(self._ids), np.nan, dtype=np.float32)
        for row_id, distance in zip(got["ids"][0], got["distances"][0], strict=True):
            passage_id = row_id if level is None else parse_span_id(row_id)[0]
            at = self._place[passage_id]
            scores[at] = np.fmax(scores[at], 1.0 - distance)
        if level is None and len(got["ids"][0]):
            scores[np.isnan(scores)] = np.nanmin(scores)
        return scores

    def _rows(self, query: tuple[float, ...], level: Level | None, count: int) -> Any:
        """The nearest rows of one collection, and of one level of it."""
        collection = self._passages if level is None else self._spans
        return _asked(
            lambda: collection.query(
                query_embeddings=[list(query)],
                n_results=count,
                where={"level": level} if level else None,
                include=["distances"],
            )
        )


def _key(query: QueryVector) -> tuple[float, ...]:
    """Plain numbers, which are equal for equal vectors and can be sent."""
    return tuple(map(float, query))


def _asked(request: Callable[[], Any]) -> Any:
    """What the server answers; UnavailableError when it does not."""
    try:
        return request()
    except Exception as error:  # the client lets errors of httpx and of the server through
        raise UnavailableError(f"the Chroma server does not answer: {error}") from error


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


def _local_client(folder: Path) -> Any:
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


@cache
def _server_client(url: str) -> Any:
    """The one client of a server in this process: each holds connections that it never closes."""
    import chromadb
    from chromadb.config import Settings

    parts = urlsplit(url)
    secure = parts.scheme == "https"
    try:
        return chromadb.HttpClient(
            host=str(parts.hostname),
            port=parts.port or (443 if secure else 80),
            ssl=secure,
            settings=Settings(anonymized_telemetry=False),
        )
    except Exception as error:  # a refused connection arrives as a bare ValueError
        raise UnavailableError(
            f"the Chroma server at {url} does not answer: {error}; start it with 'chroma run', "
            "or unset ASSISTANT_CHROMA_URL"
        ) from error
