"""Documents to index, in order: load, split, identify, embed, write, switch."""

import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from ingest import documents, embedding, export, index, passages
from ingest.errors import CorpusError
from ingest.records import BuildReport, Document, Manifest, Passage
from ingest.settings import IndexSettings
from ingest.snapshots import FORMAT, SnapshotStore
from ingest.text import digest


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
    is embedded. Vectors of unchanged texts are taken from the current snapshot. ``full`` embeds
    everything again. ``strict`` raises CorpusError when a file had to be skipped. Whatever is
    raised, the current snapshot stays as it was.
    """
    started = time.perf_counter()
    store = SnapshotStore(settings.data_dir)
    with store.ingest_lock():
        loaded = documents.load(sources, settings.corpus_dir)
        if strict and loaded.skipped:
            raise CorpusError(f"nothing was switched: {loaded.skipped[0].reason}")
        found = passages.split(loaded.documents, settings.passage_words)
        parts = index.spans(found, settings.window_words)
        manifest = identify(settings, loaded.documents, found, len(parts))
        previous = store.current
        embedded = 0
        if full or not store.whole(manifest.id):
            embedder = embedding.ReusingEmbeddings(
                embedding.for_building(settings.embedding_model, settings.threads),
                {} if full else _known(store, manifest.model),
            )
            texts = [index.passage_text(p) for p in found] + [s.text for s in parts]
            embedder.embed_all(texts, progress)
            store.write(manifest, loaded.documents, found, parts, embedder)
            embedded = embedder.embedded
        if settings.embedding_model == embedding.EMBEDDED:
            export.export(settings.data_dir)
        store.activate(manifest.id)
    return BuildReport(
        snapshot=manifest.id,
        previous=previous,
        changed=manifest.id != previous,
        documents=len(loaded.documents),
        passages=len(found),
        embedded=embedded,
        skipped=loaded.skipped,
        seconds=time.perf_counter() - started,
    )


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
    return Manifest(
        id=digest(str(FORMAT), corpus, shape, model, *(p.digest for p in found))[:12],
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        format=FORMAT,
        corpus=corpus,
        settings=shape,
        model=model,
        documents=len(loaded),
        passages=len(found),
        spans=span_count,
    )


def _known(store: SnapshotStore, model: str) -> dict[str, list[float]]:
    """The vectors of the current snapshot, if it was built with this model."""
    current = store.current
    if current is None or not store.whole(current) or store.manifest(current).model != model:
        return {}
    return index.known_vectors(store.folder(current) / "vectors")
