"""The values that travel from step to step. All are frozen; none knows how it was made."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

Kind = Literal["guidelines", "model-policy", "case-study", "own"]
Stage = Literal[
    "planning", "informing-the-market", "evaluation-and-award", "managing-delivery", "general"
]
Status = Literal["digest", "illustrative", "official", "local"]
Media = Literal["markdown", "text", "pdf", "docx", "pptx", "html"]
Change = Literal["added", "changed", "unchanged", "removed", "skipped"]


@dataclass(frozen=True, slots=True)
class Source:
    """A publication that a text rests on, and its printed pages where they are known."""

    title: str
    publisher: str = ""
    date: str = ""
    url: str = ""
    pages: str = ""


@dataclass(frozen=True, slots=True)
class Element:
    """A heading, paragraph, list item or footnote in reading order, as a loader found it.

    ``page`` counts from 1, ``label`` is what is printed on it. ``source`` is what the author named
    for this element alone. ``hidden`` says why a reader of the original would not see the words.
    """

    kind: Literal["heading", "paragraph", "item", "note"]
    text: str
    level: int = 0
    page: int | None = None
    label: str = ""
    source: Source | None = None
    hidden: str = ""


@dataclass(frozen=True, slots=True)
class Extract:
    """What a loader takes out of one file; ``remarks`` are for the report of the run."""

    title: str
    elements: tuple[Element, ...]
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Block:
    """One paragraph or one list item, as plain text, and the page on which it stands."""

    kind: Literal["paragraph", "item"]
    text: str
    source: Source
    page: int | None = None
    label: str = ""
    hidden: str = ""


@dataclass(frozen=True, slots=True)
class Section:
    """A heading and the blocks directly under it, before the next heading of any level."""

    heading: str
    anchor: str
    path: tuple[str, ...]
    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class Original:
    """The file that a document was read from: its name, format and SHA-256."""

    name: str
    media: Media
    sha256: str


@dataclass(frozen=True, slots=True)
class Document:
    """One file of the corpus, read and checked.

    ``questions`` are, by anchor of a section, questions of readers that the section answers, and
    ``asked``, by the words of a sentence, more of them that this sentence answers; ``open`` are
    some that it leaves open.
    ``markdown`` is the text of a Markdown file, and empty for every other format.
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
    original: Original = Original("", "markdown", "")
    supersedes: tuple[str, ...] = ()
    countries: tuple[str, ...] = ()
    cities: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()
    sdgs: tuple[int, ...] = ()
    questions: tuple[tuple[str, tuple[str, ...]], ...] = ()
    asked: tuple[tuple[str, tuple[str, ...]], ...] = ()
    open: tuple[str, ...] = ()
    reviewed: str = ""
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Sentence:
    """A span of a passage's text: ``text[start:end]`` are its exact words.

    ``questions`` are those of readers that it answers.
    """

    start: int
    end: int
    kind: Literal["prose", "item"]
    questions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Passage:
    """The indexed unit: consecutive blocks of one section that share one source and one page.

    ``page`` counts from 1 in the original file, ``page_label`` is what is printed on it. The first
    passage of a document keeps the questions that this leaves open.
    """

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
    open: tuple[str, ...] = ()
    media: Media = "markdown"
    page: int | None = None
    page_label: str = ""
    hidden: str = ""

    def __hash__(self) -> int:
        """Two names instead of every field: what is known of a passage is looked up by it."""
        return hash((self.id, self.digest))

    def words(self, sentence: Sentence) -> str:
        """The exact words of one of this passage's sentences."""
        return self.text[sentence.start : sentence.end]

    @property
    def asked(self) -> tuple[str, ...]:
        """Every reader's question that is answered here: of the section, then of the sentences."""
        return _asked(self)

    @property
    def heading(self) -> str:
        """Title and heading path in one line, as context for ranking and for readers."""
        return " › ".join((self.title, *self.path))


@lru_cache(maxsize=1 << 12)
def _asked(passage: Passage) -> tuple[str, ...]:
    return passage.questions + tuple(q for s in passage.sentences for q in s.questions)


@dataclass(frozen=True, slots=True)
class Skipped:
    """A file that was left out, and why."""

    path: str
    reason: str


@dataclass(frozen=True, slots=True)
class Quarantined:
    """A passage that is kept out of every answer until a person accepts it by its id."""

    passage: Passage
    reason: str
    accepted: bool = False


@dataclass(frozen=True, slots=True)
class DocumentReport:
    """What one run did with one document; ``path`` stands where it has no id."""

    document_id: str
    path: str
    change: Change
    passages: int = 0
    quarantined: int = 0
    seconds: float = 0.0
    remarks: tuple[str, ...] = ()


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
    on_server: bool = False


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
    quarantined: tuple[Quarantined, ...]
    superseded: tuple[str, ...]
    changes: tuple[DocumentReport, ...]
    pruned: tuple[str, ...]
    seconds: float
