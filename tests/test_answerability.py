import pytest

from assistant.answerability import names, probability
from assistant.tuning import shipped

TUNING = shipped().coverage
SURE = {"cosine": 0.8, "coverage": 1.0, "best_coverage": 1.0, "known": 1.0, "names": 1.0}


def test_more_of_any_signal_is_more_probable() -> None:
    assert probability(SURE, TUNING) > TUNING.answered
    for name in SURE:
        assert probability(SURE | {name: 0.0}, TUNING) < probability(SURE, TUNING)


@pytest.mark.parametrize(
    ("question", "found", "share"),
    [
        ("What did Oslo do?", {"oslo"}, 1.0),
        ("What does the Kenyan act say?", {"kenya"}, 0.0),
        ("Does the GDPR apply in Oslo?", {"oslo"}, 0.5),
        ("Who pays? The buyer pays.", set(), 1.0),
        ("What is a tender?", set(), 1.0),
    ],
)
def test_names_are_capitalized_words_inside_a_sentence(
    question: str, found: set[str], share: float
) -> None:
    assert names(question, found) == share
