"""Two more things that a model may do, each by its own switch: rewrite follow-ups, and translate.

Neither is trusted: a rewritten question may use only words of the conversation, and a translation
must keep every number and every name.
"""

import re
from collections.abc import Sequence

from assistant.model import prompts
from assistant.model.chat import ChatModel, ModelError
from assistant.records import Turn
from assistant.verification import NAME, NUMBER
from ingest.text import fold, terms

MAX_WORDS = 40
QUOTES = "\"'“”‘’` "


def rewritten(model: ChatModel, question: str, history: Sequence[Turn]) -> str:
    """The question as it can be understood alone; the question itself where that fails."""
    try:
        text = model.reply(*prompts.rewriting(question, history)).strip(QUOTES)
    except ModelError:
        return question
    said = set(terms(" ".join((question, *(t.content for t in history)))))
    fits = 0 < len(text.split()) <= MAX_WORDS and "\n" not in text
    keeps = set(terms(question)) - said_back(question) <= set(terms(text))
    return text if fits and keeps and set(terms(text)) <= said else question


def said_back(question: str) -> set[str]:
    """Words by which a follow-up points back; a rewritten question need not keep them."""
    return set(terms(" ".join(re.findall(r"\b(?:one|ones|other|second|third|also)\b", question))))


def translated(model: ChatModel, text: str, language: str) -> str:
    """The text in another language; ModelError when it loses a number or a name."""
    found = model.reply(*prompts.translating(text, language)).strip(QUOTES)
    if not found or len(found) > 4 * len(text) + 80:
        raise ModelError("the translation cannot be used")
    numbers = {n.strip(".,") for n in NUMBER.findall(text)}
    if not numbers <= {n.strip(".,") for n in NUMBER.findall(found)}:
        raise ModelError("the translation lost a number")
    folded = fold(found)
    if any(fold(name) not in folded for name in NAME.findall(text) if name.isupper()):
        raise ModelError("the translation lost a name")
    return found
