import pytest

from assistant.verification import duty, negations, verify

QUOTES = [
    "Buyers must publish the weights within 30 days. Oslo saved EUR 5 million in 2019.",
    "- Suppliers should use open standards.\n- A city may pay in two parts.",
]


@pytest.mark.parametrize(
    "sentence",
    [
        "Buyers must publish the weights within 30 days.",
        "The weights must be published by buyers within 30 days.",
        "In 2019, Oslo saved EUR 5 million.",
        "Open standards should be used by suppliers.",
        "A city may pay in 2 parts.",
    ],
)
def test_what_the_passages_say_is_supported(sentence: str) -> None:
    assert verify(sentence, QUOTES).faults == ()


@pytest.mark.parametrize(
    ("sentence", "fault"),
    [
        ("Buyers must publish the weights within 60 days.", "number"),
        ("In 2019, Oslo saved USD 5 million.", "number"),
        ("In 2019, Bergen saved EUR 5 million.", "name|words"),
        ("Buyers must not publish the weights within 30 days.", "negates"),
        ("Buyers may publish the weights within 30 days.", "strength"),
        ("Suppliers must use open standards.", "strength"),
        ("Suppliers get a free lunch on every Friday.", "words"),
        ("The text says “publish all weights at once”.", "exactly|words"),
    ],
)
def test_what_they_do_not_say_has_a_fault(sentence: str, fault: str) -> None:
    verdict = verify(sentence, QUOTES)
    assert not verdict.supported
    assert any(word in " ".join(verdict.faults) for word in fault.split("|"))


def test_words_of_the_passage_itself_always_pass() -> None:
    assert verify("Suppliers should use open standards.", QUOTES).coverage == 1.0
    assert not verify("Suppliers should use open standards.", []).supported


def test_negations_and_duties_are_counted() -> None:
    assert negations("They don't and never will") == 2
    assert [duty(t) for t in ("must", "has to", "should", "may", "is")] == [3, 3, 2, 1, 0]
