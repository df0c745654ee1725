import pytest

from assistant.spelling import Correction, Speller
from tests.conftest import passage

SPELLER = Speller([passage("The framework of Copenhagen has criteria for evaluation.")])


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("framwork", "framework"),
        ("evalution", "evaluation"),
        ("shoud", "should"),
        ("copenhagn", "copenhagen"),
    ],
)
def test_unknown_words_become_near_words_of_the_corpus(typed: str, read: str) -> None:
    assert SPELLER.correct(f"what is {typed}") == (f"what is {read}", (Correction(typed, read),))


@pytest.mark.parametrize("text", ["bake bread", "the colour of it", "in Lisbon", "see FRMW"])
def test_real_words_names_and_short_words_are_left_alone(text: str) -> None:
    assert SPELLER.correct(text) == (text, ())
