"""A question in its conversation: what to search for when it cannot stand alone. Pure."""

import re

from assistant import facets
from assistant.records import Filters, Query, Question, Request
from ingest.text import fold

CONTINUES = re.compile(r"^(and|or|but|so|what about|how about|same for|also|then)\b")


def understand(question: Question, last_turn: float, two_turns: float) -> Request:
    """The searches for a question.

    Alone, a question is its own search. In a conversation the last user turn joined with this
    one is a second search, and the two count as the weights say. A turn that only continues
    ("and for contracts?") keeps the facets of the turn before.
    """
    text = " ".join(question.text.split())
    earlier = [" ".join(t.content.split()) for t in question.history if t.role == "user"]
    found = facets.recognise(text)
    if not earlier:
        return Request(text, (Query(text, 1.0),), found, question.filters)
    previous = earlier[-1]
    if not found and CONTINUES.match(fold(text)):
        found = facets.recognise(previous)
    queries = (Query(text, last_turn), Query(f"{previous} {text}", two_turns))
    return Request(text, queries, found, question.filters)


def alone(text: str) -> Request:
    """A bare search without history or filters."""
    return understand(Question(text, (), Filters()), 1.0, 0.0)
