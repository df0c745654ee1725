"""What every command shares: settings, the open assistant, and how results are printed."""

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any

import typer
from pydantic import TypeAdapter

if TYPE_CHECKING:
    from assistant.administration import Administration
    from assistant.records import Answer
    from assistant.service import Assistant
    from assistant.settings import Settings
    from ingest.snapshots import SnapshotStore

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]


def say(message: str) -> None:
    """A message for people, on stderr."""
    print(message, file=sys.stderr)


def show(value: Any) -> None:
    """One JSON document on stdout."""
    print(json.dumps(value, ensure_ascii=False, indent=2))


def plain(record: object) -> dict[str, Any]:
    """A record as plain values."""
    values: dict[str, Any] = TypeAdapter(type(record)).dump_python(record, mode="json")
    return values


def settings() -> "Settings":
    """The settings of this process."""
    from assistant.settings import Settings

    return Settings.load()


def snapshots(own: "Settings") -> "SnapshotStore":
    """The snapshots that the settings name."""
    from ingest.snapshots import SnapshotStore

    return SnapshotStore(own.data_dir, own.chroma_url)


def assistant() -> "Assistant":
    """The assistant over the current snapshot."""
    from assistant.service import Assistant

    return Assistant.open(settings())


def readable(answer: "Answer") -> str:
    """An answer for the terminal: text, notices, sources."""
    lines = [answer.answer, *answer.notices]
    lines += [
        f"[{c.n}] {c.title}, {c.section}; {c.source.title}"
        + (f", p. {c.source.pages}" if c.source.pages else "")
        + f" ({c.status})"
        for c in answer.citations
    ]
    lines += [f"Closest: {c.title}, {c.section} ({c.document_id})" for c in answer.closest]
    return "\n".join(lines[:1]) + ("\n\n" + "\n".join(lines[1:]) if lines[1:] else "")


@contextmanager
def administration() -> "Iterator[Administration]":
    """What maintainers may do, over the database of the settings."""
    from contextlib import closing

    from assistant.access.store import AccessStore
    from assistant.administration import Administration
    from assistant.database import Database

    own = settings()
    with closing(Database(own.database)) as database:
        yield Administration(own, AccessStore(database))
