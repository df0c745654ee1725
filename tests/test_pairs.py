"""What the check of support catches, on hundreds of sentences with one thing changed."""

from evals import pairs
from ingest.documents import load
from ingest.passages import split
from tests.conftest import ROOT

PASSAGES = split(load([ROOT / "corpus"], ROOT / "corpus").documents, 160)
FOUND = pairs.pairs(PASSAGES, ROOT / "evals/labels/paraphrases.jsonl")


def test_there_are_hundreds_of_pairs_and_each_differs_from_its_passage() -> None:
    assert len(FOUND) > 900
    assert sum(pair.faithful for pair in FOUND) >= 150
    for pair in FOUND:
        if pair.kind != "sentence from elsewhere":
            assert pair.sentence not in pair.passage.text


def test_changes_of_facts_are_caught() -> None:
    for half in ("dev", "test"):
        rates = {rate.kind: rate for rate in pairs.measure(FOUND, half)}  # type: ignore[arg-type]
        for kind in ("number changed", "negated or affirmed", "duty changed", "name swapped"):
            assert rates[kind].share > 0.9, (half, kind)
        assert pairs.totals(tuple(rates.values()))[0] > 0.9
        assert rates["paraphrase"].share < 0.2


def test_the_same_pairs_come_each_time() -> None:
    again = pairs.pairs(PASSAGES, ROOT / "evals/labels/paraphrases.jsonl")
    assert [p.sentence for p in again] == [p.sentence for p in FOUND]
