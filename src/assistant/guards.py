"""What a question may not make the program do: obey orders, or help with cheating. Pure.

The program has no model to persuade; an order in a question is only noise in a search, so it is
taken out. A request to rig, leak or hide is recognised by the act and what it is done to.
"""

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from ingest.text import fold


@dataclass(frozen=True, slots=True)
class Act:
    """Something the assistant does not help with, and the rule that it breaks."""

    rule: str
    pattern: re.Pattern[str]


@dataclass(frozen=True, slots=True)
class Guards:
    """All patterns, read from ``guards.toml``."""

    orders: tuple[re.Pattern[str], ...]
    against: tuple[re.Pattern[str], ...]
    acts: tuple[Act, ...]


@cache
def guards() -> Guards:
    """The patterns that come with the package."""
    rows = tomllib.loads((files("assistant") / "guards.toml").read_text("utf-8"))

    def compiled(patterns: list[str]) -> tuple[re.Pattern[str], ...]:
        return tuple(re.compile(p, re.IGNORECASE) for p in patterns)

    acts = (Act(row["rule"], p) for row in rows["unsafe"] for p in compiled(row["patterns"]))
    return Guards(compiled(rows["orders"]), compiled(rows["against"]), tuple(acts))


def without_orders(text: str) -> str:
    """The text without orders to the assistant; the whole text when nothing else is in it."""
    left = text
    for pattern in guards().orders:
        left = pattern.sub(" ", left)
    left = " ".join(left.split()).strip(" ,;:-–")
    return left if len(left.split()) > 1 else text


def is_order(text: str) -> bool:
    """Whether the text is an order to the assistant about itself."""
    return any(p.search(text) for p in guards().orders) and without_orders(text) == text


def broken_rule(text: str) -> str:
    """The rule that a question asks to break by rigging, leaking or hiding; or nothing."""
    folded = fold(text).replace("’", "'")
    if any(p.search(folded) for p in guards().against):
        return ""
    return next((act.rule for act in guards().acts if act.pattern.search(folded)), "")
