"""Any chat model that LangChain knows, with limits of time, of tokens, and of requests at once."""

import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from ingest.errors import InputError

WAIT_FOR_TURN = 1.0
WITHOUT_TIMEOUT = ("ollama", "bedrock", "bedrock_converse")
CHARACTERS_A_TOKEN = 4


class ModelError(Exception):
    """The model did not do what was asked; the message is fit for readers and holds no secret."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Seconds for a whole reply, tries after a failure, requests at once, tokens a reply and a day.

    ``daily_tokens`` 0 is no limit. It counts in this process, from midnight UTC.
    """

    seconds: float = 20.0
    retries: int = 1
    at_once: int = 2
    reply_tokens: int = 400
    daily_tokens: int = 0


class ChatModel:
    """One model; ``stream`` gives its words as they come."""

    def __init__(self, name: str, model: Any, limits: Limits) -> None:
        self.name = name
        self._model = model
        self._limits = limits
        self._turns = threading.BoundedSemaphore(limits.at_once)
        self._spent = _Spent(limits.daily_tokens)

    @classmethod
    def open(cls, name: str, url: str, key: str, limits: Limits) -> "ChatModel":
        """The model ``provider:name``; InputError says what is missing to use it."""
        from langchain.chat_models import init_chat_model

        provider = name.partition(":")[0]
        options: dict[str, Any] = {"temperature": 0}
        if provider == "ollama":
            options["num_predict"] = limits.reply_tokens
        else:
            options["max_tokens"] = limits.reply_tokens
        if provider not in WITHOUT_TIMEOUT:
            options |= {"timeout": limits.seconds, "max_retries": limits.retries}
        if provider == "openai":
            options["stream_usage"] = True
        if url:
            options["base_url"] = url
        if key:
            options["api_key"] = key
        try:
            return cls(name, init_chat_model(name, **options), limits)
        except ImportError as error:
            raise InputError(
                f"the model {name!r} needs another package: {str(error).splitlines()[0]}; the "
                "extras of this project name them, see docs/models.md"
            ) from error
        except Exception as error:  # each provider checks its settings with classes of its own
            raise InputError(
                f"the model {name!r} cannot be used: {type(error).__name__}; write "
                "provider:model, and set ASSISTANT_MODEL_URL and ASSISTANT_MODEL_KEY as it needs"
            ) from error

    def stream(self, told: str, data: str) -> Iterator[str]:
        """The reply piece by piece; closing the iterator stops the model.

        ModelError when no request is free, the day's tokens are spent, the time is up, the
        connection fails, or the reply breaks off.
        """
        self._spent.check()
        if not self._turns.acquire(timeout=WAIT_FOR_TURN):
            raise ModelError("the model is busy")
        pieces: Iterator[Any] = iter(())
        said, usage, finished = 0, 0, ""
        try:
            deadline = time.monotonic() + self._limits.seconds
            pieces = self._model.stream([("system", told), ("human", data)])
            for piece in pieces:
                if time.monotonic() > deadline:
                    raise ModelError("the model took too long")
                usage = max(usage, (piece.usage_metadata or {}).get("total_tokens", 0))
                finished = _finished(piece) or finished
                words = piece.text
                said += len(words)
                if words:
                    yield words
                if said > self._limits.reply_tokens * CHARACTERS_A_TOKEN * 2:
                    break
            if not finished and said:
                raise ModelError("the reply of the model broke off")
        except ModelError:
            raise
        except GeneratorExit:
            raise
        except Exception as error:  # providers raise classes of their own; none may leak a key
            raise ModelError(_reason(error)) from None
        finally:
            close = getattr(pieces, "close", None)
            if close is not None:
                close()
            self._turns.release()
            self._spent.add(usage or (len(told) + len(data) + said) // CHARACTERS_A_TOKEN)

    def reply(self, told: str, data: str) -> str:
        """The whole reply."""
        return "".join(self.stream(told, data)).strip()


class _Spent:
    """Tokens of this day."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._lock = threading.Lock()
        self._day: date | None = None
        self._tokens = 0

    def check(self) -> None:
        with self._lock:
            self._turn_page()
            if self._limit and self._tokens >= self._limit:
                raise ModelError("the tokens for today are spent")

    def add(self, tokens: int) -> None:
        with self._lock:
            self._turn_page()
            self._tokens += tokens

    def _turn_page(self) -> None:
        today = datetime.now(UTC).date()
        if today != self._day:
            self._day, self._tokens = today, 0


def _finished(piece: Any) -> str:
    """Why the provider says that the reply ended; each has a name of its own for it."""
    said = piece.response_metadata
    for name in ("finish_reason", "stop_reason", "done_reason", "stopReason"):
        if said.get(name):
            return str(said[name])
    return ""


def _reason(error: Exception) -> str:
    """What kind of failure it was, without its text."""
    name = type(error).__name__
    if "Timeout" in name:
        return "the model took too long"
    if "RateLimit" in name:
        return "the model refuses more requests"
    if "Connection" in name or isinstance(error, OSError):
        return "the model cannot be reached"
    return f"the model failed ({name})"
