from assistant.pipeline import Pipeline
from assistant.records import Answer, Question, Turn


def ask(pipeline: Pipeline, text: str, *before: str) -> Answer:
    history = tuple(Turn(role="user", content=t) for t in before)
    return pipeline.answer(Question(text, history))


def test_a_covered_question_is_answered_with_citations(pipeline: Pipeline) -> None:
    answer = ask(pipeline, "What should we avoid when we buy apples?")
    assert (answer.outcome, answer.group, answer.engine) == ("answered", "answer", "extractive")
    assert answer.citations[-1].document_id == "guidelines/1-apples"
    assert all(s.citations for s in answer.sentences)
    assert answer.snapshot == pipeline.snapshot.manifest.id
    assert answer.timings_ms["total"] >= answer.timings_ms["embed"] > 0


def test_the_same_question_gets_the_same_text(pipeline: Pipeline) -> None:
    first, second = (ask(pipeline, "Why buy apples?") for _ in range(2))
    assert (first.answer, first.citations) == (second.answer, second.citations)
    assert first.id != second.id


def test_what_is_not_covered_is_refused_with_the_closest_passages(pipeline: Pipeline) -> None:
    answer = ask(pipeline, "Which rocket flies to the moon?")
    assert (answer.outcome, answer.group) == ("not_covered", "refusal")
    assert answer.sentences == answer.citations == ()
    assert answer.closest
    assert answer.notices


def test_a_greeting_is_met_without_a_search(pipeline: Pipeline) -> None:
    answer = ask(pipeline, "Hello")
    assert (answer.outcome, answer.group, answer.closest) == ("greeting", "refusal", ())
    assert answer.timings_ms["embed"] == 0


def test_a_follow_up_uses_the_turn_before(pipeline: Pipeline) -> None:
    answer = ask(pipeline, "And what should we do?", "What should we avoid when we buy apples?")
    assert answer.citations[-1].passage_id == "guidelines/1-apples~do~1"


def test_suggestions_are_answered_from_the_same_document(pipeline: Pipeline) -> None:
    answer = ask(pipeline, "What should we avoid when we buy apples?")
    assert answer.suggestions
    for question in answer.suggestions:
        cited = {c.document_id for c in ask(pipeline, question).citations}
        assert cited == {"guidelines/1-apples"}
