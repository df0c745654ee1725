"""Commands about documents: ingest them, list them, look after sources, snapshots, quarantine."""

import json
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from assistant.cli.output import AsJson, administration, plain, say, settings, show, snapshots
from ingest.errors import InputError

if TYPE_CHECKING:
    from assistant.settings import Settings
    from ingest.records import Quarantined, Skipped
    from ingest.sources import Sources

commands = typer.Typer()
sources_commands = typer.Typer(
    help="The remembered sources of documents.", invoke_without_command=True
)
snapshots_commands = typer.Typer(help="The snapshots of the index.", invoke_without_command=True)
quarantine_commands = typer.Typer(
    help="Passages that wait for a person to look at them.", invoke_without_command=True
)
commands.add_typer(sources_commands, name="sources")
commands.add_typer(snapshots_commands, name="snapshots")
commands.add_typer(quarantine_commands, name="quarantine")


@commands.command()
def ingest(
    paths: Annotated[list[Path] | None, typer.Argument(help="Folders or files to add.")] = None,
    full: Annotated[bool, typer.Option(help="Read and embed everything again.")] = False,
    strict: Annotated[bool, typer.Option(help="Switch nothing if a file is skipped.")] = False,
    check: Annotated[bool, typer.Option("--check", help="Only look for faults.")] = False,
    against: Annotated[
        list[Path] | None, typer.Option(help="With --check: a text that must not be copied.")
    ] = None,
    fetch: Annotated[
        bool, typer.Option("--fetch", help="First bring the enabled addresses of sources.toml.")
    ] = False,
    enable: Annotated[
        list[str] | None, typer.Option(help="With --fetch: a group of sources.toml to enable.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Index the corpus and every remembered source; PATHs are added to them."""
    own = settings()
    if check or against:
        _check(own.corpus_dir, against or [], as_json)
        return
    from assistant.progress import bar
    from ingest import report as reports
    from ingest.build import build

    failed = _fetch(own, enable or []) if fetch or enable else ()
    sources = _sources(own)
    sources.add(paths or [])
    with bar("embedding") as progress:
        report = build(own, sources.all(), full=full, strict=strict, progress=progress)
    skipped = (*failed, *report.skipped)
    for one in skipped:
        say(f"skipped: {one.reason}")
    if as_json:
        show(plain(report) | {"skipped": [plain(one) for one in skipped]})
    else:
        print("\n".join(reports.readable(report)))
    if skipped:
        raise typer.Exit(3)


def _fetch(own: "Settings", groups: list[str]) -> "tuple[Skipped, ...]":
    """Bring the enabled addresses; returns what failed, which is reported like a skipped file."""
    from ingest import fetch

    listing = fetch.listing(own.corpus_dir)
    fetch.enable(own.data_dir, listing, groups)
    done = fetch.fetch(own.data_dir, listing)
    say(
        f"fetched {len(done.changed)} new or changed, {len(done.unchanged)} unchanged, "
        f"{len(done.failed)} failed"
    )
    return done.failed


def _check(corpus: Path, against: list[Path], as_json: bool) -> None:
    """Print every fault with file and line; exit code 2 when there is one."""
    from assistant.learning import content
    from ingest import check, documents, passages
    from ingest.check import Fault

    faults = check.check(corpus) + (check.shared_runs(corpus, against) if against else ())
    loaded = documents.load([corpus], corpus).documents
    found = passages.split(loaded, settings().passage_words)
    sections = content.by_section(found)
    place = (corpus / "learning").as_posix()
    faults += tuple(Fault(place, 1, m) for m in content.faults(corpus / "learning", sections))
    if as_json:
        show([plain(fault) for fault in faults])
    for fault in faults:
        say(f"{fault.path}:{fault.line}: {fault.message}")
    say(f"{len(faults)} faults in {corpus}")
    if faults:
        raise typer.Exit(2)


@commands.command()
def documents(as_json: AsJson = False) -> None:
    """List the documents of the current snapshot by kind and stage."""
    from assistant import views
    from assistant.progress import table
    from ingest import embedding

    own = settings()
    model = embedding.fingerprint(own.embedding_model)
    found = views.documents(snapshots(own).open(model))
    if as_json:
        show([d.model_dump() for d in found])
    else:
        rows = [(d.kind, d.stage, d.document_id, d.title, d.status) for d in found]
        table(("kind", "stage", "id", "title", "status"), rows)


@commands.command()
def rollback(snapshot: str) -> None:
    """Make an earlier snapshot the current one."""
    with administration() as found:
        found.roll_back("command line", snapshot)
    print(f"snapshot {snapshot} is now current")


@sources_commands.callback()
def sources_default(context: typer.Context) -> None:
    """The remembered sources of documents."""
    if context.invoked_subcommand is None:
        sources_list()


@sources_commands.command("list")
def sources_list(as_json: AsJson = False) -> None:
    """List the sources, the corpus first."""
    found = [str(p) for p in _sources(settings()).all()]
    if as_json:
        show(found)
    else:
        print("\n".join(found))


@sources_commands.command("remove")
def sources_remove(path: Path) -> None:
    """Forget a source or a fetched group; its documents leave with the next ingest."""
    from ingest import fetch

    own = settings()
    if fetch.disable(own.data_dir, str(path)):
        say(f"disabled {path}; its files leave with the next 'assistant ingest --fetch'")
        return
    _sources(own).remove(path)
    say(f"removed {path}; run 'assistant ingest' to take its documents out of the index")


@snapshots_commands.callback()
def snapshots_default(context: typer.Context) -> None:
    """The snapshots of the index."""
    if context.invoked_subcommand is None:
        snapshots_list()


@snapshots_commands.command("list")
def snapshots_list(as_json: AsJson = False) -> None:
    """List the snapshots, newest first; the current one is marked."""
    from assistant import views

    store = snapshots(settings())
    current = store.current
    if as_json:
        show([plain(m) | {"current": m.id == current} for m in store.manifests()])
        return
    for manifest in store.manifests():
        mark = "*" if manifest.id == current else " "
        print(f"{mark} {views.snapshot_line(manifest)}")


@snapshots_commands.command("prune")
def snapshots_prune(
    keep: Annotated[int, typer.Option(min=1, help="How many of the newest to leave.")] = 1,
) -> None:
    """Delete all snapshots but the current one and the newest."""
    store = snapshots(settings())
    with store.ingest_lock():
        gone = store.prune(keep)
    print(f"deleted {', '.join(gone)}" if gone else "there was nothing to delete")


@snapshots_commands.command("diff")
def snapshots_diff(
    before: str,
    after: str,
    cases: Annotated[Path, typer.Option(help="Folder with evaluation cases, read as data.")] = Path(
        "evals/cases"
    ),
    as_json: AsJson = False,
) -> None:
    """Show which passages differ between two snapshots, and what cited them."""
    from assistant.database import Database
    from assistant.storage import AnswerStore
    from ingest import embedding
    from ingest.diff import diff

    own = settings()
    store = snapshots(own)
    for name in (before, after):
        if not store.whole(name):
            raise InputError(f"no snapshot {name!r}; 'assistant snapshots' lists them")
    model = embedding.fingerprint(own.embedding_model)
    found = diff(store.open(model, before).passages, store.open(model, after).passages)
    with closing(Database(own.database)) as database:
        cited = AnswerStore(database).citing(found.touched)
    checks = _checks_about(found.touched, own.corpus_dir / "learning")
    affected = _cases_about({i.partition("~")[0] for i in found.touched}, cases)
    if as_json:
        show(plain(found) | {"cases": affected, "checks": checks, "answers": list(cited)})
        return
    for name in ("added", "changed", "removed"):
        for passage_id in getattr(found, name):
            print(f"{name:8s} {passage_id}")
    print(
        f"{len(affected)} evaluation cases, {len(checks)} learning checks and {len(cited)} stored "
        "answers rest on what changed"
    )


def _checks_about(touched: "frozenset[str]", folder: Path) -> list[str]:
    """Ids of the written learning checks that rest on sections of the passages."""
    from assistant.learning import content

    sections = {passage_id.rpartition("~")[0] for passage_id in touched}
    _, _, checks = content.read(folder)
    return [c.id for c in checks.values() if sections & set(c.sections)]


def _cases_about(documents: set[str], folder: Path) -> list[str]:
    """Ids of the evaluation cases whose sources are among the documents."""
    files = sorted(folder.glob("*.jsonl"))
    lines = (line for file in files for line in file.read_text("utf-8").splitlines())
    rows = (json.loads(line) for line in lines if line.strip())
    return [row["id"] for row in rows if documents & set(row.get("sources", ()))]


@quarantine_commands.callback()
def quarantine_default(context: typer.Context) -> None:
    """Passages that wait for a person to look at them."""
    if context.invoked_subcommand is None:
        quarantine_list()


@quarantine_commands.command("list")
def quarantine_list(as_json: AsJson = False) -> None:
    """Show every suspicious passage of the current snapshot with its words and the reason."""
    found = _quarantined(settings())
    if as_json:
        rows = ((q.passage, q) for q in found)
        show(
            [
                {"passage_id": p.id, "reason": q.reason, "accepted": q.accepted, "text": p.text}
                for p, q in rows
            ]
        )
        return
    for one in found:
        state = "accepted" if one.accepted else "held back"
        print(f"{state} {one.passage.id}: {one.reason}\n    {one.passage.text}")
    if not found:
        print("no passage is suspicious")


@quarantine_commands.command("accept")
def quarantine_accept(passage_ids: list[str]) -> None:
    """Let passages into answers as they are now; the next ingest indexes them."""
    _decide(passage_ids, accept=True)


@quarantine_commands.command("hold")
def quarantine_hold(passage_ids: list[str]) -> None:
    """Take an acceptance back; the next ingest keeps the passages out."""
    _decide(passage_ids, accept=False)


def _decide(passage_ids: list[str], *, accept: bool) -> None:
    with administration() as found:
        found.review("command line", passage_ids, accept=accept)
    say(f"{'accepted' if accept else 'held back'} {len(passage_ids)}; run 'assistant ingest'")


def _quarantined(own: "Settings") -> "tuple[Quarantined, ...]":
    from ingest.errors import SnapshotError

    store = snapshots(own)
    if store.current is None:
        raise SnapshotError("there is no index yet; run 'assistant ingest' first")
    return store.quarantined(store.current)


def _sources(own: "Settings") -> "Sources":
    from ingest.sources import Sources

    return Sources(own.data_dir, own.corpus_dir)
