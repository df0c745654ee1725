"""The vectors of snapshots in Chroma: embedded in the snapshot's folder, or on a Chroma server.

Two collections hold a snapshot: ``passages`` is what a LangChain user expects (text, metadata, one
vector each); ``spans`` holds the finer vectors. Embedded, a build exports both as arrays, on which
questions are scored exactly and without importing Chroma, which takes longer than an answer. On a
server, whose collections may be larger than one machine's memory, questions are scored by
approximate search there.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from itertools import islice
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import numpy as np
from langchain_core.embeddings import Embeddings

from ingest.errors import InputError, SnapshotError, UnavailableError
from ingest.records import Passage
from ingest.spans import Level, Span, parse_span_id, passage_text
from ingest.vectors import (
    ArrayIndex,
    Flags,
    Near,
    QueryVector,
    Similar,
    VectorIndex,
    Vectors,
)

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
        if self._passages.count() != len(ids):
            raise SnapshotError(
                "the vector store does not match its passages; run 'assistant ingest --full'"
            )

    def similar(self, query: QueryVector) -> Similar:
        """How near everything is to a query of unit length."""
        return _SimilarOnServer(self, tuple(map(float, query)))

    def search(self, query: Sequence[float], level: Level | None, count: int) -> list[Near]:
        """The nearest rows of one level, or the nearest passages; best first."""
        collection = self._passages if level is None else self._spans
        got = _asked(
            lambda: collection.query(
                query_embeddings=[list(query)],
                n_results=count,
                where={"level": level} if level else None,
                include=["distances"],
            )
        )
        found = []
        for row_id, distance in zip(got["ids"][0], got["distances"][0], strict=True):
            passage_id, ordinal = (row_id, 0) if level is None else parse_span_id(row_id)[::2]
            found.append(Near(self._place[passage_id], ordinal, 1.0 - distance))
        return found

    def vectors(self, level: Level, passage: int) -> Vectors:
        """The rows of one passage, in order."""
        where = {"$and": [{"passage_id": self._ids[passage]}, {"level": level}]}
        got = _asked(lambda: self._spans.get(where=where, include=["embeddings"]))
        order = np.argsort([parse_span_id(i)[2] for i in got["ids"]]).astype(int)
        rows: Vectors = np.asarray(got["embeddings"], dtype=np.float32)[order]
        return rows

    def __len__(self) -> int:
        return len(self._ids)


class _SimilarOnServer:
    """Each level is searched once a query, when it is first asked for."""

    def __init__(self, index: ServerIndex, query: Sequence[float]) -> None:
        self._index = index
        self._query = query
        self._found: dict[Level | None, list[Near]] = {}

    def _near(self, level: Level | None) -> list[Near]:
        if level not in self._found:
            self._found[level] = self._index.search(self._query, level, CANDIDATES)
        return self._found[level]

    def whole(self) -> Vectors:
        found = self._near(None)
        floor = found[-1].cosine if found else 0.0
        return _best(found, np.full(len(self._index), floor, dtype=np.float32))

    def best(self, level: Level) -> Vectors:
        fine = _best(self._near(level), np.full(len(self._index), np.nan, dtype=np.float32))
        return np.where(np.isnan(fine), self.whole(), fine)

    def rows(self, level: Level, passage: int) -> Vectors:
        rows = self._index.vectors(level, passage)
        query = np.asarray(self._query, dtype=np.float32)
        cosines: Vectors = rows.reshape(-1, len(query)) @ query
        return cosines

    def nearest(self, level: Level, count: int, among: Flags | None = None) -> tuple[Near, ...]:
        if among is None and level not in self._found:
            return tuple(self._index.search(self._query, level, count))
        found = (n for n in self._near(level) if among is None or among[n.passage])
        return tuple(islice(found, count))


def _best(found: Iterable[Near], cosines: Vectors) -> Vectors:
    """The cosines, with the best one of each passage that was found."""
    for near in found:
        cosines[near.passage] = np.fmax(cosines[near.passage], near.cosine)
    return cosines


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
