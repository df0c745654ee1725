from assistant.scope import named, without

PLACES = {"oslo": frozenset({"a"}), "new zealand": frozenset({"b"}), "cape town": frozenset({"c"})}


def test_kinds_and_places_are_named_by_words() -> None:
    scope = named("What does the model policy say about Cape Town?", PLACES)
    assert scope.kinds == ("model-policy",)
    assert scope.places == ("cape town",)
    assert scope.documents == {"c"}
    assert named("What is a tender?", PLACES).documents == frozenset()


def test_a_place_can_be_taken_out_of_a_question() -> None:
    assert without("What did Oslo's council do in New Zealand?", ("oslo", "new zealand")) == (
        "what did council do in ?"
    )
