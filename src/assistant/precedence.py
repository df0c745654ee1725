"""A city's own rule first where it and the guidance meet; and where they differ. Pure."""

import re
from collections.abc import Callable, Sequence
from dataclasses import replace

from assistant.records import Part
from assistant.sentences import Scored
from assistant.shapes import Material
from assistant.verification import UNIT, content, duty, negations
from ingest.records import Passage

OWN = "The city's own rules"
KINDS = {
    "guidelines": "The Guidelines",
    "model-policy": "The model policy",
    "case-study": "Case studies",
}
SHARED = 2
FIRST = 3
DUTIES = {3: "must", 2: "should", 1: "may"}
Compose = Callable[[Material], tuple[Part, ...]]


def own_first(m: Material, compose: Compose) -> tuple[Part, ...]:
    """Both answers with their labels, the city's own first; empty when one side has none."""
    own = tuple(s for s in m.pool if s.pick.passage.kind == "own")
    others = tuple(s for s in m.pool if s.pick.passage.kind != "own")
    if not own or not others:
        return ()
    if not _close(own, m) or not _close(others, m):
        return ()
    half = m.tuning.model_copy(update={"max_words": m.tuning.max_words // 2})
    first = compose(Material(m.request, own, half))
    second = compose(Material(m.request, others, half))
    if not first or not second:
        return ()
    kind = KINDS[second[0].picks[0].passage.kind]
    return (*_labelled(first, OWN), *_labelled(second, kind))


def _close(side: Sequence[Scored], m: Material) -> bool:
    """Whether a side has something to say: its best sentence comes close to the best of all.

    A city's words are its own, so one of the best sections is allowed to be less like the question.
    """
    best = max(side, key=lambda s: s.score)
    margin = m.tuning.other_document * (1.5 if best.rank < FIRST else 1)
    return best.score >= m.best.score - margin


def _labelled(parts: Sequence[Part], label: str) -> list[Part]:
    """The parts under a common label, those with one of their own behind it."""
    first, *others = parts
    return [
        replace(first, label=f"{label}: {first.label}" if first.label else label),
        *(replace(p, label=f"{label}: {p.label}") if p.label else p for p in others),
    ]


def differences(parts: Sequence[Part]) -> tuple[str, ...]:
    """Where a sentence of the city's own rules and one of another text say different things.

    Compared are sentences that share at least two content words: by amount, by duty, by negation.
    """
    picks = [pick for part in parts for pick in part.picks]
    own = [p for p in picks if p.passage.kind == "own"]
    others = [p for p in picks if p.passage.kind != "own"]
    found = []
    for mine in own:
        for theirs in others:
            shared = content(mine.text) & content(theirs.text)
            if len(shared) >= SHARED and (how := _differ(mine.text, theirs.text)):
                found.append(f"{_named(mine.passage)} and {_named(theirs.passage)} differ: {how}.")
    return tuple(dict.fromkeys(found))


def _named(passage: Passage) -> str:
    return f"“{passage.title}” ({OWN.lower() if passage.kind == 'own' else passage.kind})"


def _differ(mine: str, theirs: str) -> str:
    ours, other = _amounts(mine), _amounts(theirs)
    for unit in ours.keys() & other.keys():
        if ours[unit] != other[unit]:
            return f"{ours[unit]} {unit} against {other[unit]} {unit}".replace("  ", " ")
    if negations(mine) % 2 != negations(theirs) % 2:
        return "one says not to do what the other says"
    if duty(mine) != duty(theirs) and duty(mine) and duty(theirs):
        return f"“{DUTIES[duty(mine)]}” against “{DUTIES[duty(theirs)]}”"
    return ""


def _amounts(text: str) -> dict[str, str]:
    """Numbers by their unit; years and bare numbers have none."""
    found = {}
    for match in UNIT.finditer(text):
        unit = (match["after"] or match["before"] or "").lower().rstrip("s")
        if unit and not re.fullmatch(r"(19|20)\d\d", match["number"]):
            found[unit] = match["number"]
    return found
