"""Scored sentences to a draft: choose those that answer, keep them word for word. Pure.

``FORMS`` is the order of precedence: the first form that suits the question and finds its material
makes the answer.
"""

from collections.abc import Sequence

from assistant import facets, precedence
from assistant.records import Part, Ranked
from assistant.sentences import Scored
from assistant.shapes import Material, bullets, length, near, repeats, single
from ingest.records import Passage
from ingest.text import stem, terms, words

LABELLED = ("dos", "donts")
DO_OR_DONT = ("do", "dont")
HEADED = ("why", "lessons", "failure", "results", "doubt", "example")
POINTED = frozenset(("how-much", "price", "when", "who"))
ALONE = ("terms", "abbreviations")
CARD = (
    ("in-brief", ""),
    ("what-was-done", "What was done"),
    ("results", "Results"),
    ("lessons", "Lessons"),
)
DUTIES = (("must", "Must"), ("should", "Should"), ("may", "May"))


def compose(material: Material) -> tuple[Part, ...]:
    """The parts of an answer in reading order; empty when there is nothing to choose from.

    Where a city's own rules speak to the same point, they stand first.
    """
    if not material.pool:
        return ()
    return precedence.own_first(material, _formed) or _formed(material)


def _formed(material: Material) -> tuple[Part, ...]:
    """The first form that suits the question and finds its material."""
    for form in FORMS:
        if parts := form(material):
            return (*parts, *further(material, parts)) if form in ONE_SECTION else parts
    return ()


def comparison(m: Material) -> tuple[Part, ...]:
    """Two labelled columns, one for each of the compared things."""
    if len(m.request.sides) != 2:
        return ()
    parts: list[Part] = []
    for side, name in enumerate(m.request.sides):
        mine = [s for s in m.pool if s.side == side]
        named = [s for s in mine if _mentions(s, name)] or mine
        named = [s for s in named if not s.announces] or named
        if not named:
            return ()
        best = min(named, key=lambda s: (-s.score, *s.reading))
        document, alone = best.pick.passage.document_id, best.section[1] in ALONE
        same = [s for s in named if alone or s.pick.passage.document_id == document]
        chosen = near(best, same, m.tuning.same_passage, m.tuning.side_sentences)
        parts.append(Part(name[:1].upper() + name[1:], True, tuple(s.pick for s in chosen)))
    return tuple(parts)


def checklist(m: Material) -> tuple[Part, ...]:
    """What must, should and may be done, or the steps, of the document that fits best."""
    if "checklist" not in m.request.facets:
        return ()
    listing = facets.facet("checklist")
    ranked = sorted(m.pool, key=lambda s: s.reading)
    fits = [s for s in ranked if s.item and listing.answers(s.pick.passage.anchor)]
    having = [d for d in m.documents() if any(s.pick.passage.document_id == d for s in fits)]
    if not having:
        return ()
    mine = [s for s in fits if s.pick.passage.document_id == having[0]]
    by_duty = [
        bullets(label, duty, m.tuning)
        for word, label in DUTIES
        if (duty := [s for s in mine if _duty(s) == word])
    ]
    if mine[0].pick.passage.kind == "model-policy" and by_duty:
        return tuple(by_duty)
    first = [s for s in mine if s.section == mine[0].section]
    return (*_lead_in(first, m.pool), bullets("Checklist", first, m.tuning))


def labelled(m: Material) -> tuple[Part, ...]:
    """The dos and don'ts of the document that fits best and has any, under their labels."""
    wanted = [name for name in m.request.facets if name in LABELLED]
    for document in m.documents() if wanted else ():
        mine = [s for s in m.pool if s.pick.passage.document_id == document]
        lists: list[Part] = []
        sections: set[tuple[str, str]] = set()
        for name in sorted(wanted, key=LABELLED.index):
            facet = facets.facet(name)
            items = [s for s in mine if s.item and facet.answers(s.pick.passage.anchor)]
            if items:
                heading = items[0].pick.passage
                label = facet.label if heading.anchor in DO_OR_DONT else heading.section
                lists.append(bullets(label, items, m.tuning))
                sections |= {s.section for s in items}
        if lists:
            prose = [s for s in mine if not s.item and (s.section in sections or not s.announces)]
            return (*_lead(prose, m), *lists)
    return ()


def faceted(m: Material) -> tuple[Part, ...]:
    """The section of the best document that is headed by what was asked: why, lessons, results …"""
    wanted = [n for n in m.request.facets if n in HEADED]
    document = m.best.pick.passage.document_id
    for name in wanted:
        facet = facets.facet(name)
        mine = [
            s
            for s in sorted(m.pool, key=lambda s: s.reading)
            if s.pick.passage.document_id == document and facet.answers(s.pick.passage.anchor)
        ]
        prose = [s for s in mine if not s.item]
        items = [s for s in mine if s.item]
        if items:
            parts = (single(prose[:1]),) if prose else ()
            return (
                *parts,
                bullets("", items, m.tuning),
                *((single(prose[1:3]),) if prose[1:] else ()),
            )
        if prose:
            best = min(prose, key=lambda s: (-s.score, *s.reading))
            return _led(best, near(best, prose, m.tuning.same_passage * 2, m.tuning.max_sentences))
    return ()


def card(m: Material) -> tuple[Part, ...]:
    """A case in brief: what it is, what was done, results and lessons."""
    if "example" not in m.request.facets and "case-study" not in m.request.scope.kinds:
        return ()
    first = m.pool[0].pick.passage
    if first.kind != "case-study" or POINTED & frozenset(m.request.facets):
        return ()
    parts: list[Part] = []
    for anchor, label in CARD:
        mine = [
            s
            for s in m.pool
            if s.pick.passage.document_id == first.document_id and s.pick.passage.anchor == anchor
        ]
        best = sorted(mine, key=lambda s: -s.score)[: m.tuning.card_sentences if label else 1]
        in_order = sorted(best, key=lambda s: s.reading)
        if in_order:
            parts.append(Part(label, bool(label), tuple(s.pick for s in in_order)))
    return tuple(parts) if len(parts) > 1 else ()


def listed(m: Material) -> tuple[Part, ...]:
    """The best sentence with the list of its section, introduced by its lead-in.

    Empty when one item answers alone, or when nothing introduces the list and no list is asked for
    (as in a glossary): then the others would only be in the way.
    """
    best = m.best
    mine = sorted((s for s in m.pool if s.section == best.section), key=lambda s: s.reading)
    items = [s for s in mine if s.item]
    before = [s for s in mine if items and not s.item and s.reading < items[0].reading]
    if not before:
        all_asked = items and "list" in m.request.facets and best.section[1] not in ALONE
        return (bullets("", items, m.tuning),) if all_asked and best.item else ()
    close = [s for s in items if s.score >= best.score - m.tuning.list_margin]
    pointed = POINTED & frozenset(m.request.facets)
    fits = sum(length(s.pick) for s in items) <= m.tuning.max_words
    if best is not before[-1] and (pointed or not (fits or len(close) >= len(items) / 2)):
        return ()
    lead = dict.fromkeys((best, before[-1]) if not best.item else (before[-1],))
    after = [s for s in mine if not s.item and s.reading > items[-1].reading and s not in lead]
    tail = [s for s in after if s.score >= best.score - m.tuning.same_passage][:2]
    parts = [*(single([s]) for s in lead), bullets("", items, m.tuning)]
    return (*parts, single(tail)) if tail else tuple(parts)


def running(m: Material) -> tuple[Part, ...]:
    """The best sentence, then those that come close, without repetition and within the limit."""
    best, tuning = m.best, m.tuning
    pointed = POINTED & frozenset(m.request.facets)
    chosen = [best]
    budget = tuning.max_words - length(best.pick)
    limit = tuning.pointed_sentences if pointed else tuning.max_sentences
    for other in sorted(m.pool, key=lambda s: -s.score):
        if len(chosen) == limit:
            break
        close = other.score >= best.score - _margin(other, m) and not other.announces
        if close and length(other.pick) <= budget and not repeats(other, chosen):
            chosen.append(other)
            budget -= length(other.pick)
    return _led(best, sorted(chosen, key=lambda s: s.reading))


def further(m: Material, parts: Sequence[Part]) -> tuple[Part, ...]:
    """The best sentences of other sections, where they come close and the answer stays short."""
    picks = [pick for part in parts for pick in part.picks]
    left = m.tuning.max_words - sum(length(p) for p in picks)
    quoted = {(p.passage.document_id, p.passage.anchor) for p in picks}
    shown = {(p.passage.id, p.start) for p in picks}
    chosen = [s for s in m.pool if (s.pick.passage.id, s.pick.start) in shown]
    found: list[Scored] = []
    for s in sorted(m.pool, key=lambda s: -s.score):
        if len(found) == m.tuning.further_sentences:
            break
        close = s.score >= m.best.score - _margin(s, m) and length(s.pick) <= left
        if s.section not in quoted and close and not s.announces and not repeats(s, chosen):
            found.append(s)
            chosen.append(s)
            left -= length(s.pick)
    return (single(sorted(found, key=lambda s: s.reading)),) if found else ()


def _margin(s: Scored, m: Material) -> float:
    """How far below the best sentence this one may score; entries of a glossary stand alone."""
    same = s.section[0] == m.best.section[0] and s.section[1] not in ALONE
    return m.tuning.same_document if same else m.tuning.other_document


def brief(m: Material) -> tuple[Part, ...]:
    """For each searched side the sentence nearest in meaning, and one more for the last side."""
    chosen: list[Scored] = []
    last = max((s.side for s in m.pool), default=0)
    for side in range(last + 1):
        wanted = len(chosen) + (2 if side == last else 1)
        mine = (s for s in m.pool if s.side == side)
        for s in sorted(mine, key=lambda s: (-s.feature("cosine"), *s.reading)):
            if len(chosen) < wanted and not repeats(s, chosen):
                chosen.append(s)
    return (Part("", True, tuple(s.pick for s in chosen)),) if chosen else ()


FORMS = (comparison, checklist, labelled, card, faceted, listed, running)
ONE_SECTION = (faceted, listed)


def _led(best: Scored, chosen: Sequence[Scored]) -> tuple[Part, ...]:
    """The best sentence on top, the others as bullets under it."""
    rest = tuple(s.pick for s in chosen if s is not best)
    return (single([best]), Part("", True, rest)) if rest else (single([best]),)


def _lead(prose: Sequence[Scored], m: Material) -> tuple[Part, ...]:
    """The best of some running sentences, where it comes close enough to the best of all."""
    lead = max(prose, key=lambda s: s.score, default=None)
    if lead is None or lead.score < m.best.score - m.tuning.lead_margin:
        return ()
    return (single([lead]),)


def _lead_in(items: Sequence[Scored], pool: Sequence[Scored]) -> tuple[Part, ...]:
    """The running sentence just before these items of one passage."""
    first = items[0]
    before = [
        s for s in pool if s.section == first.section and not s.item and s.reading < first.reading
    ]
    return (single(before[-1:]),) if before else ()


def _mentions(s: Scored, name: str) -> bool:
    """Whether a sentence or its headings use a word of the compared thing."""
    passage = s.pick.passage
    said = frozenset(terms(f"{passage.title} {' '.join(passage.path)} {s.pick.text}"))
    wanted = [stem(w) for w in words(name)]
    return any(w in said for w in wanted)


def _duty(s: Scored) -> str | None:
    said = words(s.pick.text)
    return next((word for word, _ in DUTIES if word in said), None)


def closest(passages: Sequence[Ranked], limit: int = 3) -> tuple[Passage, ...]:
    """The best passage of each of the first documents, for a reader who was not answered."""
    firsts: dict[str, Passage] = {}
    for ranked in passages:
        firsts.setdefault(ranked.passage.document_id, ranked.passage)
    return tuple(firsts.values())[:limit]
