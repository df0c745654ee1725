"""Passages to verified statements: a model writes, and what is not supported is cut."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from assistant.model import prompts, statements
from assistant.model.chat import ChatModel
from assistant.records import Turn
from assistant.verification import verify
from ingest.records import Passage
from ingest.text import terms

MAX_QUOTED = 3
Entails = Callable[[str, str], bool]


@dataclass(frozen=True, slots=True)
class Supported:
    """A statement with the spans of the passages that support it: passage, start, end."""

    text: str
    spans: tuple[tuple[Passage, int, int], ...]


@dataclass
class Writing:
    """One reply while it comes in: iterate to get supported statements; then see what was cut."""

    pieces: Iterator[str]
    passages: Sequence[Passage]
    entails: Entails | None
    checked: bool = True
    kept: int = 0
    cut: list[str] = field(default_factory=list)

    def __iter__(self) -> Iterator[Supported]:
        """Each statement as soon as it is sure; the model is stopped when enough was said."""
        buffer = ""
        try:
            for piece in self.pieces:
                found, buffer = statements.read(buffer + piece, final=False)
                yield from self._sure(found)
                if self.kept + len(self.cut) >= 2 * prompts.MAX_SENTENCES:
                    return
            found, _ = statements.read(buffer, final=True)
            yield from self._sure(found)
        finally:
            close = getattr(self.pieces, "close", None)
            if close is not None:
                close()

    @property
    def enough(self) -> bool:
        """Whether at least half of what was said is supported."""
        return self.kept > 0 and self.kept >= len(self.cut)

    def _sure(self, found: Sequence[statements.Statement]) -> Iterator[Supported]:
        for statement in found:
            if self.kept >= prompts.MAX_SENTENCES:
                return
            named = [
                self.passages[n - 1] for n in statement.passages if 0 < n <= len(self.passages)
            ]
            supported = support(statement.text, named, self.entails, checked=self.checked)
            if supported is None:
                self.cut.append(statement.text)
            else:
                self.kept += 1
                yield supported


class Writer:
    """Writes answers with one model."""

    def __init__(
        self, model: ChatModel, entails: Entails | None = None, *, checked: bool = True
    ) -> None:
        self._model = model
        self._entails = entails
        self._checked = checked

    @property
    def name(self) -> str:
        """What stands in ``engine``."""
        return self._model.name

    def write(self, question: str, history: Sequence[Turn], passages: Sequence[Passage]) -> Writing:
        """Start an answer from these passages; ModelError comes while it is read."""
        told, data = prompts.answering(question, history, passages)
        return Writing(self._model.stream(told, data), passages, self._entails, self._checked)


def support(
    text: str, named: Sequence[Passage], entails: Entails | None = None, *, checked: bool = True
) -> Supported | None:
    """The statement with the shortest spans of its passages that support it, or None.

    Headings count as seen: a reader sees them beside the quote. ``checked=False`` lets everything
    through, to measure what the check is worth.
    """
    if not named:
        return None if checked else Supported(text, ())
    spans = tuple(_span(text, passage) for passage in named)
    for chosen in (spans, tuple((p, 0, len(p.text)) for p in named)):
        quotes = [f"{p.heading}\n{p.text[start:end]}" for p, start, end in chosen]
        if not checked:
            return Supported(text, chosen)
        sure = verify(text, quotes).supported
        if sure and (entails is None or entails("\n".join(quotes), text)):
            return Supported(text, chosen)
    return None


def _span(text: str, passage: Passage) -> tuple[Passage, int, int]:
    """From the first to the last of the few sentences that share most words with the statement."""
    wanted = set(terms(text))
    ranked = sorted(passage.sentences, key=lambda s: -len(wanted & set(terms(passage.words(s)))))
    chosen = ranked[:1]
    covered = set(terms(passage.words(chosen[0]))) if chosen else set()
    for sentence in ranked[1:MAX_QUOTED]:
        words = set(terms(passage.words(sentence)))
        if len((wanted - covered) & words) > 1:
            chosen.append(sentence)
            covered |= words
    if not chosen:
        return passage, 0, len(passage.text)
    return passage, min(s.start for s in chosen), max(s.end for s in chosen)
