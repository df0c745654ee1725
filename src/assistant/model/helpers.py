"""What a language model may do for the pipeline; each use can be switched on alone."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

from assistant.model import rewriting
from assistant.model.chat import ChatModel, Limits, ModelError
from assistant.model.entailment import Entailment
from assistant.model.writer import Writer
from assistant.records import Turn

ENGLISH = "English"
LANGUAGES = {
    "ar": "Arabic",
    "de": "German",
    "es": "Spanish",
    "fr": "French",
    "it": "Italian",
    "nl": "Dutch",
    "pt": "Portuguese",
    "ru": "Russian",
    "zh": "Chinese",
}


@dataclass(frozen=True)
class Helpers:
    """A writer, a rewriter of follow-ups, a translator; None where that is switched off."""

    model: str = ""
    writer: Writer | None = None
    rewrite: Callable[[str, Sequence[Turn]], str] | None = None
    translate: Callable[[str, str], str] | None = None

    def in_english(self, text: str) -> str:
        """A question in English, or nothing when the model fails."""
        try:
            return self.translate(text, ENGLISH) if self.translate else ""
        except ModelError:
            return ""

    def in_language(self, text: str, language: str) -> str:
        """A sentence in the language with this code; the sentence itself when the model fails."""
        try:
            return self.translate(text, LANGUAGES[language]) if self.translate else text
        except ModelError:
            return text


NO_HELPERS = Helpers()


def of(model: ChatModel, uses: Collection[str], entails: Entailment | None = None) -> Helpers:
    """The helpers that the uses name, all with one model."""
    return Helpers(
        model=model.name,
        writer=Writer(model, entails) if "write" in uses else None,
        rewrite=(lambda q, h: rewriting.rewritten(model, q, h)) if "rewrite" in uses else None,
        translate=(
            (lambda text, to: rewriting.translated(model, text, to))
            if "translate" in uses
            else None
        ),
    )


def opened(
    name: str,
    url: str,
    key: str,
    uses: Collection[str],
    limits: Limits,
    entailment: str,
    threads: int,
) -> Helpers:
    """The helpers of a model by its name, none without one; InputError when it cannot be used."""
    if not name:
        return NO_HELPERS
    entails = Entailment(entailment, threads) if entailment else None
    return of(ChatModel.open(name, url, key, limits), uses, entails)
