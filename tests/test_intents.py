import pytest

from assistant.intents import recognise
from assistant.pipeline import Pipeline
from assistant.records import Question, Turn


@pytest.mark.parametrize(
    ("text", "outcome"),
    [
        ("Hello!", "greeting"),
        ("Good morning", "greeting"),
        ("Thanks a lot.", "thanks"),
        ("What can you do?", "help"),
        ("help", "help"),
        ("I don’t understand.", "confused"),
        ("What about it?", "clarify"),
        ("???", "clarify"),
        ("Hello, what is a tender?", None),
        ("Thank you notes in tenders", None),
    ],
)
def test_turns_that_need_no_search(pipeline: Pipeline, text: str, outcome: str | None) -> None:
    assert recognise(pipeline.understand(Question(text)), text) == outcome


def test_a_bare_follow_up_is_a_question_when_there_is_a_topic(pipeline: Pipeline) -> None:
    history = (Turn(role="user", content="What is a tender?"),)
    assert recognise(pipeline.understand(Question("And why?", history)), "And why?") is None
