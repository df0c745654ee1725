from datetime import UTC, datetime, timedelta

from assistant.database import Database
from assistant.learning.store import Attempt, LearningStore
from assistant.retention import Purged, purge
from assistant.service import Assistant

NOW = datetime.now(UTC)


def test_answers_go_after_their_days(assistant: Assistant, database: Database) -> None:
    answer = assistant.ask("Why buy apples?")
    assistant.feedback(answer.id, True, [], "")
    assert purge(database, 30, 0, NOW + timedelta(days=29)) == Purged(0, 0)
    assert purge(database, 0, 0, NOW + timedelta(days=9999)) == Purged(0, 0)
    assert purge(database, 30, 0, NOW + timedelta(days=31)) == Purged(1, 0)
    assert assistant.store.answer(answer.id) is None
    assert assistant.store.asked() == ()


def test_learners_go_when_they_have_done_nothing_for_long(database: Database) -> None:
    store = LearningStore(database)
    store.add("idle", "", NOW - timedelta(days=90))
    store.add("busy", "", NOW - timedelta(days=90))
    at = NOW.isoformat(timespec="milliseconds")
    store.record(Attempt("token", "busy", "check", "right", ("0",), at), None)
    assert purge(database, 0, 60, NOW) == Purged(0, 1)
    assert store.known("busy")
    assert not store.known("idle")
