"""Commands that ask: search, ask, chat, and a stored answer made again."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from pydantic import TypeAdapter, ValidationError

from assistant.cli.output import AsJson, assistant, readable, say, settings, show
from ingest.errors import InputError

if TYPE_CHECKING:
    from assistant.records import Turn

commands = typer.Typer()


@commands.command()
def search(
    query: str,
    k: Annotated[int, typer.Option("-k", min=1, max=50, help="How many passages.")] = 5,
    as_json: AsJson = False,
) -> None:
    """Show the passages that rank best for a query."""
    from assistant import views

    found = views.search(query, assistant().search(query, k))
    if as_json:
        show(found.model_dump())
        return
    for passage in found.passages:
        print(f"{passage.score:6.2f}  {passage.passage_id}\n        {_first_line(passage.text)}")


@commands.command()
def ask(
    question: str,
    history: Annotated[
        Path | None, typer.Option(help="JSON file with the turns before: [{role, content}].")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Answer one question with cited sentences."""
    turns = _history(history) if history else None
    answer = assistant().ask(question, history=turns)
    if as_json:
        show(answer.model_dump())
    else:
        print(readable(answer))


@commands.command()
def chat() -> None:
    """Ask in a conversation; an empty line ends it."""
    answering = assistant()
    say("Ask about public procurement. An empty line ends the conversation.")
    conversation: str | None = None
    while question := _read_line():
        try:
            answer = answering.ask(question, conversation_id=conversation)
        except InputError as error:
            say(f"error: {error}")
            continue
        conversation = answer.conversation_id
        print(readable(answer) + "\n")


@commands.command()
def replay(answer_id: str, as_json: AsJson = False) -> None:
    """Make a stored answer again from its snapshot; exit code 1 when it differs."""
    from assistant.service import replay_answer

    found = replay_answer(settings(), answer_id)
    if as_json:
        show(
            {
                "same": found.same,
                "differences": list(found.differences),
                "settings_changed": found.settings_changed,
                "pruned": found.pruned,
                "stored": found.stored.model_dump(),
                "again": found.again.model_dump(),
            }
        )
    elif found.same and found.pruned:
        print("its snapshot is gone; every quote and sentence still holds in the passages kept")
    elif found.same:
        print(f"the same answer again, from snapshot {found.stored.snapshot}")
    else:
        print(f"differs in {', '.join(found.differences)}")
        print(f"--- stored\n{readable(found.stored)}\n--- now\n{readable(found.again)}")
    if found.settings_changed:
        say("the settings have changed since the answer was stored")
    if not found.same:
        raise typer.Exit(1)


def _history(path: Path) -> "tuple[Turn, ...]":
    from assistant.records import Turn

    try:
        return TypeAdapter(tuple[Turn, ...]).validate_json(path.read_bytes())
    except OSError as error:
        raise InputError(f"history file {path}: {error.strerror}") from error
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"]) or "the file"
        raise InputError(
            f"history file {path}: {place}: {first['msg']}; "
            'it must be a list of {"role": "user" or "assistant", "content": text}'
        ) from error


def _first_line(text: str) -> str:
    return text.splitlines()[0]


def _read_line() -> str:
    try:
        return input("> ").strip()
    except EOFError:
        return ""
