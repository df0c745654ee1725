"""What learners did, in the one database: nothing personal, and nothing lost in mid-step."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ForeignKey, delete, func, select
from sqlalchemy.orm import Mapped, mapped_column

from assistant.database import Base, Database


class StoredLearner(Base):
    """A learner: the digest of a resume code, or of a signed-in name, and that name."""

    __tablename__ = "learners"

    id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    created: Mapped[str]


class StoredAttempt(Base):
    """One answer to one check; the token makes a form that is sent twice count once."""

    __tablename__ = "attempts"

    token: Mapped[str] = mapped_column(primary_key=True)
    learner: Mapped[str] = mapped_column(ForeignKey("learners.id", ondelete="CASCADE"))
    check_id: Mapped[str]
    outcome: Mapped[str]
    given: Mapped[str]
    at: Mapped[str]


class StoredCard(Base):
    """When a check comes back, whether it was ever passed, and with which words."""

    __tablename__ = "cards"

    learner: Mapped[str] = mapped_column(
        ForeignKey("learners.id", ondelete="CASCADE"), primary_key=True
    )
    check_id: Mapped[str] = mapped_column(primary_key=True)
    card: Mapped[str]
    due: Mapped[str]
    passed: Mapped[bool]
    digest: Mapped[str]
    words: Mapped[str]


class StoredRead(Base):
    """A step whose reading a learner has seen."""

    __tablename__ = "steps_read"

    learner: Mapped[str] = mapped_column(
        ForeignKey("learners.id", ondelete="CASCADE"), primary_key=True
    )
    step_id: Mapped[str] = mapped_column(primary_key=True)
    at: Mapped[str]


class StoredCompletion(Base):
    """A completed path, with a code that anybody can verify."""

    __tablename__ = "completions"

    code: Mapped[str] = mapped_column(primary_key=True)
    learner: Mapped[str] = mapped_column(ForeignKey("learners.id", ondelete="CASCADE"))
    path_id: Mapped[str]
    path_title: Mapped[str]
    name: Mapped[str]
    at: Mapped[str]


@dataclass(frozen=True, slots=True)
class Attempt:
    """One answer to one check."""

    token: str
    learner: str
    check_id: str
    outcome: str
    given: tuple[str, ...]
    at: str


@dataclass(frozen=True, slots=True)
class Held:
    """A card of a learner."""

    check_id: str
    card: str
    due: str
    passed: bool
    digest: str
    words: str


@dataclass(frozen=True, slots=True)
class Completion:
    """A completed path."""

    code: str
    learner: str
    path_id: str
    path_title: str
    name: str
    at: str


class LearningStore:
    """Learners and what they did."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, learner: str, name: str, at: datetime) -> None:
        """Remember a learner; nothing happens when it is known."""
        row = {"id": learner, "name": name, "created": _text(at)}
        with self._database.writing() as session:
            self._database.add(session, StoredLearner, row)

    def purge(self, before: datetime) -> int:
        """Delete the learners who did nothing since a time, and all about them; how many."""
        limit = _text(before)
        done = (
            select(table.learner).where(column >= limit)
            for table, column in (
                (StoredAttempt, StoredAttempt.at),
                (StoredRead, StoredRead.at),
                (StoredCompletion, StoredCompletion.at),
            )
        )
        idle = (StoredLearner.id.not_in(active) for active in done)
        with self._database.writing() as session:
            query = delete(StoredLearner).where(StoredLearner.created < limit, *idle)
            gone: int = session.execute(query).rowcount  # type: ignore[attr-defined]
            return gone

    def known(self, learner: str) -> bool:
        """Whether there is such a learner."""
        with self._database.reading() as session:
            return session.get(StoredLearner, learner) is not None

    def forget(self, learner: str) -> bool:
        """Delete a learner and all about them; whether there was one."""
        query = delete(StoredLearner).where(StoredLearner.id == learner)
        with self._database.writing() as session:
            return bool(session.execute(query).rowcount)  # type: ignore[attr-defined]

    def record(self, attempt: Attempt, held: Held | None) -> bool:
        """Store an attempt with its card, together or not at all; False when it is stored already.

        The attempt is written first, so that two tabs take turns.
        """
        row = {
            "token": attempt.token,
            "learner": attempt.learner,
            "check_id": attempt.check_id,
            "outcome": attempt.outcome,
            "given": json.dumps(attempt.given),
            "at": attempt.at,
        }
        with self._database.writing() as session:
            if not self._database.add(session, StoredAttempt, row):
                return False
            if held is not None:
                card = {name: getattr(held, name) for name in Held.__slots__}
                self._database.put(session, StoredCard, {"learner": attempt.learner} | card)
            return True

    def cards(self, learner: str) -> dict[str, Held]:
        """The cards of a learner by check."""
        query = select(StoredCard).where(StoredCard.learner == learner)
        with self._database.reading() as session:
            rows = session.scalars(query).all()
            return {
                r.check_id: Held(r.check_id, r.card, r.due, r.passed, r.digest, r.words)
                for r in rows
            }

    def mark_read(self, learner: str, step_id: str, at: datetime) -> None:
        """Remember that a step was read."""
        row = {"learner": learner, "step_id": step_id, "at": _text(at)}
        with self._database.writing() as session:
            self._database.add(session, StoredRead, row)

    def steps_read(self, learner: str) -> frozenset[str]:
        """The steps that were read."""
        query = select(StoredRead.step_id).where(StoredRead.learner == learner)
        with self._database.reading() as session:
            return frozenset(session.scalars(query))

    def complete(self, completion: Completion) -> Completion:
        """Store a completion once; returns the one that counts."""
        row = {name: getattr(completion, name) for name in Completion.__slots__}
        with self._database.writing() as session:
            self._database.add(session, StoredCompletion, row)
        return next(
            c for c in self.completions(completion.learner) if c.path_id == completion.path_id
        )

    def completions(self, learner: str) -> tuple[Completion, ...]:
        """The completed paths of a learner."""
        query = select(StoredCompletion).where(StoredCompletion.learner == learner)
        with self._database.reading() as session:
            return tuple(_completion(row) for row in session.scalars(query))

    def completion(self, code: str) -> Completion | None:
        """The completion with this code."""
        with self._database.reading() as session:
            row = session.get(StoredCompletion, code)
            return _completion(row) if row else None

    def attempts(self) -> tuple[Attempt, ...]:
        """All attempts in order, for the training lead."""
        query = select(StoredAttempt).order_by(StoredAttempt.at, StoredAttempt.token)
        with self._database.reading() as session:
            return tuple(
                Attempt(r.token, r.learner, r.check_id, r.outcome, tuple(json.loads(r.given)), r.at)
                for r in session.scalars(query)
            )

    def all_completions(self) -> tuple[Completion, ...]:
        """All completions in order, for the training lead."""
        query = select(StoredCompletion).order_by(StoredCompletion.at)
        with self._database.reading() as session:
            return tuple(_completion(row) for row in session.scalars(query))

    def learners(self) -> int:
        """How many learners there are."""
        with self._database.reading() as session:
            return session.scalar(select(func.count()).select_from(StoredLearner)) or 0

    def names(self, learners: Sequence[str]) -> dict[str, str]:
        """The names of learners who are signed in; others have none."""
        query = select(StoredLearner).where(StoredLearner.id.in_(learners))
        with self._database.reading() as session:
            return {row.id: row.name for row in session.scalars(query)}


def _completion(row: StoredCompletion) -> Completion:
    return Completion(row.code, row.learner, row.path_id, row.path_title, row.name, row.at)


def _text(at: datetime) -> str:
    return at.isoformat(timespec="milliseconds")
