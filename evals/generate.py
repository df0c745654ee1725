"""Phase one: cases to outputs. Asks the assistant and writes down what it found and said."""

from collections.abc import Mapping, Sequence

from pydantic import BaseModel, ConfigDict

from assistant.pipeline import Pipeline
from assistant.records import Answer, Question
from evals import onpoint
from evals.cases import Case


class Output(BaseModel):
    """What the assistant did with one case: ranked documents, how sure it was, and its answer.

    ``facets`` are those that the question was read to ask about; ``on_point`` is, for each sentence
    of the answer, how far it bears on the question by its features.
    """

    model_config = ConfigDict(frozen=True)

    case: Case
    ranked: tuple[str, ...]
    facets: tuple[str, ...] = ()
    probability: float | None = None
    on_point: tuple[float, ...] = ()
    answer: Answer
    milliseconds: float


def generate(cases: Sequence[Case], pipeline: Pipeline) -> tuple[Output, ...]:
    """One output a case, in order.

    A document that supersedes others counts for them wherever a case names their ids.
    """
    documents = pipeline.snapshot.documents.values()
    superseded = {old: d.id for d in documents for old in d.supersedes}
    return tuple(_one(_current(case, superseded), pipeline) for case in cases)


def _current(case: Case, superseded: Mapping[str, str]) -> Case:
    """The case with the ids of the documents that answer now."""
    sources, also = (
        tuple(dict.fromkeys(superseded.get(i, i) for i in ids)) for ids in (case.sources, case.also)
    )
    return case.model_copy(update={"sources": sources, "also": also})


def _one(case: Case, pipeline: Pipeline) -> Output:
    question = Question(case.question, case.history)
    answer = pipeline.answer(question, conversation_id="evaluation")
    trace = pipeline.trace(question)
    return Output(
        case=case,
        ranked=tuple(r.passage.document_id for r in trace.retrieved.kept),
        facets=trace.request.facets,
        probability=trace.judgement.probability if trace.judgement.signals else None,
        on_point=tuple(onpoint.predict(s) for s in onpoint.shown(trace)),
        answer=answer,
        milliseconds=answer.timings_ms["total"],
    )
