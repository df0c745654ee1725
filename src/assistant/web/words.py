"""The words of the learning pages in the reader's language."""

import tomllib
from functools import cache
from importlib.resources import files

from fastapi import Request

RIGHT_TO_LEFT = {"ar"}
DEFAULT = "en"


@cache
def all_words() -> dict[str, dict[str, str]]:
    """By language, every word by its name."""
    return tomllib.loads((files("assistant.web") / "learn_words.toml").read_text("utf-8"))


def language(request: Request) -> str:
    """The language that the address, the cookie or the browser asks for, if we have it."""
    accepted = (
        part.partition(";")[0].strip().partition("-")[0].lower()
        for part in request.headers.get("accept-language", "").split(",")
    )
    asked = (request.query_params.get("lang"), request.cookies.get("lang"), *accepted)
    return next((code for code in asked if code in all_words()), DEFAULT)


def direction(code: str) -> str:
    """How a language is written."""
    return "rtl" if code in RIGHT_TO_LEFT else "ltr"
