"""``python -m evals``: answer cases, score, compare, gate, report; and the tools around them."""

import json
import sys
from collections.abc import Sequence
from contextlib import closing
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from assistant.database import Database
from assistant.learning import content
from assistant.learning import course as learning_course
from assistant.service import open_pipeline
from assistant.settings import Settings
from assistant.storage import AnswerStore
from assistant.tuning import shipped
from evals import (
    ablation,
    beir,
    candidates,
    cases,
    compare,
    exchange,
    freetext,
    gate,
    generate,
    human,
    lint,
    models,
    onpoint,
    pairs,
    report,
    runs,
    score,
    stress,
    target,
)
from evals import fit as fitting
from ingest.errors import AssistantError, InputError

app = typer.Typer(
    help="Measure answers and retrieval.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
CASES, RUNS = Path("evals/cases"), Path("evals/runs")
LABELS = Path(__file__).with_name("labels")
SPLITS: tuple[Literal["dev", "test"], ...] = ("dev", "test")
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]
CasesPath = Annotated[Path, typer.Option("--cases", help="Cases file or folder.")]
Out = Annotated[Path, typer.Option(help="Folder for the runs.")]
Split = Annotated[Literal["all", "dev", "test"], typer.Option(help="Which half of the cases.")]


def main() -> None:
    """Run the command line; every error of ours becomes one line and its exit code."""
    try:
        app()
    except AssistantError as error:
        say(f"error: {error}")
        sys.exit(error.exit_code)


def say(message: str) -> None:
    """A message for people, on stderr."""
    print(message, file=sys.stderr)


@app.command()
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
    chosen = _cases(cases_path, split)
    done = _run(chosen, split, out, url, model)
    stressed: Sequence[stress.Stress] = ()
    if with_stress:
        settings = Settings.load()
        stressed = stress.run(chosen, open_pipeline(settings), settings)
        for found in stressed:
            say(f"{found.name:20s} {found.must}: {found.passed} of {found.n}")
    parts: Sequence[ablation.Ablation] = ()
    if with_ablation:
        parts = ablation.run(chosen, open_pipeline(Settings.load()), shipped())
    report.write(done, _against_baseline(done), stressed, parts)
    say(f"run written to {done.folder}; open report.html there")
    print(json.dumps(done.summary, indent=2) if as_json else _table(done.summary))


def _run(
    chosen: Sequence[cases.Case], split: str, out: Path, url: str | None, model: str
) -> runs.Run:
    about: dict[str, Any] = {"split": split, "created": _now(), "cases": len(chosen)}
    if url:
        outputs = target.generate(chosen, url, model)
        about |= {"target": url, "model": model, "snapshot": "", "settings": ""}
    else:
        settings = Settings.load()
        pipeline = open_pipeline(settings)
        outputs = generate.generate(chosen, pipeline)
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


@app.command("score")
def rescore(folder: Path, as_json: AsJson = False) -> None:
    """Score the outputs of a run again, after a metric was mended."""
    done = runs.rescore(folder)
    report.write(done)
    print(json.dumps(done.summary, indent=2) if as_json else _table(done.summary))


@app.command("compare")
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


@app.command("gate")
def check_gate(
    folder: Annotated[Path | None, typer.Option("--run", help="A run; default: make one.")] = None,
    cases_path: CasesPath = CASES,
    out: Out = RUNS,
) -> None:
    """Fail (exit code 1) when a number is significantly below the baseline."""
    done = runs.read(folder) if folder else _run(_cases(cases_path, "all"), "all", out, None, "")
    result = gate.check(gate.load(), done.scores)
    print(result.explain())
    if not result.passed:
        raise typer.Exit(1)


@app.command()
def baseline(folder: Annotated[Path | None, typer.Option("--run")] = None, out: Out = RUNS) -> None:
    """Make a run (the newest by default) the baseline of the gate."""
    done = runs.read(folder or runs.latest(out))
    gate.save(done.scores, done.summary)
    say(f"{gate.BASELINE.name} now holds {len(done.scores)} cases of {done.folder}")


@app.command("lint")
def lint_cases(cases_path: CasesPath = CASES, as_json: AsJson = False) -> None:
    """Look for faults of the cases and show what they cover; exit code 2 on a fault."""
    chosen = cases.load(cases_path)
    snapshot = open_pipeline(Settings.load()).snapshot
    found = lint.faults(chosen, snapshot.documents, snapshot.passages)
    covered = lint.coverage(chosen, snapshot.documents)
    if as_json:
        print(json.dumps({"faults": found, "coverage": asdict(covered)}, indent=2))
    else:
        for title, counts in asdict(covered).items():
            print(f"{title}: " + ", ".join(f"{k} {v}" for k, v in sorted(counts.items())))
        bare = [d for d, n in covered.documents.items() if n == 0]
        print(f"{len(chosen)} cases; documents without a case: {', '.join(bare) or 'none'}")
    for fault in found:
        say(fault)
    if found:
        raise typer.Exit(2)


@app.command()
def fit(cases_path: CasesPath = CASES) -> None:
    """Fit sentence weights and the answerability model on the development cases.

    Prints what tuning.toml takes, and how well the weights do on cases outside their fold.
    """
    pipeline = open_pipeline(Settings.load())
    found = fitting.traces(_cases(cases_path, "dev"), pipeline)
    for name, result in (
        ("sentences", fitting.sentences(found)),
        ("coverage", fitting.answerability(found)),
        ("coverage_alone", fitting.answerability(found, fitting.ALONE)),
    ):
        print(f"[{name}]")
        print("\n".join(f"{key} = {value}" for key, value in result.weights.items()))
        measured = ", ".join(f"{key} {value:.3f}" for key, value in result.held_out.items())
        print(f"# outside the fold: {measured}\n")


@app.command("ablation")
def ablate(cases_path: CasesPath = CASES, split: Split = "all") -> None:
    """Leave each part of the pipeline out once and print what that changes."""
    found = ablation.run(_cases(cases_path, split), open_pipeline(Settings.load()), shipped())
    print(ablation.table(found))


@app.command("onpoint")
def fit_onpoint(
    cases_path: CasesPath = CASES,
    save: Annotated[bool, typer.Option(help="Write the weights for later runs.")] = False,
) -> None:
    """Fit the on-point predictor on the labelled answers and say how well it does."""
    found = onpoint.agreement(cases.load(cases_path), open_pipeline(Settings.load()))
    print(json.dumps(asdict(found), indent=2))
    if save:
        onpoint.WEIGHTS.write_text(json.dumps(found.weights, indent=2) + "\n", "utf-8")


@app.command("human")
def human_agreement(
    path: Annotated[Path, typer.Option("--ratings", help="Answers rated by people.")],
) -> None:
    """Agreement of the support metric with human ratings of faithfulness."""
    for found in human.agreement(path):
        print(f"{found.metric:22s} n {found.n}  Spearman {found.spearman:.3f}  AUC {found.auc:.3f}")


@app.command("pairs")
def minimal_pairs(as_json: AsJson = False) -> None:
    """How many changed sentences the check of support catches, and how many faithful ones."""
    passages = open_pipeline(Settings.load()).snapshot.passages
    found = pairs.pairs(passages, LABELS / "paraphrases.jsonl")
    halves = {half: pairs.measure(found, half) for half in SPLITS}
    if as_json:
        print(json.dumps({h: [asdict(r) for r in rates] for h, rates in halves.items()}, indent=2))
        return
    for half, rates in halves.items():
        detection, alarms = pairs.totals(rates)
        print(f"{half}: changes caught {detection:.3f}, false alarms {alarms:.3f}")
        for rate in rates:
            print(f"  {rate.kind:26s} {rate.stopped:4d} of {rate.n:4d} stopped")


@app.command("freetext")
def free_text() -> None:
    """How far the grader of free answers agrees with grades that people gave."""
    settings = Settings.load()
    passages = content.by_section(open_pipeline(settings).snapshot.passages)
    course = learning_course.of(settings.corpus_dir / "learning", passages)
    found = freetext.graded(LABELS / "free_text.jsonl", course)
    kappa = freetext.kappa([g.person for g in found], [g.ours for g in found])
    same = sum(g.person == g.ours for g in found)
    print(f"{len(found)} answers, {same} with the same grade, quadratic-weighted kappa {kappa:.3f}")
    for g in found:
        if g.person != g.ours:
            print(f"  {g.check}: a person gave {g.person}, we {g.ours}: {g.answer}")


@app.command("models")
def compare_models(
    model: Annotated[str, typer.Option(help="A LangChain chat model, as provider:name.")],
    url: Annotated[str, typer.Option(help="Address of its server, if not the usual.")] = "",
    size: Annotated[int, typer.Option(min=1, help="How many cases.")] = 40,
    seconds: Annotated[float, typer.Option(help="Longest whole reply.")] = 60,
    split: Split = "test",
    cases_path: CasesPath = CASES,
) -> None:
    """Compare extract, model, and model without verification, as a Markdown table."""
    from assistant.model.chat import ChatModel, Limits

    settings = Settings.load()
    chat = ChatModel.open(
        model, url, settings.model_key.get_secret_value() or "none", Limits(seconds=seconds)
    )
    chosen = models.sample(_cases(cases_path, split), size)
    print(models.readable(models.table(chosen, open_pipeline(settings), chat)))


@app.command("judge")
def judge_run(
    model: Annotated[str, typer.Option(help="A LangChain chat model, as provider:name.")],
    folder: Annotated[Path | None, typer.Option("--run")] = None,
    ratings: Annotated[
        Path | None, typer.Option(help="Answers rated by people, to calibrate on first.")
    ] = None,
    out: Out = RUNS,
) -> None:
    """Rate a run's answers with a language model; uncalibrated ratings are only shown."""
    from langchain.chat_models import init_chat_model

    from evals import judge

    chat = init_chat_model(model)
    if ratings:
        people, answers = human.rated(ratings)
        said = [judge.rate(chat, text, passages) for text, passages in answers]
        correlation, enough = judge.calibrate(said, people)
        verdict = "enough" if enough else "not enough"
        say(f"agreement with people: Spearman {correlation:.3f}, {verdict}")
    for rating in judge.judge(runs.read(folder or runs.latest(out)).outputs, chat, model):
        print(json.dumps(asdict(rating)))


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


@app.command("candidates")
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


@app.command("review")
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


@app.command("export")
def export_run(
    form: Annotated[Literal["ragas", "deepeval"], typer.Option(help="Data form.")],
    folder: Annotated[Path | None, typer.Option("--run")] = None,
    out: Out = RUNS,
) -> None:
    """Print a run (the newest by default) in the data form of ragas or DeepEval."""
    outputs = runs.read(folder or runs.latest(out)).outputs
    rows = exchange.to_ragas(outputs) if form == "ragas" else exchange.to_deepeval(outputs)
    print(json.dumps(rows, ensure_ascii=False, indent=2))


@app.command("import")
def import_cases(path: Path, save: Annotated[Path, typer.Option(help="Cases file.")]) -> None:
    """Read samples of ragas or DeepEval as cases; they need a review before they count."""
    found = exchange.from_rows(path)
    lines = (json.dumps(c.model_dump(exclude_defaults=True)) for c in found)
    save.write_text("".join(f"{line}\n" for line in lines), "utf-8")
    say(f"{len(found)} cases written to {save}")


@app.command()
def bench(as_json: AsJson = False) -> None:
    """Measure speed and memory against a bare sentence-transformers process."""
    from evals.bench import measure, readable

    found = measure(Settings.load())
    print(json.dumps(found, indent=2) if as_json else readable(found))


@app.command("scale")
def measure_scale(
    sizes: Annotated[
        list[int] | None, typer.Option("--passages", help="How many; may be given again.")
    ] = None,
) -> None:
    """Build and ask collections of growing size; takes minutes, and is not part of CI."""
    from evals import scale

    print(scale.readable(scale.measure(sizes or [1_000, 10_000, 100_000])))


@app.command("load")
def measure_load(
    seconds: Annotated[float, typer.Option(help="Length of each part.")] = 30,
    soak: Annotated[float, typer.Option(help="Length of the soak.")] = 300,
) -> None:
    """Rates beside bare sentence-transformers, 200 conversations, overload, a soak."""
    from evals.reliability import load

    print(load.readable(load.measure(Settings.load(), seconds, soak)))


@app.command("faults")
def play_faults(
    seconds: Annotated[float, typer.Option(help="How long clients ask around each fault.")] = 8,
) -> None:
    """Kill, fill, unplug and turn back the clock of a real server; exit code 1 on any loss."""
    from tempfile import TemporaryDirectory

    from evals.reliability import faults, load

    questions = [c.question for c in cases.load(CASES) if not c.history]
    with TemporaryDirectory() as folder:
        scene = faults.Scene(Settings.load(), questions, Path(folder), seconds)
        found = faults.play(scene)
    print(load.readable(found))
    if not all(figure.holds for figure in found):
        raise typer.Exit(1)


def _cases(path: Path, split: str) -> list[cases.Case]:
    chosen = [c for c in cases.load(path) if split in ("all", c.split)]
    if not chosen:
        raise InputError(f"no {split} cases in {path}")
    return chosen


def _asked() -> Sequence[Any]:
    with closing(Database(Settings.load().database)) as database:
        return AnswerStore(database).asked()


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def _table(summary: dict[str, Any]) -> str:
    lines = [f"{summary['n']} cases"]
    for name in score.names():
        group, _, part = name.partition(".")
        low, high = summary[group][f"{part}_ci"]
        lines.append(f"{name:30s} {summary[group][part]:8.3f}   [{low:.3f}, {high:.3f}]")
    return "\n".join(lines)
