"""The machine: speed, size, load, faults, and retrieval on a benchmark."""

import json
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import typer

from assistant.settings import Settings
from evals import beir, cases
from evals.cli.options import CASES, AsJson

commands = typer.Typer()


@commands.command()
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


@commands.command()
def bench(as_json: AsJson = False) -> None:
    """Measure speed and memory against a bare sentence-transformers process."""
    from evals.bench import measure, readable

    found = measure(Settings.load())
    print(json.dumps(found, indent=2) if as_json else readable(found))


@commands.command("scale")
def measure_scale(
    sizes: Annotated[
        list[int] | None, typer.Option("--passages", help="How many; may be given again.")
    ] = None,
) -> None:
    """Build and ask collections of growing size; takes minutes, and is not part of CI."""
    from evals import scale

    print(scale.readable(scale.measure(sizes or [1_000, 10_000, 100_000])))


@commands.command("load")
def measure_load(
    seconds: Annotated[float, typer.Option(help="Length of each part.")] = 30,
    soak: Annotated[float, typer.Option(help="Length of the soak.")] = 300,
) -> None:
    """Rates beside bare sentence-transformers, 200 conversations, overload, a soak."""
    from evals.reliability import load

    print(load.readable(load.measure(Settings.load(), seconds, soak)))


@commands.command("faults")
def play_faults(
    seconds: Annotated[float, typer.Option(help="How long clients ask around each fault.")] = 8,
) -> None:
    """Kill, fill, unplug and turn back the clock of a real server; exit code 1 on any loss."""
    from evals.reliability import faults, load

    questions = [c.question for c in cases.load(CASES) if not c.history]
    with TemporaryDirectory() as folder:
        scene = faults.Scene(Settings.load(), questions, Path(folder), seconds)
        found = faults.play(scene)
    print(load.readable(found))
    if not all(figure.holds for figure in found):
        raise typer.Exit(1)
