"""What several commands share: their options, the chosen cases, messages."""

import sys
from pathlib import Path
from typing import Annotated, Literal

import typer

from evals import cases
from ingest.errors import InputError

CASES, RUNS = Path("evals/cases"), Path("evals/runs")
LABELS = Path(__file__).parents[1] / "labels"
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]
CasesPath = Annotated[Path, typer.Option("--cases", help="Cases file or folder.")]
Out = Annotated[Path, typer.Option(help="Folder for the runs.")]
Split = Annotated[Literal["all", "dev", "test"], typer.Option(help="Which half of the cases.")]


def say(message: str) -> None:
    """A message for people, on stderr."""
    print(message, file=sys.stderr)


def chosen(path: Path, split: str) -> list[cases.Case]:
    """The cases of one half, or all; InputError when there are none."""
    found = [c for c in cases.load(path) if split in ("all", c.split)]
    if not found:
        raise InputError(f"no {split} cases in {path}")
    return found
