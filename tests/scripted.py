"""A chat model that says what a test wrote down, with every way of failing that real ones have."""

import re
import time
from collections.abc import Iterator
from typing import Any

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, AIMessageChunk
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult
from pydantic import Field

from assistant.model.chat import ChatModel, Limits


class ScriptedModel(BaseChatModel):
    """Gives the next line of the script: words, an error, or words and then an error.

    ``broken`` ends a reply without saying why it ended, as a cut connection may do.
    """

    script: list[Any]
    calls: list[Any] = Field(default_factory=list)
    closed: int = 0
    delay: float = 0.0
    broken: bool = False

    @property
    def _llm_type(self) -> str:
        return "scripted"

    def _stream(
        self, messages: Any, stop: Any = None, run_manager: Any = None, **more: Any
    ) -> Iterator[ChatGenerationChunk]:
        self.calls.append(list(messages))
        line = self.script.pop(0)
        text, error = line if isinstance(line, tuple) else (line, None)
        if isinstance(line, Exception):
            text, error = "", line
        pieces = re.findall(r"\S+\s*", text)
        done = False
        try:
            for n, piece in enumerate(pieces):
                time.sleep(self.delay)
                ends = error is None and n == len(pieces) - 1 and not self.broken
                yield ChatGenerationChunk(
                    message=AIMessageChunk(
                        content=piece,
                        response_metadata={"finish_reason": "stop"} if ends else {},
                        usage_metadata={
                            "input_tokens": 7,
                            "output_tokens": n + 1,
                            "total_tokens": 8 + n,
                        },
                    )
                )
            if error is not None:
                raise error
            done = True
        finally:
            if not done and error is None:
                self.closed += 1

    def _generate(
        self, messages: Any, stop: Any = None, run_manager: Any = None, **more: Any
    ) -> ChatResult:
        text = "".join(c.text for c in self._stream(messages, stop))
        return ChatResult(generations=[ChatGeneration(message=AIMessage(content=text))])


def model(*script: Any, limits: Limits | None = None, **more: Any) -> tuple[ChatModel, Any]:
    """A chat model with a script, and the script's actor to look at afterwards."""
    actor = ScriptedModel(script=list(script), **more)
    return ChatModel("scripted:actor", actor, limits or Limits()), actor
