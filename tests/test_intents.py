import pytest

from assistant.conversation import alone, understand
from assistant.intents import recognise
from assistant.records import Question, Turn


@pytest.mark.parametrize(
    ("text", "outcome"),
    [
        ("Hello!", "greeting"),
        ("Good morning", "greeting"),
        ("Thanks a lot.", "thanks"),
        ("What can you do?", "help"),
        ("help", "help"),
        ("What about it?", "clarify"),
        ("???", "clarify"),
        ("Hello, what is a tender?", None),
        ("Thank you notes in tenders", None),
    ],
)
def test_turns_that_need_no_search(text: str, outcome: str | None) -> None:
    assert recognise(alone(text)) == outcome


def test_a_bare_follow_up_is_a_question_when_there_is_a_topic() -> None:
    history = (Turn(role="user", content="What is a tender?"),)
    assert recognise(understand(Question("And why?", history), 0.4, 0.6)) is None
