"""Two runs over the same cases: what changed significantly, and which cases flipped. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from evals import score
from evals.score import Score
from evals.statistics import Interval, paired
from ingest.errors import InputError


@dataclass(frozen=True)
class Change:
    """The change of one number between two runs, with its paired interval."""

    name: str
    before: float
    after: float
    change: float
    interval: Interval

    @property
    def significant(self) -> bool:
        """The interval of the change leaves out zero."""
        return self.interval[0] > 0 or self.interval[1] < 0

    @property
    def better(self) -> bool:
        """Whether the change goes the right way, significantly."""
        return self.significant and not self.worse and self.name not in score.NEITHER

    @property
    def worse(self) -> bool:
        """Whether the change goes the wrong way, significantly."""
        if self.name in score.NEITHER or not self.significant:
            return False
        return (self.change > 0) == (self.name in score.LESS_IS_BETTER)


@dataclass(frozen=True)
class Flip:
    """A case that one run got right and the other did not."""

    id: str
    before: str
    after: str


def changes(before: Sequence[Score], after: Sequence[Score]) -> tuple[Change, ...]:
    """Every number over the cases that both runs have, in the same order."""
    old, new = pair(before, after)
    found = []
    for name in score.names():
        compute = score.statistic(name)
        change, interval = paired(old, new, compute)
        found.append(Change(name, round(compute(old), 4), round(compute(new), 4), change, interval))
    return tuple(found)


def flips(before: Sequence[Score], after: Sequence[Score]) -> tuple[Flip, ...]:
    """Cases whose lost step differs between the runs; an empty step means that it is right."""
    old, new = pair(before, after)
    return tuple(
        Flip(a.id, a.lost_in or "right", b.lost_in or "right")
        for a, b in zip(old, new, strict=True)
        if a.lost_in != b.lost_in
    )


def pair(before: Sequence[Score], after: Sequence[Score]) -> tuple[list[Score], list[Score]]:
    """The scores of the cases that both runs have; InputError when there are none."""
    there = {s.id: s for s in after}
    old = [s for s in before if s.id in there]
    if not old:
        raise InputError("the runs have no case in common; compare runs over the same cases")
    return old, [there[s.id] for s in old]
