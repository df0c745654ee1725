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
from ingest.originals import Originals
from ingest.records import Document, Manifest, Passage, Quarantined
from ingest.spans import Span, passage_text
from ingest.vectors import VectorIndex

FORMAT = 5
REBUILD = "run 'assistant ingest --full' to build a new one"
_manifest = TypeAdapter(Manifest)
_documents = TypeAdapter(tuple[Document, ...])
_passages = TypeAdapter(tuple[Passage, ...])
_quarantined = TypeAdapter(tuple[Quarantined, ...])


@dataclass(frozen=True)
class Snapshot:
    """One opened snapshot: everything a reader needs, unchanging."""

    manifest: Manifest
    folder: Path
    documents: dict[str, Document]
    passages: tuple[Passage, ...]
    place: dict[str, int]
    lexical: lexical.LexicalIndex
    vectors: VectorIndex

    def passage(self, passage_id: str) -> Passage | None:
        """The passage with this id, or None."""
        at = self.place.get(passage_id)
        return None if at is None else self.passages[at]

    def mentions(self, words: str) -> bool:
        """Whether these words stand in a passage as they are."""
        return any(words in p.text for p in self.passages)


class SnapshotStore:
    """The snapshots below one data folder.

    With ``chroma_url`` their vectors lie on that Chroma server, otherwise in their own folders.
    """

    def __init__(self, data_dir: Path, chroma_url: str = "") -> None:
        self._data_dir = data_dir
        self._chroma_url = chroma_url
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

    def usable(self, snapshot: str | None) -> bool:
        """Whether this snapshot is whole, of this format, and has its vectors in this place."""
        if snapshot is None or not self.whole(snapshot):
            return False
        manifest = self.manifest(snapshot)
        return manifest.format == FORMAT and manifest.on_server == bool(self._chroma_url)

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

    def vector_store(self, snapshot: str) -> index.VectorStore:
        """Where the vectors of a snapshot lie."""
        if self._chroma_url:
            return index.on_server(self._chroma_url, snapshot)
        return index.embedded(self.folder(snapshot))

    def write(
        self,
        manifest: Manifest,
        documents: tuple[Document, ...],
        passages: tuple[Passage, ...],
        parts: tuple[Span, ...],
        quarantined: tuple[Quarantined, ...],
        embeddings: Embeddings,
    ) -> None:
        """Write one snapshot; it appears under its id only when it is whole."""
        unfinished = self._root / f".{manifest.id}.{uuid.uuid4().hex}"
        with writing(unfinished):
            unfinished.mkdir(parents=True)
            (unfinished / "documents.json").write_bytes(_documents.dump_json(documents))
            (unfinished / "passages.json").write_bytes(_passages.dump_json(passages))
            (unfinished / "quarantine.json").write_bytes(_quarantined.dump_json(quarantined))
            texts = [passage_text(p) for p in passages]
            lexical.LexicalIndex.build(texts).save(unfinished / "lexical")
            if self._chroma_url:
                store = self.vector_store(manifest.id)
                store.delete()  # what a killed ingest may have left
                store.write(passages, parts, embeddings)
            else:
                store = index.embedded(unfinished)
                store.write(passages, parts, embeddings)
                ids = [p.id for p in passages]
                index.save_arrays(store, ids, unfinished / index.ARRAYS_FILE)
            (unfinished / "manifest.json").write_bytes(_manifest.dump_json(manifest, indent=2))
            target = self.folder(manifest.id)
            shutil.rmtree(target, ignore_errors=True)
            unfinished.rename(target)

    def quarantined(self, snapshot: str) -> tuple[Quarantined, ...]:
        """The passages of a snapshot that a person must look at, accepted ones included."""
        try:
            text = (self.folder(snapshot) / "quarantine.json").read_bytes()
            return _quarantined.validate_json(text)
        except (OSError, ValidationError) as error:
            raise SnapshotError(f"snapshot {snapshot} is damaged; {REBUILD}") from error

    def documents(self, snapshot: str) -> tuple[Document, ...]:
        """The documents of a snapshot, without opening the rest."""
        try:
            return _documents.validate_json((self.folder(snapshot) / "documents.json").read_bytes())
        except (OSError, ValidationError) as error:
            raise SnapshotError(f"snapshot {snapshot} is damaged; {REBUILD}") from error

    def prune(self, keep: int) -> tuple[str, ...]:
        """Delete all but the current and the newest ``keep`` snapshots; returns what went.

        What killed ingests left half-written goes too, and every original file that no remaining
        snapshot was read from. Hold the ingest lock. Readers of a deleted snapshot keep theirs.
        """
        whole = [m for m in self.manifests() if m.format == FORMAT]
        kept = {m.id for m in whole[:keep]} | {self.current}
        gone = [p for p in self._root.iterdir() if p.name not in kept]
        for path in gone:
            if self._chroma_url and not path.name.startswith("."):
                self.vector_store(path.name).delete()
            shutil.rmtree(path)
        checksums = {d.original.sha256 for m in whole if m.id in kept for d in self.documents(m.id)}
        Originals(self._data_dir).prune(checksums)
        return tuple(sorted(p.name for p in gone if not p.name.startswith(".")))

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
        if manifest.on_server != bool(self._chroma_url):
            there = "on a Chroma server" if manifest.on_server else "in its own folder"
            raise SnapshotError(
                f"snapshot {name} has its vectors {there}, unlike ASSISTANT_CHROMA_URL; {REBUILD}"
            )
        if manifest.model != model:
            raise SnapshotError(
                f"snapshot {name} was built with {manifest.model}, not with {model}; {REBUILD}"
            )
        folder = self.folder(name)
        try:
            documents = self.documents(name)
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
            vectors=index.open_index(
                self.vector_store(name),
                [p.id for p in passages],
                None if manifest.on_server else folder / index.ARRAYS_FILE,
            ),
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
