from assistant import thesaurus
from assistant.thesaurus import Thesaurus
from ingest.text import terms
from tests.conftest import passage

FRUIT = Thesaurus([(("appl",), ("pome",)), (("small", "firm"), ("sme",))])


def test_words_of_a_group_stand_for_one_another() -> None:
    assert FRUIT.related(["appl", "tree"]) == {"appl": frozenset({"pome"}), "tree": frozenset()}


def test_an_expression_counts_only_as_a_whole() -> None:
    assert FRUIT.related(["small", "firm"])["firm"] == frozenset({"sme"})
    assert FRUIT.related(["firm"])["firm"] == frozenset()


def test_the_shipped_groups_have_no_empty_expressions() -> None:
    assert all(len(group) > 1 and all(group) for group in thesaurus.shipped())


def test_abbreviations_come_from_the_corpus() -> None:
    glossary = passage("- RFI means request for information, a letter.", anchor="abbreviations")
    assert thesaurus.abbreviations([glossary]) == (
        (("rfi",), tuple(terms("request for information"))),
    )
