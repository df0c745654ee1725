"""What a question may not make the program do: obey orders, or help with cheating. Pure.

The program has no model to persuade; an order in a question is only noise in a search, so it is
taken out. A request to rig, leak or hide is recognised by the act and what it is done to.
"""

import re
import tomllib
from functools import cache
from importlib.resources import files

from ingest.text import fold


@cache
def _patterns() -> dict[str, tuple[re.Pattern[str], ...]]:
    rows = tomllib.loads((files("assistant") / "guards.toml").read_text("utf-8"))
    return {
        name: tuple(re.compile(p, re.IGNORECASE) for p in found) for name, found in rows.items()
    }


def without_orders(text: str) -> str:
    """The text without orders to the assistant; the whole text when nothing else is in it."""
    left = text
    for pattern in _patterns()["orders"]:
        left = pattern.sub(" ", left)
    left = " ".join(left.split()).strip(" ,;:-–")
    return left if len(left.split()) > 1 else text


def is_order(text: str) -> bool:
    """Whether the text is an order to the assistant about itself."""
    return any(p.search(text) for p in _patterns()["orders"]) and without_orders(text) == text


def unsafe(text: str) -> bool:
    """Whether the question asks for help with rigging, leaking or hiding."""
    folded = fold(text).replace("’", "'")
    rows = _patterns()
    if any(p.search(folded) for p in rows["against"]):
        return False
    return any(p.search(folded) for p in rows["unsafe"])
