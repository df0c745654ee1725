import pytest

from assistant.fit import SAME_KIND
from assistant.neighbours import beside, known
from assistant.records import Neighbour, Retrieved
from assistant.tuning import shipped
from assistant.vocabulary import Vocabulary
from ingest.text import terms

TUNING = shipped().coverage
PRICE = "How much did the buses cost?"
NUMBER = "How many buses are there?"


def retrieved(
    answered: dict[str, float] | None = None,
    left_open: dict[str, float] | None = None,
    plain: dict[str, float] | None = None,
) -> Retrieved:
    rows = [
        tuple(Neighbour(text, cosine) for text, cosine in (found or {}).items())
        for found in (answered, left_open, plain)
    ]
    return Retrieved((), (), (), *rows)


def test_the_side_with_the_nearer_question_wins() -> None:
    assert known(retrieved({NUMBER: 0.9}, {NUMBER: 0.6}), (), TUNING) == pytest.approx(0.3)
    assert known(retrieved({NUMBER: 0.6}, {NUMBER: 0.9}), (), TUNING) == pytest.approx(-0.3)


def test_many_neighbours_count_a_little_more_than_one() -> None:
    one = known(retrieved({NUMBER: 0.8}, {NUMBER: 0.8}), (), TUNING)
    many = known(retrieved({NUMBER: 0.8, PRICE: 0.8}, {NUMBER: 0.8}), (), TUNING)
    assert one == pytest.approx(0.0)
    assert 0 < many < 0.1


def test_a_question_of_the_same_kind_counts_as_nearer() -> None:
    even = retrieved({NUMBER: 0.8}, {PRICE: 0.8})
    assert known(even, ("price",), TUNING) < known(even, ("how-much",), TUNING)


def test_sentences_stand_in_where_no_question_is_known() -> None:
    alone = known(retrieved(None, {PRICE: 0.8}), (), TUNING)
    with_own = known(retrieved(None, {PRICE: 0.8}, {"A bus costs 1 m.": 0.75}), (), TUNING)
    assert alone < with_own
    assert with_own == pytest.approx(0.75 + TUNING.plain - 0.8, abs=SAME_KIND)


def test_beside_is_the_share_of_words_in_one_open_question() -> None:
    vocabulary = Vocabulary.of([frozenset(terms(PRICE))])
    found = retrieved(None, {PRICE: 0.8, "Who drives?": 0.7})
    assert beside(found, terms("cost of buses"), vocabulary) == 1.0
    assert 0 < beside(found, terms("drivers of buses"), vocabulary) < 1
    assert beside(retrieved(), terms("cost"), vocabulary) == 0.0
