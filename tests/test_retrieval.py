import pytest

from assistant.conversation import alone, understand
from assistant.pipeline import Pipeline
from assistant.records import Filters, Question, Retrieved
from assistant.retrieval import Vocabulary


def search(pipeline: Pipeline, text: str, filters: Filters | None = None) -> Retrieved:
    question = Question(text, (), filters or Filters())
    return pipeline.retrieve(understand(question, 1.0, 0.0))


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


def test_signals_tell_known_from_unknown_words(pipeline: Pipeline) -> None:
    covered = search(pipeline, "bruised apples")
    assert covered.signals["coverage"] == 1.0
    assert covered.unknown == ()
    foreign = search(pipeline, "quantum apples")
    assert foreign.signals["coverage"] < 1.0
    assert foreign.unknown == ("quantum",)


def test_the_limit_is_kept(pipeline: Pipeline) -> None:
    request = alone("apples")
    assert len(pipeline.retrieve(request, limit=2).kept) == 2


def test_rare_words_weigh_more() -> None:
    vocabulary = Vocabulary.of([frozenset({"buy", "apple"}), frozenset({"buy"})])
    assert vocabulary.weight("apple") > vocabulary.weight("buy")
    assert vocabulary.weight("never") > vocabulary.weight("apple")
    assert vocabulary.coverage(["buy", "apple"], frozenset({"buy", "apple"})) == 1.0
    assert vocabulary.coverage([], frozenset()) == pytest.approx(1.0)
