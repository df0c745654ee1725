"""A stored answer beside the one made again from its snapshot: what differs. Pure.

What a language model wrote cannot be made again; its sentences are checked again instead.
"""

from collections.abc import Callable
from dataclasses import dataclass

from assistant.finishing import ENGINE
from assistant.records import Answer
from assistant.verification import verify
from ingest.records import Passage

COMPARED = ("outcome", "answer", "sentences", "citations", "notices", "closest")


@dataclass(frozen=True, slots=True)
class Replay:
    """The stored answer, the one made now, and the fields in which they differ."""

    stored: Answer
    again: Answer
    differences: tuple[str, ...]
    settings_changed: bool
    pruned: bool = False

    @property
    def same(self) -> bool:
        """Whether a reader would have seen the same."""
        return not self.differences


def written(answer: Answer) -> bool:
    """Whether a language model wrote or translated the answer."""
    return not answer.engine.startswith(ENGINE) or "translated by" in answer.engine


def checked_again(stored: Answer, passage: Callable[[str], Passage | None]) -> Answer:
    """The stored answer with what still holds: quotes of the snapshot, sentences they support."""
    cited = tuple(c for c in stored.citations if (p := passage(c.passage_id)) and c.quote in p.text)
    quotes = {c.n: f"{c.title} {c.section}\n{c.quote}" for c in cited}
    translated = "translated by" in stored.engine
    held = tuple(
        s
        for s in stored.sentences
        if all(n in quotes for n in s.citations)
        and (translated or verify(s.text, [quotes[n] for n in s.citations]).supported)
    )
    return stored.model_copy(update={"citations": cited, "sentences": held})


def compare(stored: Answer, again: Answer, settings_changed: bool, pruned: bool = False) -> Replay:
    """Field by field, all that a reader sees."""
    differences = (name for name in COMPARED if getattr(stored, name) != getattr(again, name))
    return Replay(stored, again, tuple(differences), settings_changed, pruned)
