"""Every request body, and the responses that are not records of the pipeline."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from assistant.records import MAX_QUESTION, MAX_TURNS, Answer, Filters, Record, Turn
from ingest.records import Kind, Stage

Reason = Literal["wrong", "incomplete", "off_topic", "wrong_source", "unclear"]
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


class FeedbackRequest(BaseModel):
    """What a reader thought of an answer; a second word replaces the first."""

    model_config = ConfigDict(extra="forbid")

    answer_id: Identifier
    useful: bool
    reasons: list[Reason] = Field(default=[], max_length=5)
    text: str = Field(default="", max_length=1000)


class ExportRequest(BaseModel):
    """Stored answers to be written into a file."""

    model_config = ConfigDict(extra="forbid")

    kind: Literal["conversation", "checklist"] = "conversation"
    form: Literal["markdown", "docx"] = "markdown"
    answers: list[Identifier] = Field(min_length=1, max_length=MAX_TURNS)


class Starters(Record):
    """Real questions to begin with, of one stage of the buying cycle."""

    stage: Stage
    questions: tuple[str, ...]


class About(Record):
    """What the assistant answers from, for the widget's first screen."""

    snapshot: str
    created: str
    documents: int
    passages: int
    kinds: tuple[Kind, ...]
    starters: tuple[Starters, ...]


class StoredTurn(Record):
    """One question and its answer."""

    question: str
    answer: Answer


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
