"""A copy of everything an installation cannot make again, taken while it runs."""

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

from assistant.settings import Settings
from ingest.errors import InputError, StorageError
from ingest.snapshots import SnapshotStore

# What the data folder holds, so that the copy serves at once; the database is copied on its own.
KEPT = (
    "snapshots",
    "originals",
    "fetched",
    "models",
    "accepted.json",
    "sources.json",
    "fetched.json",
    "secret.key",
    "signing.key",
)
DATABASE = "assistant.db"


def backup(settings: Settings, target: Path) -> tuple[str, ...]:
    """Copy to a new folder, which is a data folder itself; the names of what was copied.

    SQLite is copied by its own backup, which sees one state of a database in use; PostgreSQL is
    left to pg_dump. Nothing is written to a folder that has something in it.
    """
    if target.exists() and any(target.iterdir()):
        raise InputError(f"{target} is not empty; name a new folder")
    source, copied = settings.data_dir, []
    try:
        target.mkdir(parents=True, exist_ok=True, mode=0o700)
        with SnapshotStore(source).ingest_lock():
            for path in (source / name for name in KEPT):
                if path.is_dir():
                    shutil.copytree(path, target / path.name)
                elif path.is_file():
                    shutil.copy2(path, target / path.name)
                else:
                    continue
                copied.append(path.name)
            if (source / "current").is_file():
                shutil.copy2(source / "current", target / "current")
        if not settings.database_url.get_secret_value() and (source / DATABASE).is_file():
            _database(source / DATABASE, target / DATABASE)
            copied.append(DATABASE)
    except (OSError, sqlite3.Error) as error:
        raise StorageError(f"the backup in {target} is not whole: {error}") from error
    return tuple(copied)


def _database(source: Path, target: Path) -> None:
    with closing(sqlite3.connect(source)) as live, closing(sqlite3.connect(target)) as copy:
        live.backup(copy)
