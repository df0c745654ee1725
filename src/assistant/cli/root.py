"""The command line. Each command parses, calls and prints; the work is done elsewhere.

Exit codes: 0 done, 2 bad usage or bad input, 3 done but some input was skipped, 1 anything else.
The modules that a command needs are imported when it runs, so that ``--help`` answers at once.
"""

import gc
import os
import sys
from typing import Annotated

import typer

from assistant import __version__
from assistant.cli import documents, learning, operations, questions
from assistant.cli.output import say, settings
from ingest.errors import AssistantError

app = typer.Typer(
    help="Answers procurement questions from a city's documents and cites every sentence.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.add_typer(documents.commands)
app.add_typer(questions.commands)
app.add_typer(learning.commands)
app.add_typer(operations.commands)


def main() -> None:
    """Run the command line; every error of ours becomes one line and its exit code.

    What it writes is its owner's alone: the data folder holds questions and keys.
    """
    os.umask(0o077)
    try:
        app()
    except AssistantError as error:
        say(f"error: {error}")
        sys.exit(error.exit_code)
    finally:
        # Spares the interpreter a last walk over every object of every library: 0.2 s an answer.
        gc.freeze()


@app.command()
def serve(
    host: Annotated[str | None, typer.Option(help="Address to listen on.")] = None,
    port: Annotated[int | None, typer.Option(min=1, max=65535, help="Port.")] = None,
) -> None:
    """Serve the chat page and the API."""
    # Several threads search a few thousand vectors no faster than one, and take more of a machine.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    from assistant.web.serving import serve as run

    own = settings()
    run(own, host or own.host, port or own.port)


@app.command()
def mcp() -> None:
    """Serve the tools of the Model Context Protocol on stdin and stdout."""
    from assistant.protocol import server
    from assistant.service import Live

    server(Live(settings()).get).run("stdio")


@app.command()
def version() -> None:
    """Print the version."""
    print(__version__)
