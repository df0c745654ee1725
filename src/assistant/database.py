"""The one database: its connection, its migrations, and errors that name it."""

from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any

from sqlalchemy import create_engine, event, inspect, text
from sqlalchemy.dialects import postgresql as post
from sqlalchemy.dialects import sqlite as lite
from sqlalchemy.engine import URL, Connection, Engine, make_url
from sqlalchemy.exc import ArgumentError, DataError, SQLAlchemyError
from sqlalchemy.orm import DeclarativeBase, Session

from ingest.errors import InputError, StorageError

HEAD = "0006"
POSTGRESQL = "postgresql+psycopg"
MIGRATION_LOCK = 7_301_114  # any number that nothing else in the database locks
CONNECT_SECONDS = 5
REMEDY = {
    "sqlite": "check the folder or set ASSISTANT_DATA_DIR",
    "postgresql": "check the server and ASSISTANT_DATABASE_URL",
}


class Base(DeclarativeBase):
    """The tables; ``migrations/`` creates and changes them."""


class Database:
    """A database file, or a database of a PostgreSQL server. Opening it brings its tables up to
    date; several processes may do so at once."""

    def __init__(self, address: str) -> None:
        self._url = _url(address)
        self._engine = _engine(self._url)
        with self._errors():
            if self._url.database and self.kind == "sqlite":
                Path(self._url.database).parent.mkdir(parents=True, exist_ok=True)
            _migrate(self._engine)

    @property
    def kind(self) -> str:
        """``sqlite`` or ``postgresql``."""
        return self._url.get_backend_name()

    @property
    def place(self) -> str:
        """Where it is, for people: without a password."""
        if self.kind == "sqlite":
            return str(self._url.database)
        return self._url.render_as_string(hide_password=True)

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A session to read in; StorageError when the database cannot be used."""
        with self._errors(), Session(self._engine) as session:
            yield session

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """A session whose changes are stored together, or not at all."""
        with self._errors(), Session(self._engine) as session, session.begin():
            yield session

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """A bare connection whose statements are stored together, or not at all."""
        with self._errors(), self._engine.begin() as connection:
            yield connection

    def add(self, session: Session, table: type[Base], row: dict[str, Any]) -> bool:
        """Insert a row unless there is one with its key; whether it is new."""
        done = session.execute(self.insert(table).values(row).on_conflict_do_nothing())
        return bool(done.rowcount)  # type: ignore[attr-defined]

    def put(self, session: Session, table: type[Base], row: dict[str, Any]) -> None:
        """Insert a row, or change the one with its key; the last of two at once counts."""
        key = [column.name for column in inspect(table).primary_key]
        rest = {name: value for name, value in row.items() if name not in key}
        new = self.insert(table).values(row)
        session.execute(new.on_conflict_do_update(index_elements=key, set_=rest))

    def insert(self, table: type[Base]) -> lite.Insert | post.Insert:
        """An insert that can say what happens when the key is there already."""
        return lite.insert(table) if self.kind == "sqlite" else post.insert(table)

    def close(self) -> None:
        """Release the file or the connections."""
        self._engine.dispose()

    @contextmanager
    def _errors(self) -> Iterator[None]:
        try:
            yield
        except DataError as error:
            raise InputError("this text has characters that cannot be stored") from error
        except (SQLAlchemyError, OSError) as error:
            reason = str(getattr(error, "orig", None) or error).splitlines()[0]
            raise StorageError(
                f"the answer store {self.place} cannot be used: {reason}; {REMEDY[self.kind]}"
            ) from error


def _url(address: str) -> URL:
    try:
        url = make_url(address)
    except ArgumentError as error:
        raise InputError(
            "ASSISTANT_DATABASE_URL is not an address; write postgresql://user@host/name"
        ) from error
    if url.drivername in ("postgres", "postgresql"):
        url = url.set(drivername=POSTGRESQL)
    if url.drivername not in ("sqlite", POSTGRESQL):
        raise InputError(
            f"ASSISTANT_DATABASE_URL names {url.drivername!r}; it must be postgresql or sqlite"
        )
    return url


def _engine(url: URL) -> Engine:
    if url.drivername == POSTGRESQL:
        return _server(url)
    engine = create_engine(url)

    @event.listens_for(engine, "connect")
    def configure(connection, _record):  # type: ignore[no-untyped-def]
        # With a write-ahead log readers never wait, and a killed process loses nothing.
        cursor = connection.cursor()
        cursor.execute("PRAGMA journal_mode=WAL")
        cursor.execute("PRAGMA synchronous=NORMAL")
        cursor.execute("PRAGMA foreign_keys=ON")
        cursor.execute("PRAGMA secure_delete=ON")  # what is deleted is overwritten
        cursor.execute("PRAGMA busy_timeout=5000")
        cursor.close()

    return engine


def _server(url: URL) -> Engine:
    """Connections are tried before use, so that a server that comes back is found again."""
    try:
        return create_engine(
            url,
            pool_pre_ping=True,
            pool_size=10,
            max_overflow=30,
            pool_timeout=CONNECT_SECONDS,
            connect_args={"connect_timeout": CONNECT_SECONDS},
        )
    except ModuleNotFoundError as error:
        raise InputError(
            "PostgreSQL needs its driver: pip install 'procurement-assistant[postgresql]'"
        ) from error


def _migrate(engine: Engine) -> None:
    """Run the migrations that are missing; alembic is loaded only when there are some."""
    with engine.connect() as connection:
        if _version(connection) == HEAD:
            return
    with engine.begin() as connection:
        _take_turns(connection)
        if _version(connection) != HEAD:
            _upgrade(connection)


def _version(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()


def _take_turns(connection: Connection) -> None:
    """Wait for another process that migrates; held until the transaction ends."""
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("BEGIN IMMEDIATE")
    else:
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": MIGRATION_LOCK})


def _upgrade(connection: Connection) -> None:
    from alembic import command
    from alembic.config import Config

    with as_file(files("assistant") / "migrations") as scripts:
        config = Config()
        config.set_main_option("script_location", str(scripts))
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
