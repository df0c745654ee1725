"""Ranked passages to a draft: choose the sentences that answer, keep them word for word. Pure.

First the passage that answers best is chosen, then the form that suits it: labelled lists for
dos and don'ts, a list with its lead-in, or running sentences.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from assistant import facets
from assistant.records import Part, Pick, Ranked, Request
from assistant.tuning import CompositionTuning
from ingest.records import Passage
from ingest.text import terms

Coverage = Callable[[Sequence[str], frozenset[str]], float]
LABELLED = ("dos", "donts")
WHOLE = ("why", "example")


@dataclass(frozen=True, slots=True)
class _Scored:
    """A sentence that could be shown."""

    pick: Pick
    item: bool
    order: int
    rank: int


def compose(
    request: Request,
    passages: Sequence[Ranked],
    coverage: Coverage,
    tuning: CompositionTuning,
) -> tuple[Part, ...]:
    """The parts of an answer in reading order; empty when there is nothing to choose from."""
    pool = _score(request, passages, coverage, tuning)
    if not pool:
        return ()
    wanted = [name for name in request.facets if name in LABELLED]
    if wanted and (parts := _labelled(wanted, pool, tuning)):
        return parts
    best = max(pool, key=lambda s: (s.pick.score, -s.rank, -s.order))
    mine = [s for s in pool if s.pick.passage.id == best.pick.passage.id]
    return _listed(best, mine, tuning) or _running(request, best, mine, pool, tuning)


def _score(
    request: Request,
    passages: Sequence[Ranked],
    coverage: Coverage,
    tuning: CompositionTuning,
) -> list[_Scored]:
    """Every sentence of the passages with its score.

    score = cosine + lexical · coverage of the question by the sentence
            + passage · how far its passage ranks above the last one, from 0 to 1
            + facet, where its heading is the facet that the question asks about
    """
    wanted = terms(facets.topic(request.text)) or terms(facets.topic(request.queries[-1].text))
    top, low = (passages[0].score, passages[-1].score) if passages else (0.0, 0.0)
    spread = (top - low) or 1.0
    pool: list[_Scored] = []
    for rank, ranked in enumerate(passages):
        base = tuning.passage * (ranked.score - low) / spread
        if _asked_for(request, ranked.passage.anchor):
            base += tuning.facet
        for order, sentence in enumerate(ranked.passage.sentences):
            words = frozenset(terms(ranked.passage.words(sentence)))
            score = ranked.sentences[order] + tuning.lexical * coverage(wanted, words) + base
            pick = Pick(ranked.passage, sentence.start, sentence.end, score)
            pool.append(_Scored(pick, sentence.kind == "item", order, rank))
    return pool


def _asked_for(request: Request, anchor: str) -> bool:
    return any(facets.facet(name).answers(anchor) for name in request.facets)


def _labelled(
    wanted: Sequence[str], pool: Sequence[_Scored], tuning: CompositionTuning
) -> tuple[Part, ...]:
    """The dos and don'ts of the first document that has any, under their labels."""
    for document in dict.fromkeys(s.pick.passage.document_id for s in pool):
        mine = [s for s in pool if s.pick.passage.document_id == document]
        lists: list[Part] = []
        for name in sorted(wanted, key=LABELLED.index):
            facet = facets.facet(name)
            items = [s for s in mine if s.item and facet.answers(s.pick.passage.anchor)]
            if items:
                lists.append(_bullets(facet.label, items, tuning))
        if lists:
            return (*_lead(mine, pool, tuning), *lists)
    return ()


def _lead(
    mine: Sequence[_Scored], pool: Sequence[_Scored], tuning: CompositionTuning
) -> tuple[Part, ...]:
    """The best running sentence of a document, where it comes close enough to the best of all."""
    best = max(s.pick.score for s in pool)
    lead = max((s for s in mine if not s.item), key=lambda s: s.pick.score, default=None)
    if lead is None or lead.pick.score < tuning.lead_floor * best:
        return ()
    return (Part("", False, (lead.pick,)),)


def _listed(best: _Scored, mine: Sequence[_Scored], tuning: CompositionTuning) -> tuple[Part, ...]:
    """A list with its lead-in, when the best sentence is the lead-in or the list fits as a whole.

    Empty when one item answers alone, or when nothing introduces the list (as in a glossary):
    then the others would only be in the way.
    """
    items = [s for s in mine if s.item]
    before = [s for s in mine if items and not s.item and s.order < items[0].order]
    if not before:
        return ()
    lead_in = before[-1]
    close = [s for s in items if s.pick.score >= tuning.list_floor * best.pick.score]
    if best is not lead_in and not (best.item and len(close) >= len(items) / 2):
        return ()
    return (Part("", False, (lead_in.pick,)), _bullets("", items, tuning))


def _bullets(label: str, items: Sequence[_Scored], tuning: CompositionTuning) -> Part:
    """A list in its own order, shortened to the limit by leaving out the weakest items."""
    best = sorted(items, key=lambda s: -s.pick.score)[: tuning.max_items]
    in_order = sorted(best, key=lambda s: (s.rank, s.order))
    return Part(label, True, tuple(s.pick for s in in_order), len(items) - len(best))


def _running(
    request: Request,
    best: _Scored,
    mine: Sequence[_Scored],
    pool: Sequence[_Scored],
    tuning: CompositionTuning,
) -> tuple[Part, ...]:
    """The best sentence, then those that come close, without repetition and within the limit.

    When the question asks for a facet that is a section of its own, its other sentences belong
    to the answer whatever their score.
    """
    anchor = best.pick.passage.anchor
    whole = any(facets.facet(n).answers(anchor) for n in request.facets if n in WHOLE)
    chosen = [best]
    budget = tuning.max_words - _length(best.pick)
    for other in sorted(pool, key=lambda s: -s.pick.score):
        same = other in mine
        floor = tuning.same_passage if same else tuning.other_passage
        close = other.pick.score >= floor * best.pick.score or (whole and same)
        if len(chosen) == tuning.max_sentences:
            break
        if close and _length(other.pick) <= budget and not _repeats(other.pick, chosen):
            chosen.append(other)
            budget -= _length(other.pick)
    rest = sorted(chosen[1:], key=lambda s: (s.rank, s.order))
    lead = Part("", False, (best.pick,))
    return (lead, Part("", True, tuple(s.pick for s in rest))) if rest else (lead,)


def _length(pick: Pick) -> int:
    return len(pick.text.split())


def _repeats(pick: Pick, chosen: Sequence[_Scored]) -> bool:
    """Whether a chosen sentence has nearly the same content words."""
    mine = frozenset(terms(pick.text))
    others = (frozenset(terms(s.pick.text)) for s in chosen)
    return any(len(mine & theirs) >= 0.8 * max(len(mine | theirs), 1) for theirs in others)


def closest(passages: Sequence[Ranked], limit: int = 3) -> tuple[Passage, ...]:
    """The best passage of each of the first documents, for a reader who was not answered."""
    firsts: dict[str, Passage] = {}
    for ranked in passages:
        firsts.setdefault(ranked.passage.document_id, ranked.passage)
    return tuple(firsts.values())[:limit]
