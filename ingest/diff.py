"""What differs between two snapshots, passage by passage. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass

from ingest.records import Passage


@dataclass(frozen=True, slots=True)
class SnapshotDiff:
    """Ids of passages that the second snapshot adds, has with another text, or lacks."""

    added: tuple[str, ...]
    changed: tuple[str, ...]
    removed: tuple[str, ...]

    @property
    def touched(self) -> frozenset[str]:
        """Passages that something resting on the first snapshot may have cited in vain."""
        return frozenset((*self.changed, *self.removed))


def diff(before: Iterable[Passage], after: Iterable[Passage]) -> SnapshotDiff:
    """Compare by id and digest, in the order of the snapshots."""
    old = {p.id: p.digest for p in before}
    new = {p.id: p.digest for p in after}
    return SnapshotDiff(
        added=tuple(i for i in new if i not in old),
        changed=tuple(i for i in new if i in old and old[i] != new[i]),
        removed=tuple(i for i in old if i not in new),
    )
