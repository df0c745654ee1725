"""A model's words to statements that name their passages. Pure.

A statement is a sentence with the tokens behind it. A sentence without a token, and a token that
was never given out, are worth nothing.
"""

import re
from dataclasses import dataclass

from ingest.text import sentence_spans

TOKENS = re.compile(r"(?:\s*\[\s*p?\d+(?:\s*,\s*p?\d+)*\s*\])+")
NUMBER = re.compile(r"\d+")
BULLET = re.compile(r"^\s*(?:[-*•]|\d+[.)])\s+")
LABEL = re.compile(r"^\s*(?:\*\*[^*]+\*\*:?|#+ .*|[A-Z][\w ]{0,20}:)\s*$")


@dataclass(frozen=True, slots=True)
class Statement:
    """A sentence and the numbers of the passages that it names, in order."""

    text: str
    passages: tuple[int, ...]


def read(buffer: str, *, final: bool) -> tuple[list[Statement], str]:
    """The statements that are complete, and the rest of the buffer.

    A statement is complete when something follows its tokens; at the end everything is.
    """
    found: list[Statement] = []
    start = 0
    for match in TOKENS.finditer(buffer):
        after = match.end()
        if buffer[after : after + 1] in (".", "!", "?"):
            after += 1
        if not final and not buffer[after:].strip():
            break
        numbers = tuple(dict.fromkeys(int(n) for n in NUMBER.findall(match.group())))
        found += _sentences(buffer[start : match.start()], buffer[match.end() : after], numbers)
        start = after
    if not final:
        return found, buffer[start:]
    return [*found, *_sentences(buffer[start:], "", ())], ""


def _sentences(text: str, stop: str, numbers: tuple[int, ...]) -> list[Statement]:
    """The sentences of a stretch of text; the tokens behind it belong to the last one alone."""
    lines = [BULLET.sub("", line).strip() for line in text.splitlines()]
    whole = [line for line in lines if line and not LABEL.match(line)]
    parts = [line[a:b] for line in whole for a, b in sentence_spans(line)]
    if not parts:
        return []
    last = parts[-1].replace("**", "")
    if last and last[-1] not in ".!?":
        last += stop or "."
    return [*(Statement(p.replace("**", ""), ()) for p in parts[:-1]), Statement(last, numbers)]
