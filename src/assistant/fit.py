"""How well a passage fits a question: by readers' questions, words, kind of question. Pure."""

from collections.abc import Collection
from functools import lru_cache

from assistant import facets
from assistant.records import Ranked
from assistant.vocabulary import Wanted
from ingest.passages import passage_term_set
from ingest.records import Passage
from ingest.text import term_set

WORDS = 0.5  # what the words of a question count beside the nearest readers' question
SAME_KIND = 0.1  # what a reader's question of the same kind counts on top of its cosine


def asked(ranked: Ranked) -> float:
    """How near the nearest readers' question of a passage is, or without any its best sentence."""
    if ranked.passage.asked:
        return ranked.reasons["question"]
    return max((ranked.reasons["dense"], *ranked.sentences))


@lru_cache(maxsize=1 << 12)
def passage_words(passage: Passage) -> frozenset[str]:
    """The words of a passage, of its headings and of its readers' questions; remembered."""
    return passage_term_set(passage) | term_set(" ".join(passage.asked))


def fit(ranked: Ranked, wanted: Wanted, credit: float) -> float:
    """From 0 to 1: the nearest readers' question, and the share of the wanted words."""
    covered = wanted.share(passage_words(ranked.passage), credit)
    return (asked(ranked) + WORDS * covered) / (1 + WORDS)


def same_kind(passage: Passage, wanted: Collection[str]) -> float:
    """How far some readers' question of a passage has the same facets: 1 for all of them."""
    mine = frozenset(wanted)
    return max((likeness(kinds(q), mine) for q in passage.questions), default=0.0)


def nearness(question: str, cosine: float, facets: frozenset[str]) -> float:
    """How near a reader's question is: its cosine, and more where it is of the same kind."""
    return cosine + SAME_KIND * likeness(kinds(question), facets)


def likeness(one: frozenset[str], other: frozenset[str]) -> float:
    """Share of the facets that two questions have in common; 1 when neither has any."""
    return len(one & other) / len(one | other) if one | other else 1.0


@lru_cache(maxsize=1 << 15)
def kinds(question: str) -> frozenset[str]:
    """The facets of a reader's question, kept, as the same ones are met again and again."""
    return frozenset(facets.recognise(question))
