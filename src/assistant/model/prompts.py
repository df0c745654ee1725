"""Prompts as Markdown files, filled with passages that carry short tokens. Pure.

The model never sees an id or an address: it sees ``[p1]``, and a token that was not given out means
nothing.
"""

from collections.abc import Sequence
from functools import cache
from importlib.resources import files

from assistant.records import Turn
from ingest.records import Passage

MAX_SENTENCES = 6
HISTORY_TURNS = 4
HISTORY_CHARACTERS = 400


@cache
def text(name: str) -> str:
    """A prompt as it stands in its file."""
    return (files("assistant.model") / "prompts" / f"{name}.md").read_text("utf-8").strip()


def answering(
    question: str, history: Sequence[Turn], passages: Sequence[Passage]
) -> tuple[str, str]:
    """What the model is told, and the data: passages with tokens, some history, the question."""
    shown = "\n\n".join(
        f"[p{n}] {_data(p.heading)}\n{_data(p.text)}" for n, p in enumerate(passages, start=1)
    )
    data = text("passages").format(
        passages=shown, history=_conversation(history), question=_data(question)
    )
    return text("answer").format(sentences=MAX_SENTENCES), data


def rewriting(question: str, history: Sequence[Turn]) -> tuple[str, str]:
    """What the model is told, and the conversation with its last question."""
    return text("rewrite"), f"{_conversation(history)}\n<question>\n{_data(question)}\n</question>"


def translating(words: str, language: str) -> tuple[str, str]:
    """What the model is told, and the text to translate."""
    return text("translate").format(language=language), f"<text>\n{_data(words)}\n</text>"


def _conversation(history: Sequence[Turn]) -> str:
    """The last turns, each cut to a length; nothing without history."""
    lines = [f"{t.role}: {_data(t.content[:HISTORY_CHARACTERS])}" for t in history[-HISTORY_TURNS:]]
    return "<conversation>\n" + "\n".join(lines) + "\n</conversation>" if lines else ""


def _data(text: str) -> str:
    """Text that cannot close the element that it stands in, or pass for a token."""
    return text.replace("<", "‹").replace(">", "›").replace("[p", "(p")
