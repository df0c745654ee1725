"""Questions that were drafted for single sentences: some it answers, some nothing answers.

``labels/drafted.jsonl`` has a line for each sentence. They are no part of the index; what is learnt
from them are the weights of ``usual.json`` and the adapter of the cross-encoder.
"""

import json
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Drafted:
    """The questions about one sentence of a document.

    ``twins`` are pairs of an answered and an open question that look alike: from them it is learnt
    to read, and not which kinds of question are answered.
    """

    document: str
    sentence: str
    answered: tuple[str, ...]
    left_open: tuple[str, ...]
    twins: tuple[tuple[str, str], ...] = ()

    @property
    def all_answered(self) -> tuple[str, ...]:
        """With those of the twins."""
        return (*self.answered, *(one for one, _ in self.twins))

    @property
    def all_open(self) -> tuple[str, ...]:
        """With those of the twins."""
        return (*self.left_open, *(other for _, other in self.twins))


def load(path: Path) -> list[Drafted]:
    """All of them, in the order of the file."""
    rows = (json.loads(line) for line in path.read_text("utf-8").splitlines())
    return [
        Drafted(
            row["document"],
            row["sentence"],
            tuple(row["answered"]),
            tuple(row["open"]),
            tuple((one, other) for one, other in row["twins"]),
        )
        for row in rows
    ]
