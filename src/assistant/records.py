"""The values that travel from question to cited answer, and the answer object itself.

The pydantic models are the public contract: ``assistant ask --json``, ``POST /api/chat`` and the
answer store all carry exactly these fields.
"""

from dataclasses import dataclass
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from assistant.scope import Scope
from ingest.records import Kind, Passage, Stage, Status

MAX_QUESTION = 2_000
MAX_TURNS = 50


class Record(BaseModel):
    """Base of the public models: frozen, and unknown fields are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Turn(Record):
    """One message of a conversation."""

    role: Literal["user", "assistant"]
    content: str = Field(max_length=20_000)


class Filters(Record):
    """Restricts an answer to some kinds or stages; empty means all."""

    kind: tuple[Kind, ...] = ()
    stage: tuple[Stage, ...] = ()


class CitedSource(Record):
    """The publication behind a citation."""

    title: str
    url: str
    pages: str


class Citation(Record):
    """Exact words of one passage, and where to read them."""

    n: int
    passage_id: str
    document_id: str
    kind: Kind
    title: str
    section: str
    quote: str
    url: str
    source: CitedSource
    status: Status


class AnswerSentence(Record):
    """A statement from the documents and the numbers of the citations that carry it."""

    text: str
    citations: tuple[int, ...]


class Answer(Record):
    """What the reader gets: the text, its sentences and the passages behind them."""

    id: str
    conversation_id: str
    outcome: str
    group: Literal["answer", "refusal"]
    engine: str
    answer: str
    sentences: tuple[AnswerSentence, ...]
    citations: tuple[Citation, ...]
    notices: tuple[str, ...]
    closest: tuple[Citation, ...]
    suggestions: tuple[str, ...]
    snapshot: str
    timings_ms: dict[str, float]


NO_FILTERS = Filters()
NO_SCOPE = Scope()


@dataclass(frozen=True, slots=True)
class Question:
    """What was asked, with the turns before it and the filters that came with it.

    ``without`` names documents to leave out, so that an evaluation can take the source away.
    """

    text: str
    history: tuple[Turn, ...] = ()
    filters: Filters = NO_FILTERS
    without: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Query:
    """A text to search for, and how much it counts beside the others."""

    text: str
    weight: float


@dataclass(frozen=True, slots=True)
class Request:
    """A question understood: what to search for, which facets it asks about, and what it names.

    ``sides`` are the two things of a comparison; ``read_as`` says which words were taken for
    others that were typed; ``person`` whether it asks about somebody whose name was masked.
    """

    text: str
    queries: tuple[Query, ...]
    facets: tuple[str, ...]
    filters: Filters
    topic: str = ""
    scope: Scope = NO_SCOPE
    sides: tuple[str, ...] = ()
    read_as: tuple[tuple[str, str], ...] = ()
    outcome: str = ""
    language: str = ""
    without: frozenset[str] = frozenset()
    person: bool = False


@dataclass(frozen=True, slots=True)
class Ranked:
    """A passage with its score, the reasons for it, and the cosines of its sentences.

    ``asked`` has for each sentence how near the nearest reader's question is that it answers; its
    own cosine where there is none.

    ``place`` is where it stands in the snapshot; ``side`` tells for which of two compared things it
    was found, 0 where nothing is compared.
    """

    passage: Passage
    score: float
    reasons: dict[str, float]
    sentences: tuple[float, ...]
    place: int = 0
    side: int = 0
    asked: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class Dropped:
    """A passage that ranked well and was left out, and why."""

    passage_id: str
    reason: str


@dataclass(frozen=True, slots=True)
class Neighbour:
    """A reader's question near to what is asked, and its cosine."""

    text: str
    cosine: float


@dataclass(frozen=True, slots=True)
class Retrieved:
    """The passages for a request, best first; those left out; and the rest of the best sections.

    ``answered`` and ``left_open`` are the readers' questions nearest to it, of those that the
    documents answer and of those that they leave open; best first. ``usual`` is the log-odds that a
    question of this kind is answered, whatever it is about; 0 where nothing is known of that.
    """

    kept: tuple[Ranked, ...]
    dropped: tuple[Dropped, ...]
    joined: tuple[Ranked, ...] = ()
    answered: tuple[Neighbour, ...] = ()
    left_open: tuple[Neighbour, ...] = ()
    usual: float = 0.0


@dataclass(frozen=True, slots=True)
class Pick:
    """One sentence chosen for the answer."""

    passage: Passage
    start: int
    end: int
    score: float

    @property
    def text(self) -> str:
        """Its exact words."""
        return self.passage.text[self.start : self.end]

    @property
    def headed(self) -> str:
        """Its words after the title and the heading that they stand under."""
        return f"{self.passage.title}. {self.passage.section}. {self.text}"


@dataclass(frozen=True, slots=True)
class Part:
    """A labelled piece of an answer: running sentences, or bullets."""

    label: str
    bullets: bool
    picks: tuple[Pick, ...]
    left_out: int = 0


@dataclass(frozen=True, slots=True)
class Draft:
    """An answer before it is cited; doubtful where it may not be what was asked for."""

    outcome: str
    parts: tuple[Part, ...] = ()
    unknown: tuple[str, ...] = ()
    closest: tuple[Passage, ...] = ()
    suggestions: tuple[str, ...] = ()
    differences: tuple[str, ...] = ()
    doubtful: bool = False
