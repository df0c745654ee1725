import pytest

from assistant.neighbours import beside, known
from assistant.records import Neighbour, Retrieved
from assistant.vocabulary import Vocabulary
from ingest.text import terms

PRICE = "How much did the buses cost?"
NUMBER = "How many buses are there?"


def retrieved(
    answered: dict[str, float] | None = None,
    left_open: dict[str, float] | None = None,
) -> Retrieved:
    rows = [
        tuple(Neighbour(text, cosine) for text, cosine in (found or {}).items())
        for found in (answered, left_open)
    ]
    return Retrieved((), (), (), *rows)


def test_the_side_with_the_nearer_question_wins() -> None:
    assert known(retrieved({NUMBER: 0.9}, {NUMBER: 0.6}), ()) == pytest.approx(0.3)
    assert known(retrieved({NUMBER: 0.6}, {NUMBER: 0.9}), ()) == pytest.approx(-0.3)


def test_many_neighbours_count_a_little_more_than_one() -> None:
    one = known(retrieved({NUMBER: 0.8}, {NUMBER: 0.8}), ())
    many = known(retrieved({NUMBER: 0.8, PRICE: 0.8}, {NUMBER: 0.8}), ())
    assert one == pytest.approx(0.0)
    assert 0 < many < 0.1


def test_a_question_of_the_same_kind_counts_as_nearer() -> None:
    even = retrieved({NUMBER: 0.8}, {PRICE: 0.8})
    assert known(even, ("price",)) < known(even, ("how-much",))


def test_beside_is_the_share_of_words_in_one_open_question() -> None:
    wanted = Vocabulary.of([frozenset(terms(PRICE))]).wanted
    found = retrieved(None, {PRICE: 0.8, "Who drives?": 0.7})
    assert beside(found, wanted(terms("cost of buses"))) == 1.0
    assert 0 < beside(found, wanted(terms("drivers of buses"))) < 1
    assert beside(retrieved(), wanted(terms("cost"))) == 0.0
