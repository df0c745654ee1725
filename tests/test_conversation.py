from assistant.conversation import alone, understand
from assistant.records import Query, Question, Turn


def user(text: str) -> Turn:
    return Turn(role="user", content=text)


def test_a_question_alone_is_its_own_search() -> None:
    request = alone("  What is\na tender? ")
    assert request.queries == (Query("What is a tender?", 1.0),)


def test_a_follow_up_is_searched_alone_and_with_the_turn_before() -> None:
    history = (user("oldest"), Turn(role="assistant", content="…"), user("Define outcomes"))
    request = understand(Question("How many?", history), 0.4, 0.6)
    assert request.queries == (Query("How many?", 0.4), Query("Define outcomes How many?", 0.6))


def test_a_turn_that_continues_keeps_the_facet() -> None:
    history = (user("What should we avoid when we define outcomes?"),)
    assert understand(Question("And for contracts?", history), 0.4, 0.6).facets == ("donts",)
    assert understand(Question("And why?", history), 0.4, 0.6).facets == ("why",)
    assert understand(Question("Which tools exist?", history), 0.4, 0.6).facets == ()
