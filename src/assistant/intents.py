"""Turns that need no search: greetings, thanks, help, and questions about nothing. Pure."""

import re
import tomllib
from functools import cache
from importlib.resources import files

from assistant import guards
from assistant.records import Request
from ingest.text import fold, terms


@cache
def _intents() -> dict[str, re.Pattern[str]]:
    rows = tomllib.loads((files("assistant") / "intents.toml").read_text("utf-8"))
    return {name: re.compile("|".join(f"(?:{p})" for p in found)) for name, found in rows.items()}


def recognise(request: Request, said: str) -> str | None:
    """The outcome of a turn that needs no search, or None for a question.

    ``said`` is the turn before its spelling was mended.
    """
    for text in (said, request.text):
        plain = fold(text).replace("’", "'").strip(" \t.,!?;:-")
        for name, pattern in _intents().items():
            if pattern.fullmatch(plain):
                return name
    if guards.is_order(said):
        return "not_covered"
    if not any(terms(query.text) for query in request.queries):
        return "clarify"
    return None
