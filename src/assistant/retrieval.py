"""A request to ranked passages: vectors, windows, sentences and words, standardized and summed."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from langchain_core.embeddings import Embeddings
from numpy.typing import NDArray

from assistant import facets, fusion, usual
from assistant.fit import nearness
from assistant.records import Dropped, Neighbour, Query, Ranked, Request, Retrieved
from assistant.thesaurus import Thesaurus
from assistant.tuning import RetrievalTuning
from ingest.passages import passage_terms
from ingest.records import Passage
from ingest.snapshots import Snapshot
from ingest.spans import Level
from ingest.text import terms
from ingest.vectors import Flags, Near, Similar

Scores = NDArray[np.float32]
Vector = NDArray[np.float32]
GLOSSARY = "guidelines/glossary"
NEAREST = 20  # readers' questions that tell what is answered and what is left open
ENOUGH_ASKED = 20  # z-scores over fewer passages are noise


class Retrieval:
    """Ranks the passages of one snapshot."""

    def __init__(
        self,
        snapshot: Snapshot,
        embeddings: Embeddings,
        thesaurus: Thesaurus,
        tuning: RetrievalTuning,
    ) -> None:
        self._snapshot = snapshot
        self.embeddings = embeddings
        self._thesaurus = thesaurus
        self._tuning = tuning
        self.terms = tuple(frozenset(passage_terms(p)) for p in snapshot.passages)
        self._answering = {
            f.name: _flags(f.answers(p.anchor) for p in snapshot.passages) for f in facets.facets()
        }
        self._places: dict[str, list[int]] = {}
        for i, p in enumerate(snapshot.passages):
            self._places.setdefault(p.document_id, []).append(i)
        self._asked = np.array([bool(p.asked) for p in snapshot.passages])
        self._enough_asked = int(self._asked.sum()) >= ENOUGH_ASKED
        self._glossary = _flags(p.document_id == GLOSSARY for p in snapshot.passages)
        self._usual = usual.shipped(snapshot.manifest.model)

    def embed(self, queries: Sequence[Query]) -> list[Vector]:
        """One unit vector a query."""
        found = self.embeddings.embed_documents([q.text for q in queries])
        return [np.asarray(vector, dtype=np.float32) for vector in found]

    def rank(
        self, request: Request, vectors: Sequence[Vector], limit: int | None = None
    ) -> Retrieved:
        """The best passages for the request, near-duplicates of better ones left out."""
        limit = limit or self._tuning.keep
        rank = self._turns if request.sides else self._rank
        similar = [self._snapshot.vectors.similar(vector) for vector in vectors]
        weighed = zip(request.queries, vectors, strict=True)
        total = np.sum([query.weight * vector for query, vector in weighed], axis=0)
        unit = total / (np.linalg.norm(total) or 1.0)
        whole = similar[0] if len(similar) == 1 else self._snapshot.vectors.similar(unit)
        found = self._with_neighbours(rank(request, similar, limit), request, whole)
        return replace(found, usual=self._usual(unit) if self._usual else 0.0)

    def _with_neighbours(self, found: Retrieved, request: Request, similar: Similar) -> Retrieved:
        """With the readers' questions that are nearest to this one."""
        passages = self._snapshot.passages
        narrowed = request.filters.kind or request.filters.stage or request.without
        allowed = np.array([_passes(p, request) for p in passages]) if narrowed else None

        def nearest(level: Level, among: Flags | None) -> list[tuple[Passage, Near]]:
            rows = similar.nearest(level, NEAREST, among)
            return [(passages[row.passage], row) for row in rows]

        answered, left_open = nearest("question", allowed), nearest("open", None)
        return replace(
            found,
            answered=tuple(Neighbour(p.asked[r.ordinal], r.cosine) for p, r in answered),
            left_open=tuple(Neighbour(p.open[r.ordinal], r.cosine) for p, r in left_open),
        )

    def _turns(self, request: Request, similar: Sequence[Similar], limit: int) -> Retrieved:
        """Where two things are compared, each has a query of its own: their passages take turns."""
        found = [
            self._rank(replace(request, queries=(Query(q.text, 1.0),), sides=()), [near], limit)
            for q, near in zip(request.queries, similar, strict=True)
        ]
        turns = [
            replace(one.kept[n], side=side)
            for n in range(limit)
            for side, one in enumerate(found)
            if n < len(one.kept)
        ]
        first = {r.passage.id: r for r in reversed(turns)}
        kept = tuple(r for r in turns if first[r.passage.id] is r)[:limit]
        joined = tuple(replace(r, side=n) for n, one in enumerate(found) for r in one.joined)
        return Retrieved(kept, tuple(d for one in found for d in one.dropped), joined)

    def _rank(self, request: Request, similar: Sequence[Similar], limit: int) -> Retrieved:
        parts = self._parts(request.queries, similar)
        boosts = self._boosts(request)
        scores = self._total(request.queries, parts) + sum(boosts.values())
        kept: list[int] = []
        dropped: list[Dropped] = []
        for i in map(int, np.argsort(-scores, kind="stable")):
            if len(kept) == limit:
                break
            if not _passes(self._snapshot.passages[i], request):
                continue
            twin = self._twin(i, kept)
            if twin is None:
                kept.append(i)
            else:
                reason = f"repeats {self._snapshot.passages[twin].id}"
                dropped.append(Dropped(self._snapshot.passages[i].id, reason))
        heaviest = max(range(len(parts)), key=lambda n: request.queries[n].weight)
        reasons = parts[heaviest] | boosts

        def ranked(i: int) -> Ranked:
            sentences = self._sentences(request.queries, similar, i)
            return Ranked(
                self._snapshot.passages[i],
                float(scores[i]),
                {name: round(float(values[i]), 4) for name, values in reasons.items()},
                sentences,
                i,
                asked=self._asked_of_sentences(request, similar, i, sentences),
            )

        rest = tuple(map(ranked, self._rest(kept, request)))
        return Retrieved(tuple(map(ranked, kept)), tuple(dropped), rest)

    def _rest(self, kept: Sequence[int], request: Request) -> list[int]:
        """What belongs to the best passages: the rest of their sections, which are cut where the
        source changes, and the sections of their documents that answer the facets asked for."""
        passages = self._snapshot.passages
        best = kept[: self._tuning.join]
        sections = {_section(passages[i]) for i in best}
        documents = {passages[i].document_id for i in best}
        found: list[int] = []
        for i in (j for document in sorted(documents) for j in self._places[document]):
            asked = any(self._answering[name][i] for name in request.facets)
            if i not in kept and (asked or _section(passages[i]) in sections):
                found.append(i)
        return found

    def scores(self, request: Request, vectors: Sequence[Vector]) -> Scores:
        """The fused score of every passage, and what the request names added to it."""
        similar = [self._snapshot.vectors.similar(vector) for vector in vectors]
        parts = self._parts(request.queries, similar)
        return self._total(request.queries, parts) + sum(self._boosts(request).values())

    def _total(self, queries: Sequence[Query], parts: Sequence[dict[str, Scores]]) -> Scores:
        total = np.zeros(len(self._snapshot.passages), dtype=np.float32)
        for query, scores in zip(queries, parts, strict=True):
            total += query.weight * self._fused(scores)
        return total

    def _fused(self, parts: dict[str, Scores]) -> Scores:
        standardized = {n: fusion.standardize(s) for n, s in parts.items() if n != "question"}
        if self._enough_asked:
            standardized["question"] = fusion.standardize_where(
                self._asked, parts["question"], standardized["sentence"]
            )
        total = sum(getattr(self._tuning, name) * s for name, s in standardized.items())
        return np.asarray(total, dtype=np.float32)

    def _parts(
        self, queries: Sequence[Query], similar: Sequence[Similar]
    ) -> list[dict[str, Scores]]:
        """For each query the raw scores of every passage, by what they look at."""
        return [
            {
                "dense": near.whole(),
                "window": near.best("window"),
                "sentence": near.best("sentence"),
                "question": near.best("question"),
                "lexical": self._lexical(query.text),
            }
            for query, near in zip(queries, similar, strict=True)
        ]

    def _lexical(self, text: str) -> Scores:
        """BM25 of the words of a query, and for less of the words that may stand for them."""
        wanted = terms(text)
        related = self._thesaurus.related(wanted)
        others = sorted(frozenset[str]().union(*related.values()) - set(wanted))
        lexical = self._snapshot.lexical
        result: Scores = lexical.scores(wanted) + self._tuning.related * lexical.scores(others)
        return result

    def _boosts(self, request: Request) -> dict[str, Scores]:
        """What is added for the facet, the kind and the place that the request names."""
        passages, tuning = self._snapshot.passages, self._tuning
        boosts = {name: tuning.facet * self._answering[name] for name in request.facets}
        if request.scope.kinds:
            named = _flags(p.kind in request.scope.kinds for p in passages)
            boosts["kind"] = tuning.kind * named
        if request.scope.documents:
            about = _flags(p.document_id in request.scope.documents for p in passages)
            boosts["place"] = tuning.place * about
        if "definition" not in request.facets:
            boosts["glossary"] = tuning.glossary * self._glossary
        return boosts

    def _sentences(
        self, queries: Sequence[Query], similar: Sequence[Similar], passage: int
    ) -> tuple[float, ...]:
        return tuple(_weighed(queries, [near.rows("sentence", passage) for near in similar]))

    def _asked_of_sentences(
        self,
        request: Request,
        similar: Sequence[Similar],
        passage: int,
        sentences: Sequence[float],
    ) -> tuple[float, ...]:
        """For each sentence the nearest of the questions that it answers, else its own cosine."""
        found = self._snapshot.passages[passage]
        if not any(s.questions for s in found.sentences):
            return tuple(sentences)
        asked = _weighed(request.queries, [near.rows("question", passage) for near in similar])
        cosines, mine = iter(asked[len(found.questions) :]), frozenset(request.facets)
        return tuple(
            max((nearness(q, next(cosines), mine) for q in sentence.questions), default=own)
            for sentence, own in zip(found.sentences, sentences, strict=True)
        )

    def _twin(self, candidate: int, kept: list[int]) -> int | None:
        """A kept passage that says the same words, or None."""
        mine = self.terms[candidate]
        for i in kept:
            theirs = self.terms[i]
            if len(mine & theirs) >= self._tuning.near_duplicate * len(mine | theirs):
                return i
        return None


def _weighed(queries: Sequence[Query], cosines: Sequence[Scores]) -> list[float]:
    """The sum over the queries, each counted by its weight."""
    pairs = zip(queries, cosines, strict=True)
    total: list[float] = np.sum([q.weight * found for q, found in pairs], axis=0).tolist()
    return total


def _section(passage: Passage) -> tuple[str, str]:
    return passage.document_id, passage.anchor


def _flags(values: object) -> Scores:
    return np.fromiter(values, dtype=np.float32)  # type: ignore[call-overload,no-any-return]


def _passes(passage: Passage, request: Request) -> bool:
    filters = request.filters
    return (
        (not filters.kind or passage.kind in filters.kind)
        and (not filters.stage or passage.stage in filters.stage)
        and passage.document_id not in request.without
    )
