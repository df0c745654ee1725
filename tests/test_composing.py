from dataclasses import replace

from assistant.composing import closest, further, labelled
from assistant.pipeline import Pipeline
from assistant.records import Draft, Filters, Pick, Question, Request
from assistant.sentences import Scored
from assistant.shapes import Material, near, single
from assistant.tuning import shipped
from tests.conftest import passage


def draft(pipeline: Pipeline, question: str) -> Draft:
    return pipeline.trace(Question(question)).draft


def texts(found: Draft) -> list[tuple[str, bool, list[str]]]:
    return [(p.label, p.bullets, [pick.text for pick in p.picks]) for p in found.parts]


def test_dos_and_donts_stand_under_their_labels(pipeline: Pipeline) -> None:
    parts = texts(draft(pipeline, "What are the dos and don'ts of buying apples?"))
    assert parts[-2:] == [
        ("Do", True, ["Taste one apple before buying.", "Ask where the apples grew."]),
        ("Don't", True, ["Don't buy bruised apples.", "Don't squeeze apples."]),
    ]


def test_a_list_comes_whole_with_its_lead_in(pipeline: Pipeline) -> None:
    assert texts(draft(pipeline, "In which steps are apples bought?")) == [
        ("", False, ["Apples are bought in four steps:"]),
        (
            "",
            True,
            [
                "Look at the apples.",
                "Weigh the apples.",
                "Pay for the apples.",
                "Carry the apples home.",
            ],
        ),
    ]


def test_a_fact_is_answered_by_its_sentence(pipeline: Pipeline) -> None:
    parts = texts(draft(pipeline, "How many tonnes of cheese were sold in 2021?"))
    assert parts[0] == ("", False, ["The market hall sold 300 tonnes of cheese in 2021."])


def test_a_section_headed_by_what_is_asked_comes_whole(pipeline: Pipeline) -> None:
    parts = texts(draft(pipeline, "Why are ripe apples important?"))
    shown = [text for part in parts for text in part[2]]
    assert {"Ripe apples taste better.", "Cheap apples save money."} <= set(shown)


def test_a_comparison_has_a_column_for_each_side(pipeline: Pipeline) -> None:
    parts = draft(pipeline, "What is the difference between apples and bread?").parts
    assert [p.label for p in parts] == ["Apples", "Bread"]
    documents = [{pick.passage.document_id for pick in p.picks} for p in parts]
    assert documents == [{"guidelines/1-apples"}, {"guidelines/2-bread"}]


def test_a_lead_in_is_not_shown_among_others_without_its_list() -> None:
    text = passage("Best of all. Four steps follow. Second best.")
    ends = [(0, 12), (13, 31), (32, 44)]
    best, lead_in, second = (
        Scored(Pick(text, *span, 3.0 - n), False, 0, 0, n, (), announces=n == 1)
        for n, span in enumerate(ends)
    )
    assert near(best, [lead_in, second], margin=5, limit=3) == [best, second]


def scored(anchor: str, score: float, rank: int = 0) -> Scored:
    text = passage(f"A sentence about {anchor}.", anchor)
    pick = Pick(text, 0, len(text.text), score)
    return Scored(pick, False, rank, rank, 0, ())


def test_a_lead_in_stands_above_its_own_list_only() -> None:
    lead_in = replace(scored("steps", 9.0), announces=True)
    item = replace(scored("dont", 8.0, 1), item=True)
    prose = scored("why", 8.5, 2)
    request = Request("pears", (), ("donts",), Filters())
    first, listed = labelled(Material(request, (lead_in, item, prose), shipped().composition))
    assert (first.picks, listed.picks) == ((prose.pick,), (item.pick,))


def test_up_to_two_sentences_of_other_sections_follow_where_they_come_close() -> None:
    best = scored("pears", 9.0)
    others = [scored(a, 8.5 - n, n + 1) for n, a in enumerate(("plums", "figs", "dates"))]
    far = scored("nuts", 1.0, 9)
    request = Request("pears", (), (), Filters())
    material = Material(request, (best, *others, far), shipped().composition)
    (part,) = further(material, (single([best]),))
    assert part.picks == (others[0].pick, others[1].pick)
    alone = Material(request, (best, far), shipped().composition)
    assert further(alone, (single([best]),)) == ()


def test_closest_names_each_document_once(pipeline: Pipeline) -> None:
    found = closest(pipeline.trace(Question("apples")).retrieved.kept)
    assert len({p.document_id for p in found}) == len(found) > 1
