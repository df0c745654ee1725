"""Question to cited answer, in order: understand, retrieve, score sentences, judge, compose, cite.

Every step is a function of values; this module hands them from one to the next and keeps time.
"""

import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

from langchain_core.embeddings import Embeddings

from assistant import (
    answerability,
    citing,
    composing,
    guards,
    language,
    scope,
    sentences,
    thesaurus,
)
from assistant.answerability import Judgement
from assistant.outcomes import outcome
from assistant.records import NO_SCOPE, Answer, Draft, Query, Question, Request, Retrieved
from assistant.retrieval import Retrieval
from assistant.sentences import Scored
from assistant.shapes import Material
from assistant.spelling import Speller
from assistant.suggestions import suggest
from assistant.tuning import Tuning
from assistant.understanding import Reader, understand
from assistant.vocabulary import Vocabulary
from ingest.snapshots import Snapshot

ENGINE = "extractive"
LEFT_OUT = "The list has {n} more items; the source shows all of them."
READ_AS = "Read as: {words}."
INTEGRITY = (
    "integrity, fairness, equal treatment of suppliers, conflicts of interest, bias, corruption"
)


@dataclass(frozen=True)
class Trace:
    """What each step made of a question; evaluations look into it."""

    request: Request
    retrieved: Retrieved
    scored: tuple[Scored, ...]
    judgement: Judgement
    draft: Draft


class Pipeline:
    """Answers questions from one snapshot. Deterministic: same question, same text."""

    def __init__(
        self,
        snapshot: Snapshot,
        embeddings: Embeddings,
        tuning: Tuning,
    ) -> None:
        self.snapshot = snapshot
        self._tuning = tuning
        self._thesaurus = thesaurus.of(snapshot.passages)
        self.retrieval = Retrieval(snapshot, embeddings, self._thesaurus, tuning.retrieval)
        self._vocabulary = Vocabulary.of(self.retrieval.terms)
        self._reader = Reader(
            Speller(snapshot.passages),
            scope.gazetteer(snapshot.documents.values()),
            tuning.history,
        )

    def answer(self, question: Question, conversation_id: str | None = None) -> Answer:
        """The answer to a question, with every sentence cited."""
        clock = _Clock()
        trace = self.trace(question, clock)
        return self._finish(trace.request, trace.draft, conversation_id, clock)

    def trace(self, question: Question, clock: "_Clock | None" = None) -> Trace:
        """Every step from the question to the draft."""
        clock = clock or _Clock()
        request = self.understand(question)
        if request.outcome and request.outcome != "declined_integrity":
            nothing = Judgement(0.0, {}, ())
            return Trace(request, Retrieved((), ()), (), nothing, Draft(request.outcome))
        if request.outcome:
            request = _on_integrity(request)
        retrieved = self.retrieve(request, clock)
        with clock("compose"):
            scored = self.score(request, retrieved)
            judgement = self.judge(request, retrieved, scored)
            draft = self.compose(request, retrieved, scored, judgement)
        return Trace(request, retrieved, scored, judgement, draft)

    def understand(self, question: Question) -> Request:
        """What to search for, and what is asked."""
        return understand(question, self._reader)

    def retrieve(
        self, request: Request, clock: "_Clock | None" = None, limit: int | None = None
    ) -> Retrieved:
        """Ranked passages, with the reasons."""
        clock = clock or _Clock()
        with clock("embed"):
            vectors = self.retrieval.embed(request.queries)
        with clock("retrieve"):
            return self.retrieval.rank(request, vectors, limit)

    def score(self, request: Request, retrieved: Retrieved) -> tuple[Scored, ...]:
        """The sentences of the passages, scored."""
        return sentences.score(
            request, retrieved, self._vocabulary, self._thesaurus, self._tuning.sentences
        )

    def judge(
        self, request: Request, retrieved: Retrieved, scored: tuple[Scored, ...]
    ) -> Judgement:
        """How probable it is that these passages answer the question."""
        return answerability.judge(
            request, retrieved, scored, self._vocabulary, self._thesaurus, self._tuning.coverage
        )

    def compose(
        self,
        request: Request,
        retrieved: Retrieved,
        scored: tuple[Scored, ...],
        judgement: Judgement,
    ) -> Draft:
        """The sentences that answer, or the outcome that says why there are none."""
        cuts = self._tuning.coverage
        nearby = composing.closest(retrieved.kept)
        material = Material(request, scored, self._tuning.composition)
        if request.outcome:
            return Draft(request.outcome, composing.brief(material), closest=nearby)
        parts = composing.compose(material)
        if not parts or judgement.probability < cuts.partial:
            return Draft("not_covered", closest=nearby)
        if judgement.probability < cuts.answered and judgement.unknown:
            return Draft("partial", parts, unknown=judgement.unknown)
        document = self.snapshot.documents[parts[0].picks[0].passage.document_id]
        return Draft("answered", parts, suggestions=suggest(document, parts))

    def _finish(
        self, request: Request, draft: Draft, conversation_id: str | None, clock: "_Clock"
    ) -> Answer:
        with clock("cite"):
            text, cited, citations = citing.cite(draft.parts)
            if not citing.verify(cited, citations):
                raise AssertionError("a sentence does not stand in its quote")
            result = outcome(draft.outcome)
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
            sentences=cited,
            citations=citations,
            notices=_notices(request, draft),
            closest=closest,
            suggestions=draft.suggestions,
            snapshot=self.snapshot.manifest.id,
            timings_ms=clock.timings(),
        )


def _on_integrity(request: Request) -> Request:
    """Two searches: what the documents say on integrity, and on the rule that would be broken."""
    queries = (Query(INTEGRITY, 0.5), Query(guards.broken_rule(request.text) or INTEGRITY, 0.5))
    sides = ("integrity", "rule")
    return replace(request, queries=queries, sides=sides, facets=(), scope=NO_SCOPE)


def _notices(request: Request, draft: Draft) -> tuple[str, ...]:
    """Everything that the reader is told beside the statements from documents."""
    notices = [outcome(draft.outcome).notice.format(unknown=", ".join(draft.unknown))]
    if request.read_as and draft.parts:
        words = ", ".join(f"{read} ({typed})" for typed, read in request.read_as)
        notices.append(READ_AS.format(words=words))
    if draft.outcome == "unsupported_language":
        notices.append(language.pointers().get(request.language, ""))
    notices += [LEFT_OUT.format(n=p.left_out) for p in draft.parts if p.left_out]
    return tuple(n for n in notices if n)


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
