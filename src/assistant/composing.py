"""Ranked passages to a draft: choose the sentences that answer, keep them word for word. Pure."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby

from assistant import facets
from assistant.records import Part, Pick, Ranked, Request
from assistant.tuning import CompositionTuning
from ingest.records import Passage
from ingest.text import terms

Coverage = Callable[[Sequence[str], frozenset[str]], float]
LABELLED = ("dos", "donts")


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
    """The parts of an answer in reading order; empty when there is nothing to choose from.

    Asked for dos or don'ts, the lists of the best document stand under their labels. Otherwise
    the best sentence leads; where it stands in a list that is asked for as a whole, the list
    follows, else the other sentences that come close to it.
    """
    pool = _score(request, passages, coverage, tuning)
    if not pool:
        return ()
    wanted = [name for name in request.facets if name in LABELLED]
    return (wanted and _labelled(wanted, pool, tuning)) or _plain(pool, tuning)


def _score(
    request: Request,
    passages: Sequence[Ranked],
    coverage: Coverage,
    tuning: CompositionTuning,
) -> list[_Scored]:
    """Every sentence of the passages with its score."""
    wanted = terms(facets.topic(request.text)) or terms(facets.topic(request.queries[-1].text))
    top, low = passages[0].score if passages else 0.0, passages[-1].score if passages else 0.0
    spread = (top - low) or 1.0
    pool: list[_Scored] = []
    for rank, ranked in enumerate(passages):
        heading = coverage(wanted, frozenset(terms(ranked.passage.heading)))
        base = tuning.passage * (ranked.score - low) / spread + tuning.heading * heading
        for order, sentence in enumerate(ranked.passage.sentences):
            words = frozenset(terms(ranked.passage.words(sentence)))
            score = ranked.sentences[order] + tuning.lexical * coverage(wanted, words) + base
            pick = Pick(ranked.passage, sentence.start, sentence.end, score)
            pool.append(_Scored(pick, sentence.kind == "item", order, rank))
    return pool


def _labelled(
    wanted: Sequence[str], pool: Sequence[_Scored], tuning: CompositionTuning
) -> tuple[Part, ...]:
    """The dos and don'ts of the best document that has any, under their labels."""
    for document in dict.fromkeys(s.pick.passage.document_id for s in pool):
        mine = [s for s in pool if s.pick.passage.document_id == document]
        lists: list[Part] = []
        for name in sorted(wanted, key=LABELLED.index):
            facet = facets.facet(name)
            items = [s for s in mine if s.item and facet.answers(s.pick.passage.anchor)]
            if items:
                lists.append(_bullets(facet.label, items, tuning))
        if lists:
            shown = {p.text for part in lists for p in part.picks}
            return (*_lead(mine, shown, pool, tuning), *lists)
    return ()


def _lead(
    mine: Iterable[_Scored], shown: set[str], pool: Sequence[_Scored], tuning: CompositionTuning
) -> tuple[Part, ...]:
    """The best running sentence of the document, where it comes close enough to the best."""
    best = max(s.pick.score for s in pool)
    prose = [s for s in mine if not s.item and s.pick.text not in shown]
    lead = max(prose, key=lambda s: s.pick.score, default=None)
    if lead is None or lead.pick.score < tuning.lead_floor * best:
        return ()
    return (Part("", False, (lead.pick,)),)


def _plain(pool: Sequence[_Scored], tuning: CompositionTuning) -> tuple[Part, ...]:
    best = max(pool, key=lambda s: (s.pick.score, -s.rank))
    mine = [s for s in pool if s.pick.passage.id == best.pick.passage.id]
    items = [s for s in mine if s.item]
    close = [s for s in items if s.pick.score >= tuning.list_floor * best.pick.score]
    if len(close) >= 2 and len(close) >= len(items) / 2:
        lead_in = _lead_in(mine, items[0])
        lead = (Part("", False, (lead_in.pick,)),) if lead_in else ()
        return (*lead, _bullets("", items, tuning))
    return _sentences(best, pool, tuning)


def _lead_in(mine: Sequence[_Scored], first_item: _Scored) -> _Scored | None:
    """The running sentence right before a list."""
    before = [s for s in mine if not s.item and s.order < first_item.order]
    return before[-1] if before else None


def _bullets(label: str, items: Sequence[_Scored], tuning: CompositionTuning) -> Part:
    """A list in its own order, shortened to the limit by leaving out the weakest items."""
    best = sorted(items, key=lambda s: -s.pick.score)[: tuning.max_items]
    in_order = sorted(best, key=lambda s: (s.rank, s.order))
    return Part(label, True, tuple(s.pick for s in in_order), len(items) - len(best))


def _sentences(
    best: _Scored, pool: Sequence[_Scored], tuning: CompositionTuning
) -> tuple[Part, ...]:
    """The best sentence, then those that come close, without repetition and within the limit."""
    chosen = [best]
    budget = tuning.max_words - _length(best.pick)
    for other in sorted(pool, key=lambda s: -s.pick.score):
        same = other.pick.passage.id == best.pick.passage.id
        floor = tuning.same_passage if same else tuning.other_passage
        if len(chosen) == tuning.max_sentences or other.pick.score < floor * best.pick.score:
            break
        if other is best or _length(other.pick) > budget or _repeats(other.pick, chosen):
            continue
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
    """The best passage of each document, for a reader who was not answered."""
    ordered = sorted(passages, key=lambda r: r.passage.document_id)
    firsts = [
        max(group, key=lambda r: r.score)
        for _, group in groupby(ordered, key=lambda r: r.passage.document_id)
    ]
    best = sorted(firsts, key=lambda r: -r.score)[:limit]
    return tuple(r.passage for r in best)
