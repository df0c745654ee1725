"""``python -m evals``: run cases, measure retrieval on a BEIR folder, measure speed."""

import json
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from assistant.service import open_pipeline
from assistant.settings import Settings
from evals import beir, cases, generate, score
from evals import fit as fitting
from ingest.errors import AssistantError

app = typer.Typer(
    help="Measure answers and retrieval.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]


def main() -> None:
    """Run the command line; every error of ours becomes one line and its exit code."""
    try:
        app()
    except AssistantError as error:
        print(f"error: {error}", file=sys.stderr)
        sys.exit(error.exit_code)


@app.command()
def run(
    cases_path: Annotated[Path, typer.Option("--cases", help="Cases file or folder.")],
    out: Annotated[Path, typer.Option(help="Folder for the runs.")] = Path("evals/runs"),
    split: Annotated[Literal["all", "dev", "test"], typer.Option()] = "all",
    as_json: AsJson = False,
) -> None:
    """Answer all cases, write the run's folder, print the summary."""
    chosen = [c for c in cases.load(cases_path) if split in ("all", c.split)]
    pipeline = open_pipeline(Settings.load())
    outputs = generate.generate(chosen, pipeline)
    scores = [score.score(output) for output in outputs]
    summary = score.summarize(scores)
    folder = out / datetime.now(UTC).strftime("%Y%m%dT%H%M%S.%f")
    folder.mkdir(parents=True)
    _write_lines(folder / "outputs.jsonl", [o.model_dump_json() for o in outputs])
    _write_lines(folder / "scores.jsonl", [json.dumps(score.row(s)) for s in scores])
    about = {"snapshot": pipeline.snapshot.manifest.id, "split": split, "summary": summary}
    (folder / "summary.json").write_text(json.dumps(about, indent=2) + "\n", "utf-8")
    print(f"run written to {folder}", file=sys.stderr)
    print(json.dumps(summary, indent=2) if as_json else _table(summary))


@app.command()
def fit(cases_path: Annotated[Path, typer.Option("--cases", help="Cases file or folder.")]) -> None:
    """Fit sentence weights and the answerability model on the development cases.

    Prints what tuning.toml takes, and how well the weights do on cases outside their fold.
    """
    chosen = [c for c in cases.load(cases_path) if c.split == "dev"]
    pipeline = open_pipeline(Settings.load())
    found = fitting.traces(chosen, pipeline)
    for name, result in (
        ("sentences", fitting.sentences(found)),
        ("coverage", fitting.answerability(found)),
    ):
        print(f"[{name}]")
        print("\n".join(f"{key} = {value}" for key, value in result.weights.items()))
        measured = ", ".join(f"{key} {value:.3f}" for key, value in result.held_out.items())
        print(f"# outside the fold: {measured}\n")


@app.command()
def retrieval(
    folder: Annotated[Path, typer.Option("--beir", help="Folder in BEIR form.")],
    as_json: AsJson = False,
) -> None:
    """Measure our retrieval beside three baselines on a benchmark in BEIR form."""
    found = beir.measure(folder, Settings.load())
    if as_json:
        print(json.dumps(found, indent=2))
        return
    for method, numbers in found.items():
        print(f"{method:6s} " + "  ".join(f"{k} {v:.3f}" for k, v in numbers.items()))


@app.command()
def bench(as_json: AsJson = False) -> None:
    """Measure speed and memory against a bare sentence-transformers process."""
    from evals.bench import measure, readable

    found = measure(Settings.load())
    print(json.dumps(found, indent=2) if as_json else readable(found))


def _write_lines(path: Path, lines: list[str]) -> None:
    path.write_text("\n".join(lines) + "\n", "utf-8")


def _table(summary: dict[str, Any]) -> str:
    lines = [f"{summary['n']} cases"]
    for group, numbers in summary.items():
        if group == "n":
            continue
        for name, value in numbers.items():
            if not name.endswith("_ci"):
                low, high = numbers[f"{name}_ci"]
                lines.append(f"{group + '.' + name:30s} {value:8.3f}   [{low:.3f}, {high:.3f}]")
    return "\n".join(lines)
