"""The chat page, which also works without JavaScript, and the pages about it."""

from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qs

from fastapi import APIRouter, FastAPI, HTTPException, Request
from fastapi.responses import FileResponse, HTMLResponse
from starlette.concurrency import run_in_threadpool

from assistant import privacy
from assistant.exporting import sentence_count
from assistant.records import Answer
from assistant.web import observing
from assistant.web.api import STARTERS, live
from assistant.web.library import STAGE_NAMES
from assistant.web.rendering import page
from ingest.snapshots import Snapshot

MAX_FORM = 20_000
STATIC = Path(__file__).with_name("static")
router = APIRouter(include_in_schema=False)


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
    observing.answered(answer)
    return _chat(assistant.snapshot, question.strip(), answer)


def _chat(snapshot: Snapshot, question: str = "", answer: Answer | None = None) -> HTMLResponse:
    return page(
        "chat.html",
        starters=[(STAGE_NAMES[stage], questions) for stage, questions in STARTERS],
        manifest=snapshot.manifest,
        question=question,
        answer=answer,
        parts=_parts(answer) if answer else (),
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
        sentences = tuple(next(cited) for _ in range(sentence_count(block)))
        parts.append(ShownPart(label, block.startswith("- "), sentences))
        label = ""
    return tuple(parts)


@router.get("/widget.js")
def widget() -> FileResponse:
    """The one script that a site needs; browsers ask each time whether it changed."""
    return FileResponse(
        STATIC / "widget.js",
        media_type="text/javascript; charset=utf-8",
        headers={"Cache-Control": "no-cache", "Cross-Origin-Resource-Policy": "cross-origin"},
    )


@router.get("/embed")
def embed(request: Request) -> HTMLResponse:
    """A live preview of the widget with the snippet to copy."""
    return page("embed.html", origin=str(request.base_url).rstrip("/"))


@router.get("/about")
def about(request: Request) -> HTMLResponse:
    """What the assistant is, what it is not, and what it keeps."""
    snapshot = live(request).get().snapshot
    kinds: dict[str, int] = {}
    for document in snapshot.documents.values():
        kinds[document.kind] = kinds.get(document.kind, 0) + 1
    return page("about.html", manifest=snapshot.manifest, kinds=kinds)


@router.get("/privacy")
def data_protection(request: Request) -> HTMLResponse:
    """What is kept of those who ask, where and how long."""
    settings = live(request).settings
    return page(
        "privacy.html",
        settings=settings,
        masked=tuple(privacy.patterns().names.values()),
        postgresql=live(request).database.kind == "postgresql",
        keeping=lambda days: f"{days} days" if days else "Until it is deleted by hand",
    )


@router.get("/accessibility")
def accessibility() -> HTMLResponse:
    """The accessibility statement."""
    return page("accessibility.html")


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
