"""The command line. Each command parses, calls and prints; the work is done elsewhere.

Exit codes: 0 done, 2 bad usage or bad input, 3 done but some input was skipped, 1 anything else.
The modules that a command needs are imported when it runs, so that ``--help`` answers at once.
"""

import gc
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from pydantic import TypeAdapter, ValidationError

from assistant import __version__
from ingest.errors import AssistantError, InputError

if TYPE_CHECKING:
    from assistant.records import Answer, Turn
    from assistant.service import Assistant
    from assistant.settings import Settings
    from ingest.records import BuildReport

app = typer.Typer(
    help="Answers procurement questions from a city's documents and cites every sentence.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
sources_app = typer.Typer(help="The remembered sources of documents.", invoke_without_command=True)
snapshots_app = typer.Typer(help="The snapshots of the index.", invoke_without_command=True)
app.add_typer(sources_app, name="sources")
app.add_typer(snapshots_app, name="snapshots")

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]


def main() -> None:
    """Run the command line; every error of ours becomes one line and its exit code."""
    try:
        app()
    except AssistantError as error:
        say(f"error: {error}")
        sys.exit(error.exit_code)
    finally:
        # Spares the interpreter a last walk over every object of every library: 0.2 s an answer.
        gc.freeze()


def say(message: str) -> None:
    """A message for people, on stderr."""
    print(message, file=sys.stderr)


def show(value: Any) -> None:
    """One JSON document on stdout."""
    print(json.dumps(value, ensure_ascii=False, indent=2))


@app.command()
def ingest(
    paths: Annotated[list[Path] | None, typer.Argument(help="Folders or files to add.")] = None,
    full: Annotated[bool, typer.Option(help="Embed everything again.")] = False,
    strict: Annotated[bool, typer.Option(help="Switch nothing if a file is skipped.")] = False,
    check: Annotated[bool, typer.Option("--check", help="Only look for faults.")] = False,
    against: Annotated[
        list[Path] | None, typer.Option(help="With --check: a text that must not be copied.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Index the corpus and every remembered source; PATHs are added to them."""
    if check or against:
        _check(_settings().corpus_dir, against or [], as_json)
        return
    from assistant.progress import bar
    from ingest.build import build
    from ingest.sources import Sources

    settings = _settings()
    sources = Sources(settings.data_dir, settings.corpus_dir)
    sources.add(paths or [])
    with bar("embedding") as progress:
        report = build(settings, sources.all(), full=full, strict=strict, progress=progress)
    for skipped in report.skipped:
        say(f"skipped: {skipped.reason}")
    if as_json:
        show(_plain(report))
    else:
        print(_summary(report))
    if report.skipped:
        raise typer.Exit(3)


def _check(corpus: Path, against: list[Path], as_json: bool) -> None:
    """Print every fault with file and line; exit code 2 when there is one."""
    from ingest import check

    faults = check.check(corpus) + (check.shared_runs(corpus, against) if against else ())
    if as_json:
        show([_plain(fault) for fault in faults])
    for fault in faults:
        say(f"{fault.path}:{fault.line}: {fault.message}")
    say(f"{len(faults)} faults in {corpus}")
    if faults:
        raise typer.Exit(2)


def _summary(report: "BuildReport") -> str:
    state = "is now current" if report.changed else "is current, nothing changed"
    return (
        f"snapshot {report.snapshot} {state}: {report.documents} documents, "
        f"{report.passages} passages, {report.embedded} texts embedded, "
        f"{len(report.skipped)} files skipped, {report.seconds:.1f} s"
    )


@sources_app.callback()
def sources_default(context: typer.Context) -> None:
    """The remembered sources of documents."""
    if context.invoked_subcommand is None:
        sources_list()


@sources_app.command("list")
def sources_list(as_json: AsJson = False) -> None:
    """List the sources, the corpus first."""
    from ingest.sources import Sources

    settings = _settings()
    found = [str(p) for p in Sources(settings.data_dir, settings.corpus_dir).all()]
    if as_json:
        show(found)
    else:
        print("\n".join(found))


@sources_app.command("remove")
def sources_remove(path: Path) -> None:
    """Forget a source; its documents leave with the next ingest."""
    from ingest.sources import Sources

    settings = _settings()
    Sources(settings.data_dir, settings.corpus_dir).remove(path)
    say(f"removed {path}; run 'assistant ingest' to take its documents out of the index")


@app.command()
def documents(as_json: AsJson = False) -> None:
    """List the documents of the current snapshot by kind and stage."""
    from assistant import views
    from assistant.progress import table
    from ingest import embedding
    from ingest.snapshots import SnapshotStore

    settings = _settings()
    model = embedding.fingerprint(settings.embedding_model)
    found = views.documents(SnapshotStore(settings.data_dir).open(model))
    if as_json:
        show([d.model_dump() for d in found])
    else:
        rows = [(d.kind, d.stage, d.document_id, d.title, d.status) for d in found]
        table(("kind", "stage", "id", "title", "status"), rows)


@snapshots_app.callback()
def snapshots_default(context: typer.Context) -> None:
    """The snapshots of the index."""
    if context.invoked_subcommand is None:
        snapshots_list()


@snapshots_app.command("list")
def snapshots_list(as_json: AsJson = False) -> None:
    """List the snapshots, newest first; the current one is marked."""
    from assistant import views
    from ingest.snapshots import SnapshotStore

    store = SnapshotStore(_settings().data_dir)
    current = store.current
    if as_json:
        show([_plain(m) | {"current": m.id == current} for m in store.manifests()])
        return
    for manifest in store.manifests():
        mark = "*" if manifest.id == current else " "
        print(f"{mark} {views.snapshot_line(manifest)}")


@snapshots_app.command("diff")
def snapshots_diff(
    before: str,
    after: str,
    cases: Annotated[Path, typer.Option(help="Folder with evaluation cases, read as data.")] = Path(
        "evals/cases"
    ),
    as_json: AsJson = False,
) -> None:
    """Show which passages differ between two snapshots, and what cited them."""
    from assistant.storage import AnswerStore
    from ingest import embedding
    from ingest.diff import diff
    from ingest.snapshots import SnapshotStore

    settings = _settings()
    store = SnapshotStore(settings.data_dir)
    for name in (before, after):
        if not store.whole(name):
            raise InputError(f"no snapshot {name!r}; 'assistant snapshots' lists them")
    model = embedding.fingerprint(settings.embedding_model)
    found = diff(store.open(model, before).passages, store.open(model, after).passages)
    answers = AnswerStore(settings.database)
    cited = answers.citing(found.touched)
    answers.close()
    affected = _cases_about({i.partition("~")[0] for i in found.touched}, cases)
    if as_json:
        show(_plain(found) | {"cases": affected, "answers": list(cited)})
        return
    for name in ("added", "changed", "removed"):
        for passage_id in getattr(found, name):
            print(f"{name:8s} {passage_id}")
    print(f"{len(affected)} evaluation cases and {len(cited)} stored answers rest on what changed")


def _cases_about(documents: set[str], folder: Path) -> list[str]:
    """Ids of the evaluation cases whose sources are among the documents."""
    files = sorted(folder.glob("*.jsonl"))
    lines = (line for file in files for line in file.read_text("utf-8").splitlines())
    rows = (json.loads(line) for line in lines if line.strip())
    return [row["id"] for row in rows if documents & set(row.get("sources", ()))]


@app.command()
def replay(answer_id: str, as_json: AsJson = False) -> None:
    """Make a stored answer again from its snapshot; exit code 1 when it differs."""
    from assistant.service import replay_answer

    found = replay_answer(_settings(), answer_id)
    if as_json:
        show(
            {
                "same": found.same,
                "differences": list(found.differences),
                "settings_changed": found.settings_changed,
                "stored": found.stored.model_dump(),
                "again": found.again.model_dump(),
            }
        )
    elif found.same:
        print(f"the same answer again, from snapshot {found.stored.snapshot}")
    else:
        print(f"differs in {', '.join(found.differences)}")
        print(f"--- stored\n{readable(found.stored)}\n--- now\n{readable(found.again)}")
    if found.settings_changed:
        say("the settings have changed since the answer was stored")
    if not found.same:
        raise typer.Exit(1)


@app.command()
def rollback(snapshot: str) -> None:
    """Make an earlier snapshot the current one."""
    from ingest.snapshots import SnapshotStore

    SnapshotStore(_settings().data_dir).activate(snapshot)
    print(f"snapshot {snapshot} is now current")


@app.command()
def search(
    query: str,
    k: Annotated[int, typer.Option("-k", min=1, max=50, help="How many passages.")] = 5,
    as_json: AsJson = False,
) -> None:
    """Show the passages that rank best for a query."""
    from assistant import views

    found = views.search(query, _open(_settings()).search(query, k))
    if as_json:
        show(found.model_dump())
        return
    for passage in found.passages:
        print(f"{passage.score:6.2f}  {passage.passage_id}\n        {_first_line(passage.text)}")


@app.command()
def ask(
    question: str,
    history: Annotated[
        Path | None, typer.Option(help="JSON file with the turns before: [{role, content}].")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Answer one question with cited sentences."""
    turns = _history(history) if history else None
    answer = _open(_settings()).ask(question, history=turns)
    if as_json:
        show(answer.model_dump())
    else:
        print(readable(answer))


@app.command()
def chat() -> None:
    """Ask in a conversation; an empty line ends it."""
    assistant = _open(_settings())
    say("Ask about public procurement. An empty line ends the conversation.")
    conversation: str | None = None
    while question := _read_line():
        try:
            answer = assistant.ask(question, conversation_id=conversation)
        except InputError as error:
            say(f"error: {error}")
            continue
        conversation = answer.conversation_id
        print(readable(answer) + "\n")


@app.command()
def serve(
    host: Annotated[str | None, typer.Option(help="Address to listen on.")] = None,
    port: Annotated[int | None, typer.Option(min=1, max=65535, help="Port.")] = None,
) -> None:
    """Serve the chat page and the API."""
    from assistant.web.serving import serve as run

    settings = _settings()
    run(settings, host or settings.host, port or settings.port)


@app.command()
def version() -> None:
    """Print the version."""
    print(__version__)


def _settings() -> "Settings":
    from assistant.settings import Settings

    return Settings.load()


def _open(settings: "Settings") -> "Assistant":
    from assistant.service import Assistant

    return Assistant.open(settings)


def _plain(record: object) -> dict[str, Any]:
    plain: dict[str, Any] = TypeAdapter(type(record)).dump_python(record, mode="json")
    return plain


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


def _first_line(text: str) -> str:
    return text.splitlines()[0]


def _read_line() -> str:
    try:
        return input("> ").strip()
    except EOFError:
        return ""
