"""The values that travel from step to step. All are frozen; none knows how it was made."""

from dataclasses import dataclass
from typing import Literal

Kind = Literal["guidelines", "model-policy", "case-study", "own"]
Stage = Literal[
    "planning", "informing-the-market", "evaluation-and-award", "managing-delivery", "general"
]
Status = Literal["digest", "illustrative", "official", "local"]


@dataclass(frozen=True, slots=True)
class Source:
    """A publication that a text rests on, and its printed pages where they are known."""

    title: str
    publisher: str = ""
    date: str = ""
    url: str = ""
    pages: str = ""


@dataclass(frozen=True, slots=True)
class Block:
    """One paragraph or one list item, as plain text."""

    kind: Literal["paragraph", "item"]
    text: str
    source: Source


@dataclass(frozen=True, slots=True)
class Section:
    """A heading and the blocks directly under it, before the next heading of any level."""

    heading: str
    anchor: str
    path: tuple[str, ...]
    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class Document:
    """One file of the corpus, read and checked.

    ``questions`` are, by anchor of a section, questions of readers that the section answers.
    """

    id: str
    title: str
    kind: Kind
    stage: Stage
    section: str
    status: Status
    source: Source
    sections: tuple[Section, ...]
    markdown: str
    supersedes: tuple[str, ...] = ()
    countries: tuple[str, ...] = ()
    cities: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()
    sdgs: tuple[int, ...] = ()
    questions: tuple[tuple[str, tuple[str, ...]], ...] = ()
    reviewed: str = ""


@dataclass(frozen=True, slots=True)
class Sentence:
    """A span of a passage's text: ``text[start:end]`` are its exact words."""

    start: int
    end: int
    kind: Literal["prose", "item"]


@dataclass(frozen=True, slots=True)
class Passage:
    """The indexed unit: consecutive blocks of one section that share one source."""

    id: str
    document_id: str
    kind: Kind
    stage: Stage
    status: Status
    title: str
    section: str
    anchor: str
    path: tuple[str, ...]
    text: str
    sentences: tuple[Sentence, ...]
    source: Source
    digest: str
    questions: tuple[str, ...] = ()

    def words(self, sentence: Sentence) -> str:
        """The exact words of one of this passage's sentences."""
        return self.text[sentence.start : sentence.end]

    @property
    def heading(self) -> str:
        """Title and heading path in one line, as context for ranking and for readers."""
        return " › ".join((self.title, *self.path))


@dataclass(frozen=True, slots=True)
class Skipped:
    """A file that was left out, and why."""

    path: str
    reason: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a snapshot is made of; its id is a digest of the rest save the date."""

    id: str
    created: str
    format: int
    corpus: str
    settings: str
    model: str
    documents: int
    passages: int
    spans: int


@dataclass(frozen=True, slots=True)
class BuildReport:
    """What one ingest did."""

    snapshot: str
    previous: str | None
    changed: bool
    documents: int
    passages: int
    embedded: int
    skipped: tuple[Skipped, ...]
    seconds: float
