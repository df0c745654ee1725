"""A turn in its conversation: what it asks once the turns before it are known. Pure.

No model rewrites a question. A turn is searched for alone and together with the turn before it;
a gate says how much the second search counts. A few kinds of turn are read as they are meant:
a change of topic, a correction, "the second one", and the same question about another place.
"""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

from assistant.records import Query, Turn
from assistant.scope import Gazetteer, named, without
from assistant.tuning import HistoryTuning
from ingest.passages import MARKER
from ingest.text import fold, terms, words

SWITCH = re.compile(
    r"^(ok(ay)?|thanks|thank you|fine|alright|great)?[\s,.!]*"
    r"((a )?(different|another|new|other) (topic|question|subject|thing)|"
    r"(let'?s )?chang(e|ing) (the )?(topic|subject)|"
    r"something (else|different)|on another (note|topic)|moving on)\b[\s:,.;–-]*",
    re.IGNORECASE,
)
CORRECTION = re.compile(
    r"^(no|sorry|actually|not that|wait)\b[\s,.:;–-]*(no\b[\s,]*)?"
    r"((i|we) (meant|mean|was asking about|asked about|am asking about)|rather|not)\b",
    re.IGNORECASE,
)
CONTINUES = re.compile(r"^(and|or|but|so|what about|how about|same for|also|then|what else)\b")
POINTS_BACK = re.compile(
    r"\b(it|its|they|them|their|theirs|those|these|that|this|there|he|she|his|her|such|same|ones?|"
    r"former|latter|above|previous|more|else)\b"
)
ORDINALS = {"first": 0, "second": 1, "third": 2, "fourth": 3, "fifth": 4, "sixth": 5, "last": -1}
ORDINAL = re.compile(
    rf"\b(?:the )?({'|'.join(ORDINALS)}) (?:one|item|point|option|procedure|step|criterion|"
    r"case|bullet|of (?:them|these|those))\b"
)
NUMBERED = re.compile(r"\b(?:number|no\.?|point|item|option) (\d{1,2})\b")


@dataclass(frozen=True, slots=True)
class Understood:
    """The searches for a turn, the words it must be answered on, and the turn it continues."""

    text: str
    queries: tuple[Query, ...]
    continues: str = ""


def resolve(
    text: str, history: Sequence[Turn], places: Gazetteer, tuning: HistoryTuning
) -> Understood:
    """What to search for, with the weight of each search; the weights sum to 1."""
    earlier = [" ".join(t.content.split()) for t in history if t.role == "user"]
    if not earlier:
        return _alone(text)
    if SWITCH.match(text):
        return _alone(SWITCH.sub("", text).strip() or text)
    previous = earlier[-1]
    if item := _pointed_at(text, history):
        return Understood(item, (Query(item, 0.7), Query(f"{previous} {item}", 0.3)), previous)
    here = named(text, places).places
    if here:
        before = [p for p in named(previous, places).places if p not in here]
        previous = without(previous, before) if before else previous
    if corrected := CORRECTION.match(text):
        previous, text = _corrected(previous, text[corrected.end() :])
    weight = history_weight(text, tuning, corrected=corrected is not None)
    joined = f"{previous} {text}"
    return Understood(text, (Query(text, 1 - weight), Query(joined, weight)), previous)


def _alone(text: str) -> Understood:
    return Understood(text, (Query(text, 1.0),))


def history_weight(text: str, tuning: HistoryTuning, corrected: bool = False) -> float:
    """How much the turn before counts: a logistic gate over signs that a turn cannot stand alone.

    The signs: words that point back, an opening that continues, few content words, a correction.
    """
    folded = fold(text)
    few = max(0, 5 - len(terms(text))) / 5
    signs = tuning.bias + tuning.few * few
    signs += tuning.points_back * bool(POINTS_BACK.search(folded))
    signs += tuning.continues * bool(CONTINUES.match(folded) or corrected)
    return tuning.low + (tuning.high - tuning.low) / (1 + math.exp(-signs))


def _corrected(previous: str, text: str) -> tuple[str, str]:
    """The turn before without what was not meant, and the turn without its denial."""
    meant, _, denied = re.sub(r"^[\s,.:;–-]+", "", text).partition(", not ")
    wrong = set(words(denied)) if denied else set()
    left = [w for w in previous.split() if not wrong & set(words(w))]
    return " ".join(left), meant or text


def depends(text: str) -> bool:
    """Whether a turn plainly leans on the one before it."""
    folded = fold(text)
    return bool(
        CONTINUES.match(folded)
        or CORRECTION.match(text)
        or (POINTS_BACK.search(folded) and len(terms(text)) < 4)
        or len(words(text)) < 4
    )


def _pointed_at(text: str, history: Sequence[Turn]) -> str | None:
    """The item of the last answer that "the second one" or "number 3" means."""
    folded = fold(text)
    if match := ORDINAL.search(folded):
        place = ORDINALS[match[1]]
    elif match := NUMBERED.search(folded):
        place = int(match[1]) - 1
    else:
        return None
    said = next((t.content for t in reversed(history) if t.role == "assistant"), "")
    lines = [line.removeprefix(MARKER) for line in said.splitlines() if line.startswith(MARKER)]
    items = [re.sub(r"(\s*\[\d+\])+$", "", line).strip() for line in lines]
    try:
        return items[place] if place >= -1 else None
    except IndexError:
        return None
