"""How the assistant is used: counts out of the answer store, and unanswered questions in groups."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import case, func, select

from assistant.database import Database
from assistant.outcomes import outcomes
from assistant.storage import StoredAnswer, StoredFeedback, StoredPassage
from ingest.text import stop_words, terms

ALIKE = 0.5


@dataclass(frozen=True, slots=True)
class Day:
    """Answers and refusals of one day (UTC)."""

    day: str
    answers: int
    refusals: int


@dataclass(frozen=True, slots=True)
class Comment:
    """What a reader thought of an answer."""

    answer_id: str
    question: str
    useful: bool
    reasons: str
    text: str
    created: str


@dataclass(frozen=True, slots=True)
class Unanswered:
    """A question that was not answered, and the id of its record."""

    answer_id: str
    question: str


@dataclass(frozen=True, slots=True)
class Cluster:
    """Unanswered questions that share most of their words, newest first."""

    questions: tuple[Unanswered, ...]


class Usage:
    """Counts over the stored answers; what was purged is not counted."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def days(self, number: int, now: datetime | None = None) -> tuple[Day, ...]:
        """The last days in order, days without questions too."""
        today = (now or datetime.now(UTC)).date()
        first = today - timedelta(days=number - 1)
        day = func.substr(StoredAnswer.created, 1, 10)
        refused = case((StoredAnswer.outcome.in_(_refusals()), 1), else_=0)
        query = (
            select(day, func.count(), func.sum(refused))
            .where(StoredAnswer.created >= first.isoformat())
            .group_by(day)
        )
        with self._database.reading() as session:
            found = {d: (n - r, int(r)) for d, n, r in session.execute(query)}
        dates = ((first + timedelta(days=n)).isoformat() for n in range(number))
        return tuple(Day(d, *found.get(d, (0, 0))) for d in dates)

    def by_outcome(self) -> tuple[tuple[str, int], ...]:
        """How often each outcome was given, most frequent first."""
        query = (
            select(StoredAnswer.outcome, func.count())
            .group_by(StoredAnswer.outcome)
            .order_by(func.count().desc(), StoredAnswer.outcome)
        )
        with self._database.reading() as session:
            return tuple((name, n) for name, n in session.execute(query))

    def most_cited(self, limit: int) -> tuple[tuple[str, int], ...]:
        """The passages that most answers cite, and how many."""
        query = (
            select(StoredPassage.passage_id, func.count())
            .group_by(StoredPassage.passage_id)
            .order_by(func.count().desc(), StoredPassage.passage_id)
            .limit(limit)
        )
        with self._database.reading() as session:
            return tuple((name, n) for name, n in session.execute(query))

    def feedback(self) -> tuple[int, int]:
        """How many answers were called useful, and how many not."""
        query = select(StoredFeedback.useful, func.count()).group_by(StoredFeedback.useful)
        with self._database.reading() as session:
            found = {bool(useful): n for useful, n in session.execute(query)}
        return found.get(True, 0), found.get(False, 0)

    def comments(self, limit: int) -> tuple[Comment, ...]:
        """Feedback that says something, newest first."""
        query = (
            select(StoredFeedback, StoredAnswer.question)
            .join(StoredAnswer, StoredAnswer.id == StoredFeedback.answer_id)
            .where(~StoredFeedback.useful | (StoredFeedback.text != ""))
            .order_by(StoredFeedback.created.desc())
            .limit(limit)
        )
        with self._database.reading() as session:
            return tuple(
                Comment(f.answer_id, question, f.useful, f.reasons, f.text, f.created)
                for f, question in session.execute(query)
            )

    def unanswered(self, limit: int) -> tuple[Unanswered, ...]:
        """The newest questions that the documents did not answer."""
        query = (
            select(StoredAnswer.id, StoredAnswer.question)
            .where(StoredAnswer.outcome.in_(("not_covered", "partial")))
            .order_by(StoredAnswer.created.desc())
            .limit(limit)
        )
        with self._database.reading() as session:
            return tuple(Unanswered(i, q) for i, q in session.execute(query))


def clusters(questions: Sequence[Unanswered]) -> tuple[Cluster, ...]:
    """Questions grouped by shared word stems (Jaccard), largest group first. Pure.

    Each question joins the first group whose first question it is alike to.
    """
    groups: list[tuple[frozenset[str], list[Unanswered]]] = []
    for one in questions:
        own = frozenset(t for t in terms(one.question) if t not in stop_words())
        for words, members in groups:
            if own and len(own & words) >= ALIKE * len(own | words):
                members.append(one)
                break
        else:
            groups.append((own, [one]))
    found = (Cluster(tuple(members)) for _, members in groups)
    return tuple(sorted(found, key=lambda c: -len(c.questions)))


def _refusals() -> tuple[str, ...]:
    return tuple(name for name, row in outcomes().items() if row.group == "refusal")
