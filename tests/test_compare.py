"""Comparing runs, and the gate: a worse step is caught and named."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from assistant.pipeline import Pipeline
from assistant.service import open_pipeline
from assistant.settings import Settings
from assistant.tuning import shipped
from evals import ablation, cases, compare, gate, generate, report, runs, score
from evals.score import Score, lost_in
from evals.statistics import mean, paired
from ingest.errors import InputError
from tests.conftest import ROOT

RIGHT = Score("a", True, False, False, "answered", 1, 1, 1, 1, 1, 1, 1, 60, 40, 0.9, 1.0, "")


def many(scored: Score, n: int = 40) -> list[Score]:
    return [replace(scored, id=f"case-{i}") for i in range(n)]


def test_the_change_of_equal_runs_is_nothing() -> None:
    assert not [c for c in compare.changes(many(RIGHT), many(RIGHT)) if c.significant]
    assert gate.check(many(RIGHT), many(RIGHT)).passed


def test_noise_is_told_from_a_real_change() -> None:
    one_bad = [replace(RIGHT, id="case-0", mrr=0.5), *many(RIGHT)[1:]]
    assert gate.check(many(RIGHT), one_bad).passed
    change, (low, high) = paired([1.0] * 30, [0.5] * 30, mean)
    assert change == low == high == -0.5


@pytest.mark.parametrize(
    ("worse", "step"),
    [
        ({"recall_at_5": 0.0, "mrr": 0.2}, "retrieval"),
        ({"precision": 0.3, "supported": 0.2}, "composition"),
        ({"refused": True}, "refusal"),
    ],
)
def test_the_gate_names_the_step_that_got_worse(worse: dict[str, float], step: str) -> None:
    result = gate.check(many(RIGHT), many(replace(RIGHT, **worse)))
    assert not result.passed
    assert step in result.explain().splitlines()[0]


def test_flips_say_where_a_case_was_lost() -> None:
    after = [replace(RIGHT, id="case-0", lost_in="retrieval"), *many(RIGHT)[1:]]
    assert compare.flips(many(RIGHT), after) == (compare.Flip("case-0", "right", "retrieval"),)
    with pytest.raises(InputError, match="no case in common"):
        compare.pair(many(RIGHT), [replace(RIGHT, id="other")])


def test_the_step_that_lost_a_case() -> None:
    assert lost_in(True, False, 0.0, 0.0, 0.0) == "retrieval"
    assert lost_in(True, True, 1.0, None, None) == "refusal"
    assert lost_in(True, False, 1.0, 1.0, 0.5) == "composition"
    assert lost_in(False, False, None, None, None) == "refusal"
    assert lost_in(True, False, 1.0, 1.0, 1.0) == ""


def test_a_baseline_is_written_and_read(tmp_path: Path) -> None:
    gate.save([RIGHT], {"n": 1}, tmp_path / "baseline.json")
    assert gate.load(tmp_path / "baseline.json") == (replace(RIGHT, milliseconds=0.0),)
    with pytest.raises(InputError, match="evals baseline"):
        gate.load(tmp_path / "none.json")


def test_a_run_is_scored_again_from_its_folder(tmp_path: Path, pipeline: Pipeline) -> None:
    chosen = [
        cases.Case(
            id="a",
            question="What should we avoid when we buy apples?",
            answerable=True,
            sources=("guidelines/1-apples",),
            key_points=(("bruised",),),
            tags=("donts",),
        ),
        cases.Case(id="b", question="Which rocket flies to the moon?", answerable=False),
    ]
    outputs = generate.generate(chosen, pipeline)
    folder = runs.write(tmp_path, outputs, {"snapshot": "x", "split": "all", "created": "now"})
    done = runs.rescore(folder)
    assert runs.read(folder).scores == done.scores
    assert runs.latest(tmp_path) == folder
    changes = compare.changes(done.scores, done.scores)
    part = ablation.Ablation("everything", changes[:3])
    pages = report.write(done, changes, (), (part,))
    assert "everything" in pages[0].read_text("utf-8")
    html = pages[0].read_text("utf-8")
    assert html.count("<svg") == 3
    assert "src=" not in html
    assert "retrieval.mrr" in pages[1].read_text("utf-8")
    assert json.loads(pages[2].read_text("utf-8"))["groups"]["Tag"][0]["name"] == "donts"


def test_each_part_can_be_left_out(pipeline: Pipeline) -> None:
    case = cases.Case(
        id="a",
        question="What should we avoid when we buy apples?",
        answerable=True,
        sources=("guidelines/1-apples",),
    )
    found = ablation.run([case], pipeline, shipped())
    assert {a.part for a in found} == set(ablation.PARTS)
    assert ablation.table(found).count("\n") == len(ablation.PARTS) + 1


@pytest.mark.model
def test_worse_retrieval_composition_and_refusal_are_caught(real: Settings) -> None:
    chosen = cases.load(ROOT / "evals/cases")
    tuning, pipeline = shipped(), open_pipeline(real)
    baseline = gate.load()

    def scores(changed: Pipeline) -> list[Score]:
        return [score.score(o) for o in generate.generate(chosen, changed)]

    as_it_is = generate.generate(chosen, pipeline)
    assert gate.check(baseline, [score.score(o) for o in as_it_is]).passed

    asked = tuning.retrieval.model_copy(update={"question": 0.0, "lexical": 0.0})
    blind = tuning.model_copy(update={"retrieval": asked})
    found = gate.check(baseline, scores(pipeline.other(blind)))
    assert "retrieval" in found.explain().splitlines()[0]

    cuts = tuning.coverage.model_copy(update={"partial": 0.1, "answered": 0.1})
    bold = tuning.model_copy(update={"coverage": cuts})
    found = gate.check(baseline, scores(pipeline.other(bold)))
    assert "refusal" in found.explain().splitlines()[0]

    uncited = [
        o.model_copy(update={"answer": o.answer.model_copy(update={"citations": ()})})
        for o in as_it_is
    ]
    found = gate.check(baseline, [score.score(o) for o in uncited])
    assert "composition" in found.explain().splitlines()[0]
