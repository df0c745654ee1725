"""Whether what was found can answer the question. Pure.

A logistic model over signals of the ranking and of the best sentences; its weights are data, fitted
on the development cases alone (``python -m evals fit``).
"""

import calendar
import math
import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from assistant import facets
from assistant.records import Request, Retrieved
from assistant.sentences import Scored
from assistant.thesaurus import Thesaurus
from assistant.tuning import CoverageTuning
from assistant.vocabulary import Vocabulary
from ingest.passages import passage_terms
from ingest.text import stem, stop_words, terms, words

SIGNALS = (
    "cosine",
    "question",
    "own_coverage",
    "known",
    "missing",
    "sentence_score",
    "names",
    "numbers",
)
NAME = re.compile(r"(?<![.!?] )(?<!^)\b(?:[A-ZÀ-Þ][\w&-]*|[A-Z0-9]{2,}[\w-]*)")
NUMBER = re.compile(
    r"\d[\d.,]*|\b(?:nine|ten|eleven|twelve|twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety|"
    r"hundred|thousand|million)\b"
)
PART = re.compile(
    r"\b(clause|tier|section|chapter|phase|step|article|stage|annex|table)s? (\d[\d.]*)"
)
CALENDAR = frozenset(word.lower() for word in (*calendar.day_name, *calendar.month_name) if word)
DERIVED = 4
TOP = 3


@dataclass(frozen=True, slots=True)
class Judgement:
    """How probable an answer is, from what, and which words of the question are nowhere."""

    probability: float
    signals: dict[str, float]
    unknown: tuple[str, ...]


def judge(
    request: Request,
    retrieved: Retrieved,
    scored: Sequence[Scored],
    vocabulary: Vocabulary,
    thesaurus: Thesaurus,
    tuning: CoverageTuning,
) -> Judgement:
    """The probability that these passages answer the question."""
    found, unknown = signals(request, retrieved, scored, vocabulary, thesaurus, tuning.related)
    logit = tuning.bias + sum(getattr(tuning, name) * found[name] for name in SIGNALS)
    return Judgement(1 / (1 + math.exp(-logit)), found, unknown)


def signals(
    request: Request,
    retrieved: Retrieved,
    scored: Sequence[Scored],
    vocabulary: Vocabulary,
    thesaurus: Thesaurus,
    credit: float,
) -> tuple[dict[str, float], tuple[str, ...]]:
    """What speaks for an answer, each from 0 to about 1, and the words that are nowhere.

    ``own_coverage`` and ``missing`` look at the words of this turn alone: what a follow-up adds
    must be there too, however well the turn before it was covered.
    """
    own = terms(facets.topic(request.text)) or terms(facets.topic(request.topic))
    related = thesaurus.related(own)
    kept = retrieved.kept[:TOP]
    together = frozenset[str]().union(*(passage_terms(r.passage) for r in kept))
    best = sorted(scored, key=lambda s: -s.score)[:TOP]
    absent = [t for t in own if t not in together and not related[t] & together]
    unknown = [t for t in absent if t not in vocabulary.idf]
    covered = (vocabulary.coverage(own, _context(s), related, credit) for s in best)
    return {
        "cosine": max((max(r.reasons["dense"], *r.sentences) for r in kept), default=0.0),
        "question": max((r.reasons["question"] for r in kept), default=0.0),
        "own_coverage": max(covered, default=0.0),
        "known": 1 - len(set(unknown)) / max(len(set(own)), 1),
        "missing": max((vocabulary.weight(t) for t in absent), default=0.0) / vocabulary.unseen,
        "sentence_score": max((s.score for s in best[:1]), default=0.0) / 10,
        "names": names(request.text, together),
        "numbers": numbers(request.text, " ".join(r.passage.text for r in kept)),
    }, tuple(dict.fromkeys(unknown))


def _context(sentence: Scored) -> frozenset[str]:
    """The words of a sentence and of its headings."""
    passage = sentence.pick.passage
    return frozenset(terms(f"{passage.heading} {sentence.pick.text}"))


def names(question: str, found: Collection[str]) -> float:
    """Share of the question's names and abbreviations that the passages use; 1 without names.

    A name is a capitalized word that does not begin a sentence and is no day or month. "Kenyan" is
    met by "Kenya": the words share their beginning.
    """
    said = (w for match in NAME.finditer(question) for w in words(match.group()))
    wanted = {stem(w) for w in said if w not in stop_words() and w not in CALENDAR}
    return sum(_met(w, found) for w in wanted) / len(wanted) if wanted else 1.0


def _met(name: str, found: Collection[str]) -> bool:
    if name in found or len(name) <= DERIVED:
        return name in found
    return any(f[:DERIVED] == name[:DERIVED] and abs(len(f) - len(name)) < DERIVED for f in found)


def numbers(question: str, text: str) -> float:
    """Share of the numbers in the question that the text has too; 1 without numbers.

    A number that names a part, as in "clause 9.4" or "tier 2", must stand after that word.
    """
    asked, said = question.lower(), text.lower()
    parts = {" ".join(match.groups()) for match in PART.finditer(asked)}
    plain = {n.strip(".,") for n in NUMBER.findall(PART.sub(" ", asked))}
    wanted = parts | plain
    met = sum(re.search(rf"(?<![\d.]){re.escape(w)}(?![\d]|\.\d)", said) is not None for w in plain)
    met += sum(re.search(rf"\b{re.escape(w)}(?![\d]|\.\d)", said) is not None for w in parts)
    return met / len(wanted) if wanted else 1.0
