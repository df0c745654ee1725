"""Hand-computed metrics, and a run over a handful of cases."""

import json
from pathlib import Path

import pytest

from assistant.pipeline import Pipeline
from evals import cases, generate, metrics, score, statistics
from evals.cases import Case
from ingest.errors import InputError
from tests.conftest import ROOT


def test_ranking_metrics() -> None:
    ranked = ["a", "b", "c", "d"]
    assert metrics.recall_at(ranked, {"b", "z"}, 2) == 0.5
    assert metrics.reciprocal_rank(ranked, {"c", "d"}) == pytest.approx(1 / 3)
    assert metrics.reciprocal_rank(ranked, {"z"}) == 0.0
    assert metrics.ndcg_at(ranked, {"a", "c"}, 3) == pytest.approx(1.5 / (1 + 0.6309298))
    assert metrics.recall_at(ranked, set(), 2) is None


def test_citation_metrics_ignore_what_may_be_cited() -> None:
    assert metrics.citation_precision({"a", "b", "c"}, {"a"}, {"b"}) == 0.5
    assert metrics.citation_precision({"b"}, {"a"}, {"b"}) is None
    assert metrics.citation_recall({"a", "c"}, {"a", "b"}) == 0.5


def test_key_points_count_any_alternative_stemmed() -> None:
    points = [["hard to measure", "cannot be measured"], ["budget"]]
    assert metrics.key_point_recall("Some goals are HARD to measure.", points) == 0.5
    assert metrics.key_point_recall("anything", []) is None


def test_the_interval_contains_the_mean_and_is_the_same_every_time() -> None:
    rows = [0.0, 1.0] * 50
    low, high = statistics.bootstrap(rows, statistics.mean)
    assert low < 0.5 < high
    assert (low, high) == statistics.bootstrap(rows, statistics.mean)


def test_the_shipped_cases_are_sound() -> None:
    found = cases.load(ROOT / "evals/cases")
    assert {c.split for c in found} == {"dev", "test"}
    assert all((ROOT / "corpus" / f"{s}.md").is_file() for c in found for s in c.sources)


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("{", "Invalid JSON"),
        ('{"id": "a", "question": "q", "answerable": true}', "sources must be given"),
        ('{"id": "a", "question": "q", "answerable": false, "color": 1}', "color"),
    ],
)
def test_a_bad_case_is_named_with_its_line(tmp_path: Path, line: str, reason: str) -> None:
    file = tmp_path / "cases.jsonl"
    file.write_text(f"\n{line}\n", "utf-8")
    with pytest.raises(InputError, match=reason) as raised:
        cases.load(file)
    assert "cases.jsonl:2" in str(raised.value)


def test_a_run_scores_answers_and_refusals(pipeline: Pipeline) -> None:
    chosen = [
        Case(
            id="a",
            question="What should we avoid when we buy apples?",
            answerable=True,
            sources=("guidelines/1-apples",),
            key_points=(("bruised",), ("squeeze",)),
        ),
        Case(id="b", question="Which rocket flies to the moon?", answerable=False),
    ]
    scores = [score.score(o) for o in generate.generate(chosen, pipeline)]
    assert (scores[0].key_points, scores[0].precision, scores[0].recall) == (1.0, 1.0, 1.0)
    assert (scores[0].refused, scores[1].refused) == (False, True)
    summary = score.summarize(scores)
    assert summary["n"] == 2
    assert summary["refusal"]["f1"] == summary["citation"]["supported"] == 1.0
    assert json.loads(json.dumps(summary)) == summary
    assert all(f"{name}_ci" in summary["answer"] for name in ("key_point_recall", "words_median"))
