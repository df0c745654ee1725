"""Runs: answer cases, score, compare, gate, hand on."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from assistant.service import open_pipeline
from assistant.settings import Settings
from assistant.tuning import shipped
from evals import ablation, compare, exchange, gate, generate, report, runs, score, stress, target
from evals.cases import Case
from evals.cli.options import CASES, RUNS, AsJson, CasesPath, Out, Split, chosen, say
from ingest.errors import InputError

commands = typer.Typer()


@commands.command()
def run(
    cases_path: CasesPath = CASES,
    split: Split = "all",
    out: Out = RUNS,
    url: Annotated[
        str | None, typer.Option("--target", help="Ask this OpenAI-form endpoint instead.")
    ] = None,
    model: Annotated[str, typer.Option(help="Its model.")] = "assistant",
    with_stress: Annotated[
        bool, typer.Option("--stress", help="Also the cases that are right by construction.")
    ] = False,
    with_ablation: Annotated[
        bool, typer.Option("--ablation", help="Also leave each part out once; takes minutes.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Answer all cases, write the run's folder with its report, print the summary."""
    some = chosen(cases_path, split)
    done = _run(some, split, out, url, model)
    stressed: Sequence[stress.Stress] = ()
    if with_stress:
        settings = Settings.load()
        stressed = stress.run(some, open_pipeline(settings), settings)
        for found in stressed:
            say(f"{found.name:20s} {found.must}: {found.passed} of {found.n}")
    parts: Sequence[ablation.Ablation] = ()
    if with_ablation:
        parts = ablation.run(some, open_pipeline(Settings.load()), shipped())
    report.write(done, _against_baseline(done), stressed, parts)
    say(f"run written to {done.folder}; open report.html there")
    print(json.dumps(done.summary, indent=2) if as_json else _table(done.summary))


@commands.command("score")
def rescore(folder: Path, as_json: AsJson = False) -> None:
    """Score the outputs of a run again, after a metric was mended."""
    done = runs.rescore(folder)
    report.write(done)
    print(json.dumps(done.summary, indent=2) if as_json else _table(done.summary))


@commands.command("compare")
def compare_runs(before: Path, after: Path, as_json: AsJson = False) -> None:
    """Tell significant changes between two runs from noise, and list the cases that flipped."""
    old, new = runs.read(before), runs.read(after)
    found = compare.changes(old.scores, new.scores)
    flipped = compare.flips(old.scores, new.scores)
    if as_json:
        body = {"changes": [asdict(c) | {"worse": c.worse} for c in found]}
        print(json.dumps(body | {"flips": [asdict(f) for f in flipped]}, indent=2))
        return
    for c in found:
        mark = "WORSE" if c.worse else "changed" if c.significant else ""
        low, high = c.interval
        print(f"{c.name:30s} {c.before:8.3f} {c.after:8.3f} [{low:+.3f}, {high:+.3f}] {mark}")
    for f in flipped:
        print(f"{f.before} -> {f.after}: {f.id}")


@commands.command("gate")
def check_gate(
    folder: Annotated[Path | None, typer.Option("--run", help="A run; default: make one.")] = None,
    cases_path: CasesPath = CASES,
    out: Out = RUNS,
) -> None:
    """Fail (exit code 1) when a number is significantly below the baseline."""
    done = runs.read(folder) if folder else _run(chosen(cases_path, "all"), "all", out, None, "")
    result = gate.check(gate.load(), done.scores)
    print(result.explain())
    if not result.passed:
        raise typer.Exit(1)


@commands.command()
def baseline(folder: Annotated[Path | None, typer.Option("--run")] = None, out: Out = RUNS) -> None:
    """Make a run (the newest by default) the baseline of the gate."""
    done = runs.read(folder or runs.latest(out))
    gate.save(done.scores, done.summary)
    say(f"{gate.BASELINE.name} now holds {len(done.scores)} cases of {done.folder}")


@commands.command("export")
def export_run(
    form: Annotated[Literal["ragas", "deepeval"], typer.Option(help="Data form.")],
    folder: Annotated[Path | None, typer.Option("--run")] = None,
    out: Out = RUNS,
) -> None:
    """Print a run (the newest by default) in the data form of ragas or DeepEval."""
    outputs = runs.read(folder or runs.latest(out)).outputs
    rows = exchange.to_ragas(outputs) if form == "ragas" else exchange.to_deepeval(outputs)
    print(json.dumps(rows, ensure_ascii=False, indent=2))


def _run(some: Sequence[Case], split: str, out: Path, url: str | None, model: str) -> runs.Run:
    about: dict[str, Any] = {"split": split, "created": _now(), "cases": len(some)}
    if url:
        outputs = target.generate(some, url, model)
        about |= {"target": url, "model": model, "snapshot": "", "settings": ""}
    else:
        settings = Settings.load()
        pipeline = open_pipeline(settings)
        outputs = generate.generate(some, pipeline)
        about |= {
            "snapshot": pipeline.snapshot.manifest.id,
            "settings": settings.fingerprint(),
            "tuning": shipped().model_dump(),
        }
    return runs.rescore(runs.write(out, outputs, about))


def _against_baseline(done: runs.Run) -> list[compare.Change]:
    """What changed, where there is a baseline over these cases."""
    if not gate.BASELINE.is_file():
        return []
    try:
        before = gate.load()
    except InputError as error:  # the run is worth its report without it
        say(str(error))
        return []
    if not {s.id for s in before} <= {s.id for s in done.scores}:
        return []
    return [c for c in compare.changes(before, done.scores) if c.name not in gate.NOT_GATED]


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def _table(summary: dict[str, Any]) -> str:
    lines = [f"{summary['n']} cases"]
    for name in score.names():
        group, _, part = name.partition(".")
        low, high = summary[group][f"{part}_ci"]
        lines.append(f"{name:30s} {summary[group][part]:8.3f}   [{low:.3f}, {high:.3f}]")
    return "\n".join(lines)
