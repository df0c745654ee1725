import pytest

from assistant.facets import facet, recognise, topic


@pytest.mark.parametrize(
    ("question", "facets"),
    [
        ("What should we avoid when we define outcomes?", ("donts",)),
        ("Dos and don’ts of shortlisting", ("donts", "dos")),
        ("What should we not do?", ("donts",)),
        ("Why does it matter?", ("why",)),
        ("How do we close a contract?", ("how",)),
        ("What is a call-off contract?", ("definition",)),
        ("Give me an example", ("example",)),
        ("Which tools exist?", ("list",)),
        ("How many suppliers?", ("how-much",)),
        ("When is it due?", ("when",)),
        ("Who decides?", ("who",)),
        ("May we meet suppliers?", ("yes-no",)),
        ("Tell me something", ()),
    ],
)
def test_the_words_of_a_question_show_its_facets(question: str, facets: tuple[str, ...]) -> None:
    assert recognise(question) == facets


def test_a_facet_knows_its_headings() -> None:
    assert facet("donts").answers("dont")
    assert facet("donts").answers("what-to-avoid-in-requirements")
    assert facet("donts").answers("dont-2")
    assert not facet("donts").answers("do")


def test_the_topic_leaves_out_words_that_only_name_the_facet() -> None:
    assert topic("Dos and don'ts of shortlisting") == "and of shortlisting"
    assert topic("How do we estimate costs?") == "how do we estimate costs?"


def test_some_facets_are_answered_by_sentences_of_a_form() -> None:
    assert facet("how-much").fits("The hall sold 300 tonnes.")
    assert not facet("how-much").fits("The hall sold cheese.")
    assert facet("when").fits("It opened in 2021.")
    assert not facet("why").fits("Because of 2021.")
