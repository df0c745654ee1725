"""Cases: look for faults, take them in, make them from use."""

import json
from collections.abc import Sequence
from contextlib import closing
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from assistant.database import Database
from assistant.service import open_pipeline
from assistant.settings import Settings
from assistant.storage import AnswerStore
from evals import candidates, cases, exchange, lint
from evals.cli.options import CASES, AsJson, CasesPath, say

commands = typer.Typer()


@commands.command("lint")
def lintchosen(cases_path: CasesPath = CASES, as_json: AsJson = False) -> None:
    """Look for faults of the cases and show what they cover; exit code 2 on a fault."""
    all_cases = cases.load(cases_path)
    snapshot = open_pipeline(Settings.load()).snapshot
    found = lint.faults(all_cases, snapshot.documents, snapshot.passages)
    covered = lint.coverage(all_cases, snapshot.documents)
    if as_json:
        print(json.dumps({"faults": found, "coverage": asdict(covered)}, indent=2))
    else:
        for title, counts in asdict(covered).items():
            print(f"{title}: " + ", ".join(f"{k} {v}" for k, v in sorted(counts.items())))
        bare = [d for d, n in covered.documents.items() if n == 0]
        print(f"{len(all_cases)} cases; documents without a case: {', '.join(bare) or 'none'}")
    for fault in found:
        say(fault)
    if found:
        raise typer.Exit(2)


@commands.command("import")
def importchosen(path: Path, save: Annotated[Path, typer.Option(help="Cases file.")]) -> None:
    """Read samples of ragas or DeepEval as cases; they need a review before they count."""
    found = exchange.from_rows(path)
    lines = (json.dumps(c.model_dump(exclude_defaults=True)) for c in found)
    save.write_text("".join(f"{line}\n" for line in lines), "utf-8")
    say(f"{len(found)} cases written to {save}")


@commands.command("candidates")
def show_candidates(
    gaps: Annotated[bool, typer.Option(help="Write the gap report for authors.")] = False,
) -> None:
    """Questions from use that were refused or found not useful, grouped by meaning."""
    found = candidates.candidates(_asked())
    if not found:
        say("no refused or not useful answers are stored yet")
        return
    groups = candidates.clusters(found, open_pipeline(Settings.load()).retrieval.embeddings)
    if gaps:
        print(candidates.gap_report(groups))
        return
    for group in groups:
        print(f"{len(group.questions):3d}  {group.questions[0]}")


@commands.command("review")
def review_candidates(
    labels: Annotated[Path, typer.Option(help="Where labels are kept.")] = Path("var/review.jsonl"),
    save: Annotated[
        Path | None, typer.Option(help="Write the reviewed cases here, no page.")
    ] = None,
    port: int = 8918,
) -> None:
    """Turn candidates into cases on a local page; with --save, write them as a cases file."""
    from evals import review

    if save:
        say(f"{review.save_cases(review.Reviews(labels), save)} cases written to {save}")
        return
    snapshot = open_pipeline(Settings.load()).snapshot
    review.serve(candidates.candidates(_asked()), sorted(snapshot.documents), labels, port)


def _asked() -> Sequence[Any]:
    with closing(Database(Settings.load().database)) as database:
        return AnswerStore(database).asked()
