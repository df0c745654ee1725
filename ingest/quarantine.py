"""Passages that a person must look at before anyone is answered from them. Pure but for its list.

Two grounds: words or characters that a reader of the original cannot see, and sentences that speak
to an assistant instead of to people.
"""

import json
import re
import tomllib
import unicodedata
from collections.abc import Collection, Iterable
from functools import cache
from importlib.resources import files
from pathlib import Path

from ingest.errors import InputError
from ingest.records import Passage, Quarantined


def suspicion(passage: Passage) -> str:
    """Why this passage must be looked at, or an empty text."""
    if passage.hidden:
        return passage.hidden
    match = _instructions().search(unicodedata.normalize("NFKC", passage.text))
    return f"speaks to an assistant: {match.group()!r}" if match else ""


def part(
    passages: Iterable[Passage], accepted: Collection[str]
) -> tuple[tuple[Passage, ...], tuple[Quarantined, ...]]:
    """Passages to index, and those that are suspicious; an accepted digest is indexed."""
    clear: list[Passage] = []
    held: list[Quarantined] = []
    for passage in passages:
        reason = suspicion(passage)
        known = passage.digest in accepted
        if reason:
            held.append(Quarantined(passage, reason, known))
        if not reason or known:
            clear.append(passage)
    return tuple(clear), tuple(held)


class Accepted:
    """The passages that a person accepted, by digest: if the words change, they must look anew."""

    def __init__(self, data_dir: Path) -> None:
        self._file = data_dir / "accepted.json"

    def digests(self) -> frozenset[str]:
        """What was accepted so far."""
        if not self._file.is_file():
            return frozenset()
        try:
            return frozenset(json.loads(self._file.read_text("utf-8")))
        except (ValueError, TypeError) as error:
            raise InputError(f"{self._file} is damaged; delete it and accept anew") from error

    def add(self, passage: Passage) -> None:
        """Remember that a person accepts this passage as it is now."""
        self._save(self.digests() | {passage.digest})

    def remove(self, passage: Passage) -> None:
        """Take an acceptance back."""
        self._save(self.digests() - {passage.digest})

    def _save(self, digests: frozenset[str]) -> None:
        unfinished = self._file.with_suffix(".new")
        unfinished.write_text(json.dumps(sorted(digests), indent=2), "utf-8")
        unfinished.replace(self._file)


@cache
def _instructions() -> re.Pattern[str]:
    patterns = tomllib.loads((files("ingest") / "quarantine.toml").read_text("utf-8"))["patterns"]
    return re.compile("|".join(f"(?:{p})" for p in patterns), re.IGNORECASE)
