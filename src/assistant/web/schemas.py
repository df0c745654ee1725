"""Every request body, and the responses that are not records of the pipeline."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from assistant.records import MAX_QUESTION, MAX_TURNS, Filters, Record, Turn

Identifier = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,64}$")]


class ChatRequest(BaseModel):
    """A question; with ``history`` given, the stored turns of the conversation are not used."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [{"message": "What should we avoid when we define outcomes?"}]
        },
    )

    message: str = Field(max_length=MAX_QUESTION)
    conversation_id: Identifier | None = None
    history: list[Turn] | None = Field(default=None, max_length=MAX_TURNS)
    filters: Filters = Filters()


class Health(Record):
    """Whether the process answers, and from which snapshot."""

    status: str
    version: str
    snapshot: str | None = None


class Problem(Record):
    """An error as RFC 9457 describes it (``application/problem+json``)."""

    type: str
    title: str
    status: int
    detail: str
