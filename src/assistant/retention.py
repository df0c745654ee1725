"""Deletes what was kept long enough."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from assistant.access.limiting import forget_old_hits
from assistant.database import Database
from assistant.learning.store import LearningStore
from assistant.storage import AnswerStore


@dataclass(frozen=True, slots=True)
class Purged:
    """How much was deleted."""

    answers: int
    learners: int


def purge(
    database: Database, answers_days: int, learners_days: int, now: datetime | None = None
) -> Purged:
    """Delete answers of more than so many days, and learners idle for so many; 0 keeps them."""
    now = now or datetime.now(UTC)
    answers = learners = 0
    if answers_days:
        answers = AnswerStore(database).purge(now - timedelta(days=answers_days))
    forget_old_hits(database)
    if learners_days:
        learners = LearningStore(database).purge(now - timedelta(days=learners_days))
    return Purged(answers, learners)
