from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from assistant.database import HEAD
from assistant.pipeline import Pipeline
from assistant.records import Question
from assistant.storage import AnswerStore
from ingest.errors import StorageError


def test_an_answer_comes_back_as_it_was(tmp_path: Path, pipeline: Pipeline) -> None:
    store = AnswerStore(tmp_path / "a" / "answers.db")
    question = Question("Why buy apples?")
    answer = pipeline.answer(question)
    passages = [p for c in answer.citations if (p := pipeline.snapshot.passage(c.passage_id))]
    store.save(question, answer, passages, "settings")
    store.close()
    again = AnswerStore(tmp_path / "a" / "answers.db")
    assert again.answer(answer.id) == answer
    assert again.answer("unknown") is None
    turns = again.turns(answer.conversation_id, 5)
    assert [(t.role, t.content) for t in turns] == [
        ("user", "Why buy apples?"),
        ("assistant", answer.answer),
    ]
    again.close()


def test_the_passages_behind_an_answer_are_kept_with_their_digests(
    tmp_path: Path, pipeline: Pipeline
) -> None:
    store = AnswerStore(tmp_path / "answers.db")
    question = Question("Why buy apples?")
    answer = pipeline.answer(question)
    passage = pipeline.snapshot.passage(answer.citations[0].passage_id)
    assert passage
    store.save(question, answer, [passage], "settings")
    store.close()
    engine = create_engine(f"sqlite:///{tmp_path / 'answers.db'}")
    with engine.connect() as connection:
        rows = connection.execute(text("SELECT passage_id, digest FROM answer_passages")).all()
        version = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    engine.dispose()
    assert [tuple(r) for r in rows] == [(passage.id, passage.digest)]
    assert version == HEAD


def test_a_file_that_is_no_database_is_named(tmp_path: Path) -> None:
    (tmp_path / "answers.db").write_text("not a database at all, but long enough" * 99, "utf-8")
    with pytest.raises(StorageError, match="cannot be used"):
        AnswerStore(tmp_path / "answers.db")
