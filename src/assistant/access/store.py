"""Keys, sessions, the switch, and what maintainers did, in the one database.

Secrets are stored as SHA-256 digests: they are 256 random bits, which nobody guesses.
"""

import hashlib
import json
import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Mapped, mapped_column

from assistant.access.callers import SCOPES, Caller
from assistant.database import Base, Database
from ingest.errors import InputError, UnknownError

KEY = "pa_"
OFF = "answers"
NOTED = timedelta(minutes=1)


class StoredKey(Base):
    """An API key, as a digest; ``revoked`` is empty or a time."""

    __tablename__ = "api_keys"

    id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    digest: Mapped[str] = mapped_column(unique=True)
    scopes: Mapped[str]
    created: Mapped[str]
    revoked: Mapped[str]


class StoredSession(Base):
    """Somebody who signed in, until a time; the token is kept as a digest."""

    __tablename__ = "sessions"

    digest: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    roles: Mapped[str]
    expires: Mapped[str] = mapped_column(index=True)
    used: Mapped[str]


class StoredSwitch(Base):
    """Something that is turned off, and the words shown instead."""

    __tablename__ = "switches"

    name: Mapped[str] = mapped_column(primary_key=True)
    notice: Mapped[str]


class StoredDeed(Base):
    """What somebody with rights did."""

    __tablename__ = "deeds"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    at: Mapped[str]
    who: Mapped[str]
    what: Mapped[str]


_OFF = select(StoredSwitch.__table__.c.notice).where(StoredSwitch.__table__.c.name == OFF)


@dataclass(frozen=True, slots=True)
class Key:
    """An API key without its secret."""

    id: str
    name: str
    scopes: tuple[str, ...]
    created: str
    revoked: str


@dataclass(frozen=True, slots=True)
class Deed:
    """What somebody with rights did, and when."""

    at: str
    who: str
    what: str


class AccessStore:
    """Everything that access is decided by."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def create_key(self, name: str, scopes: Collection[str]) -> tuple[Key, str]:
        """A new key and its secret, which is never shown again; InputError on unknown scopes."""
        if unknown := sorted(set(scopes) - set(SCOPES)):
            raise InputError(f"unknown scope {unknown[0]!r}; there are {', '.join(SCOPES)}")
        if not scopes or not name.strip():
            raise InputError("a key needs a name and at least one scope")
        secret = KEY + secrets.token_urlsafe(32)
        row = StoredKey(
            id=secrets.token_hex(4),
            name=name.strip(),
            digest=_digest(secret),
            scopes=json.dumps(sorted(scopes)),
            created=_text(_now()),
            revoked="",
        )
        key = _key(row)
        with self._database.writing() as session:
            session.add(row)
        return key, secret

    def keys(self) -> tuple[Key, ...]:
        """All keys, oldest first, revoked ones too."""
        with self._database.reading() as session:
            return tuple(map(_key, session.scalars(select(StoredKey).order_by(StoredKey.created))))

    def revoke_key(self, key_id: str) -> None:
        """A key that opens nothing from now on; UnknownError when there is none."""
        with self._database.writing() as session:
            row = session.get(StoredKey, key_id)
            if row is None:
                raise UnknownError(f"there is no key {key_id!r}; 'assistant keys' lists them")
            row.revoked = row.revoked or _text(_now())

    def key_holder(self, secret: str) -> Caller | None:
        """Who holds this key; None for an unknown or revoked one."""
        query = select(StoredKey).where(
            StoredKey.digest == _digest(secret), StoredKey.revoked == ""
        )
        with self._database.reading() as session:
            row = session.scalar(query)
            return Caller("key", row.id, scopes=frozenset(json.loads(row.scopes))) if row else None

    def sign_in(self, name: str, roles: Collection[str], hours: int) -> str:
        """A session's token, which only the browser knows."""
        token = secrets.token_urlsafe(32)
        row = StoredSession(
            digest=_digest(token),
            name=name,
            roles=json.dumps(sorted(roles)),
            expires=_text(_now() + timedelta(hours=hours)),
            used=_text(_now()),
        )
        with self._database.writing() as session:
            session.execute(delete(StoredSession).where(StoredSession.expires < _text(_now())))
            session.add(row)
        return token

    def person(self, token: str, idle_minutes: int) -> Caller | None:
        """Who signed in; None for an unknown or ended session, or one not used for so long.

        That it is used is noted once a minute.
        """
        now, digest = _now(), _digest(token)
        with self._database.reading() as session:
            row = session.get(StoredSession, digest)
            if row is None or row.expires < _text(now):
                return None
            if row.used < _text(now - timedelta(minutes=idle_minutes)):
                return None
            stale = row.used < _text(now - NOTED)
            caller = Caller("person", row.name, roles=frozenset(json.loads(row.roles)))
        if stale:
            query = update(StoredSession).where(StoredSession.digest == digest)
            with self._database.writing() as session:
                session.execute(query.values(used=_text(now)))
        return caller

    def sign_out(self, token: str) -> None:
        """End a session."""
        query = delete(StoredSession).where(StoredSession.digest == _digest(token))
        with self._database.writing() as session:
            session.execute(query)

    def sign_out_everywhere(self, name: str) -> int:
        """End all sessions of a person; how many there were."""
        query = delete(StoredSession).where(StoredSession.name == name)
        with self._database.writing() as session:
            gone: int = session.execute(query).rowcount  # type: ignore[attr-defined]
            return gone

    def turn_off(self, notice: str) -> None:
        """No answers from now on; the notice stands in their place."""
        if not notice.strip():
            raise InputError("say why answers are off; readers see these words")
        row = {"name": OFF, "notice": notice.strip()}
        with self._database.writing() as session:
            self._database.put(session, StoredSwitch, row)

    def turn_on(self) -> None:
        """Answers again."""
        with self._database.writing() as session:
            session.execute(delete(StoredSwitch).where(StoredSwitch.name == OFF))

    def off(self) -> str:
        """The notice while answers are off; nothing while they are on."""
        with self._database.transaction() as connection:
            return connection.scalar(_OFF) or ""

    def note(self, who: str, what: str) -> None:
        """Remember what somebody with rights did."""
        with self._database.writing() as session:
            session.add(StoredDeed(at=_text(_now()), who=who, what=what))

    def deeds(self, limit: int = 50) -> tuple[Deed, ...]:
        """What was done, newest first."""
        query = select(StoredDeed).order_by(StoredDeed.id.desc()).limit(limit)
        with self._database.reading() as session:
            return tuple(Deed(row.at, row.who, row.what) for row in session.scalars(query))


def _key(row: StoredKey) -> Key:
    return Key(row.id, row.name, tuple(json.loads(row.scopes)), row.created, row.revoked)


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def _now() -> datetime:
    return datetime.now(UTC)


def _text(at: datetime) -> str:
    return at.isoformat(timespec="milliseconds")
