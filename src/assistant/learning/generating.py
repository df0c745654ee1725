"""Checks made from passages by rule: do and don't, figures, terms, duties. Pure.

Only good ones are kept: the sentence must stand alone, be of a readable length, and have exactly
one thing to ask for; wrong choices come from neighbouring passages of the same kind. A check's id
carries a digest of its passage, so that a changed passage makes a new check.
"""

import random
import re
from collections.abc import Iterator, Mapping, Sequence

from assistant.learning.content import Check, Option, Step
from ingest.check import PRONOUN
from ingest.records import Passage
from ingest.text import digest, terms

PER_STEP = 6
RIGHT, WRONG = 3, 2
LENGTH = range(7, 27)
FIGURE = re.compile(r"(?<![\w.,-])(\d{1,3}(?:,\d{3})+|\d+(?:\.\d+)?)(?![\w,.-]*\d)")
YEAR = re.compile(r"^(?:19|20)\d\d$")
TERM = re.compile(
    r"^(?P<term>(?:An? |The )?[A-Z]?[\w\s-]{3,40}?) (?:is|are) "
    r"(?P<rest>(?:an?|the|people|planning)\b.+)\.$"
)
CLAUSE = re.compile(r"^Clause (?P<number>\d+\.\d+)(?:, [^:]+)?: (?P<text>.+)$")
DUTY = re.compile(r"\b(must not|must|should|may)\b")
DUTIES = ("must", "should", "may")


def generate(
    steps: Mapping[str, Step], passages: Mapping[str, Sequence[Passage]]
) -> tuple[Check, ...]:
    """At most PER_STEP checks a step, in the order of the steps; the same each time."""
    found: list[Check] = []
    for step in steps.values():
        rows = [p for section in step.reading for p in passages.get(section, ())]
        near = _neighbours(rows, passages)
        made = [
            *_sort(step, rows),
            *_lists(step, rows, near),
            *_terms(step, rows),
            *_figures(step, rows),
            *_duties(step, rows),
        ]
        unique = {check.ask + "|".join(check.items): check for check in made}
        found += list(unique.values())[:PER_STEP]
    return tuple(found)


def _id(step: Step, kind: str, passage: Passage, text: str) -> str:
    return f"{step.id}-{kind}-{digest(passage.digest, text)[:8]}"


def _section(passage: Passage) -> str:
    return f"{passage.document_id}~{passage.anchor}"


def _good(sentence: str) -> bool:
    """Whether a sentence can be asked about alone."""
    return len(sentence.split()) in LENGTH and not PRONOUN.match(sentence)


def _sort(step: Step, rows: Sequence[Passage]) -> Iterator[Check]:
    """Dos and don'ts of one document, to be sorted; "Don't" is taken off what it begins."""
    by_document: dict[str, list[Passage]] = {}
    for passage in rows:
        if passage.anchor in ("do", "dont"):
            by_document.setdefault(passage.document_id, []).append(passage)
    for found in by_document.values():
        dos = [(p, p.words(s)) for p in found if p.anchor == "do" for s in p.sentences]
        donts = [(p, p.words(s)) for p in found if p.anchor == "dont" for s in p.sentences]
        if not dos or not donts or len(dos) + len(donts) < 3:
            continue
        rows_ = [(text, True) for _, text in dos]
        rows_ += [(_affirmed(text), False) for _, text in donts]
        random.Random(digest(*(t for t, _ in rows_))).shuffle(rows_)
        yield Check(
            id=_id(step, "sort", dos[0][0], "".join(t for t, _ in rows_)),
            step=step.id,
            kind="sort",
            ask=f"{dos[0][0].title}: which of these should you do, and which not?",
            passage=_section(dos[0][0]),
            also=(_section(donts[0][0]),),
            items=tuple(text for text, _ in rows_),
            dos=tuple(do for _, do in rows_),
            generated=True,
        )


def _affirmed(text: str) -> str:
    plain = text.removeprefix("Don't ")
    return plain[:1].upper() + plain[1:]


def _neighbours(
    rows: Sequence[Passage], passages: Mapping[str, Sequence[Passage]]
) -> list[Passage]:
    """The passages of the same documents and of documents of the same kind and stage."""
    documents = {p.document_id for p in rows}
    places = {(p.kind, p.stage) for p in rows}
    everything = [p for found in passages.values() for p in found]
    own = [p for p in everything if p.document_id in documents]
    return own + [
        p for p in everything if p.document_id not in documents and (p.kind, p.stage) in places
    ]


def _lists(step: Step, rows: Sequence[Passage], near: Sequence[Passage]) -> Iterator[Check]:
    """Which of these does a list name? The wrong choices stand in neighbouring lists."""
    for passage in rows:
        items = [passage.words(s) for s in passage.sentences if s.kind == "item"]
        lead = [passage.words(s) for s in passage.sentences if s.kind == "prose"]
        if passage.anchor in ("do", "dont") or len(items) < 3 or not lead:
            continue
        if PRONOUN.match(lead[0]) or items[0].startswith("Clause"):
            continue
        chance = random.Random(passage.digest)
        right = chance.sample(items, min(RIGHT, len(items) - 1))
        mine = {t for item in items for t in terms(item)}
        others = [
            p.words(s)
            for p in near
            if _section(p) != _section(passage) and p.anchor not in ("do", "dont", "terms")
            for s in p.sentences
            if s.kind == "item" and len(set(terms(p.words(s))) - mine) > 2
        ]
        others = [o for o in others if not o.startswith("Clause")][:12]
        if len(others) < WRONG:
            continue
        options = [Option(text=t, right=True) for t in right]
        options += [Option(text=t) for t in chance.sample(others, WRONG)]
        chance.shuffle(options)
        yield Check(
            id=_id(step, "list", passage, "".join(o.text for o in options)),
            step=step.id,
            kind="choices",
            ask=f"“{lead[0]}” Which of these are named there?",
            passage=_section(passage),
            options=tuple(options),
            generated=True,
        )


def _figures(step: Step, rows: Sequence[Passage]) -> Iterator[Check]:
    """A sentence with one figure that is no year: fill it in."""
    for passage in rows:
        for span in passage.sentences:
            sentence = passage.words(span)
            figures = [f for f in FIGURE.findall(sentence) if not YEAR.match(f)]
            if not _good(sentence) or len(figures) != 1 or sentence.startswith("Clause"):
                continue
            if passage.text.count(figures[0]) > 1 or len(figures[0]) < 2:
                continue
            yield Check(
                id=_id(step, "figure", passage, sentence),
                step=step.id,
                kind="figure",
                ask=re.sub(rf"(?<![\w.,-]){re.escape(figures[0])}", "___", sentence, count=1),
                passage=_section(passage),
                answers=(figures[0], figures[0].replace(",", "")),
                generated=True,
            )


def _terms(step: Step, rows: Sequence[Passage]) -> Iterator[Check]:
    """Which term is defined? The wrong choices are terms defined beside it."""
    found = [
        (passage, match)
        for passage in rows
        for span in passage.sentences
        if (match := TERM.match(passage.words(span))) and _good(passage.words(span))
    ]
    for passage, match in found:
        name, rest = match["term"], match["rest"]
        others = [m["term"] for _, m in found if m["term"] != name]
        others = list(dict.fromkeys(others))[:3]
        if len(others) < 2 or set(terms(name)) & set(terms(rest)):
            continue
        options = [Option(text=name, right=True), *(Option(text=o) for o in others)]
        random.Random(digest(name)).shuffle(options)
        yield Check(
            id=_id(step, "term", passage, name),
            step=step.id,
            kind="choice",
            ask=f"Which term means: “{rest}”?",
            passage=_section(passage),
            options=tuple(options),
            generated=True,
        )


def _duties(step: Step, rows: Sequence[Passage]) -> Iterator[Check]:
    """A clause without its word of duty: must, should or may?"""
    for passage in rows:
        for span in passage.sentences:
            match = CLAUSE.match(passage.words(span))
            words = DUTY.findall(match["text"]) if match else []
            if match is None or len(words) != 1 or words[0] == "must not":
                continue
            blank = DUTY.sub("…", match["text"], count=1)
            yield Check(
                id=_id(step, "duty", passage, blank),
                step=step.id,
                kind="choice",
                ask=f"Clause {match['number']}, which word stands here? “{blank}”",
                passage=_section(passage),
                options=tuple(Option(text=d, right=d == words[0]) for d in DUTIES),
                generated=True,
            )
