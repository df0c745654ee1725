from dataclasses import replace

import pytest

from assistant.answerability import SIGNALS, names, numbers
from assistant.pipeline import Pipeline
from assistant.records import Question


def test_a_covered_question_is_more_probable_than_a_foreign_one(pipeline: Pipeline) -> None:
    covered = pipeline.trace(Question("How many tonnes of cheese were sold in 2021?")).judgement
    foreign = pipeline.trace(Question("Which rockets fly to the moon?")).judgement
    assert covered.probability > foreign.probability
    assert set(covered.signals) == set(SIGNALS)
    assert covered.unknown == ()
    assert "rockets" in foreign.unknown, "as typed"


def test_taking_the_source_away_makes_an_answer_less_probable(pipeline: Pipeline) -> None:
    question = Question("How many tonnes of cheese were sold in 2021?")
    robbed = replace(question, without=frozenset({"case-studies/springfield-market"}))
    before, after = pipeline.trace(question), pipeline.trace(robbed)
    assert after.judgement.probability < before.judgement.probability
    assert "case-studies/springfield-market" not in {
        r.passage.document_id for r in after.retrieved.kept
    }


@pytest.mark.parametrize(
    ("question", "found", "share"),
    [
        ("What did Oslo do?", {"oslo"}, 1.0),
        ("How does a Kenyan county buy?", {"kenya"}, 1.0),
        ("Does the GDPR apply in Oslo?", {"oslo"}, 0.5),
        ("Who pays? The buyer pays.", set(), 1.0),
        ("May we meet on Friday?", set(), 1.0),
        ("What is a tender?", set(), 1.0),
    ],
)
def test_names_are_capitalized_words_inside_a_sentence(
    question: str, found: set[str], share: float
) -> None:
    assert names(question, found) == share


@pytest.mark.parametrize(
    ("question", "text", "share"),
    [
        ("What does clause 9.4 say?", "Clause 9.4: Suppliers must disclose.", 1.0),
        ("What does clause 9.4 say?", "Clause 9.41 and 19.4", 0.0),
        ("What must buyers do for tier 5?", "tier 1, tier 2; 5 things", 0.0),
        ("Why must fifty bidders take part?", "three bidders took part", 0.0),
        ("What was sold in 2021?", "It sold 300 tonnes in 2021.", 1.0),
        ("What is a tender?", "", 1.0),
    ],
)
def test_a_number_must_be_in_the_text_and_after_the_word_that_it_counts(
    question: str, text: str, share: float
) -> None:
    assert numbers(question, text) == share
