"""Question to cited answer, in order: understand, retrieve, judge, compose, cite.

Every step is a function of values; this module hands them from one to the next and keeps time.
"""

import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager

from langchain_core.embeddings import Embeddings

from assistant import answerability, citing, composing, conversation, intents
from assistant.outcomes import outcome
from assistant.records import Answer, Draft, Question, Request, Retrieved
from assistant.retrieval import Retrieval
from assistant.suggestions import suggest
from assistant.tuning import Tuning
from ingest.snapshots import Snapshot

ENGINE = "extractive"
LEFT_OUT = "The list has {n} more items; the source shows all of them."


class Pipeline:
    """Answers questions from one snapshot. Deterministic: same question, same text."""

    def __init__(self, snapshot: Snapshot, embeddings: Embeddings, tuning: Tuning) -> None:
        self.snapshot = snapshot
        self.retrieval = Retrieval(snapshot, embeddings, tuning.retrieval)
        self._tuning = tuning

    def answer(self, question: Question, conversation_id: str | None = None) -> Answer:
        """The answer to a question, with every sentence cited."""
        clock = _Clock()
        request = self.understand(question)
        draft = self._without_search(request)
        if draft is None:
            retrieved = self.retrieve(request, clock)
            with clock("compose"):
                draft = self.compose(request, retrieved)
        return self._finish(draft, conversation_id, clock)

    def understand(self, question: Question) -> Request:
        """What to search for, and which facets are asked about."""
        weights = self._tuning.retrieval
        return conversation.understand(question, weights.last_turn, weights.two_turns)

    def retrieve(
        self, request: Request, clock: "_Clock | None" = None, limit: int | None = None
    ) -> Retrieved:
        """Ranked passages and the signals of the ranking."""
        clock = clock or _Clock()
        with clock("embed"):
            vectors = self.retrieval.embed(request.queries)
        with clock("retrieve"):
            return self.retrieval.rank(request, vectors, limit)

    def compose(self, request: Request, retrieved: Retrieved) -> Draft:
        """The sentences that answer, or the outcome that says why there are none."""
        chance = answerability.probability(retrieved.signals, self._tuning.coverage)
        nearby = composing.closest(retrieved.kept)
        if not retrieved.kept or chance < self._tuning.coverage.partial:
            return Draft("not_covered", closest=nearby)
        parts = composing.compose(
            request,
            retrieved.kept,
            self.retrieval.vocabulary.coverage,
            self._tuning.composition,
        )
        if not parts:
            return Draft("not_covered", closest=nearby)
        if chance < self._tuning.coverage.answered and retrieved.unknown:
            return Draft("partial", parts, unknown=retrieved.unknown)
        document = self.snapshot.documents[parts[0].picks[0].passage.document_id]
        return Draft("answered", parts, suggestions=suggest(request, document))

    def _without_search(self, request: Request) -> Draft | None:
        name = intents.recognise(request)
        return Draft(name) if name else None

    def _finish(self, draft: Draft, conversation_id: str | None, clock: "_Clock") -> Answer:
        with clock("cite"):
            text, sentences, citations = citing.cite(draft.parts)
            if not citing.verify(sentences, citations):
                raise AssertionError("a sentence does not stand in its quote")
            result = outcome(draft.outcome)
            notices = [result.notice.format(unknown=", ".join(draft.unknown))]
            notices += [LEFT_OUT.format(n=p.left_out) for p in draft.parts if p.left_out]
            closest = tuple(
                citing.citation(p, n, p.text) for n, p in enumerate(draft.closest, start=1)
            )
        return Answer(
            id=uuid.uuid4().hex,
            conversation_id=conversation_id or uuid.uuid4().hex,
            outcome=draft.outcome,
            group=result.group,
            engine=ENGINE,
            answer=text or result.answer,
            sentences=sentences,
            citations=citations,
            notices=tuple(n for n in notices if n),
            closest=closest,
            suggestions=draft.suggestions,
            snapshot=self.snapshot.manifest.id,
            timings_ms=clock.timings(),
        )


class _Clock:
    """Milliseconds a step, and in total since it was made."""

    def __init__(self) -> None:
        self._started = time.perf_counter()
        self._steps = dict.fromkeys(("embed", "retrieve", "compose"), 0.0)

    @contextmanager
    def __call__(self, step: str) -> Iterator[None]:
        started = time.perf_counter()
        try:
            yield
        finally:
            self._steps[step] = (time.perf_counter() - started) * 1000

    def timings(self) -> dict[str, float]:
        """Rounded to hundredths; the total is the time since the clock was made."""
        total = (time.perf_counter() - self._started) * 1000
        return {"total": round(total, 2)} | {k: round(v, 2) for k, v in self._steps.items()}
