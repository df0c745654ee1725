import pytest

from assistant.pipeline import Pipeline
from assistant.records import Filters, Question, Retrieved


def search(pipeline: Pipeline, text: str, filters: Filters | None = None) -> Retrieved:
    question = Question(text, (), filters or Filters())
    return pipeline.retrieve(pipeline.understand(question))


def test_the_best_passage_comes_first_with_its_reasons(pipeline: Pipeline) -> None:
    found = search(pipeline, "cheese sold in the market hall")
    assert found.kept[0].passage.id == "case-studies/springfield-market~results~1"
    assert found.kept[0].reasons["lexical"] > 0
    assert len(found.kept[0].sentences) == len(found.kept[0].passage.sentences)
    scores = [r.score for r in found.kept]
    assert scores == sorted(scores, reverse=True)


@pytest.mark.parametrize(
    ("question", "anchor"),
    [
        ("What should we avoid with apples?", "dont"),
        ("Why are ripe apples important?", "why-it-matters"),
    ],
)
def test_a_facet_lifts_the_section_that_answers_it(
    pipeline: Pipeline, question: str, anchor: str
) -> None:
    assert search(pipeline, question).kept[0].passage.anchor == anchor


def test_filters_restrict_kind_and_stage(pipeline: Pipeline) -> None:
    found = search(pipeline, "apples", Filters(kind=("case-study",)))
    assert {r.passage.kind for r in found.kept} == {"case-study"}
    found = search(pipeline, "apples", Filters(stage=("informing-the-market",)))
    assert {r.passage.document_id for r in found.kept} == {"guidelines/2-bread"}


def test_the_rest_of_a_section_and_what_was_asked_for_are_at_hand(pipeline: Pipeline) -> None:
    found = pipeline.retrieve(
        pipeline.understand(Question("What should we avoid with apples?")), limit=1
    )
    joined = {r.passage.anchor for r in found.joined}
    assert joined == set() or joined <= {"dont", found.kept[0].passage.anchor}
    assert not {r.passage.id for r in found.joined} & {r.passage.id for r in found.kept}


def test_compared_things_take_turns(pipeline: Pipeline) -> None:
    found = search(pipeline, "Compare apples with bread")
    first, second = (r.passage.document_id for r in found.kept[:2])
    assert (first, second) == ("guidelines/1-apples", "guidelines/2-bread")
    assert [r.side for r in found.kept[:2]] == [0, 1]


def test_a_place_that_is_named_lifts_its_documents(pipeline: Pipeline) -> None:
    found = search(pipeline, "What was sold in Springfield?")
    assert found.kept[0].passage.document_id == "case-studies/springfield-market"
    assert found.kept[0].reasons["place"] > 0


def test_the_limit_is_kept(pipeline: Pipeline) -> None:
    request = pipeline.understand(Question("apples"))
    assert len(pipeline.retrieve(request, limit=2).kept) == 2
