"""``python -m evals``: answer cases, score, compare, gate, report; and the tools around them."""

import sys

import typer

from evals.cli import cases, machine, runs, weights
from evals.cli.options import say
from ingest.errors import AssistantError

app = typer.Typer(
    help="Measure answers and retrieval.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
for group in (runs, cases, weights, machine):
    app.add_typer(group.commands)


def main() -> None:
    """Run the command line; every error of ours becomes one line and its exit code."""
    try:
        app()
    except AssistantError as error:
        say(f"error: {error}")
        sys.exit(error.exit_code)
