"""What is embedded beside whole passages: windows, sentences and readers' questions. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from ingest.passages import windows
from ingest.records import Passage

Level = Literal["window", "sentence", "question", "open"]
LEVELS: dict[str, Level] = {"w": "window", "s": "sentence", "q": "question", "o": "open"}


@dataclass(frozen=True, slots=True)
class Span:
    """A part of a passage or a question about it, to be embedded on its own."""

    passage_id: str
    level: Level
    ordinal: int
    text: str

    @property
    def id(self) -> str:
        """Unique within a snapshot."""
        return f"{self.passage_id}|{self.level[0]}{self.ordinal}"


def parse_span_id(span_id: str) -> tuple[str, Level, int]:
    """Passage, level and ordinal of a span; reading them from ids spares fetching metadata."""
    passage_id, _, place = span_id.rpartition("|")
    return passage_id, LEVELS[place[0]], int(place[1:])


def passage_text(passage: Passage) -> str:
    """What is embedded and counted for a passage: its headings, then its text."""
    return f"{passage.heading}\n{passage.text}"


def spans(passages: Iterable[Passage], window_words: int) -> tuple[Span, ...]:
    """The windows, sentences and questions of all passages, in order."""
    found: list[Span] = []
    for p in passages:
        parts = windows(p.text, window_words)
        found += (Span(p.id, "window", n, f"{p.title}\n{w}") for n, w in enumerate(parts))
        found += (Span(p.id, "sentence", n, p.words(s)) for n, s in enumerate(p.sentences))
        found += (Span(p.id, "question", n, asked) for n, asked in enumerate(p.asked))
        found += (Span(p.id, "open", n, asked) for n, asked in enumerate(p.open))
    return tuple(found)
