"""The answer store: every answer with what it rests on, so that it can be found and replayed."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import cast

from pydantic import TypeAdapter
from sqlalchemy import ForeignKey, Index, Table, bindparam, delete, func, select
from sqlalchemy.orm import Mapped, mapped_column

from assistant.database import Base, Database
from assistant.records import Answer, Filters, Question, Turn
from ingest.errors import UnknownError
from ingest.records import Passage

_passage = TypeAdapter(Passage)


class StoredAnswer(Base):
    """One answered turn: the question as asked, the whole answer object, and what made it."""

    __tablename__ = "answers"
    __table_args__ = (Index("ix_answers_conversation", "conversation_id", "created"),)

    id: Mapped[str] = mapped_column(primary_key=True)
    conversation_id: Mapped[str]
    created: Mapped[str]
    question: Mapped[str]
    history: Mapped[str]
    filters: Mapped[str]
    answer: Mapped[str]
    outcome: Mapped[str] = mapped_column(index=True)
    engine: Mapped[str]
    snapshot: Mapped[str]
    settings: Mapped[str]


class StoredPassage(Base):
    """A passage that an answer cited, with the digest of its text at that time."""

    __tablename__ = "answer_passages"

    answer_id: Mapped[str] = mapped_column(
        ForeignKey("answers.id", ondelete="CASCADE"), primary_key=True
    )
    passage_id: Mapped[str] = mapped_column(primary_key=True, index=True)
    digest: Mapped[str]


class KeptPassage(Base):
    """The whole passage behind a digest; it stays when its snapshot is pruned."""

    __tablename__ = "kept_passages"

    passage_id: Mapped[str] = mapped_column(primary_key=True)
    digest: Mapped[str] = mapped_column(primary_key=True)
    content: Mapped[str]


class StoredFeedback(Base):
    """What a reader thought of an answer; the last word counts."""

    __tablename__ = "feedback"

    answer_id: Mapped[str] = mapped_column(
        ForeignKey("answers.id", ondelete="CASCADE"), primary_key=True
    )
    useful: Mapped[bool]
    reasons: Mapped[str]
    text: Mapped[str]
    created: Mapped[str]


_ANSWERS, _LINKS = cast(Table, StoredAnswer.__table__), cast(Table, StoredPassage.__table__)
_LATEST = select(func.max(_ANSWERS.c.created)).where(
    _ANSWERS.c.conversation_id == bindparam("conversation")
)


@dataclass(frozen=True, slots=True)
class Recorded:
    """One stored turn with all that made its answer."""

    question: Question
    answer: Answer
    settings: str
    created: str


@dataclass(frozen=True, slots=True)
class Asked:
    """A stored turn as evaluations see it: question, what became of it, what was thought."""

    id: str
    question: str
    history: tuple[Turn, ...]
    outcome: str
    documents: tuple[str, ...]
    useful: bool | None
    comment: str


class AnswerStore:
    """Answers in a database."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._keep = database.insert(KeptPassage).on_conflict_do_nothing()

    def save(
        self, question: Question, answer: Answer, cited: Sequence[Passage], settings: str
    ) -> None:
        """Store an answer; StorageError when it cannot be written.

        Written with plain statements: this is on the way of every answer, and takes half as long.
        """
        row = {
            "id": answer.id,
            "conversation_id": answer.conversation_id,
            "question": question.text,
            "history": json.dumps([turn.model_dump() for turn in question.history]),
            "filters": question.filters.model_dump_json(),
            "answer": answer.model_dump_json(),
            "outcome": answer.outcome,
            "engine": answer.engine,
            "snapshot": answer.snapshot,
            "settings": settings,
        }
        links = [{"answer_id": answer.id, "passage_id": p.id, "digest": p.digest} for p in cited]
        kept = [
            {
                "passage_id": p.id,
                "digest": p.digest,
                "content": _passage.dump_json(p).decode(),
            }
            for p in cited
        ]
        with self._database.transaction() as connection:
            latest = connection.scalar(_LATEST, {"conversation": answer.conversation_id})
            connection.execute(_ANSWERS.insert(), row | {"created": _after(latest)})
            if cited:
                connection.execute(_LINKS.insert(), links)
                connection.execute(self._keep, kept)

    def check(self) -> None:
        """StorageError when the database cannot be read."""
        self.answer("")

    def answer(self, answer_id: str) -> Answer | None:
        """A stored answer, or None."""
        with self._database.reading() as session:
            row = session.get(StoredAnswer, answer_id)
            return Answer.model_validate_json(row.answer) if row else None

    def save_feedback(
        self, answer_id: str, useful: bool, reasons: Sequence[str], text: str
    ) -> None:
        """Store what a reader thought; InputError when there is no such answer."""
        row = {
            "answer_id": answer_id,
            "useful": useful,
            "reasons": json.dumps(list(reasons)),
            "text": text,
            "created": datetime.now(UTC).isoformat(timespec="milliseconds"),
        }
        with self._database.writing() as session:
            if session.get(StoredAnswer, answer_id) is None:
                raise UnknownError(f"there is no answer {answer_id!r}")
            self._database.put(session, StoredFeedback, row)

    def recorded(self, answer_id: str) -> Recorded:
        """A stored turn; UnknownError when there is none with this id."""
        with self._database.reading() as session:
            row = session.get(StoredAnswer, answer_id)
            if row is None:
                raise UnknownError(f"there is no answer {answer_id!r}")
            history = tuple(Turn.model_validate(t) for t in json.loads(row.history))
            filters = Filters.model_validate_json(row.filters)
            question = Question(row.question, history, filters)
            answer = Answer.model_validate_json(row.answer)
            return Recorded(question, answer, row.settings, row.created)

    def passages_of(self, answer_id: str) -> tuple[Passage, ...]:
        """The passages that an answer cites, as they were then."""
        query = (
            select(KeptPassage.content)
            .join(
                StoredPassage,
                (StoredPassage.passage_id == KeptPassage.passage_id)
                & (StoredPassage.digest == KeptPassage.digest),
            )
            .where(StoredPassage.answer_id == answer_id)
            .order_by(KeptPassage.passage_id)
        )
        with self._database.reading() as session:
            return tuple(map(_passage.validate_json, session.scalars(query)))

    def citing(self, passages: Iterable[str]) -> tuple[str, ...]:
        """Ids of the answers that cite one of these passages, oldest first."""
        wanted = list(passages)
        cited = select(StoredPassage.answer_id).where(StoredPassage.passage_id.in_(wanted))
        query = (
            select(StoredAnswer.id).where(StoredAnswer.id.in_(cited)).order_by(StoredAnswer.created)
        )
        with self._database.reading() as session:
            return tuple(session.execute(query).scalars())

    def asked(self, limit: int = 5000) -> tuple[Asked, ...]:
        """The newest turns with their feedback, oldest first."""
        query = (
            select(StoredAnswer, StoredFeedback)
            .outerjoin(StoredFeedback, StoredFeedback.answer_id == StoredAnswer.id)
            .order_by(StoredAnswer.created.desc())
            .limit(limit)
        )
        with self._database.reading() as session:
            rows = session.execute(query).all()
        return tuple(_asked(answer, feedback) for answer, feedback in reversed(rows))

    def conversation(self, conversation_id: str) -> tuple[tuple[str, Answer], ...]:
        """All questions and answers of a conversation, in order."""
        query = (
            select(StoredAnswer.question, StoredAnswer.answer)
            .where(StoredAnswer.conversation_id == conversation_id)
            .order_by(StoredAnswer.created)
        )
        with self._database.reading() as session:
            rows = session.execute(query).all()
        return tuple((q, Answer.model_validate_json(a)) for q, a in rows)

    def find(self, answer_ids: Sequence[str]) -> tuple[tuple[str, Answer], ...]:
        """Questions and answers by id, in the order asked for; UnknownError names a missing one."""
        with self._database.reading() as session:
            rows = [session.get(StoredAnswer, i) for i in answer_ids]
        for answer_id, row in zip(answer_ids, rows, strict=True):
            if row is None:
                raise UnknownError(f"there is no answer {answer_id!r}")
        return tuple((r.question, Answer.model_validate_json(r.answer)) for r in rows if r)

    def most_asked(self, limit: int) -> tuple[tuple[str, int], ...]:
        """The questions that were asked most often, and how often."""
        asked = func.lower(func.trim(StoredAnswer.question))
        query = select(asked, func.count()).group_by(asked).order_by(func.count().desc(), asked)
        with self._database.reading() as session:
            return tuple((q, n) for q, n in session.execute(query.limit(limit)))

    def forget(self, conversation_id: str) -> int:
        """Delete a conversation and all that hangs on it; how many answers there were."""
        query = delete(StoredAnswer).where(StoredAnswer.conversation_id == conversation_id)
        with self._database.writing() as session:
            gone: int = session.execute(query).rowcount  # type: ignore[attr-defined]
            return gone

    def purge(self, before: datetime) -> int:
        """Delete the answers from before a time and all that hangs on them; how many there were.

        Passages that no answer cites any more go too.
        """
        limit = before.astimezone(UTC).isoformat(timespec="milliseconds")
        with self._database.writing() as session:
            query = delete(StoredAnswer).where(StoredAnswer.created < limit)
            gone: int = session.execute(query).rowcount  # type: ignore[attr-defined]
            if gone:
                cited = select(StoredPassage.digest)
                session.execute(delete(KeptPassage).where(KeptPassage.digest.not_in(cited)))
            return gone

    def turns(self, conversation_id: str, limit: int) -> tuple[Turn, ...]:
        """The last turns of a conversation in order, question and answer each a turn."""
        query = (
            select(StoredAnswer.question, StoredAnswer.answer)
            .where(StoredAnswer.conversation_id == conversation_id)
            .order_by(StoredAnswer.created.desc())
            .limit(limit)
        )
        with self._database.reading() as session:
            rows = session.execute(query).all()
        found: list[Turn] = []
        for question, answer in reversed(rows):
            found.append(Turn(role="user", content=question))
            said = Answer.model_validate_json(answer).answer
            found.append(Turn(role="assistant", content=said))
        return tuple(found)


def _after(latest: str | None) -> str:
    """Now, or just after the latest turn where the clock was put back: turns keep their order."""
    now = datetime.now(UTC)
    if latest:
        now = max(now, datetime.fromisoformat(latest) + timedelta(milliseconds=1))
    return now.isoformat(timespec="milliseconds")


def _asked(answer: StoredAnswer, feedback: StoredFeedback | None) -> Asked:
    said = Answer.model_validate_json(answer.answer)
    shown = said.citations or said.closest
    return Asked(
        id=answer.id,
        question=answer.question,
        history=tuple(Turn.model_validate(t) for t in json.loads(answer.history)),
        outcome=answer.outcome,
        documents=tuple(dict.fromkeys(c.document_id for c in shown)),
        useful=feedback.useful if feedback else None,
        comment=feedback.text if feedback else "",
    )
