"""Where a city's own rules and the guidance speak to one point: order, labels, differences."""

from pathlib import Path

import pytest

from assistant.precedence import OWN, differences
from assistant.records import Answer, Part, Pick, Question
from assistant.service import open_pipeline
from assistant.settings import Settings
from ingest.build import build
from tests.conftest import passage


def asked(settings: Settings, folder: Path, rule: str) -> Answer:
    folder.mkdir(exist_ok=True)
    (folder / "apples.md").write_text(f"# Rules on apples\n\n{rule}\n", "utf-8")
    build(settings, [settings.corpus_dir, folder])
    question = Question("What should we avoid when we buy apples?", ())
    return open_pipeline(settings).answer(question)


def test_the_citys_own_rule_stands_first_beside_the_guidance(
    settings: Settings, tmp_path: Path
) -> None:
    answer = asked(settings, tmp_path / "own", "We avoid squeezed and bruised apples when we buy.")
    assert answer.citations[0].kind == "own"
    assert {c.kind for c in answer.citations} == {"own", "guidelines"}
    assert answer.answer.startswith(f"**{OWN}**")
    assert "**The Guidelines" in answer.answer


def test_a_rule_on_something_else_changes_nothing(settings: Settings, tmp_path: Path) -> None:
    answer = asked(settings, tmp_path / "own", "Bridges are painted every ten years.")
    assert all(c.kind == "guidelines" for c in answer.citations)
    assert OWN not in answer.answer


@pytest.mark.parametrize(
    ("own", "other", "how"),
    [
        (
            "Invoices are paid within 20 days.",
            "Invoices are paid within 30 days.",
            "20 day against 30",
        ),
        ("Suppliers must publish prices.", "Suppliers should publish prices.", "“must” against"),
        ("Suppliers must not publish prices.", "Suppliers must publish prices.", "not to do"),
        ("Suppliers must publish prices.", "Suppliers must publish prices.", ""),
        ("Bridges are painted.", "Suppliers must publish prices.", ""),
    ],
)
def test_differences_are_named(own: str, other: str, how: str) -> None:
    import dataclasses

    mine = passage(own, title="City rules")
    theirs = dataclasses.replace(passage(other, title="Guide"), kind="guidelines")
    parts = [Part("", False, (Pick(p, 0, len(p.text), 1.0),)) for p in (mine, theirs)]
    found = differences(parts)
    assert len(found) == bool(how)
    assert all(how in text and "City rules" in text and "Guide" in text for text in found)
