import pytest

from assistant.vocabulary import Vocabulary

VOCABULARY = Vocabulary.of([frozenset({"buy", "apple"}), frozenset({"buy"})])


def test_rare_words_weigh_more() -> None:
    assert VOCABULARY.weight("apple") > VOCABULARY.weight("buy")
    assert VOCABULARY.weight("never") > VOCABULARY.weight("apple")


def test_coverage_is_the_weighted_share_of_what_is_found() -> None:
    assert VOCABULARY.coverage(["buy", "apple"], frozenset({"buy", "apple"})) == 1.0
    assert VOCABULARY.coverage([], frozenset()) == pytest.approx(1.0)
    half = VOCABULARY.coverage(["buy", "apple"], frozenset({"apple"}))
    assert 0.5 < half < 1.0


def test_a_related_word_counts_for_less() -> None:
    related = {"apple": frozenset({"fruit"})}
    assert VOCABULARY.coverage(["apple"], frozenset({"fruit"}), related, 0.5) == 0.5
    assert VOCABULARY.coverage(["apple"], frozenset({"fruit"})) == 0.0
