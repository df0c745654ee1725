"""A request to ranked passages: dense, windows and words, standardized and summed."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from langchain_core.embeddings import Embeddings
from numpy.typing import NDArray

from assistant import answerability, facets, fusion
from assistant.records import Dropped, Filters, Query, Ranked, Request, Retrieved
from assistant.tuning import RetrievalTuning
from ingest.records import Passage
from ingest.snapshots import Snapshot
from ingest.text import terms

Scores = NDArray[np.float32]
GLOSSARY = "guidelines/glossary"


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """How rare each stemmed word is in the snapshot: inverse document frequency over passages."""

    idf: dict[str, float]
    unseen: float

    @classmethod
    def of(cls, passages: Sequence[frozenset[str]]) -> "Vocabulary":
        """Count each word once a passage; ``unseen`` is the weight of a word that is nowhere."""
        n = len(passages)
        counts = Counter(term for found in passages for term in found)
        idf = {t: float(np.log(1 + (n - c + 0.5) / (c + 0.5))) for t, c in counts.items()}
        return cls(idf, float(np.log(1 + (n + 0.5) / 0.5)))

    def weight(self, term: str) -> float:
        """The weight of a word; an unknown word is as rare as can be."""
        return self.idf.get(term, self.unseen)

    def coverage(self, wanted: Sequence[str], found: frozenset[str]) -> float:
        """Share of the wanted words, by weight, that are found; 1 when nothing is wanted."""
        total = sum(self.weight(t) for t in set(wanted))
        met = sum(self.weight(t) for t in set(wanted) if t in found)
        return met / total if total else 1.0


class Retrieval:
    """Ranks the passages of one snapshot."""

    def __init__(self, snapshot: Snapshot, embeddings: Embeddings, tuning: RetrievalTuning) -> None:
        self._snapshot = snapshot
        self._embeddings = embeddings
        self._tuning = tuning
        self.terms = tuple(frozenset(terms(f"{p.heading}\n{p.text}")) for p in snapshot.passages)
        self.vocabulary = Vocabulary.of(self.terms)
        self._answering = {
            f.name: np.array([f.answers(p.anchor) for p in snapshot.passages], dtype=np.float32)
            for f in facets.facets()
        }

        self._glossary = np.array(
            [p.document_id == GLOSSARY for p in snapshot.passages], dtype=np.float32
        )

    def embed(self, queries: Sequence[Query]) -> list[list[float]]:
        """One unit vector a query."""
        return self._embeddings.embed_documents([q.text for q in queries])

    def rank(
        self, request: Request, vectors: Sequence[Sequence[float]], limit: int | None = None
    ) -> Retrieved:
        """The best passages for the request, near-duplicates of better ones left out."""
        limit = limit or self._tuning.keep
        allowed = self._allowed(request.filters)
        scores = self.scores(request, vectors)
        order = [int(i) for i in np.argsort(-scores, kind="stable") if allowed[i]]
        kept: list[int] = []
        dropped: list[Dropped] = []
        for i in order:
            if len(kept) == limit:
                break
            twin = self._twin(i, kept)
            if twin is None:
                kept.append(i)
            else:
                reason = f"repeats {self._snapshot.passages[twin].id}"
                dropped.append(Dropped(self._snapshot.passages[i].id, reason))
        parts = self._reasons(request, vectors)
        ranked = tuple(
            Ranked(
                self._snapshot.passages[i],
                float(scores[i]),
                {name: round(float(values[i]), 4) for name, values in parts.items()},
                self._sentences(request.queries, vectors, i),
            )
            for i in kept
        )
        signals, unknown = self._signals(request, ranked, kept)
        return Retrieved(ranked, tuple(dropped), signals, unknown)

    def scores(self, request: Request, vectors: Sequence[Sequence[float]]) -> Scores:
        """The fused score of every passage."""
        total = np.zeros(len(self._snapshot.passages), dtype=np.float32)
        for query, vector in zip(request.queries, vectors, strict=True):
            total += query.weight * self.fused(query.text, vector)
        for name in request.facets:
            total += self._tuning.facet * self._answering[name]
        if "definition" not in request.facets:
            total += self._tuning.glossary * self._glossary
        return total

    def fused(self, text: str, vector: Sequence[float]) -> Scores:
        """The weighted sum of standardized scores for one query."""
        index = self._snapshot.vectors
        return fusion.weighted_sum(
            (
                (self._tuning.dense, index.passage_scores(vector)),
                (self._tuning.window, index.window_scores(vector)),
                (self._tuning.lexical, self._snapshot.lexical.scores(text)),
            )
        )

    def _reasons(self, request: Request, vectors: Sequence[Sequence[float]]) -> dict[str, Scores]:
        """The raw scores behind the ranking, of the query that counts most."""
        heaviest = max(range(len(vectors)), key=lambda i: request.queries[i].weight)
        vector, text = vectors[heaviest], request.queries[heaviest].text
        index = self._snapshot.vectors
        reasons = {
            "dense": index.passage_scores(vector),
            "window": index.window_scores(vector),
            "lexical": self._snapshot.lexical.scores(text),
        }
        if request.facets:
            reasons["facet"] = self._answering[request.facets[0]]
        return reasons

    def _sentences(
        self, queries: Sequence[Query], vectors: Sequence[Sequence[float]], passage: int
    ) -> tuple[float, ...]:
        total = np.zeros(len(self._snapshot.passages[passage].sentences), dtype=np.float32)
        for query, vector in zip(queries, vectors, strict=True):
            total += query.weight * self._snapshot.vectors.sentence_scores(vector, passage)
        return tuple(float(x) for x in total)

    def _signals(
        self, request: Request, ranked: tuple[Ranked, ...], kept: list[int]
    ) -> tuple[dict[str, float], tuple[str, ...]]:
        """How well the best passages meet the question, and the words that they never use."""
        question = max(request.queries, key=lambda q: q.weight).text
        wanted = terms(facets.topic(question))
        top = kept[:3]
        together = frozenset[str]().union(*(self.terms[i] for i in top))
        cosine = max((max(r.reasons["dense"], *r.sentences) for r in ranked[:3]), default=0.0)
        unknown = tuple(dict.fromkeys(t for t in wanted if t not in self.vocabulary.idf))
        best = max((self.vocabulary.coverage(wanted, self.terms[i]) for i in top), default=0.0)
        return {
            "cosine": cosine,
            "coverage": self.vocabulary.coverage(wanted, together),
            "best_coverage": best,
            "known": 1 - len(unknown) / max(len(set(wanted)), 1),
            "names": answerability.names(question, together),
        }, unknown

    def _twin(self, candidate: int, kept: list[int]) -> int | None:
        """A kept passage that says the same words, or None."""
        mine = self.terms[candidate]
        for i in kept:
            theirs = self.terms[i]
            if len(mine & theirs) >= self._tuning.near_duplicate * len(mine | theirs):
                return i
        return None

    def _allowed(self, filters: Filters) -> list[bool]:
        return [_passes(p, filters) for p in self._snapshot.passages]


def _passes(passage: Passage, filters: Filters) -> bool:
    return (not filters.kind or passage.kind in filters.kind) and (
        not filters.stage or passage.stage in filters.stage
    )
