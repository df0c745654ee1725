from assistant.intents import _intents
from assistant.outcomes import outcomes


def test_every_outcome_is_in_a_group_and_refusals_have_words() -> None:
    assert set(outcomes()) >= {"answered", "partial", "not_covered", "clarify", "greeting"}
    assert all(o.answer for o in outcomes().values() if o.group == "refusal")


def test_every_intent_is_an_outcome() -> None:
    assert set(_intents()) <= set(outcomes())
