"""The outcomes an answer can have, read from ``outcomes.toml``: data, not exceptions."""

import tomllib
from functools import cache
from importlib.resources import files
from typing import Literal

from pydantic import BaseModel, ConfigDict


class Outcome(BaseModel):
    """Whether something was answered, and the fixed words for the reader."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    group: Literal["answer", "refusal"]
    answer: str = ""
    notice: str = ""


@cache
def outcomes() -> dict[str, Outcome]:
    """All outcomes by name."""
    rows = tomllib.loads((files("assistant") / "outcomes.toml").read_text("utf-8"))
    return {name: Outcome.model_validate(row) for name, row in rows.items()}


def outcome(name: str) -> Outcome:
    """The outcome with this name; KeyError on an unknown one."""
    return outcomes()[name]
