"""Sentences of ranked passages, scored by how well each answers the question. Pure.

The score is a weighted sum of features between 0 and 1; the weights are fitted on the development
cases by a listwise softmax (ListNet, Cao et al., ICML 2007): ``python -m evals fit``.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from assistant import facets
from assistant.fit import fit, passage_words, same_kind
from assistant.records import Pick, Request, Retrieved
from assistant.thesaurus import Thesaurus
from assistant.tuning import SentenceTuning
from assistant.vocabulary import Vocabulary
from ingest.records import Passage
from ingest.text import term_set, terms

DOUBT = "what-is-uncertain"
DONT = "dont"
NOT = re.compile(r"\b(?:not|no|never|without|nothing|none)\b|n['’]t\b", re.IGNORECASE)
FEATURES = (
    "cosine",
    "asked",
    "covered",
    "context",
    "heading",
    "passage",
    "document",
    "facet",
    "form",
    "words",
    "kind",
    "fit",
)


@dataclass(frozen=True, slots=True)
class Scored:
    """A sentence that could be shown, with the features behind its score.

    ``rank`` is that of its section, 0 for the best; ``place`` and ``order`` say where it stands in
    the corpus and in its passage; ``announces`` that a list follows, without which it says little.
    """

    pick: Pick
    item: bool
    rank: int
    place: int
    order: int
    features: tuple[float, ...]
    side: int = 0
    announces: bool = False

    @property
    def section(self) -> tuple[str, str]:
        """What names the section that it stands in."""
        return self.pick.passage.document_id, self.pick.passage.anchor

    @property
    def reading(self) -> tuple[int, int, int]:
        """The order in which sentences are read: best section first, then as they stand."""
        return self.rank, self.place, self.order

    @property
    def score(self) -> float:
        """How well it answers, compared with the others."""
        return self.pick.score

    def feature(self, name: str) -> float:
        """One of the features by name."""
        return self.features[FEATURES.index(name)]


def score(
    request: Request,
    retrieved: Retrieved,
    vocabulary: Vocabulary,
    thesaurus: Thesaurus,
    tuning: SentenceTuning,
) -> tuple[Scored, ...]:
    """Every sentence of the passages, in their order.

    The features: cosine to the question; nearness of the nearest reader's question that the
    sentence answers; coverage of the question's words by the sentence with the questions that it
    answers, and with its headings; of the heading by the question; how far the passage ranks above
    the last one; whether its document is the first one; whether its heading is the facet asked for;
    whether the sentence has the form of an answer; coverage of the question's words by the passage
    and its readers' questions; how far these ask the same kind of question; how far the passage
    fits better than the last one.
    """
    own = terms(facets.topic(request.topic)) or terms(request.topic)
    related = thesaurus.related(own)
    wanted = vocabulary.wanted(own, related)
    asked = frozenset(own) | frozenset[str]().union(*related.values())
    negated = NOT.search(request.text) is not None
    weights = [getattr(tuning, name) for name in FEATURES]
    kept = retrieved.kept
    high, low = (kept[0].score, kept[-1].score) if kept else (0.0, 0.0)
    credit, passage_credit = tuning.related, tuning.passage_related
    fits = {r.place: fit(r, wanted, passage_credit) for r in (*kept, *retrieved.joined)}
    worst, most = _ends([fits[r.place] for r in kept])
    ranks: dict[tuple[str, str], int] = {}
    found: list[Scored] = []
    for ranked in (*kept, *retrieved.joined):
        passage = ranked.passage
        rank = ranks.setdefault((passage.document_id, passage.anchor), len(ranks))
        title = term_set(passage.title)
        heading = term_set(" ".join(passage.path)) - title
        headed = heading | title
        shared = (
            vocabulary.wanted(sorted(heading)).share(asked) if heading else 0.0,
            min(1.0, max(0.0, ranked.score - low) / ((high - low) or 1.0)),
            float(passage.document_id == kept[0].passage.document_id),
            float(any(facets.facet(n).answers(passage.anchor) for n in request.facets)),
        )
        whole = (
            wanted.share(passage_words(passage), passage_credit),
            same_kind(passage, request.facets),
            min(1.0, max(0.0, fits[ranked.place] - worst) / ((most - worst) or 1.0)),
        )
        turned = passage.anchor != DONT and bool(NOT.search(passage.section)) and not negated
        doubt = 0.0 if passage.anchor != DOUBT or "doubt" in request.facets else tuning.doubt
        for order, sentence in enumerate(passage.sentences):
            text = passage.words(sentence)
            words = term_set(text)
            asked_too = words.union(*(term_set(q) for q in sentence.questions))
            features = (
                ranked.sentences[order],
                ranked.asked[order] if ranked.asked else ranked.sentences[order],
                wanted.share(asked_too, credit),
                wanted.share(words | headed, credit),
                *shared,
                float(any(facets.facet(n).fits(text) for n in request.facets)),
                *whole,
            )
            total = sum(w * f for w, f in zip(weights, features, strict=True)) - doubt
            total -= tuning.opposite if turned else 0.0
            pick = Pick(passage, sentence.start, sentence.end, total)
            item = sentence.kind == "item"
            announces = not item and _is_item(passage, order + 1)
            place = ranked.place
            found.append(Scored(pick, item, rank, place, order, features, ranked.side, announces))
    return tuple(found)


def _is_item(passage: Passage, order: int) -> bool:
    return order < len(passage.sentences) and passage.sentences[order].kind == "item"


def _ends(values: Sequence[float]) -> tuple[float, float]:
    """The least and the greatest; zeros where there is nothing."""
    return min(values, default=0.0), max(values, default=0.0)
