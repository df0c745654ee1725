"""Documents to index, in order: load, supersede, split, quarantine, embed, write, switch, prune."""

import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from ingest import documents, embedding, export, passages, quarantine, report
from ingest.errors import CorpusError
from ingest.originals import Originals
from ingest.reading import known_key
from ingest.records import BuildReport, Document, Manifest, Passage
from ingest.settings import IndexSettings
from ingest.snapshots import FORMAT, SnapshotStore
from ingest.spans import passage_text, spans
from ingest.text import digest
from ingest.vectors import Vectors


def build(
    settings: IndexSettings,
    sources: Sequence[Path],
    *,
    full: bool = False,
    strict: bool = False,
    progress: embedding.Progress = lambda done, total: None,
) -> BuildReport:
    """Index the sources and make the result current.

    The same documents and settings give the same snapshot id; when it is there already, nothing
    is embedded. Vectors of unchanged texts are taken from the current snapshot. ``full`` reads and
    embeds everything again. ``strict`` raises CorpusError when a file had to be skipped. Whatever
    is raised, the current snapshot stays as it was.
    """
    started = time.perf_counter()
    store = SnapshotStore(settings.data_dir, settings.chroma_url)
    with store.ingest_lock():
        previous = store.current if store.usable(store.current) else None
        before = store.documents(previous) if previous else ()
        known = {} if full else _known_files(before)
        loaded = documents.load(sources, settings.corpus_dir, known, ocr=settings.ocr)
        if strict and loaded.skipped:
            raise CorpusError(f"nothing was switched: {loaded.skipped[0].reason}")
        current, superseded = supersede(loaded.documents)
        split = passages.split(current, settings.passage_words)
        accepted = quarantine.Accepted(settings.data_dir).digests()
        found, held = quarantine.part(split, accepted)
        parts = spans(found, settings.window_words)
        manifest = identify(settings, loaded.documents, found, len(parts))
        export.prepare(settings.embedding_model, settings.data_dir)
        embedded = 0
        if full or not store.whole(manifest.id):
            embedder = embedding.ReusingEmbeddings(
                export.embeddings(settings.embedding_model, settings.data_dir, settings.threads),
                {} if full else _known_vectors(store, previous, manifest.model),
            )
            texts = [passage_text(p) for p in found] + [s.text for s in parts]
            embedder.embed_all(texts, progress)
            Originals(settings.data_dir).keep((d, loaded.paths[d.id]) for d in loaded.documents)
            store.write(manifest, loaded.documents, found, parts, held, embedder)
            embedded = embedder.embedded
        old = store.current
        store.activate(manifest.id)
        pruned = store.prune(settings.keep_snapshots)
    return BuildReport(
        snapshot=manifest.id,
        previous=old,
        changed=manifest.id != old,
        documents=len(loaded.documents),
        passages=len(found),
        embedded=embedded,
        skipped=loaded.skipped,
        quarantined=held,
        superseded=superseded,
        changes=report.changes(before, loaded, split, held),
        pruned=pruned,
        seconds=time.perf_counter() - started,
    )


def supersede(loaded: Sequence[Document]) -> tuple[tuple[Document, ...], tuple[str, ...]]:
    """The documents to answer from, and the ids of those that another one answers in place of."""
    replaced = {old for document in loaded for old in document.supersedes}
    gone = tuple(d.id for d in loaded if d.id in replaced)
    return tuple(d for d in loaded if d.id not in replaced), gone


def identify(
    settings: IndexSettings,
    loaded: tuple[Document, ...],
    found: tuple[Passage, ...],
    span_count: int,
) -> Manifest:
    """The manifest of the snapshot that these inputs give; its id depends on nothing else."""
    corpus = digest(*(repr(document) for document in loaded))
    shape = digest(str(settings.passage_words), str(settings.window_words))
    model = embedding.fingerprint(settings.embedding_model)
    place = "server" if settings.chroma_url else ""
    return Manifest(
        id=digest(str(FORMAT), corpus, shape, model, place, *(p.digest for p in found))[:12],
        created=datetime.now(UTC).isoformat(timespec="microseconds"),
        format=FORMAT,
        corpus=corpus,
        settings=shape,
        model=model,
        documents=len(loaded),
        passages=len(found),
        spans=span_count,
        on_server=bool(settings.chroma_url),
    )


def _known_files(before: Sequence[Document]) -> dict[str, Document]:
    """The documents of the current snapshot by what they were made from."""
    return {known_key(d.id, d.original): d for d in before}


def _known_vectors(store: SnapshotStore, previous: str | None, model: str) -> dict[str, Vectors]:
    """The vectors of the current snapshot, if it was built with this model and lies here."""
    if previous is None or store.manifest(previous).model != model:
        return {}
    return store.vector_store(previous).known_vectors()
