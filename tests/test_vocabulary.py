from assistant.vocabulary import Vocabulary

VOCABULARY = Vocabulary.of([frozenset({"buy", "apple"}), frozenset({"buy"})])


def test_rare_words_weigh_more() -> None:
    assert VOCABULARY.weight("apple") > VOCABULARY.weight("buy")
    assert VOCABULARY.weight("never") > VOCABULARY.weight("apple")


def test_the_share_is_by_weight_of_what_is_found() -> None:
    wanted = VOCABULARY.wanted(["buy", "apple", "buy"])
    assert wanted.share(frozenset({"buy", "apple"})) == 1.0
    assert 0.5 < wanted.share(frozenset({"apple"})) < 1.0
    assert wanted.share(frozenset({"pear"})) == 0.0


def test_nothing_wanted_is_all_found() -> None:
    assert VOCABULARY.wanted([]).share(frozenset()) == 1.0


def test_a_related_word_counts_for_less() -> None:
    wanted = VOCABULARY.wanted(["apple"], {"apple": frozenset({"fruit"})})
    assert wanted.share(frozenset({"fruit"}), 0.5) == 0.5
    assert wanted.share(frozenset({"fruit"})) == 0.0
