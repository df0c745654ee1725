"""Evaluation cases: a question, and what a good answer cites and states."""

from collections.abc import Iterable
from pathlib import Path
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from assistant.records import Turn
from ingest.errors import InputError
from ingest.text import digest

Split = Literal["dev", "test"]
DEV_SHARE = 0.5


class Case(BaseModel):
    """One line of a cases file. Not answerable means: no sources and no key points."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str = Field(pattern=r"^[a-z0-9-]+$")
    question: str = Field(min_length=1)
    history: tuple[Turn, ...] = ()
    answerable: bool
    sources: tuple[str, ...] = ()
    also: tuple[str, ...] = ()
    key_points: tuple[tuple[str, ...], ...] = ()
    tags: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.answerable != bool(self.sources):
            raise ValueError("sources must be given exactly when the case is answerable")
        if not self.answerable and self.key_points:
            raise ValueError("a case that is not answerable has no key points")
        return self

    @property
    def split(self) -> Split:
        """Fixed by the hash of the id: weights may be set on dev alone."""
        return "dev" if int(digest(self.id)[:8], 16) / 0xFFFFFFFF < DEV_SHARE else "test"


def load(path: Path) -> tuple[Case, ...]:
    """The cases of a file, or of every ``*.jsonl`` in a folder; InputError names the bad line."""
    files = sorted(path.glob("*.jsonl")) if path.is_dir() else [path]
    cases: dict[str, Case] = {}
    for file in files:
        for place, case in _read(file):
            if case.id in cases:
                raise InputError(f"{place}: the id {case.id} is used twice")
            cases[case.id] = case
    if not cases:
        raise InputError(f"no cases in {path}")
    return tuple(cases.values())


def _read(file: Path) -> Iterable[tuple[str, Case]]:
    try:
        lines = file.read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{file} cannot be read: {error}") from error
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            yield f"{file}:{number}", Case.model_validate_json(line)
        except ValidationError as error:
            first = error.errors()[0]
            name = ".".join(str(part) for part in first["loc"]) or "line"
            raise InputError(f"{file}:{number}: {name}: {first['msg']}") from error
