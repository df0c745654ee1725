"""The same answers in the form of OpenAI's chat API, so that other front-ends can show them.

Citations come twice: as annotations for front-ends that know them, as Markdown footnotes for the
rest.
"""

import json
import re
import time
import uuid
from collections.abc import AsyncIterator, Iterator
from typing import Any, Literal

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response, StreamingResponse
from pydantic import BaseModel, ConfigDict, Field
from starlette.concurrency import run_in_threadpool

from assistant import citing
from assistant.exporting import reference
from assistant.pipeline import Event
from assistant.records import MAX_TURNS, Answer, Turn
from assistant.web import observing
from assistant.web.api import last, live
from assistant.web.schemas import Problem
from ingest.errors import InputError

MODEL = "assistant"
USAGE = {"prompt_tokens": 0, "completion_tokens": 0, "total_tokens": 0}  # extracts cost none
MARK = re.compile(r"\[(\d+)\]")
router = APIRouter(prefix="/v1", tags=["openai"])


class Message(BaseModel):
    """One message; parts of other kinds than text are not understood."""

    model_config = ConfigDict(extra="ignore")

    role: Literal["system", "developer", "user", "assistant"]
    content: str = Field(max_length=20_000)


class CompletionRequest(BaseModel):
    """What is used of a completion request; sampling options are accepted and change nothing."""

    model_config = ConfigDict(
        extra="ignore",
        json_schema_extra={
            "examples": [
                {
                    "model": MODEL,
                    "messages": [{"role": "user", "content": "What is a standstill period?"}],
                }
            ]
        },
    )

    model: str = MODEL
    messages: list[Message] = Field(min_length=1, max_length=MAX_TURNS)
    stream: bool = False
    stream_options: dict[str, Any] | None = None


@router.get("/models")
def models() -> dict[str, Any]:
    """The one model there is."""
    row = {"id": MODEL, "object": "model", "created": 0, "owned_by": "procurement-assistant"}
    return {"object": "list", "data": [row]}


@router.post(
    "/chat/completions",
    responses={
        200: {
            "content": {"text/event-stream": {"example": 'data: {"choices": []}\n\n'}},
            "description": "A chat completion, or with stream its chunks.",
        },
        422: {"model": Problem},
        503: {"model": Problem},
    },
)
async def complete(body: CompletionRequest, request: Request) -> Response:
    """Answer the last user message; system messages change nothing."""
    said = [m for m in body.messages if m.role in ("user", "assistant")]
    if not said or said[-1].role != "user":
        raise InputError("the last message must be the user's")
    history = [Turn(role=m.role, content=m.content) for m in said[:-1]]  # type: ignore[arg-type]
    assistant = await run_in_threadpool(live(request).get)
    events = assistant.stream(said[-1].content, history=history)
    base = str(request.base_url).rstrip("/")
    if body.stream:
        first = await run_in_threadpool(next, events)  # bad input is a problem, not a stream
        options = body.stream_options or {}
        chunks = _chunks(first, events, base, usage=bool(options.get("include_usage")))
        return StreamingResponse(chunks, media_type="text/event-stream")
    return JSONResponse(completion(await run_in_threadpool(last, events), base))


def completion(answer: Answer, base: str) -> dict[str, Any]:
    """An answer as a chat completion."""
    return {
        "id": answer.id,
        "object": "chat.completion",
        "created": int(time.time()),
        "model": MODEL,
        "choices": [
            {
                "index": 0,
                "finish_reason": "stop",
                "message": {
                    "role": "assistant",
                    "content": content(answer, base),
                    "annotations": annotations(answer, base),
                },
            }
        ],
        "usage": USAGE,
    }


def content(answer: Answer, base: str) -> str:
    """Markdown with footnotes: text, notices, and a reference for each citation."""
    text = _footnoted(answer.answer)
    notes = [
        f"[^{c.n}]: {reference(c).removeprefix(f'[{c.n}] ')} <{base}{c.url}>"
        for c in answer.citations
    ]
    return "\n\n".join([text, *answer.notices, *notes])


def annotations(answer: Answer, base: str) -> list[dict[str, Any]]:
    """Citations as URL annotations; each spans its mark in the text."""
    text = content(answer, base)
    found = []
    for c in answer.citations:
        start = text.find(f"[^{c.n}]")
        span = {"start_index": max(start, 0), "end_index": max(start, 0) + len(f"[^{c.n}]")}
        link = {"url": f"{base}{c.url}", "title": f"{c.title}, {c.section}"}
        found.append({"type": "url_citation", "url_citation": span | link})
    return found


async def _chunks(
    first: Event, events: Iterator[Event], base: str, *, usage: bool
) -> AsyncIterator[str]:
    """Server-sent chunks closed by the usual mark.

    A sentence of a language model is sent as soon as it is verified. What was sent cannot be taken
    back: an extract that takes over follows after a rule.
    """
    head = {"id": uuid.uuid4().hex, "object": "chat.completion.chunk", "created": int(time.time())}

    def chunk(delta: dict[str, Any], finish: str | None = None) -> str:
        choice = {"index": 0, "delta": delta, "finish_reason": finish}
        return f"data: {json.dumps(head | {'model': MODEL, 'choices': [choice]})}\n\n"

    sent = ""
    event: Event | None = first
    try:
        yield chunk({"role": "assistant", "content": ""})
        while event is not None:
            if isinstance(event, Answer):
                observing.answered(event)
                whole = content(event, base)
                rest = whole.removeprefix(sent) if whole.startswith(sent) else f"\n\n---\n\n{whole}"
                for n, part in enumerate(rest.split("\n\n")):
                    yield chunk({"content": ("\n\n" if n else "") + part})
                yield chunk({"annotations": annotations(event, base)})
            else:
                piece = f"{' ' if sent else ''}{_footnoted(citing.marked([event]))}"
                sent += piece
                yield chunk({"content": piece})
            event = await run_in_threadpool(next, events, None)
        yield chunk({}, "stop")
        if usage:
            yield f"data: {json.dumps(head | {'model': MODEL, 'choices': [], 'usage': USAGE})}\n\n"
        yield "data: [DONE]\n\n"
    finally:
        events.close()  # type: ignore[attr-defined]


def _footnoted(text: str) -> str:
    return MARK.sub(r"[^\1]", text)
