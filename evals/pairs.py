"""Minimal pairs: sentences of the corpus with one thing changed, and faithful paraphrases.

A check of support must catch every change and let every paraphrase through. The changes are made
by rule from every sentence that they fit; the paraphrases were written by hand before the check was
measured on them. Each pair belongs to the dev or the test half by the hash of its text: thresholds
are set on dev.
"""

import json
import random
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from assistant.verification import NAME, verify
from evals.cases import DEV_SHARE, Split
from ingest.errors import InputError
from ingest.records import Passage
from ingest.text import digest, terms

SEED = 20261124
PER_KIND = 150
NUMBER = re.compile(r"(?<![\w.,-])\d+(?:,\d{3})*(?:\.\d+)?(?![\w,.-]*\d)")
DO = re.compile(r"\b(must|should|may|can|is|are|was|were|has|have|will)\b(?! not\b)")
NOT = re.compile(r"\b(must|should|may|can|is|are|was|were|has|have|will) not\b|\bDon't\b")
UNITS = (("million", "billion"), ("billion", "million"), ("days", "months"), ("years", "weeks"))
CURRENCIES = (("EUR", "USD"), ("USD", "EUR"), ("GBP", "EUR"))


@dataclass(frozen=True, slots=True)
class Pair:
    """A sentence, the passage that it cites, and whether the passage supports it."""

    kind: str
    sentence: str
    passage: Passage
    faithful: bool

    @property
    def split(self) -> Split:
        """Fixed by the hash of the sentence."""
        return "dev" if int(digest(self.sentence)[:8], 16) / 0xFFFFFFFF < DEV_SHARE else "test"


@dataclass(frozen=True, slots=True)
class Rate:
    """How many pairs of a kind were stopped."""

    kind: str
    n: int
    stopped: int

    @property
    def share(self) -> float:
        """Stopped out of all: detection for changes, false alarms for the faithful."""
        return self.stopped / self.n if self.n else 0.0


def pairs(passages: Sequence[Passage], paraphrases: Path) -> tuple[Pair, ...]:
    """Up to PER_KIND changed sentences of each kind, and every paraphrase."""
    chance = random.Random(SEED)
    found: list[Pair] = []
    sentences = [
        (p.words(s), p) for p in passages for s in p.sentences if len(p.words(s).split()) > 5
    ]
    names = sorted({m for text, _ in sentences for m in NAME.findall(text) if len(m) > 3})
    for kind, change in CHANGES.items():
        rows = list(sentences)
        chance.shuffle(rows)
        made = (
            Pair(kind, changed, passage, faithful=False)
            for text, passage in rows
            if (changed := change(text, passage, chance, names, sentences)) and changed != text
        )
        found += [pair for pair, _ in zip(made, range(PER_KIND), strict=False)]
    return (*found, *_paraphrases(passages, paraphrases))


def measure(found: Sequence[Pair], split: Split) -> tuple[Rate, ...]:
    """The share that the check stops, by kind, on one half."""
    rates = []
    for kind in (*CHANGES, "paraphrase"):
        rows = [pair for pair in found if pair.kind == kind and pair.split == split]
        stopped = sum(not verify(pair.sentence, [shown(pair.passage)]).supported for pair in rows)
        rates.append(Rate(kind, len(rows), stopped))
    return tuple(rates)


def shown(passage: Passage) -> str:
    """What a reader sees of a citation: the headings and the words."""
    return f"{passage.heading}\n{passage.text}"


def totals(rates: Sequence[Rate]) -> tuple[float, float]:
    """Detection over all changes, and false alarms over all paraphrases."""
    changed = [rate for rate in rates if rate.kind != "paraphrase"]
    detection = sum(r.stopped for r in changed) / max(sum(r.n for r in changed), 1)
    return detection, next(r.share for r in rates if r.kind == "paraphrase")


def _paraphrases(passages: Sequence[Passage], path: Path) -> Iterator[Pair]:
    known = {p.id: p for p in passages}
    try:
        rows = [json.loads(line) for line in path.read_text("utf-8").splitlines() if line]
    except (OSError, ValueError) as error:
        raise InputError(f"{path} cannot be read as JSON lines: {error}") from error
    for row in rows:
        passage = known.get(row["passage_id"])
        if passage is not None and row["original"] in passage.text:
            yield Pair("paraphrase", row["paraphrase"], passage, faithful=True)


Sentences = Sequence[tuple[str, Passage]]
Change = Callable[[str, Passage, random.Random, Sequence[str], Sentences], str]


def _number(
    text: str, passage: Passage, chance: random.Random, names: Sequence[str], rows: Sentences
) -> str:
    def other(match: re.Match[str]) -> str:
        value = match.group()
        new = value[:-1] + str((int(value[-1]) + chance.randint(1, 8)) % 10)
        return new if not re.search(rf"(?<!\d){re.escape(new)}(?!\d)", passage.text) else value

    return NUMBER.sub(other, text, count=1)


def _unit(
    text: str, passage: Passage, chance: random.Random, names: Sequence[str], rows: Sentences
) -> str:
    for old, new in (*UNITS, *CURRENCIES):
        if re.search(rf"\d {old}\b|\b{old} \d", text):
            return re.sub(rf"\b{old}\b", new, text, count=1)
    return ""


def _negated(
    text: str, passage: Passage, chance: random.Random, names: Sequence[str], rows: Sentences
) -> str:
    if NOT.search(text):
        affirmed = NOT.sub(lambda m: m[1] or "", text, count=1).strip()
        return affirmed[:1].upper() + affirmed[1:]
    return DO.sub(r"\1 not", text, count=1) if DO.search(text) else ""


def _duty(
    text: str, passage: Passage, chance: random.Random, names: Sequence[str], rows: Sentences
) -> str:
    swap = {"must": "may", "should": "must", "may": "must", "can": "must"}
    found = re.search(r"\b(must|should|may|can)\b", text)
    return text.replace(found[1], swap[found[1]], 1) if found else ""


def _name(
    text: str, passage: Passage, chance: random.Random, names: Sequence[str], rows: Sentences
) -> str:
    found = [m for m in NAME.findall(text) if len(m) > 3]
    if not found:
        return ""
    other = chance.choice(names)
    return (
        ""
        if other in passage.text or other in passage.heading
        else text.replace(found[0], other, 1)
    )


def _elsewhere(
    text: str, passage: Passage, chance: random.Random, names: Sequence[str], rows: Sentences
) -> str:
    other, source = chance.choice(rows)
    return other if source.document_id != passage.document_id and other not in passage.text else ""


def _word(
    text: str, passage: Passage, chance: random.Random, names: Sequence[str], rows: Sentences
) -> str:
    """One content word for one of another document that this passage does not have."""
    mine = [w for w in re.findall(r"\b[a-z]{4,}\b", text) if terms(w)]
    theirs = [w for w in re.findall(r"\b[a-z]{4,}\b", chance.choice(rows)[0]) if terms(w)]
    known = set(terms(f"{passage.heading} {passage.text}"))
    theirs = [w for w in theirs if not set(terms(w)) & known]
    if not mine or not theirs:
        return ""
    return re.sub(rf"\b{chance.choice(mine)}\b", chance.choice(theirs), text, count=1)


CHANGES: dict[str, Change] = {
    "number changed": _number,
    "unit or currency changed": _unit,
    "negated or affirmed": _negated,
    "duty changed": _duty,
    "name swapped": _name,
    "sentence from elsewhere": _elsewhere,
    "word swapped": _word,
}
