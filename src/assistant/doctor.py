"""Looks at everything that an answer needs, and says what to do about what is wrong."""

import shutil
import stat
from collections.abc import Callable
from dataclasses import dataclass
from tempfile import TemporaryFile

from assistant.access.limiting import Limiter, limit
from assistant.database import HEAD, Database
from assistant.settings import Settings
from ingest import embedding, export
from ingest.errors import AssistantError, InputError, SnapshotError, StorageError
from ingest.snapshots import SnapshotStore

LOW_DISK = 1_000_000_000
PRIVATE = ("secret.key", "signing.key")


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at; ``told`` says what was found, or what to do."""

    what: str
    good: bool
    told: str


def examine(settings: Settings) -> tuple[Finding, ...]:
    """Every check in turn; one that fails does not keep the others from running."""
    checks: tuple[tuple[str, Callable[[Settings], str]], ...] = (
        ("data folder", _folder),
        ("disk", _disk),
        ("keys", _keys),
        ("embedding model", _model),
        ("index", _index),
        ("database", _database),
        ("limits", _limits),
        ("language model", _language_model),
        ("sign-in", _sign_in),
    )
    return tuple(_tried(what, check, settings) for what, check in checks)


def _tried(what: str, check: Callable[[Settings], str], settings: Settings) -> Finding:
    try:
        return Finding(what, True, check(settings))
    except AssistantError as error:
        return Finding(what, False, str(error))


def _folder(settings: Settings) -> str:
    try:
        settings.data_dir.mkdir(parents=True, exist_ok=True)
        with TemporaryFile(dir=settings.data_dir) as file:
            file.write(b"x")
    except OSError as error:
        raise StorageError(
            f"{settings.data_dir} cannot be written ({error.strerror}); give the service's user "
            "the right to, or set ASSISTANT_DATA_DIR"
        ) from error
    return f"{settings.data_dir} can be written"


def _disk(settings: Settings) -> str:
    free = shutil.disk_usage(settings.data_dir.parent).free
    if free < LOW_DISK:
        raise StorageError(
            f"{free / 1e9:.1f} GB are free; an ingest needs room for a second index. Delete old "
            "snapshots with 'assistant snapshots prune', or add disk"
        )
    return f"{free / 1e9:.0f} GB are free"


def _keys(settings: Settings) -> str:
    made = [settings.data_dir / name for name in PRIVATE if (settings.data_dir / name).exists()]
    for path in made:
        if stat.S_IMODE(path.stat().st_mode) & 0o077:
            raise StorageError(f"others can read {path}; run: chmod 600 {path}")
    return f"{len(made)} private files, readable by their owner alone"


def _model(settings: Settings) -> str:
    try:
        vector = export.embeddings(settings.embedding_model, settings.data_dir, 1).embed_query("x")
        export.cross_encoder(settings.embedding_model, settings.data_dir)
    except (OSError, ValueError, RuntimeError) as error:
        raise InputError(
            f"{settings.embedding_model} cannot be loaded ({error}); run 'assistant ingest', or "
            "check ASSISTANT_EMBEDDING_MODEL"
        ) from error
    told = f"{settings.embedding_model}, {len(vector)} dimensions"
    if settings.embedding_model == embedding.EMBEDDED:
        embedding.embedded_model_path()
        told += ", checksum of the weights verified"
    return told


def _index(settings: Settings) -> str:
    store = SnapshotStore(settings.data_dir, settings.chroma_url)
    snapshot = store.open(embedding.fingerprint(settings.embedding_model))
    if not snapshot.passages:
        raise SnapshotError("the current snapshot is empty; run 'assistant ingest'")
    waiting = len(store.quarantined(snapshot.manifest.id))
    held = f", {waiting} passages held back: 'assistant quarantine'" if waiting else ""
    return f"snapshot {snapshot.manifest.id}, {len(snapshot.passages):,} passages{held}"


def _database(settings: Settings) -> str:
    database = Database(settings.database)
    try:
        kind, place = database.kind, database.place
        with database.writing():
            pass
    finally:
        database.close()
    return f"{kind} at {place}, schema {HEAD}"


def _limits(settings: Settings) -> str:
    for text in (
        settings.limit_address,
        settings.limit_conversation,
        settings.limit_key,
        settings.limit_other,
    ):
        limit(text)
    database = Database(settings.database)
    try:
        Limiter(settings.limit_storage, database).hit(limit("1000/second"), "doctor")
    finally:
        database.close()
    return f"counted in {settings.limit_storage.partition('@')[0].partition('//')[0]}"


def _language_model(settings: Settings) -> str:
    if not settings.model:
        return "none: answers are extracts"
    from assistant.service import open_helpers

    open_helpers(settings)
    return f"{settings.model} is configured; its server was not asked"


def _sign_in(settings: Settings) -> str:
    if not settings.oidc_issuer:
        return "a proxy names people" if settings.user_header else "none: /admin stays closed"
    import httpx2

    address = f"{settings.oidc_issuer.rstrip('/')}/.well-known/openid-configuration"
    try:
        httpx2.get(address, timeout=5).raise_for_status().json()["token_endpoint"]
    except (httpx2.HTTPError, ValueError, KeyError) as error:
        raise InputError(
            f"{address} does not answer as OpenID Connect does ({error}); check "
            "ASSISTANT_OIDC_ISSUER and the network"
        ) from error
    return f"{settings.oidc_issuer} answers"
