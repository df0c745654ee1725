"""Phase one: cases to outputs. Asks the assistant and writes down what it found and said."""

from collections.abc import Sequence

from pydantic import BaseModel, ConfigDict

from assistant.pipeline import Pipeline
from assistant.records import Answer, Question
from evals.cases import Case


class Output(BaseModel):
    """What the assistant did with one case: ranked documents, signals, and its answer."""

    model_config = ConfigDict(frozen=True)

    case: Case
    ranked: tuple[str, ...]
    signals: dict[str, float]
    answer: Answer
    milliseconds: float


def generate(cases: Sequence[Case], pipeline: Pipeline) -> tuple[Output, ...]:
    """One output a case, in order."""
    return tuple(_one(case, pipeline) for case in cases)


def _one(case: Case, pipeline: Pipeline) -> Output:
    question = Question(case.question, case.history)
    answer = pipeline.answer(question, conversation_id="evaluation")
    trace = pipeline.trace(question)
    return Output(
        case=case,
        ranked=tuple(r.passage.document_id for r in trace.retrieved.kept),
        signals=trace.judgement.signals,
        answer=answer,
        milliseconds=answer.timings_ms["total"],
    )
