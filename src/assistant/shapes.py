"""The building blocks of every form of answer: lists, running sentences, what comes close. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from assistant.records import Part, Pick, Request
from assistant.sentences import Scored
from assistant.tuning import CompositionTuning
from ingest.text import term_set

SAME_WORDS = 0.8


@dataclass(frozen=True)
class Material:
    """What an answer is made of: the request and the scored sentences, best passage first."""

    request: Request
    pool: tuple[Scored, ...]
    tuning: CompositionTuning

    @cached_property
    def best(self) -> Scored:
        """The sentence that answers best; the earlier one of equals."""
        return min(self.pool, key=lambda s: (-s.score, *s.reading))

    def documents(self) -> list[str]:
        """The documents of the sentences, the one with the best two sentences first."""
        best: dict[str, list[float]] = {}
        for s in sorted(self.pool, key=lambda s: -s.score):
            best.setdefault(s.pick.passage.document_id, []).append(s.score)
        return sorted(best, key=lambda d: -sum(best[d][:2]))


def single(sentences: Sequence[Scored]) -> Part:
    """Running sentences without a label."""
    return Part("", False, tuple(s.pick for s in sentences))


def bullets(label: str, items: Sequence[Scored], tuning: CompositionTuning) -> Part:
    """A list in its own order, shortened to the limit by leaving out the weakest items."""
    best = sorted(items, key=lambda s: -s.score)[: tuning.max_items]
    in_order = sorted(best, key=lambda s: s.reading)
    return Part(label, True, tuple(s.pick for s in in_order), len(items) - len(best))


def near(best: Scored, others: Sequence[Scored], margin: float, limit: int) -> list[Scored]:
    """The best sentence and those within the margin, in reading order, nothing said twice."""
    chosen = [best]
    for other in sorted(others, key=lambda s: -s.score):
        if len(chosen) == limit:
            break
        close = other.score >= best.score - margin and not other.announces
        if close and not repeats(other, chosen):
            chosen.append(other)
    return sorted(chosen, key=lambda s: s.reading)


def length(pick: Pick) -> int:
    """Words."""
    return len(pick.text.split())


def repeats(sentence: Scored, chosen: Sequence[Scored]) -> bool:
    """Whether a chosen sentence has nearly the same content words."""
    mine = term_set(sentence.pick.text)
    others = (term_set(s.pick.text) for s in chosen)
    return any(len(mine & theirs) >= SAME_WORDS * max(len(mine | theirs), 1) for theirs in others)
