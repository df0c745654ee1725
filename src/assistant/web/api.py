"""The JSON routes."""

from collections.abc import Iterator
from typing import Annotated

from fastapi import APIRouter, HTTPException, Query, Request
from fastapi.responses import Response
from fastapi.sse import EventSourceResponse, format_sse_event
from starlette.concurrency import run_in_threadpool

from assistant import __version__, views
from assistant.records import MAX_QUESTION, Answer
from assistant.service import Live
from assistant.web.schemas import ChatRequest, Health, Problem
from ingest.errors import AssistantError

STREAM = "text/event-stream"
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
    answer = await run_in_threadpool(
        lambda: (
            live(request)
            .get()
            .ask(
                body.message,
                history=body.history,
                conversation_id=body.conversation_id,
                filters=body.filters,
            )
        )
    )
    if STREAM in request.headers.get("accept", ""):
        return EventSourceResponse(_events(answer), headers={"Cache-Control": "no-store"})
    return Response(
        answer.model_dump_json(),
        media_type="application/json",
        headers={"Cache-Control": "no-store"},
    )


def _events(answer: Answer) -> Iterator[bytes]:
    for sentence in answer.sentences:
        yield format_sse_event(event="sentence", data_str=sentence.model_dump_json())
    yield format_sse_event(event="answer", data_str=answer.model_dump_json())


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


@router.get("/healthz", tags=["health"])
def healthz() -> Health:
    """Whether the process answers at all."""
    return Health(status="ok", version=__version__)


@router.get("/readyz", tags=["health"], responses={503: {"model": Health}})
def readyz(request: Request, response: Response) -> Health:
    """Whether questions can be answered: 503 while there is no usable snapshot."""
    try:
        snapshot = live(request).get().snapshot.manifest.id
    except AssistantError as error:
        response.status_code = 503
        return Health(status=str(error), version=__version__)
    return Health(status="ready", version=__version__, snapshot=snapshot)
