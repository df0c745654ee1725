"""How often somebody may ask, with the library ``limits``.

Counters lie in memory, in the database or in Redis; those of several servers must lie in one place.
"""

import math
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from limits import RateLimitItem, parse
from limits.errors import ConfigurationError, StorageError
from limits.storage import MemoryStorage, Storage, storage_from_string
from limits.strategies import FixedWindowRateLimiter, RateLimiter, SlidingWindowCounterRateLimiter
from sqlalchemy import case, delete, select
from sqlalchemy.orm import Mapped, mapped_column

from assistant.database import Base, Database
from ingest import errors

SWEEP_SECONDS = 30


class StoredHits(Base):
    """How often something was asked until a time, in seconds since 1970."""

    __tablename__ = "hits"

    key: Mapped[str] = mapped_column(primary_key=True)
    count: Mapped[int]
    expires: Mapped[float] = mapped_column(index=True)


@dataclass(frozen=True, slots=True)
class Spent:
    """What is left of a limit: requests, and seconds until it is whole again."""

    allowed: bool
    limit: int
    window: int
    left: int
    seconds: int


class Limiter:
    """Counts hits against limits such as ``120/minute``."""

    def __init__(self, place: str, database: Database) -> None:
        self._strategy = _strategy(place, database)

    def hit(self, limit: RateLimitItem, *who: str) -> Spent:
        """Count one; UnavailableError when the counters cannot be reached."""
        try:
            allowed = self._strategy.hit(limit, *who)
            stats = self._strategy.get_window_stats(limit, *who)
        except StorageError as error:
            raise errors.UnavailableError(
                f"the counters of requests cannot be reached: {error}; "
                "check ASSISTANT_LIMIT_STORAGE"
            ) from error
        seconds = max(math.ceil(stats.reset_time - time.time()), 1)
        return Spent(allowed, limit.amount, limit.get_expiry(), stats.remaining, seconds)


def limit(text: str) -> RateLimitItem:
    """A limit from its words; InputError names what is wrong."""
    try:
        return parse(text)
    except ValueError as error:
        raise errors.InputError(f"{text!r} is no limit; write it as 120/minute") from error


def _strategy(place: str, database: Database) -> RateLimiter:
    if place == "memory":
        return SlidingWindowCounterRateLimiter(SweptMemory())
    if place == "database":
        return FixedWindowRateLimiter(DatabaseStorage(database))
    try:
        storage = storage_from_string(place, wrap_exceptions=True)
        return SlidingWindowCounterRateLimiter(storage)
    except ConfigurationError as error:
        raise errors.InputError(
            f"ASSISTANT_LIMIT_STORAGE is {place!r}; write memory, database or redis://host:6379, "
            "and install the extra 'redis' for the last"
        ) from error


class SweptMemory(MemoryStorage):
    """Counters in memory that one thread clears of what is over.

    The library starts a thread for that at every hit, when the last one is done.
    """

    def __init__(self) -> None:
        super().__init__()
        self.timer.join()
        self.timer = _Sweeper(self.sweep)
        self.timer.start()

    def sweep(self) -> None:
        """Forget the counts of windows that are over."""
        now = time.time()
        for key in [key for key, end in list(self.expirations.items()) if end <= now]:
            self.clear(key)


class _Sweeper(threading.Timer):
    """A timer that goes on for as long as the process lives."""

    def __init__(self, sweep: Callable[[], None]) -> None:
        super().__init__(SWEEP_SECONDS, sweep)
        self.daemon = True

    def run(self) -> None:
        while not self.finished.wait(self.interval):
            self.function()


class DatabaseStorage(Storage):
    """Counters in a table, so that several servers share them without one more service."""

    def __init__(self, database: Database) -> None:
        super().__init__(wrap_exceptions=False)
        self._database = database

    @property
    def base_exceptions(self) -> type[Exception]:
        """What this storage raises."""
        return errors.StorageError

    def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        """Count, in a new window when the last is over; the sum."""
        now = time.time()
        over = StoredHits.expires <= now
        new = self._database.insert(StoredHits).values(key=key, count=amount, expires=now + expiry)
        counted = new.on_conflict_do_update(
            index_elements=["key"],
            set_={
                "count": case((over, amount), else_=StoredHits.count + amount),
                "expires": case((over, now + expiry), else_=StoredHits.expires),
            },
        ).returning(StoredHits.count)
        with self._database.writing() as session:
            return int(session.execute(counted).scalar_one())

    def get(self, key: str) -> int:
        """The count of the window that is open."""
        row = self._row(key)
        return int(row.count) if row else 0

    def get_expiry(self, key: str) -> float:
        """When the open window ends."""
        row = self._row(key)
        return float(row.expires) if row else time.time()

    def check(self) -> bool:
        """Whether the table can be read."""
        self._row("")
        return True

    def reset(self) -> int | None:
        """Forget all counts; how many there were."""
        return self.forget(StoredHits.expires > 0)

    def clear(self, key: str) -> None:
        """Forget one count."""
        self.forget(StoredHits.key == key)

    def _row(self, key: str) -> Any:
        query = select(StoredHits.count, StoredHits.expires).where(
            StoredHits.key == key, StoredHits.expires > time.time()
        )
        with self._database.reading() as session:
            return session.execute(query).first()

    def forget(self, which: Any) -> int:
        """Forget some counts; how many there were."""
        with self._database.writing() as session:
            gone: int = session.execute(delete(StoredHits).where(which)).rowcount  # type: ignore[attr-defined]
            return gone


def forget_old_hits(database: Database) -> int:
    """Delete the counts of windows that are over; how many there were."""
    storage = DatabaseStorage(database)
    return storage.forget(StoredHits.expires <= time.time())
