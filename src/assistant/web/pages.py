"""The pages: the chat, which also works without JavaScript, and the source viewer."""

from dataclasses import dataclass
from functools import cache
from urllib.parse import parse_qs

from fastapi import APIRouter, FastAPI, HTTPException, Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup
from starlette.concurrency import run_in_threadpool

from assistant.records import Answer
from assistant.web import markup
from assistant.web.api import live
from ingest.records import Document
from ingest.snapshots import Snapshot

MAX_FORM = 20_000
router = APIRouter(include_in_schema=False)

STARTERS = (
    (
        "Planning",
        (
            "What should we avoid when we define outcomes?",
            "How do we estimate the whole life cost?",
        ),
    ),
    (
        "Informing the market",
        ("What must requirements include?", "How much time should suppliers get to respond?"),
    ),
    (
        "Evaluation and award",
        ("How many suppliers should be on a shortlist?", "What is a standstill period?"),
    ),
    (
        "Managing delivery",
        ("When may a contract be ended early?", "What do we agree at the kick-off meeting?"),
    ),
)


@cache
def templates() -> Environment:
    """The templates; values are escaped unless they are Markup."""
    return Environment(
        loader=PackageLoader("assistant.web"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def page(name: str, **values: object) -> HTMLResponse:
    """A rendered template."""
    return HTMLResponse(templates().get_template(name).render(**values))


@router.get("/")
def home(request: Request) -> HTMLResponse:
    """The chat page."""
    return _chat(live(request).get().snapshot)


@router.post("/")
async def ask(request: Request) -> HTMLResponse:
    """The chat page with one answer, for browsers without JavaScript."""
    body = await request.body()
    if len(body) > MAX_FORM:
        raise HTTPException(413, "the question is too long")
    try:
        fields = parse_qs(body.decode(), keep_blank_values=True)
    except UnicodeDecodeError as error:
        raise HTTPException(400, "the question is not valid UTF-8") from error
    question = fields.get("message", [""])[0]
    assistant = live(request).get()
    answer = await run_in_threadpool(assistant.ask, question)
    return _chat(assistant.snapshot, question.strip(), answer)


def _chat(snapshot: Snapshot, question: str = "", answer: Answer | None = None) -> HTMLResponse:
    parts = _parts(answer) if answer else ()
    return page(
        "chat.html",
        starters=STARTERS,
        manifest=snapshot.manifest,
        question=question,
        answer=answer,
        parts=parts,
    )


@dataclass(frozen=True, slots=True)
class ShownPart:
    """A labelled piece of an answer as the template shows it."""

    label: str
    bullets: bool
    sentences: tuple[tuple[str, tuple[int, ...]], ...]


def _parts(answer: Answer) -> tuple[ShownPart, ...]:
    """The pieces of an answer's Markdown, with the citations of each sentence beside it."""
    if not answer.sentences:
        return (ShownPart("", False, ((answer.answer, ()),)),)
    cited = iter((s.text, s.citations) for s in answer.sentences)
    parts: list[ShownPart] = []
    label = ""
    for block in answer.answer.split("\n\n"):
        if block.startswith("**"):
            label = block.strip("*")
            continue
        bullets = block.startswith("- ")
        count = len(block.splitlines()) if bullets else 1
        parts.append(ShownPart(label, bullets, tuple(next(cited) for _ in range(count))))
        label = ""
    return tuple(parts)


@router.get("/sources/{document_id:path}")
def source(request: Request, document_id: str, passage: str = "") -> HTMLResponse:
    """A document, with the cited passage marked."""
    snapshot = live(request).get().snapshot
    document = snapshot.documents.get(document_id)
    if document is None:
        raise HTTPException(404, f"There is no document {document_id} in the current snapshot.")
    cited = snapshot.passage(passage) if passage else None
    if cited is not None and cited.document_id != document_id:
        cited = None
    before, after = _neighbours(snapshot, document)
    return page(
        "source.html",
        document=document,
        body=Markup(markup.render(document, cited, snapshot.documents)),
        contents=markup.contents(document),
        cited=cited,
        missing=bool(passage) and cited is None,
        before=before,
        after=after,
    )


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


@router.get("/docs")
def docs(request: Request) -> HTMLResponse:
    """The API in words, made from the OpenAPI document; nothing is fetched from elsewhere."""
    app: FastAPI = request.app
    spec = app.openapi()
    rows = [
        (method.upper(), path, operation)
        for path, methods in spec["paths"].items()
        for method, operation in methods.items()
    ]
    return page("docs.html", rows=rows, info=spec["info"])
