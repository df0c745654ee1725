"""Whether what was found can answer the question. Pure.

A logistic model over signals of the ranking and of the best sentences; its weights are data, fitted
on the development cases alone (``python -m evals fit``).
"""

import calendar
import math
import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from assistant import facets, neighbours
from assistant.fit import fit, passage_words
from assistant.records import Request, Retrieved
from assistant.sentences import Scored
from assistant.thesaurus import Thesaurus
from assistant.tuning import CoverageTuning
from assistant.vocabulary import Vocabulary
from ingest.passages import passage_term_set
from ingest.text import fold, stem, stop_words, terms, words

SIGNALS = (
    "known",
    "beside",
    "usual",
    "answers",
    "fit",
    "missing",
    "named",
    "names",
    "numbers",
    "act",
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
# A duty or a way is asked for by these words, or by one of the facets.
DUTY = re.compile(r"\b(can|may|must|should|have to|has to|need|how do (i|we)|let)\b")
WAYS = frozenset(("how", "yes-no", "dos", "donts", "why", "checklist"))
# Something to be done or looked up at this moment, which no document can.
ACT = re.compile(
    r"^(please )?(write|draft|compose|draw|translate|recommend|send)\b(?! to) (me |us )?"
    r"(an?|the|my|our|this|[\"“'])"
    r"|^(can|could|will|would) you (please )?"
    r"(?!tell|explain|say|list|name|give|show|help|describe|define|compare)\w"
    r"|\b(today|tonight|tomorrow|right now)\b"
)
DERIVED = 4
TOP = 3


@dataclass(frozen=True, slots=True)
class Judgement:
    """How probable an answer is, from what, and which words of the question are nowhere.

    ``covered`` and ``sure`` are what that means: an answer may be given, and without a warning.
    """

    probability: float
    signals: dict[str, float]
    unknown: tuple[str, ...]
    covered: bool
    sure: bool


NOT_JUDGED = Judgement(0.0, {}, (), covered=False, sure=False)


def judge(
    request: Request,
    retrieved: Retrieved,
    scored: Sequence[Scored],
    vocabulary: Vocabulary,
    thesaurus: Thesaurus,
    tuning: CoverageTuning,
) -> Judgement:
    """Whether these passages answer the question, before their best sentence is read."""
    found, unknown = signals(request, retrieved, scored, vocabulary, thesaurus, tuning.related)
    return _weighed(found, unknown, tuning)


def read(before: Judgement, answers: float, tuning: CoverageTuning) -> Judgement:
    """The same with the log-odds, by the cross-encoder, that the best sentence answers."""
    return _weighed(before.signals | {"answers": answers}, before.unknown, tuning)


def _weighed(
    found: dict[str, float], unknown: tuple[str, ...], tuning: CoverageTuning
) -> Judgement:
    logit = tuning.bias + sum(getattr(tuning, name) * found[name] for name in SIGNALS)
    chance = 1 / (1 + math.exp(-logit))
    return Judgement(chance, found, unknown, chance >= tuning.partial, chance >= tuning.answered)


def asked_about(retrieved: Retrieved) -> bool:
    """Whether readers' questions are known about all of the best passages.

    Where a city's own document has none, what others leave open says nothing about it.
    """
    return all(r.passage.asked for r in retrieved.kept[:TOP])


def signals(
    request: Request,
    retrieved: Retrieved,
    scored: Sequence[Scored],
    vocabulary: Vocabulary,
    thesaurus: Thesaurus,
    credit: float,
) -> tuple[dict[str, float], tuple[str, ...]]:
    """What speaks for or against an answer, each from 0 to about 1, and the words that are nowhere.

    ``known``: how much nearer the readers' questions are that the documents answer than those that
    they leave open. ``beside``: the share of the words that one of the latter has. ``usual``: how
    often questions of this kind are answered. ``answers``: what the cross-encoder says of the best
    sentence, 0 until it is read. ``fit``: of the passage whose readers' question and words are
    nearest. ``missing``: the rarest word of this turn that is not in the section of the best
    sentence; 0 where a duty or a way is asked for, which people put in words of their own.
    ``named``: whether the question has a name; ``names`` and ``numbers``: the share of those asked
    that are met. ``act``: whether something is to be done, or looked up as of now.
    """
    own = terms(facets.topic(request.text)) or terms(facets.topic(request.topic))
    related = thesaurus.related(own)
    kept, top = retrieved.kept, retrieved.kept[:TOP]
    together = frozenset[str]().union(*(passage_term_set(r.passage) for r in top))
    unknown = [
        t
        for t in own
        if t not in together and t not in vocabulary.idf and not related[t] & together
    ]
    wanted = vocabulary.wanted(own, related)
    fits = (fit(r, wanted, credit) for r in kept)
    section = _section(retrieved, scored)
    absent = (t for t in own if t not in section and not related[t] & section)
    folded, asked = fold(request.text), frozenset(request.facets)
    duty = bool(asked & WAYS or DUTY.search(folded))
    return {
        "known": neighbours.known(retrieved, request.facets),
        "beside": neighbours.beside(retrieved, wanted),
        "usual": retrieved.usual,
        "answers": 0.0,
        "fit": max(fits, default=0.0),
        "missing": 0.0
        if duty
        else max((vocabulary.weight(t) for t in absent), default=0.0) / vocabulary.unseen,
        "named": float(request.person or bool(_names(request.text))),
        "names": 0.0 if request.person else names(request.text, together),
        "numbers": numbers(request.text, " ".join(r.passage.text for r in top)),
        "act": float(ACT.search(folded) is not None),
    }, tuple(dict.fromkeys(_as_typed(unknown, request.text)))


def _as_typed(stems: Sequence[str], question: str) -> list[str]:
    """The words of the question that have these stems, for people to read."""
    typed = {stem(word): word for word in reversed(words(question))}
    return [typed.get(s, s) for s in stems]


def _section(retrieved: Retrieved, scored: Sequence[Scored]) -> frozenset[str]:
    """The words of the section with the best sentence."""
    if not scored:
        return frozenset()
    best = max(scored, key=lambda s: s.score).section
    found = (r.passage for r in (*retrieved.kept, *retrieved.joined))
    return frozenset[str]().union(
        *(passage_words(p) for p in found if (p.document_id, p.anchor) == best)
    )


def names(question: str, found: Collection[str]) -> float:
    """Share of the question's names and abbreviations that the passages use; 1 without names.

    "Kenyan" is met by "Kenya": the words share their beginning.
    """
    wanted = _names(question)
    return sum(_met(w, found) for w in wanted) / len(wanted) if wanted else 1.0


def _names(question: str) -> set[str]:
    """Stems of capitalized words that do not begin a sentence and are no day or month."""
    said = (w for match in NAME.finditer(question) for w in words(match.group()))
    return {stem(w) for w in said if w not in stop_words() and w not in CALENDAR}


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
