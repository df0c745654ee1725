"""A question to a request: spelling, language, conversation, facets, names, sides. Pure."""

import re
from dataclasses import dataclass, replace

from assistant import conversation, facets, guards, intents, language, privacy, scope
from assistant.records import Query, Question, Request
from assistant.scope import Gazetteer
from assistant.spelling import Speller
from assistant.tuning import HistoryTuning
from ingest.text import fold, words

# How the two sides of a comparison are named. A and B stand for them, with an article or without.
SHAPES = (
    r"\bbetween A and B",
    r"\bcompare A (?:and|with|to|against) B",
    r"^A (?:versus|vs\.?|compared (?:with|to)) B",
    r"\bhow (?:do|does|did|is|are) A (?:and|from) B differ\b",
    r"\bhow (?:do|does|did) A differ from B",
    r"\bhow (?:is|are) A different from B",
    r"\bhow (?:do|does|did) A and B compare\b",
    r"\b(?:do|does|did|are|is) A and B (?:define|treat|handle|say|mean)\b",
    r"\bcomparison of A (?:and|with) B",
)
SIDES = tuple(
    re.compile(
        shape.replace("A", r"(?:an? |the )?(?P<a>.+?)", 1).replace(
            "B",
            r"(?:an? |the )?(?P<b>.+?)(?:$|(?=[?.!,;]))" if shape[-1] == "B" else r"(?P<b>.+?)",
            1,
        ),
        re.IGNORECASE,
    )
    for shape in SHAPES
)
ASIDE = re.compile(
    r"[,:;?!.]|\b(?:in terms of|regarding|when it comes to|for|how|when|what|on)\b.*$", re.I
)


@dataclass(frozen=True)
class Reader:
    """What reading a question needs to know of the corpus."""

    speller: Speller
    places: Gazetteer
    tuning: HistoryTuning


def understand(question: Question, reader: Reader) -> Request:
    """What to search for and what is asked; ``outcome`` is set where no search is needed."""
    asked = privacy.without_marks(" ".join(question.text.split()))
    cleaned = guards.without_orders(asked)
    text, corrections = reader.speller.correct(cleaned)
    turn = conversation.resolve(text, question.history, reader.places, reader.tuning)
    found = facets.recognise(turn.text)
    if turn.continues and conversation.depends(turn.text):
        found = found or facets.recognise(turn.continues)
    leans = turn.continues and conversation.depends(turn.text)
    request = Request(
        text=turn.text,
        queries=tuple(replace(q, text=scope.without_kinds(q.text)) for q in turn.queries),
        facets=found,
        filters=question.filters,
        topic=scope.without_kinds(f"{turn.continues} {turn.text}" if leans else turn.text),
        scope=scope.named(turn.text, reader.places),
        without=question.without,
        person=privacy.names_a_person(question.text),
        read_as=tuple((c.typed, c.read) for c in corrections),
    )
    if leans and not request.scope.places:
        request = replace(request, scope=_kept(request.scope, turn.continues, reader.places))
    if "comparison" in found:
        request = _compared(request, reader.places)
    spoken = _other_language(asked, reader.speller)
    outcome = _without_search(asked, cleaned, request) or ("unsupported_language" if spoken else "")
    return replace(request, outcome=outcome, language=spoken)


def _kept(here: scope.Scope, before: str, places: Gazetteer) -> scope.Scope:
    """The places of the turn before, for a turn that leans on it and names none."""
    earlier = scope.named(before, places)
    return replace(here, places=earlier.places, documents=earlier.documents)


def _compared(request: Request, places: Gazetteer) -> Request:
    """A query for each of the two things, when the question names them."""
    sides = _sides(request, places)
    if len(sides) != 2:
        return request
    common = _common(request.text, *sides)
    queries = tuple(Query(f"{side} {common}".strip(), 0.5) for side in sides)
    return replace(request, queries=queries, sides=sides)


def _sides(request: Request, places: Gazetteer) -> tuple[str, ...]:
    """The compared things: two places, or what stands on both sides of "and", "from", "versus"."""
    here = sorted(request.scope.places, key=lambda p: fold(request.text).find(p))
    apart = [p for p in here if not any(p in q and p != q for q in here)]
    distinct = list({places[p]: p for p in apart}.values())
    if len(distinct) == 2:
        return tuple(p.title() for p in distinct)
    for pattern in SIDES:
        if match := pattern.search(request.text):
            one, other = _thing(match["a"]), _thing(match["b"])
            if one and other:
                return one, other
    return ()


def _thing(text: str) -> str:
    return scope.without_kinds(" ".join(ASIDE.sub("", text).split()))


def _common(text: str, one: str, other: str) -> str:
    """The words of the question that belong to both things."""
    rest = facets.topic(text)
    for side in (one, other):
        for word in words(side):
            rest = re.sub(rf"\b{re.escape(word)}\b", " ", fold(rest))
    return " ".join(
        w
        for w in rest.split()
        if w not in {"and", "or", "between", "how", "do", "the", "is", "from"}
    )


def _without_search(asked: str, cleaned: str, request: Request) -> str:
    """The outcome of a turn that needs no search, or nothing for a question."""
    if guards.broken_rule(asked):
        return "declined_integrity"
    return intents.recognise(request, cleaned) or ""


def _other_language(asked: str, speller: Speller) -> str:
    known = [speller.knows(word) for word in words(asked)]
    return language.other_language(asked, known) or ""
