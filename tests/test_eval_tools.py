"""Cases are linted, made under stress, taken from use, exchanged, and judged."""

import json
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import pytrec_eval
from fastapi.testclient import TestClient

from assistant.pipeline import Pipeline
from assistant.service import Assistant
from assistant.settings import Settings
from assistant.storage import Asked
from evals import (
    candidates,
    exchange,
    fit,
    generate,
    human,
    judge,
    lint,
    metrics,
    review,
    stress,
    target,
)
from evals.cases import Case
from ingest.embedding import HashingEmbeddings
from ingest.errors import InputError

APPLES = Case(
    id="apples",
    question="What should we avoid when we buy apples?",
    answerable=True,
    sources=("guidelines/1-apples",),
    key_points=(("bruised",),),
)
CHEESE = Case(
    id="cheese",
    question="How many tonnes of cheese were sold in 2021?",
    answerable=True,
    sources=("case-studies/springfield-market",),
    key_points=(("300 tonnes",),),
)


def test_the_linter_names_what_leads_nowhere(pipeline: Pipeline) -> None:
    documents, passages = pipeline.snapshot.documents, pipeline.snapshot.passages
    assert lint.faults([APPLES, CHEESE], documents, passages) == []
    lost = APPLES.model_copy(
        update={"id": "lost", "sources": ("guidelines/none",), "key_points": (("gold",),)}
    )
    found = lint.faults([APPLES, lost], documents, passages)
    assert found[0] == "lost: there is no document guidelines/none"
    assert "no source states 'gold'" in found[1]
    assert "asks the same as apples" in found[2]
    covered = lint.coverage([APPLES], documents)
    assert covered.documents["guidelines/2-bread"] == 0
    assert covered.facets == {"donts": 1}


def test_ranking_metrics_agree_with_trec() -> None:
    random = np.random.default_rng(7)
    evaluator_metrics = {"ndcg_cut.5", "recall.5", "recip_rank"}
    for _ in range(50):
        ids = [f"d{i}" for i in range(20)]
        ranked = list(random.permutation(ids))
        relevant = set(random.choice(ids, size=random.integers(1, 6), replace=False))
        evaluator = pytrec_eval.RelevanceEvaluator(
            {"q": dict.fromkeys(relevant, 1)}, evaluator_metrics
        )
        run = {d: float(len(ranked) - n) for n, d in enumerate(ranked)}
        trec = evaluator.evaluate({"q": run})["q"]
        assert metrics.ndcg_at(ranked, relevant, 5) == pytest.approx(trec["ndcg_cut_5"])
        assert metrics.recall_at(ranked, relevant, 5) == pytest.approx(trec["recall_5"])
        assert metrics.reciprocal_rank(ranked, relevant) == pytest.approx(trec["recip_rank"])


def test_calibration_and_reading_ease_by_hand() -> None:
    assert metrics.brier([1.0, 0.5], [True, False]) == 0.125
    assert metrics.reliability([0.05, 0.95, 0.91], [False, True, False]) == [
        (0.05, 0.0, 1),
        (pytest.approx(0.93), 0.5, 2),
    ]
    # one sentence of two words of one syllable each: 206.835 - 1.015 * 2 - 84.6
    assert metrics.reading_ease("Buy bread.") == pytest.approx(120.205)


def test_stress_cases_are_right_by_construction(pipeline: Pipeline, tiny: Settings) -> None:
    (tiny.data_dir / "models").mkdir(exist_ok=True)
    found = {s.name: s for s in stress.run([APPLES, CHEESE], pipeline, tiny)}
    assert found["number changed"].passed == found["number changed"].n > 0
    assert found["instruction planted"].passed == found["instruction planted"].n > 0
    assert found["misspelt question"].n == 2
    assert stress.misspell("evaluation criteria") == "evaulation criteria"
    assert sorted(stress.shuffle("a b c d").split()) == ["a", "b", "c", "d"]


def asked(question: str, outcome: str = "not_covered", useful: bool | None = None) -> Asked:
    return Asked(question, question, (), outcome, ("guidelines/1-apples",), useful, "")


def test_candidates_are_refused_or_not_useful_and_without_names() -> None:
    found = candidates.candidates(
        [
            asked("How do pears ripen? Write to ann@example.org"),
            asked("What is a tender?", "answered", useful=True),
            asked("What is a fair price?", "answered", useful=False),
        ]
    )
    assert [c.question for c in found] == [
        "How do pears ripen? Write to [e-mail]",
        "What is a fair price?",
    ]
    assert candidates.masked("Call +41 22 730 51 11, Mr. Smith") == "Call [number], [name]"


def test_gaps_group_what_was_asked_in_other_words() -> None:
    found = candidates.candidates(
        [asked("ripe pears price"), asked("pears ripe price today"), asked("boat rental")]
    )
    groups = candidates.clusters(found, HashingEmbeddings())
    assert [len(g.questions) for g in groups] == [2, 1]
    assert "2 × ripe pears price" in candidates.gap_report(groups)


def test_agreement_beyond_chance() -> None:
    assert candidates.kappa(["y", "y", "n", "n"], ["y", "y", "n", "n"]) == 1.0
    assert candidates.kappa(["y", "y", "n", "n"], ["y", "n", "y", "n"]) == 0.0


def test_a_review_becomes_cases(tmp_path: Path) -> None:
    reviews = review.Reviews(tmp_path / "labels.jsonl")
    found = candidates.candidates([asked("How do pears ripen?")])
    client = TestClient(review.create_app(found, ["guidelines/1-apples"], reviews))
    assert "How do pears ripen?" in client.get("/").text
    label = {
        "id": found[0].id,
        "question": "How do pears ripen?",
        "reviewer": "first",
        "answerable": True,
        "sources": ["guidelines/1-apples"],
        "key_points": ["ripe"],
    }
    assert client.post("/labels", json=label).json() == {"saved": True, "kappa": None}
    second = label | {"reviewer": "second"}
    assert client.post("/labels", json=second).json()["kappa"] == 1.0
    assert client.post("/labels", json={"id": "x"}).status_code == 422
    assert review.save_cases(reviews, tmp_path / "cases.jsonl") == 1
    written = json.loads((tmp_path / "cases.jsonl").read_text("utf-8"))
    assert written["sources"] == ["guidelines/1-apples"]


def test_outputs_travel_to_other_tools_and_back(tmp_path: Path, pipeline: Pipeline) -> None:
    outputs = generate.generate([APPLES], pipeline)
    for rows in (exchange.to_ragas(outputs), exchange.to_deepeval(outputs)):
        path = tmp_path / "rows.json"
        path.write_text(json.dumps(rows), "utf-8")
        (back,) = exchange.from_rows(path)
        assert (back.question, back.sources) == (APPLES.question, APPLES.sources)
    path.write_text('[{"wrong": 1}]', "utf-8")
    with pytest.raises(InputError, match="sample 1"):
        exchange.from_rows(path)


def test_another_product_is_read_from_its_messages() -> None:
    annotation = {"url_citation": {"url": "/sources/guidelines/1-apples?passage=x"}}
    answered = target.output(
        APPLES, {"content": "Don't buy bruised apples.", "annotations": [annotation]}, 5.0
    )
    assert answered.ranked == ("guidelines/1-apples",)
    assert answered.answer.group == "answer"
    refused = target.output(APPLES, {"content": "I cannot answer this."}, 5.0)
    assert refused.answer.group == "refusal"


def test_a_judge_is_named_and_needs_calibration() -> None:
    model = SimpleNamespace(invoke=lambda text: SimpleNamespace(content="I say 3."))
    assert judge.rate(model, "answer", ["passage"]) == 3
    assert judge.calibrate([1, 2], [1.0, 2.0]) == (0.0, False)
    ratings = [1, 2, 3, 4] * 6
    assert judge.calibrate(ratings, [float(r) for r in ratings]) == (pytest.approx(1.0), True)


def test_ratings_of_people_are_correlated(tmp_path: Path) -> None:
    passages = ["Oslo bought machines in 2019."]
    rows = [
        {"model": "m", "answer": text, "passages": passages, "faithfulness": ratings}
        for text, ratings in (
            ("Oslo bought machines.", [4, 4, 4]),
            ("Bergen sold boats in 1999.", [1, 1, 2]),
            ("Oslo bought boats.", [2, 3, 2]),
        )
    ]
    path = tmp_path / "ratings.jsonl"
    path.write_text("\n".join(json.dumps(r) for r in rows), "utf-8")
    found = {a.metric: a for a in human.agreement(path)}
    assert found["word precision"].spearman == found["word precision"].auc == 1.0


def test_weights_are_fitted_to_what_is_right(pipeline: Pipeline) -> None:
    found = fit.traces([APPLES, CHEESE], pipeline)
    fitted = fit.sentences(found)
    assert fitted.held_out["questions"] == 2
    assert all(weight >= 0 for weight in fitted.weights.values())
    x = np.array([[1.0, 1.0], [2.0, 1.0], [3.0, 1.0], [4.0, 1.0]])
    weights = fit.logistic(x, np.array([0.0, 0.0, 1.0, 1.0]), 0.1)
    assert weights[0] > 0
    assert fit.auc(x @ weights, np.array([0.0, 0.0, 1.0, 1.0])) == 1.0


def test_feedback_and_conversations_are_stored_and_forgotten(assistant: Assistant) -> None:
    answer = assistant.ask("What should we avoid when we buy apples?")
    assistant.feedback(answer.id, False, ["not_my_question"], "too short")
    (turn,) = assistant.store.asked()
    assert (turn.useful, turn.comment) == (False, "too short")
    with pytest.raises(InputError, match="there is no answer"):
        assistant.feedback("none", True, [], "")
    assert len(assistant.store.conversation(answer.conversation_id)) == 1
    assert assistant.store.forget(answer.conversation_id) == 1
    assert assistant.store.asked() == ()
