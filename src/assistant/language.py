"""Whether a question is in the language of the documents.

py3langid is loaded when first in doubt; a server does so beforehand.
"""

import tomllib
from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from typing import Any

from ingest.text import words

DOCUMENTS = "en"
OTHERS = ("ar", "de", "es", "fr", "it", "nl", "pt", "ru", "zh")
SURE = 0.8


def other_language(text: str, known: Sequence[bool]) -> str | None:
    """The ISO 639 code of the question's language, or None when it is English or unclear.

    ``known`` says for each word of the question whether the documents or the stop words have it:
    where most are known, the question is English and nothing is loaded.
    """
    if not words(text) or sum(known) > 0.6 * len(known):
        return None
    code, chance = identifier().classify(text)
    return code if code != DOCUMENTS and chance >= SURE else None


@cache
def pointers() -> dict[str, str]:
    """By language, what its speakers are told: ask in English."""
    return tomllib.loads((files("assistant") / "languages.toml").read_text("utf-8"))


@cache
def identifier() -> Any:
    """The model that tells languages apart; loading it takes a part of a second."""
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    found = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    found.set_languages([DOCUMENTS, *OTHERS])
    return found
