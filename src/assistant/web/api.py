"""The JSON routes."""

from collections.abc import AsyncIterator, Iterator
from typing import Annotated, Any, get_args

from fastapi import APIRouter, HTTPException, Query, Request
from fastapi.responses import Response
from fastapi.sse import EventSourceResponse, format_sse_event
from starlette.concurrency import run_in_threadpool

from assistant import exporting, views
from assistant.pipeline import Event
from assistant.records import MAX_QUESTION, Answer
from assistant.service import Live, signed_record
from assistant.web import observing
from assistant.web.gate import Doors
from assistant.web.schemas import (
    About,
    ChatRequest,
    ExportRequest,
    FeedbackRequest,
    Identifier,
    Problem,
    Starters,
    StoredTurn,
)
from ingest.errors import UnknownCallerError
from ingest.records import Kind, Stage

STREAM = "text/event-stream"
MARKDOWN = "text/markdown; charset=utf-8"
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
STARTERS: tuple[tuple[Stage, tuple[str, ...]], ...] = (
    (
        "planning",
        ("What should we avoid when we define outcomes?", "What is part of the whole life cost?"),
    ),
    (
        "informing-the-market",
        ("What must be in the requirements document?", "How much time should bidders get?"),
    ),
    (
        "evaluation-and-award",
        ("How many firms should be on the shortlist?", "What is a standstill period?"),
    ),
    (
        "managing-delivery",
        ("When may we terminate a contract?", "What should be agreed at the kick-off meeting?"),
    ),
)
PROBLEM = {"model": Problem, "description": "What is wrong, as problem+json"}
router = APIRouter()


def live(request: Request) -> Live:
    """The assistant that the factory handed to the app."""
    found: Live = request.app.state.live
    return found


@router.post(
    "/api/chat",
    response_model=Answer,
    tags=["answers"],
    responses={
        200: {
            "content": {STREAM: {"example": 'event: sentence\ndata: {"text": "…"}\n\n'}},
            "description": "The answer, or with Accept: text/event-stream its sentences as they "
            "come and the same object as the last event.",
        },
        422: PROBLEM,
        503: PROBLEM,
    },
)
async def chat(body: ChatRequest, request: Request) -> Response:
    """Answer a question with cited sentences."""
    if STREAM in request.headers.get("accept", ""):
        events = await run_in_threadpool(_events, body, request)
        first = await run_in_threadpool(next, events)  # bad input is a problem, not a stream
        return EventSourceResponse(_sent(first, events), headers={"Cache-Control": "no-store"})
    answer = await run_in_threadpool(lambda: last(_events(body, request)))
    return Response(
        answer.model_dump_json(),
        media_type="application/json",
        headers={"Cache-Control": "no-store"},
    )


def _events(body: ChatRequest, request: Request) -> Iterator[Event]:
    """What is answered, once the conversation may go on."""
    if body.conversation_id:
        doors: Doors = request.app.state.doors
        doors.spend_conversation(body.conversation_id)
    return (
        live(request)
        .get()
        .stream(
            body.message,
            history=body.history,
            conversation_id=body.conversation_id,
            filters=body.filters,
        )
    )


def last(events: Iterator[Event]) -> Answer:
    """The answer that the events end in."""
    *_, answer = events
    assert isinstance(answer, Answer)
    observing.answered(answer)
    return answer


async def _sent(first: Event, events: Iterator[Event]) -> AsyncIterator[bytes]:
    """Each sentence as it comes and the answer at the end; a reader who leaves stops the model."""
    event: Event | None = first
    sent = 0
    try:
        while event is not None:
            if isinstance(event, Answer):
                observing.answered(event)
                for sentence in event.sentences[sent:]:
                    yield format_sse_event(event="sentence", data_str=sentence.model_dump_json())
                yield format_sse_event(event="answer", data_str=event.model_dump_json())
            else:
                sent += 1
                yield format_sse_event(event="sentence", data_str=event.model_dump_json())
            event = await run_in_threadpool(next, events, None)
    finally:
        events.close()  # type: ignore[attr-defined]


@router.post("/api/feedback", status_code=204, tags=["answers"], responses={404: PROBLEM})
def feedback(body: FeedbackRequest, request: Request) -> None:
    """Say whether an answer was useful."""
    observing.FEEDBACK.labels(body.useful).inc()
    live(request).get().feedback(body.answer_id, body.useful, body.reasons, body.text)


@router.get("/api/conversations/{conversation_id}", tags=["answers"], responses={404: PROBLEM})
def conversation(request: Request, conversation_id: Identifier) -> tuple[StoredTurn, ...]:
    """All turns of a conversation in order."""
    turns = live(request).get().store.conversation(conversation_id)
    if not turns:
        raise HTTPException(404, f"there is no conversation {conversation_id!r}")
    return tuple(StoredTurn(question=q, answer=a) for q, a in turns)


@router.delete(
    "/api/conversations/{conversation_id}",
    status_code=204,
    tags=["answers"],
    responses={404: PROBLEM},
)
def forget(request: Request, conversation_id: Identifier) -> None:
    """Delete a conversation and everything about it."""
    if not live(request).get().forget(conversation_id):
        raise HTTPException(404, f"there is no conversation {conversation_id!r}")


@router.post(
    "/api/export",
    tags=["answers"],
    response_class=Response,
    responses={200: {"content": {MARKDOWN: {}, DOCX: {}}}, 404: PROBLEM},
)
def export(body: ExportRequest, request: Request) -> Response:
    """Stored answers as a file: a conversation or a checklist, Markdown or Word."""
    turns = live(request).get().store.find(body.answers)
    checklist = body.kind == "checklist"
    if body.form == "docx":
        content, media, ending = exporting.docx(turns, checklist=checklist), DOCX, "docx"
    else:
        text = exporting.markdown(turns, checklist=checklist)
        content, media, ending = text.encode(), MARKDOWN, "md"
    name = f'attachment; filename="{body.kind}.{ending}"'
    return Response(content, media_type=media, headers={"Content-Disposition": name})


@router.get("/api/about", tags=["documents"], responses={503: PROBLEM})
def about(request: Request) -> About:
    """What the assistant answers from, and questions to begin with."""
    snapshot = live(request).get().snapshot
    manifest = snapshot.manifest
    kinds = {d.kind for d in snapshot.documents.values()}
    return About(
        snapshot=manifest.id,
        created=manifest.created,
        documents=manifest.documents,
        passages=manifest.passages,
        kinds=tuple(k for k in get_args(Kind) if k in kinds),
        starters=tuple(Starters(stage=s, questions=q) for s, q in STARTERS),
    )


@router.get("/api/search", tags=["documents"], responses={422: PROBLEM, 503: PROBLEM})
def search(
    request: Request,
    q: Annotated[str, Query(max_length=MAX_QUESTION, examples=["standstill period"])],
    k: Annotated[int, Query(ge=1, le=50)] = 5,
) -> views.SearchView:
    """The passages that rank best for a query."""
    return views.search(q, live(request).get().search(q, k))


@router.get(
    "/api/passages/{passage_id:path}",
    tags=["documents"],
    responses={404: PROBLEM, 503: PROBLEM},
)
def passage(request: Request, passage_id: str) -> views.PassageView:
    """One passage by its id, for example `guidelines/4.1.4-define-outcomes~dont~1`."""
    found = live(request).get().snapshot.passage(passage_id)
    if found is None:
        raise HTTPException(404, f"no passage {passage_id!r} in the current snapshot")
    return views.passage(found)


@router.get("/api/documents", tags=["documents"], responses={503: PROBLEM})
def documents(request: Request) -> tuple[views.DocumentView, ...]:
    """All documents of the current snapshot."""
    return views.documents(live(request).get().snapshot)


@router.get("/api/records/key", tags=["records"])
def record_key(request: Request) -> dict[str, str]:
    """The public key that records are signed with."""
    from assistant.recording import public_key, signing_key

    key = signing_key(live(request).settings.data_dir)
    return {"algorithm": "Ed25519", "public_key": public_key(key)}


@router.get("/api/records/{answer_id}", tags=["records"], responses={401: PROBLEM, 404: PROBLEM})
def record(request: Request, answer_id: Identifier) -> dict[str, Any]:
    """A stored answer as a signed record: for keys with the scope records, and for maintainers."""
    if not request.state.caller.may("records"):
        raise UnknownCallerError("records need an API key with the scope 'records'")
    found = live(request)
    return signed_record(found.settings, found.get().store, answer_id).model_dump()
