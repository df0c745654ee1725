"""The answer object, made from what was said, with everything that the reader is told beside it."""

import time
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from assistant import citing, language, privacy, tracing
from assistant.outcomes import outcome
from assistant.records import Answer, AnswerSentence, Citation, Draft, Question, Request

ENGINE = "extractive"
LEFT_OUT = "The list has {n} more items; the source shows all of them."
READ_AS = "Read as: {words}."
DOUBTFUL = "The documents may not answer exactly this. Read the passages before you rely on it."
CUT = "{n} sentences of the language model were cut, because the passages do not support them."


class Clock:
    """Milliseconds a step, and in total since it was made."""

    def __init__(self) -> None:
        self._started = time.perf_counter()
        self._steps = dict.fromkeys(("embed", "retrieve", "compose"), 0.0)

    @contextmanager
    def __call__(self, step: str) -> Iterator[None]:
        started = time.perf_counter()
        try:
            with tracing.span(step):
                yield
        finally:
            self._steps[step] = (time.perf_counter() - started) * 1000

    def timings(self) -> dict[str, float]:
        """Rounded to hundredths; the total is the time since the clock was made."""
        total = (time.perf_counter() - self._started) * 1000
        return {"total": round(total, 2)} | {k: round(v, 2) for k, v in self._steps.items()}


@dataclass(frozen=True)
class Finish:
    """Makes the answer object from what was said."""

    snapshot: str
    draft: Draft
    conversation_id: str | None
    clock: Clock
    notices: tuple[str, ...]

    def extract(self, engine: str = ENGINE) -> Answer:
        """From the sentences of the draft, which must stand in their quotes word for word."""
        with self.clock("cite"):
            text, cited, citations = citing.cite(self.draft.parts)
            if not citing.verify(cited, citations):
                raise AssertionError("a sentence does not stand in its quote")
        return self._answer(text, cited, citations, engine, self.notices)

    def written(
        self, said: Sequence[AnswerSentence], numbering: citing.Numbering, engine: str, cut: int
    ) -> Answer:
        """From verified statements of a model."""
        notices = (*self.notices, CUT.format(n=cut)) if cut else self.notices
        return self._answer(
            citing.marked(said), tuple(said), numbering.citations(), engine, notices
        )

    def _answer(
        self,
        text: str,
        sentences: tuple[AnswerSentence, ...],
        citations: tuple[Citation, ...],
        engine: str,
        notices: tuple[str, ...],
    ) -> Answer:
        result = outcome(self.draft.outcome)
        closest = (citing.citation(p, n, p.text) for n, p in enumerate(self.draft.closest, start=1))
        return Answer(
            id=uuid.uuid4().hex,
            conversation_id=self.conversation_id or uuid.uuid4().hex,
            outcome=self.draft.outcome,
            group=result.group,
            engine=engine,
            answer=text or result.answer,
            sentences=sentences,
            citations=citations,
            notices=notices,
            closest=tuple(closest),
            suggestions=self.draft.suggestions,
            snapshot=self.snapshot,
            timings_ms=self.clock.timings(),
        )


def again(answer: Answer, conversation_id: str | None) -> Answer:
    """An answer that was made before, for somebody else."""
    fresh = {
        "id": uuid.uuid4().hex,
        "conversation_id": conversation_id or uuid.uuid4().hex,
        "timings_ms": Clock().timings(),
    }
    return answer.model_copy(update=fresh)


def switched_off(snapshot: str, conversation_id: str | None, notice: str) -> Answer:
    """What is answered while a maintainer has turned answers off."""
    clock = Clock()
    return Finish(snapshot, Draft("error_off"), conversation_id, clock, (notice,)).extract()


def notices(question: Question, request: Request, draft: Draft) -> tuple[str, ...]:
    """Everything that the reader is told beside the statements from documents."""
    notices = [
        privacy.told(question.text),
        outcome(draft.outcome).notice.format(unknown=", ".join(draft.unknown)),
    ]
    if request.read_as and draft.parts:
        words = ", ".join(f"{read} ({typed})" for typed, read in request.read_as)
        notices.append(READ_AS.format(words=words))
    if draft.doubtful:
        notices.append(DOUBTFUL)
    notices += draft.differences
    if draft.outcome == "unsupported_language":
        notices.append(language.pointers().get(request.language, ""))
    notices += [LEFT_OUT.format(n=p.left_out) for p in draft.parts if p.left_out]
    return tuple(n for n in notices if n)
