"""The documents as pages: the source viewer, and a library that lists and searches them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, get_args
from urllib.parse import quote as url_quote

from fastapi import APIRouter, HTTPException, Query, Request
from fastapi.responses import FileResponse, HTMLResponse, Response
from markupsafe import Markup

from assistant.records import MAX_QUESTION
from assistant.service import Assistant
from assistant.web import markup
from assistant.web.api import live
from assistant.web.rendering import page
from ingest.records import Document, Kind, Passage, Stage
from ingest.snapshots import Snapshot

KIND_NAMES: dict[str, str] = {
    "guidelines": "Guidelines",
    "model-policy": "Model policy",
    "case-study": "Case studies",
    "own": "City's own rules",
}
STAGE_NAMES: dict[str, str] = {
    "planning": "Planning",
    "informing-the-market": "Informing the market",
    "evaluation-and-award": "Evaluation and award",
    "managing-delivery": "Managing delivery",
    "general": "General",
}
FOUND = 30
router = APIRouter(include_in_schema=False)
Text = Annotated[str, Query(max_length=MAX_QUESTION)]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a reader limits the library to; empty means all."""

    kind: str = ""
    stage: str = ""
    place: str = ""
    topic: str = ""

    def fits(self, document: Document) -> bool:
        """Whether a document is among those wanted."""
        places = (*document.cities, *document.countries)
        return (
            self.kind in ("", document.kind)
            and self.stage in ("", document.stage)
            and (not self.place or self.place in places)
            and (not self.topic or self.topic in document.topics)
        )


@router.get("/library")
def library(
    request: Request,
    q: Text = "",
    kind: Text = "",
    stage: Text = "",
    place: Text = "",
    topic: Text = "",
) -> HTMLResponse:
    """All documents, or those that a search or a choice leaves."""
    assistant = live(request).get()
    documents = tuple(assistant.snapshot.documents.values())
    wanted = Wanted(kind, stage, place, topic)
    ranked = _search(assistant, q) if q.strip() else documents
    found = tuple(d for d in ranked if wanted.fits(d))
    return page(
        "library.html",
        q=q,
        wanted=wanted,
        groups=((("", found),) if q.strip() else _by_kind(found)),
        count=len(found),
        total=len(documents),
        kinds={k: KIND_NAMES[k] for k in get_args(Kind) if any(d.kind == k for d in documents)},
        kind_names=KIND_NAMES,
        stages={s: STAGE_NAMES[s] for s in get_args(Stage)},
        places=sorted({p for d in documents for p in (*d.cities, *d.countries)}),
        topics=sorted({t for d in documents for t in d.topics}),
    )


def _search(assistant: Assistant, text: str) -> tuple[Document, ...]:
    """Documents in the order of their best passage for the words."""
    kept = assistant.search(text, FOUND).kept
    ids = dict.fromkeys(r.passage.document_id for r in kept)
    return tuple(assistant.snapshot.documents[i] for i in ids)


def _by_kind(documents: Sequence[Document]) -> tuple[tuple[str, tuple[Document, ...]], ...]:
    groups = ((k, tuple(d for d in documents if d.kind == k)) for k in get_args(Kind))
    return tuple((KIND_NAMES[k], found) for k, found in groups if found)


@router.get("/sources/{document_id:path}")
def source(request: Request, document_id: str, passage: str = "") -> HTMLResponse:
    """A document, with the cited passage marked."""
    assistant = live(request).get()
    snapshot = assistant.snapshot
    document = _document(assistant, document_id)
    cited = snapshot.passage(passage) if passage else None
    if cited is not None and cited.document_id != document_id:
        cited = None
    before, after = _neighbours(snapshot, document)
    return page(
        "source.html",
        document=document,
        kind_name=KIND_NAMES[document.kind],
        stage_name=STAGE_NAMES[document.stage],
        body=Markup(markup.render(document, cited, snapshot.documents)),
        contents=markup.contents(document),
        questions=dict(document.questions),
        cited=cited,
        picture=_picture(assistant, document, cited),
        original=assistant.original(document),
        missing=bool(passage) and cited is None,
        before=before,
        after=after,
    )


@router.get("/pages/{document_id:path}")
def picture(request: Request, document_id: str, page: int, passage: str = "") -> Response:
    """A page of a PDF document as a picture, with the words of a passage marked."""
    assistant = live(request).get()
    document = _document(assistant, document_id)
    from ingest.loaders import pdf_picture  # loads PDFium, which few requests need

    file = assistant.original(document)
    if file is None or document.original.media != "pdf":
        raise HTTPException(404, f"There is no picture of {document_id}.")
    cited = assistant.snapshot.passage(passage)
    sentences = tuple(cited.words(s) for s in cited.sentences) if cited else ()
    return Response(pdf_picture.picture(file, page, sentences), media_type="image/png")


@router.get("/originals/{document_id:path}")
def original(request: Request, document_id: str) -> FileResponse:
    """The file that a document was read from; only a PDF opens in the browser."""
    assistant = live(request).get()
    document = _document(assistant, document_id)
    file = assistant.original(document)
    if file is None:
        raise HTTPException(404, f"The original of {document_id} is not kept.")
    media = document.original.media
    return FileResponse(
        file,
        media_type="application/pdf" if media == "pdf" else "application/octet-stream",
        filename=document.original.name,
        content_disposition_type="inline" if media == "pdf" else "attachment",
        headers={"Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'"},
    )


def _document(assistant: Assistant, document_id: str) -> Document:
    document = assistant.snapshot.documents.get(document_id)
    if document is None:
        raise HTTPException(404, f"There is no document {document_id} in the current snapshot.")
    return document


@dataclass(frozen=True, slots=True)
class Picture:
    """The picture of the cited page: its address and its size, which keeps its place."""

    url: str
    width: int
    height: int


def _picture(assistant: Assistant, document: Document, cited: Passage | None) -> Picture | None:
    """The picture of the cited page of a PDF whose file is kept, or None."""
    if cited is None or cited.page is None or document.original.media != "pdf":
        return None
    file = assistant.original(document)
    if file is None:
        return None
    from ingest.loaders import pdf_picture

    url = f"/pages/{document.id}?page={cited.page}&passage={url_quote(cited.id, safe='/~')}"
    return Picture(url, *pdf_picture.size(file, cited.page))


def _neighbours(snapshot: Snapshot, document: Document) -> tuple[Document | None, Document | None]:
    """The documents before and after this one among those of its kind and stage."""
    row = [
        d
        for d in snapshot.documents.values()
        if (d.kind, d.stage) == (document.kind, document.stage)
    ]
    at = row.index(document)
    return (
        row[at - 1] if at else None,
        row[at + 1] if at + 1 < len(row) else None,
    )
