"""The one database: its connection, its migrations, and errors that name it."""

from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import as_file, files
from pathlib import Path

from sqlalchemy import create_engine, event, inspect, text
from sqlalchemy.engine import URL, Engine
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import DeclarativeBase, Session

from ingest.errors import StorageError

HEAD = "0003"


class Base(DeclarativeBase):
    """The tables; ``migrations/`` creates and changes them."""


class Database:
    """A database file. Opening it brings its tables up to date."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._engine = _engine(path)
        with self._errors():
            path.parent.mkdir(parents=True, exist_ok=True)
            _migrate(self._engine)

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

    def close(self) -> None:
        """Release the file."""
        self._engine.dispose()

    @contextmanager
    def _errors(self) -> Iterator[None]:
        try:
            yield
        except (SQLAlchemyError, OSError) as error:
            reason = str(getattr(error, "orig", None) or error).splitlines()[0]
            raise StorageError(
                f"the answer store {self._path} cannot be used: {reason}; "
                "check the folder or set ASSISTANT_DATA_DIR"
            ) from error


def _engine(database: Path) -> Engine:
    engine = create_engine(URL.create("sqlite", database=str(database)))

    @event.listens_for(engine, "connect")
    def configure(connection, _record):  # type: ignore[no-untyped-def]
        # With a write-ahead log readers never wait, and a killed process loses nothing.
        cursor = connection.cursor()
        cursor.execute("PRAGMA journal_mode=WAL")
        cursor.execute("PRAGMA synchronous=NORMAL")
        cursor.execute("PRAGMA foreign_keys=ON")
        cursor.execute("PRAGMA busy_timeout=5000")
        cursor.close()

    return engine


def _migrate(engine: Engine) -> None:
    """Run the migrations that are missing; alembic is loaded only when there are some."""
    with engine.connect() as connection:
        if inspect(connection).has_table("alembic_version"):
            version = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
            if version == HEAD:
                return
    from alembic import command
    from alembic.config import Config

    with as_file(files("assistant") / "migrations") as scripts, engine.begin() as connection:
        config = Config()
        config.set_main_option("script_location", str(scripts))
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
