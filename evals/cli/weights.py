"""Weights and measures: fit them, and see how far they agree with people."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Literal

import typer

from assistant import usual
from assistant.learning import content, course
from assistant.service import open_pipeline
from assistant.settings import Settings
from assistant.tuning import shipped
from evals import ablation, cases, drafted, freetext, human, models, onpoint, pairs, runs
from evals import fit as fitting
from evals.cli.options import CASES, LABELS, RUNS, AsJson, CasesPath, Out, Split, chosen, say
from ingest.cross_encoder import ADAPTER

DRAFTED, FOREIGN = LABELS / "drafted.jsonl", LABELS / "foreign.txt"
SPLITS: tuple[Literal["dev", "test"], ...] = ("dev", "test")

commands = typer.Typer()


@commands.command()
def fit(
    cases_path: CasesPath = CASES,
    with_usual: Annotated[
        bool, typer.Option("--usual", help="Also write the weights of usual.json.")
    ] = False,
) -> None:
    """Fit sentence weights and the answerability model on the development cases.

    Prints what tuning.toml takes, and how well the weights do on cases outside their fold. With
    --usual it first fits which kinds of question are usually answered, on the drafted questions.
    """
    pipeline = open_pipeline(Settings.load())
    if with_usual:
        model, embeddings = pipeline.snapshot.manifest.model, pipeline.retrieval.embeddings
        fitted = fitting.usual(drafted.load(DRAFTED), embeddings, model)
        usual.WEIGHTS.write_text(fitted.written(), "utf-8")
        pipeline = open_pipeline(Settings.load())
    found = fitting.traces(chosen(cases_path, "dev"), pipeline)
    for name, result in (
        ("sentences", fitting.sentences(found)),
        ("coverage", fitting.answerability(found)),
        ("coverage_unread", fitting.answerability(found, fitting.UNREAD)),
        ("coverage_alone", fitting.answerability(found, fitting.ALONE)),
    ):
        print(f"[{name}]")
        print("\n".join(f"{key} = {value}" for key, value in result.weights.items()))
        measured = ", ".join(f"{key} {value:.3f}" for key, value in result.held_out.items())
        print(f"# outside the fold: {measured}\n")


@commands.command()
def train(
    passes: Annotated[float, typer.Option(help="How often each pair is shown.")] = 2.0,
    out: Annotated[Path, typer.Option(help="Where the adapter is written.")] = ADAPTER,
) -> None:
    """Train the adapter of the cross-encoder on drafted, foreign and readers' questions.

    Then "assistant ingest" exports it, and "fit" weighs it beside the other signals.
    """
    from evals import cross_encoder

    foreign = FOREIGN.read_text("utf-8").splitlines()
    pairs = cross_encoder.pairs(open_pipeline(Settings.load()), drafted.load(DRAFTED), foreign)
    say(f"{len(pairs):,} pairs, {sum(pair.answers for pair in pairs):,} of them answered")
    trained = cross_encoder.train(
        pairs, passes, lambda step, steps, loss: say(f"step {step} of {steps}: loss {loss:.3f}")
    )
    trained.save(out)


@commands.command("ablation")
def ablate(cases_path: CasesPath = CASES, split: Split = "all") -> None:
    """Leave each part of the pipeline out once and print what that changes."""
    found = ablation.run(chosen(cases_path, split), open_pipeline(Settings.load()), shipped())
    print(ablation.table(found))


@commands.command("onpoint")
def fit_onpoint(
    cases_path: CasesPath = CASES,
    save: Annotated[bool, typer.Option(help="Write the weights for later runs.")] = False,
) -> None:
    """Fit the on-point predictor on the labelled answers and say how well it does."""
    found = onpoint.agreement(cases.load(cases_path), open_pipeline(Settings.load()))
    print(json.dumps(asdict(found), indent=2))
    if save:
        onpoint.WEIGHTS.write_text(json.dumps(found.weights, indent=2) + "\n", "utf-8")


@commands.command("human")
def human_agreement(
    path: Annotated[Path, typer.Option("--ratings", help="Answers rated by people.")],
) -> None:
    """Agreement of the support metric with human ratings of faithfulness."""
    for found in human.agreement(path):
        print(f"{found.metric:22s} n {found.n}  Spearman {found.spearman:.3f}  AUC {found.auc:.3f}")


@commands.command("pairs")
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


@commands.command("freetext")
def free_text() -> None:
    """How far the grader of free answers agrees with grades that people gave."""
    settings = Settings.load()
    passages = content.by_section(open_pipeline(settings).snapshot.passages)
    checks = course.of(settings.corpus_dir / "learning", passages)
    found = freetext.graded(LABELS / "free_text.jsonl", checks)
    kappa = freetext.kappa([g.person for g in found], [g.ours for g in found])
    same = sum(g.person == g.ours for g in found)
    print(f"{len(found)} answers, {same} with the same grade, quadratic-weighted kappa {kappa:.3f}")
    for g in found:
        if g.person != g.ours:
            print(f"  {g.check}: a person gave {g.person}, we {g.ours}: {g.answer}")


@commands.command("models")
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
    some = models.sample(chosen(cases_path, split), size)
    print(models.readable(models.table(some, open_pipeline(settings), chat)))


@commands.command("judge")
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
