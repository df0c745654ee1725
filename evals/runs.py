"""A run's folder: what was asked and how, what came out, how it scored. Written once, read often.

``generate`` writes ``outputs.jsonl``; ``score`` reads it and writes ``scores.jsonl`` and
``summary.json``, so that a metric can be mended without new answers.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from evals import score
from evals.generate import Output
from evals.score import Score
from ingest.errors import InputError


@dataclass(frozen=True)
class Run:
    """One run, read back."""

    folder: Path
    about: dict[str, Any]
    outputs: tuple[Output, ...]
    scores: tuple[Score, ...]

    @property
    def summary(self) -> dict[str, Any]:
        """The numbers with their intervals."""
        summary: dict[str, Any] = self.about["summary"]
        return summary


def write(out: Path, outputs: Sequence[Output], about: dict[str, Any]) -> Path:
    """A new folder under ``out`` with the outputs and what is known about the run."""
    folder = out / datetime.now(UTC).strftime("%Y%m%dT%H%M%S.%f")
    folder.mkdir(parents=True)
    lines = (o.model_dump_json() for o in outputs)
    (folder / "outputs.jsonl").write_text("".join(f"{line}\n" for line in lines), "utf-8")
    (folder / "about.json").write_text(json.dumps(about, indent=2) + "\n", "utf-8")
    return folder


def rescore(folder: Path) -> Run:
    """Score the outputs of a folder anew and write the result beside them."""
    outputs = _outputs(folder)
    scores = tuple(score.score(o) for o in outputs)
    lines = (json.dumps(score.row(s)) for s in scores)
    (folder / "scores.jsonl").write_text("".join(f"{line}\n" for line in lines), "utf-8")
    about = _json(folder / "about.json") | {"summary": score.summarize(scores)}
    (folder / "summary.json").write_text(json.dumps(about, indent=2) + "\n", "utf-8")
    return Run(folder, about, outputs, scores)


def read(folder: Path) -> Run:
    """A scored run; InputError when the folder is not one."""
    lines = _lines(folder / "scores.jsonl")
    scores = tuple(Score(**json.loads(line)) for line in lines)
    return Run(folder, _json(folder / "summary.json"), _outputs(folder), scores)


def latest(out: Path) -> Path:
    """The newest run under a folder."""
    found = sorted(p for p in out.glob("*") if (p / "outputs.jsonl").is_file())
    if not found:
        raise InputError(
            f"no run in {out}; make one with 'python -m evals run --cases evals/cases'"
        )
    return found[-1]


def _outputs(folder: Path) -> tuple[Output, ...]:
    return tuple(Output.model_validate_json(line) for line in _lines(folder / "outputs.jsonl"))


def _lines(path: Path) -> list[str]:
    try:
        return [line for line in path.read_text("utf-8").splitlines() if line]
    except OSError as error:
        raise InputError(
            f"{path} cannot be read: {error.strerror}; is it a run's folder?"
        ) from error


def _json(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads("\n".join(_lines(path)))
    return found
