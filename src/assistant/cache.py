"""Answers kept in memory: the same question, history and filters get the same answer again.

A cache belongs to one snapshot and one set of settings; with another of either there is a new one.
"""

from dataclasses import replace
from threading import Lock

from cachetools import LRUCache

from assistant.finishing import ENGINE
from assistant.records import Answer, Question


class AnswerCache:
    """The answers that were asked for last. Only extracts: what a model writes is never the same.

    Hits and misses are counted since the start.
    """

    def __init__(self, size: int) -> None:
        self._answers: LRUCache[Question, Answer] = LRUCache(max(size, 1))
        self._size = size
        self._lock = Lock()
        self.hits = self.misses = 0

    def get(self, question: Question) -> Answer | None:
        """The answer that this question got before."""
        with self._lock:
            found: Answer | None = self._answers.get(_normal(question)) if self._size else None
            self.hits += found is not None
            self.misses += found is None
        return found

    def put(self, question: Question, answer: Answer) -> None:
        """Keep an extract."""
        if self._size and answer.engine == ENGINE:
            with self._lock:
                self._answers[_normal(question)] = answer

    def clear(self) -> None:
        """Forget everything, as when a conversation is deleted."""
        with self._lock:
            self._answers.clear()


def _normal(question: Question) -> Question:
    """White space never changes an answer; anything else may."""
    return replace(question, text=" ".join(question.text.split()))
