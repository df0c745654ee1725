from datetime import datetime
from pathlib import Path
from threading import Thread

import pytest
from sqlalchemy import text

from assistant.database import HEAD, Database
from assistant.pipeline import Pipeline
from assistant.records import Answer, Question
from assistant.storage import AnswerStore
from evals.reliability.servers import PostgreSQL
from ingest.errors import InputError, StorageError

QUESTION = Question("Why buy apples?")


def stored(pipeline: Pipeline, database: Database, conversation: str | None = None) -> Answer:
    answer = pipeline.answer(QUESTION, conversation)
    passages = [p for c in answer.citations if (p := pipeline.snapshot.passage(c.passage_id))]
    AnswerStore(database).save(QUESTION, answer, passages, "settings")
    return answer


def test_an_answer_comes_back_as_it_was(address: str, pipeline: Pipeline) -> None:
    first = Database(address)
    answer = stored(pipeline, first)
    first.close()
    database = Database(address)
    again = AnswerStore(database)
    assert again.answer(answer.id) == answer
    assert again.answer("unknown") is None
    turns = again.turns(answer.conversation_id, 5)
    assert [(t.role, t.content) for t in turns] == [
        ("user", "Why buy apples?"),
        ("assistant", answer.answer),
    ]
    database.close()


def test_the_passages_behind_an_answer_are_kept_with_their_digests(
    database: Database, pipeline: Pipeline
) -> None:
    answer = stored(pipeline, database)
    passage = pipeline.snapshot.passage(answer.citations[0].passage_id)
    assert passage
    with database.reading() as session:
        rows = session.execute(text("SELECT passage_id, digest FROM answer_passages")).all()
        version = session.execute(text("SELECT version_num FROM alembic_version")).scalar()
    assert (passage.id, passage.digest) in [tuple(r) for r in rows]
    assert version == HEAD
    assert AnswerStore(database).citing([passage.id]) == (answer.id,)


def test_turns_keep_their_order_when_the_clock_is_put_back(
    database: Database, pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = stored(pipeline, database)

    class Earlier(datetime):
        @classmethod
        def now(cls, tz: object = None) -> datetime:
            return datetime.fromisoformat("2001-01-01T00:00:00+00:00")

    monkeypatch.setattr("assistant.storage.datetime", Earlier)
    second = stored(pipeline, database, first.conversation_id)
    turns = AnswerStore(database).conversation(first.conversation_id)
    assert [answer.id for _, answer in turns] == [first.id, second.id]


def test_processes_that_start_together_migrate_once(address: str) -> None:
    opened: list[Database] = []
    threads = [Thread(target=lambda: opened.append(Database(address))) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(opened) == 6
    for database in opened:
        database.close()


def test_a_file_that_is_no_database_is_named(tmp_path: Path) -> None:
    (tmp_path / "answers.db").write_text("not a database at all, but long enough" * 99, "utf-8")
    with pytest.raises(StorageError, match=r"answers\.db cannot be used"):
        Database(f"sqlite:///{tmp_path}/answers.db")


@pytest.mark.parametrize("address", ["no address", "mysql://someone@here/db"])
def test_an_address_that_cannot_be_one_is_refused(address: str) -> None:
    with pytest.raises(InputError, match="ASSISTANT_DATABASE_URL"):
        Database(address)


def test_a_server_that_was_away_is_found_again(
    tmp_path_factory: pytest.TempPathFactory, pipeline: Pipeline
) -> None:
    server = PostgreSQL(tmp_path_factory.mktemp("away"), durable=True)
    database = Database(server.database())
    first = stored(pipeline, database)
    server.stop("immediate")
    with pytest.raises(StorageError, match="cannot be used"):
        stored(pipeline, database)
    server.start()
    stored(pipeline, database)
    assert AnswerStore(database).answer(first.id) == first
    database.close()
    server.stop("immediate")


def test_a_password_is_never_shown() -> None:
    with pytest.raises(StorageError) as error:
        Database("postgresql://someone:secret@127.0.0.1:1/none")
    assert "secret" not in str(error.value)
