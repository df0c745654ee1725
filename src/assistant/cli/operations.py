"""Commands for those who run the service: keys, the switch, retention."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from assistant.cli.output import AsJson, administration, plain, say, settings, show
from ingest.errors import InputError

if TYPE_CHECKING:
    from assistant.access.store import AccessStore

commands = typer.Typer()
keys = typer.Typer(help="API keys.", invoke_without_command=True)
record = typer.Typer(help="Stored answers as signed files.", no_args_is_help=True)
commands.add_typer(keys, name="keys")
commands.add_typer(record, name="record")


@contextmanager
def _access() -> "Iterator[AccessStore]":
    from contextlib import closing

    from assistant.access.store import AccessStore
    from assistant.database import Database

    with closing(Database(settings().database)) as database:
        yield AccessStore(database)


@keys.callback()
def list_keys(context: typer.Context, as_json: AsJson = False) -> None:
    """List the API keys; their secrets are kept nowhere."""
    if context.invoked_subcommand:
        return
    with _access() as access:
        found = access.keys()
    if as_json:
        show([plain(key) for key in found])
        return
    for key in found:
        state = f"revoked {key.revoked[:10]}" if key.revoked else "good"
        print(f"{key.id}  {key.created[:10]}  {state:18s}  {', '.join(key.scopes):20s}  {key.name}")


@keys.command("create")
def create_key(
    name: str,
    scope: Annotated[
        list[str] | None, typer.Option(help="ask, metrics or records; may be given again.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Make a key and print its secret, once."""
    with _access() as access:
        key, secret = access.create_key(name, scope or ["ask"])
        access.note("command line", f"created key {key.id} for {key.name}")
    if as_json:
        show(plain(key) | {"secret": secret})
        return
    print(secret)
    say(
        f"key {key.id}: this secret is shown once; send it as 'Authorization: Bearer {secret[:6]}…'"
    )


@keys.command("revoke")
def revoke_key(key_id: str) -> None:
    """A key that opens nothing from now on."""
    with _access() as access:
        access.revoke_key(key_id)
        access.note("command line", f"revoked key {key_id}")
    print(f"revoked {key_id}")


@commands.command("sign-out")
def sign_out(name: str) -> None:
    """End all sessions of a person, on all servers."""
    with _access() as access:
        ended = access.sign_out_everywhere(name)
        access.note("command line", f"signed {name} out of {ended} sessions")
    print(f"ended {ended} sessions of {name}")


@commands.command()
def off(notice: str) -> None:
    """Turn answers off on all servers; readers see the notice."""
    with administration() as found:
        found.turn_off("command line", notice)
    print("answers are off; 'assistant on' turns them on")


@commands.command()
def on() -> None:
    """Turn answers on again."""
    with administration() as found:
        found.turn_on("command line")
    print("answers are on")


@commands.command()
def doctor(as_json: AsJson = False) -> None:
    """Check index, model, database, disk, settings; exit code 1 when something needs a hand."""
    from assistant.doctor import examine

    found = examine(settings())
    if as_json:
        show([plain(finding) for finding in found])
    for finding in () if as_json else found:
        print(f"{'good' if finding.good else 'BAD '}  {finding.what:16s}  {finding.told}")
    if not all(finding.good for finding in found):
        raise typer.Exit(1)


@commands.command()
def backup(folder: Path) -> None:
    """Copy everything that cannot be made again to a new folder, while the service runs."""
    from assistant.backup import backup as copy

    own = settings()
    print(f"copied {', '.join(copy(own, folder))} to {folder}")
    if own.database_url.get_secret_value():
        say("the database is PostgreSQL: take it with pg_dump")


@commands.command()
def purge(as_json: AsJson = False) -> None:
    """Delete what is older than the settings allow; the server does so every hour."""
    from contextlib import closing

    from assistant import retention
    from assistant.database import Database

    own = settings()
    with closing(Database(own.database)) as database:
        gone = retention.purge(database, own.keep_answers_days, own.keep_learners_days)
    if as_json:
        show(asdict(gone))
    else:
        print(f"deleted {gone.answers} answers and {gone.learners} learners")


@record.command("export")
def export_record(
    answer_id: str,
    out: Annotated[Path | None, typer.Option(help="File to write; otherwise stdout.")] = None,
) -> None:
    """Write a stored answer with its passages as one signed file."""
    from contextlib import closing

    from assistant.database import Database
    from assistant.service import signed_record
    from assistant.storage import AnswerStore

    own = settings()
    with closing(Database(own.database)) as database:
        signed = signed_record(own, AnswerStore(database), answer_id)
    text = signed.model_dump_json(indent=2)
    if out is None:
        print(text)
        return
    try:
        out.write_text(text + "\n", "utf-8")
    except OSError as error:
        raise InputError(f"{out} cannot be written: {error.strerror}") from error
    say(f"wrote {out}; 'assistant record key' prints the key to check it with")


@record.command("verify")
def verify_record(
    file: Path,
    key: Annotated[str, typer.Option(help="The public key that the body published.")] = "",
    as_json: AsJson = False,
) -> None:
    """Check a file that was exported, offline; exit code 1 when something does not hold."""
    from assistant.recording import verify

    try:
        text = file.read_bytes()
    except OSError as error:
        raise InputError(f"{file}: {error.strerror}") from error
    checks = verify(text, key)
    if as_json:
        show([plain(check) for check in checks])
    for check in () if as_json else checks:
        print(f"{'holds' if check.holds else 'FAILS'}  {check.what}")
    if not key:
        say("without --key this shows that nothing was changed, not who signed it")
    if not all(check.holds for check in checks):
        raise typer.Exit(1)


@record.command("key")
def record_key() -> None:
    """Print the public key that records are signed with."""
    from assistant.recording import public_key, signing_key

    print(public_key(signing_key(settings().data_dir)))
