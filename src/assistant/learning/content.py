"""Paths, steps and checks as data, read from ``corpus/learning`` and tied to passages."""

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from ingest.errors import InputError, UnknownError
from ingest.records import Passage, Stage
from ingest.text import digest

CheckKind = Literal[
    "choice", "choices", "sort", "order", "match", "figure", "fault", "scenario", "free"
]
Section = Annotated[str, Field(pattern=r"^[a-z-]+/[a-z0-9.-]+~[a-z0-9-]+$")]
Name = Annotated[str, Field(pattern=r"^[a-z0-9-]+$")]


class _Data(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Option(_Data):
    """Something to choose; ``why`` names the section that is shown where the choice is wrong."""

    text: str
    right: bool = False
    why: Section | None = None
    consequence: str = ""
    then: "Turning | None" = None


class Turning(_Data):
    """A question that a scenario goes on with, and its options."""

    ask: str
    options: tuple[Option, ...] = Field(min_length=2)


class KeyPoint(_Data):
    """A point that a free answer should make; any of the words shows that it was made."""

    point: str
    words: tuple[str, ...] = Field(min_length=1)


class Check(_Data):
    """One question to a learner, of any kind; which fields are used depends on the kind.

    ``passage`` names the section that it rests on, ``also`` further ones. ``enough`` is how many
    key points a free answer needs; 0 means all.
    """

    id: Name
    step: Name
    kind: CheckKind
    ask: str
    passage: Section
    also: tuple[Section, ...] = ()
    options: tuple[Option, ...] = ()
    items: tuple[str, ...] = ()
    dos: tuple[bool, ...] = ()
    pairs: tuple[tuple[str, str], ...] = ()
    answers: tuple[str, ...] = ()
    lines: tuple[str, ...] = ()
    fault: int = 0
    key_points: tuple[KeyPoint, ...] = ()
    enough: int = 0
    generated: bool = False

    @model_validator(mode="after")
    def _complete(self) -> Self:
        right = sum(option.right for option in self.options)
        good = {
            "choice": right == 1 and len(self.options) > 1,
            "choices": right > 0 and len(self.options) > 2,
            "scenario": right == 1 and all(o.consequence for o in self.options),
            "sort": len(self.items) == len(self.dos) > 2,
            "order": len(self.items) > 2,
            "match": len(self.pairs) > 2,
            "figure": "___" in self.ask and bool(self.answers),
            "fault": 0 < self.fault <= len(self.lines),
            "free": bool(self.key_points),
        }
        if not good[self.kind]:
            raise ValueError(f"check {self.id}: a check of kind {self.kind} lacks something")
        return self

    @property
    def sections(self) -> tuple[str, ...]:
        """Every section that it names, its own first."""
        named = [self.passage, *self.also]
        turnings: list[Sequence[Option]] = [self.options]
        while turnings:
            for option in turnings.pop():
                named += [option.why] if option.why else []
                turnings += [option.then.options] if option.then else []
        return tuple(dict.fromkeys(named))


class Ask(_Data):
    """A question to put to the assistant, and what to look for in its answer."""

    question: str
    look_for: str


class Step(_Data):
    """One thing to learn: an aim, a reading, a guided exchange, and something to think about."""

    id: Name
    title: str
    aim: str
    reading: tuple[Section, ...] = Field(min_length=1)
    ask: tuple[Ask, ...] = Field(min_length=1)
    reflect: str


class LearningPath(_Data):
    """Steps in order, for a stage of the buying cycle or for a role."""

    id: Name
    title: str
    about: str
    stage: Stage
    steps: tuple[Name, ...] = Field(min_length=1)


@dataclass(frozen=True)
class Course:
    """All paths, steps and checks over one snapshot.

    ``retired`` are checks whose passages changed since a person last reviewed them.
    """

    paths: Mapping[str, LearningPath]
    steps: Mapping[str, Step]
    checks: Mapping[str, Check]
    retired: Mapping[str, Check]
    passages: Mapping[str, tuple[Passage, ...]]

    def path(self, path_id: str) -> LearningPath:
        """A path; UnknownError when there is none of that id."""
        if path_id not in self.paths:
            raise UnknownError(f"there is no path {path_id!r}")
        return self.paths[path_id]

    def step(self, step_id: str) -> Step:
        """A step; UnknownError when there is none of that id."""
        if step_id not in self.steps:
            raise UnknownError(f"there is no step {step_id!r}")
        return self.steps[step_id]

    def check(self, check_id: str) -> Check:
        """A check that can be answered; UnknownError when there is none, or it is retired."""
        if check_id not in self.checks:
            reason = "is retired: its passage changed" if check_id in self.retired else "is unknown"
            raise UnknownError(f"the check {check_id!r} {reason}")
        return self.checks[check_id]

    @cached_property
    def by_step(self) -> Mapping[str, tuple[Check, ...]]:
        """The checks of each step, those written by hand first."""
        return {s: tuple(c for c in self.checks.values() if c.step == s) for s in self.steps}

    @cached_property
    def step_of_section(self) -> Mapping[str, str]:
        """The first step that reads each section."""
        found: dict[str, str] = {}
        for step in self.steps.values():
            for section in step.reading:
                found.setdefault(section, step.id)
        return found

    def words(self, section: str) -> str:
        """The text of a section."""
        return "\n".join(p.text for p in self.passages.get(section, ()))

    def digest(self, check: Check) -> str:
        """What a check rests on, in 16 digits: it changes when a passage does."""
        found = (p.digest for s in check.sections for p in self.passages.get(s, ()))
        return digest(*found)[:16]


def section_of(passage: Passage) -> str:
    """The section that a passage belongs to, as learning names it."""
    return f"{passage.document_id}~{passage.anchor}"


def by_section(passages: Sequence[Passage]) -> dict[str, tuple[Passage, ...]]:
    """Passages by their section, in order."""
    found: dict[str, list[Passage]] = {}
    for passage in passages:
        found.setdefault(section_of(passage), []).append(passage)
    return {section: tuple(rows) for section, rows in found.items()}


def read(folder: Path) -> tuple[dict[str, LearningPath], dict[str, Step], dict[str, Check]]:
    """The files of a learning folder; InputError names what is wrong. Empty without a folder."""
    paths = {p.id: p for p in _rows(folder / "paths.toml", "path", LearningPath)}
    steps = {s.id: s for s in _rows(folder / "steps.toml", "step", Step)}
    checks = {c.id: c for c in _rows(folder / "checks.toml", "check", Check)}
    for path in paths.values():
        for name in path.steps:
            if name not in steps:
                raise InputError(f"{folder}: the path {path.id} names the unknown step {name!r}")
    for check in checks.values():
        if check.step not in steps:
            raise InputError(
                f"{folder}: the check {check.id} names the unknown step {check.step!r}"
            )
    return paths, steps, checks


def reviewed(folder: Path) -> dict[str, str]:
    """By check, the digest of its passages when a person last looked at it."""
    path = folder / "reviewed.toml"
    return tomllib.loads(path.read_text("utf-8")) if path.is_file() else {}


def faults(folder: Path, passages: Mapping[str, Sequence[Passage]]) -> Iterator[str]:
    """Sections that are named and do not exist, and sources of confusion."""
    _, steps, checks = read(folder)
    for step in steps.values():
        for section in step.reading:
            if section not in passages:
                yield f"the step {step.id} reads {section}, which does not exist"
    for check in checks.values():
        for section in check.sections:
            if section not in passages:
                yield f"the check {check.id} rests on {section}, which does not exist"


def _rows(path: Path, name: str, schema: type[Any]) -> list[Any]:
    if not path.is_file():
        return []
    try:
        rows = tomllib.loads(path.read_text("utf-8")).get(name, [])
        found = [schema.model_validate(row) for row in rows]
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"{path}: {error}") from error
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise InputError(f"{path}: {place}: {first['msg']}") from error
    ids = [row.id for row in found]
    for one in ids:
        if ids.count(one) > 1:
            raise InputError(f"{path}: the id {one} is used twice")
    return found
