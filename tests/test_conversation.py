import pytest

from assistant.conversation import depends, history_weight, resolve
from assistant.records import Query, Turn
from assistant.tuning import shipped

PLACES = {"oslo": frozenset({"a"}), "santiago": frozenset({"b"})}
TUNING = shipped().history
LISTED = (
    "There are two procedures. [1]\n\n- An open procedure is open. [1]\n- A closed one is not. [2]"
)


def user(text: str) -> Turn:
    return Turn(role="user", content=text)


def said(text: str) -> Turn:
    return Turn(role="assistant", content=text)


def test_a_question_alone_is_its_own_search() -> None:
    assert resolve("What is a tender?", (), PLACES, TUNING).queries == (
        Query("What is a tender?", 1.0),
    )


def test_a_follow_up_is_searched_alone_and_with_the_turn_before() -> None:
    history = (user("oldest"), said("…"), user("Define outcomes"))
    found = resolve("How many?", history, PLACES, TUNING)
    assert [q.text for q in found.queries] == ["How many?", "Define outcomes How many?"]
    assert sum(q.weight for q in found.queries) == pytest.approx(1.0)


def test_the_gate_opens_for_turns_that_cannot_stand_alone() -> None:
    alone = history_weight("Which criteria decide who is on the shortlist of suppliers?", TUNING)
    assert (
        history_weight("And why?", TUNING) > history_weight("Why is it important?", TUNING) > alone
    )
    assert TUNING.low <= alone <= TUNING.high


def test_a_change_of_topic_leaves_the_old_one_behind() -> None:
    history = (user("What did Oslo do?"),)
    found = resolve("Another question: what is a tender?", history, PLACES, TUNING)
    assert found.queries == (Query("what is a tender?", 1.0),)
    assert found.continues == ""


def test_another_place_replaces_the_one_before() -> None:
    found = resolve("and in Santiago?", (user("How did Oslo buy machines?"),), PLACES, TUNING)
    assert found.queries[1].text == "how did buy machines? and in Santiago?"


@pytest.mark.parametrize(
    ("text", "item"),
    [
        ("Tell me about the second one", "A closed one is not."),
        ("explain number 1", "An open procedure is open."),
        ("and the last one?", "A closed one is not."),
    ],
)
def test_an_item_of_the_last_answer_can_be_pointed_at(text: str, item: str) -> None:
    history = (user("Which procedures are there?"), said(LISTED))
    assert resolve(text, history, PLACES, TUNING).text == item


def test_an_item_that_is_not_there_is_an_ordinary_follow_up() -> None:
    history = (user("Which procedures are there?"), said(LISTED))
    assert resolve("the sixth one", history, PLACES, TUNING).text == "the sixth one"


def test_a_correction_takes_out_what_was_not_meant() -> None:
    history = (user("How do we shortlist suppliers?"),)
    found = resolve("no, I meant evaluate, not shortlist", history, PLACES, TUNING)
    assert found.text == "evaluate"
    assert "shortlist" not in found.queries[1].text


@pytest.mark.parametrize(
    ("text", "leans"),
    [("And why?", True), ("What does it cost?", True), ("Which criteria decide the award?", False)],
)
def test_whether_a_turn_leans_on_the_one_before(text: str, leans: bool) -> None:
    assert depends(text) is leans
