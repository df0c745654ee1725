"""Passages and documents as the command line and HTTP show them."""

from collections import Counter

from assistant import citing
from assistant.records import CitedSource, Record, Retrieved
from ingest.records import Document, Kind, Manifest, Passage, Stage, Status
from ingest.snapshots import Snapshot


class PassageView(Record):
    """One passage with what is needed to show and to cite it."""

    passage_id: str
    document_id: str
    kind: Kind
    title: str
    section: str
    text: str
    page: int | None
    page_label: str | None
    source: CitedSource
    status: Status
    url: str
    score: float | None = None


class DroppedView(Record):
    """A passage that ranked well and was left out."""

    passage_id: str
    reason: str


class SearchView(Record):
    """The result of a search."""

    query: str
    passages: tuple[PassageView, ...]
    dropped: tuple[DroppedView, ...]


class DocumentView(Record):
    """One document of the snapshot."""

    document_id: str
    title: str
    kind: Kind
    stage: Stage
    section: str
    status: Status
    passages: int
    url: str


def passage(p: Passage, score: float | None = None) -> PassageView:
    """A passage; its page label is the printed page or pages that it rests on."""
    source = CitedSource(title=p.source.title, url=p.source.url, pages=p.source.pages)
    return PassageView(
        passage_id=p.id,
        document_id=p.document_id,
        kind=p.kind,
        title=p.title,
        section=p.section,
        text=p.text,
        page=p.page,
        page_label=p.page_label or p.source.pages or None,
        source=source,
        status=p.status,
        url=citing.source_url(p),
        score=None if score is None else round(score, 4),
    )


def search(query: str, found: Retrieved) -> SearchView:
    """A search result."""
    return SearchView(
        query=query,
        passages=tuple(passage(r.passage, r.score) for r in found.kept),
        dropped=tuple(DroppedView(passage_id=d.passage_id, reason=d.reason) for d in found.dropped),
    )


def documents(snapshot: Snapshot) -> tuple[DocumentView, ...]:
    """All documents, ordered by kind, stage and id."""
    count = Counter(p.document_id for p in snapshot.passages)
    order = sorted(snapshot.documents.values(), key=lambda d: (d.kind, d.stage, d.id))
    return tuple(_document(d, count[d.id]) for d in order)


def _document(d: Document, passages: int) -> DocumentView:
    return DocumentView(
        document_id=d.id,
        title=d.title,
        kind=d.kind,
        stage=d.stage,
        section=d.section,
        status=d.status,
        passages=passages,
        url=f"/sources/{d.id}",
    )


def snapshot_line(manifest: Manifest) -> str:
    """One snapshot in a line for people."""
    return (
        f"{manifest.id}  {manifest.created}  {manifest.documents} documents, "
        f"{manifest.passages} passages"
    )
