"""Snapshots on disk: immutable folders, one of which is current.

A snapshot is written under a temporary name and renamed when it is whole; the file ``current``
is replaced in one step. A reader therefore sees the old snapshot or the new one, never a mixture.
"""

import os
import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock, Timeout
from langchain_core.embeddings import Embeddings
from pydantic import TypeAdapter, ValidationError

from ingest import index, lexical
from ingest.errors import BusyError, InputError, SnapshotError, StorageError
from ingest.records import Document, Manifest, Passage

FORMAT = 3
ARRAYS = "vectors.npz"
REBUILD = "run 'assistant ingest --full' to build a new one"
_manifest = TypeAdapter(Manifest)
_documents = TypeAdapter(tuple[Document, ...])
_passages = TypeAdapter(tuple[Passage, ...])


@dataclass(frozen=True)
class Snapshot:
    """One opened snapshot: everything a reader needs, unchanging."""

    manifest: Manifest
    folder: Path
    documents: dict[str, Document]
    passages: tuple[Passage, ...]
    place: dict[str, int]
    lexical: lexical.LexicalIndex
    vectors: index.VectorIndex

    def passage(self, passage_id: str) -> Passage | None:
        """The passage with this id, or None."""
        at = self.place.get(passage_id)
        return None if at is None else self.passages[at]


class SnapshotStore:
    """The snapshots below one data folder."""

    def __init__(self, data_dir: Path) -> None:
        self._data_dir = data_dir
        self._root = data_dir / "snapshots"
        self._pointer = data_dir / "current"

    @property
    def current(self) -> str | None:
        """The id of the current snapshot, or None before the first ingest."""
        try:
            return self._pointer.read_text("utf-8").strip() or None
        except FileNotFoundError:
            return None

    def manifests(self) -> tuple[Manifest, ...]:
        """All whole snapshots, newest first."""
        if not self._root.is_dir():
            return ()
        names = [p.name for p in self._root.iterdir() if not p.name.startswith(".")]
        found = [self.manifest(name) for name in names if self.whole(name)]
        return tuple(sorted(found, key=lambda m: (m.created, m.id), reverse=True))

    def whole(self, snapshot: str) -> bool:
        """Whether this snapshot was written to its end."""
        return (self.folder(snapshot) / "manifest.json").is_file()

    def folder(self, snapshot: str) -> Path:
        """Where a snapshot lies."""
        return self._root / snapshot

    def manifest(self, snapshot: str) -> Manifest:
        """What a snapshot is made of; SnapshotError when it is missing or unreadable."""
        try:
            text = (self.folder(snapshot) / "manifest.json").read_bytes()
            return _manifest.validate_json(text)
        except FileNotFoundError as error:
            raise SnapshotError(
                f"snapshot {snapshot} is missing or half-written; {REBUILD}"
            ) from error
        except ValidationError as error:
            raise SnapshotError(f"the manifest of {snapshot} is damaged; {REBUILD}") from error

    def activate(self, snapshot: str) -> None:
        """Make a whole snapshot the current one, in one step; InputError on an unknown id."""
        if not snapshot or "/" in snapshot or not self.whole(snapshot):
            known = ", ".join(m.id for m in self.manifests()) or "none yet"
            raise InputError(f"no snapshot {snapshot!r}; there are: {known}")
        with writing(self._pointer):
            unfinished = self._pointer.with_suffix(f".{os.getpid()}")
            unfinished.write_text(snapshot + "\n", "utf-8")
            unfinished.replace(self._pointer)

    def write(
        self,
        manifest: Manifest,
        documents: tuple[Document, ...],
        passages: tuple[Passage, ...],
        parts: tuple[index.Span, ...],
        embeddings: Embeddings,
    ) -> None:
        """Write one snapshot; it appears under its id only when it is whole."""
        unfinished = self._root / f".{manifest.id}.{uuid.uuid4().hex}"
        with writing(unfinished):
            unfinished.mkdir(parents=True)
            (unfinished / "documents.json").write_bytes(_documents.dump_json(documents))
            (unfinished / "passages.json").write_bytes(_passages.dump_json(passages))
            texts = [index.passage_text(p) for p in passages]
            lexical.LexicalIndex.build(texts).save(unfinished / "lexical")
            index.write(unfinished / "vectors", passages, parts, embeddings)
            ids = [p.id for p in passages]
            index.VectorIndex.read(unfinished / "vectors", ids).save(unfinished / ARRAYS)
            (unfinished / "manifest.json").write_bytes(_manifest.dump_json(manifest, indent=2))
            target = self.folder(manifest.id)
            shutil.rmtree(target, ignore_errors=True)
            unfinished.rename(target)

    def open(self, model: str, snapshot: str | None = None) -> Snapshot:
        """Open a snapshot, by default the current one; SnapshotError says what to do instead.

        ``model`` is the fingerprint of the model that will embed the questions.
        """
        name = snapshot or self.current
        if name is None:
            raise SnapshotError("there is no index yet; run 'assistant ingest' first")
        manifest = self.manifest(name)
        if manifest.format != FORMAT:
            raise SnapshotError(f"snapshot {name} has another format; {REBUILD}")
        if manifest.model != model:
            raise SnapshotError(
                f"snapshot {name} was built with {manifest.model}, not with {model}; {REBUILD}"
            )
        folder = self.folder(name)
        try:
            documents = _documents.validate_json((folder / "documents.json").read_bytes())
            passages = _passages.validate_json((folder / "passages.json").read_bytes())
            words = lexical.LexicalIndex.load(folder / "lexical")
        except (OSError, ValueError) as error:
            raise SnapshotError(f"snapshot {name} is damaged; {REBUILD}") from error
        place = {p.id: n for n, p in enumerate(passages)}
        return Snapshot(
            manifest=manifest,
            folder=folder,
            documents={d.id: d for d in documents},
            passages=passages,
            place=place,
            lexical=words,
            vectors=index.VectorIndex.load(folder / ARRAYS, len(passages)),
        )

    @contextmanager
    def ingest_lock(self) -> Iterator[None]:
        """Hold the right to ingest; BusyError when another process does."""
        path = self._data_dir / "ingest.lock"
        with writing(path):
            self._data_dir.mkdir(parents=True, exist_ok=True)
            lock = FileLock(path, timeout=0)
            try:
                lock.acquire()
            except Timeout as error:
                raise BusyError("another ingest is running; try again when it is done") from error
        try:
            yield
        finally:
            lock.release()


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """Turn a failure to write into a StorageError that names the place."""
    try:
        yield
    except OSError as error:
        raise StorageError(
            f"cannot write {error.filename or path}: {error.strerror or error}; "
            "free the folder or set ASSISTANT_DATA_DIR to another one"
        ) from error
