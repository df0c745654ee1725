"""A stored answer beside the one made again from its snapshot: what differs. Pure."""

from dataclasses import dataclass

from assistant.records import Answer

COMPARED = ("outcome", "answer", "sentences", "citations", "notices", "closest")


@dataclass(frozen=True, slots=True)
class Replay:
    """The stored answer, the one made now, and the fields in which they differ."""

    stored: Answer
    again: Answer
    differences: tuple[str, ...]
    settings_changed: bool

    @property
    def same(self) -> bool:
        """Whether a reader would have seen the same."""
        return not self.differences


def compare(stored: Answer, again: Answer, settings_changed: bool) -> Replay:
    """Field by field, all that a reader sees."""
    differences = (name for name in COMPARED if getattr(stored, name) != getattr(again, name))
    return Replay(stored, again, tuple(differences), settings_changed)
