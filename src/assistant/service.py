"""The assistant as its ways in use it: check a question, answer it, store the answer, search."""

import re
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from assistant import privacy, tracing
from assistant.access.store import AccessStore
from assistant.cache import AnswerCache
from assistant.database import Database
from assistant.finishing import again, switched_off
from assistant.model import helpers
from assistant.model.chat import Limits
from assistant.pipeline import Event, Pipeline
from assistant.records import MAX_QUESTION, Answer, Filters, Question, Retrieved, Turn
from assistant.replay import Replay, checked_again, compare, written
from assistant.settings import Settings
from assistant.storage import AnswerStore
from assistant.tuning import shipped
from ingest import embedding, export
from ingest.errors import InputError
from ingest.originals import Originals
from ingest.records import Document
from ingest.snapshots import Snapshot, SnapshotStore

if TYPE_CHECKING:
    from assistant.learning.service import Learning
    from assistant.recording import SignedRecord


USED_TURNS = 6
USED_CHARACTERS = 4_000
CONTROL = re.compile(r"[\x01-\x08\x0b\x0c\x0e-\x1f\x7f]")


class Assistant:
    """One open snapshot, one pipeline, one answer store."""

    def __init__(
        self,
        pipeline: Pipeline,
        database: Database,
        originals: Originals,
        fingerprint: str,
        learning: "Callable[[], Learning]",
        cached_answers: int = 0,
    ) -> None:
        self._learning = learning
        self._pipeline = pipeline
        self._database = database
        self._access = AccessStore(database)
        self.store = AnswerStore(database)
        self.cache = AnswerCache(cached_answers)
        self._originals = originals
        self._fingerprint = fingerprint

    @classmethod
    def open(cls, settings: Settings, database: Database | None = None) -> "Assistant":
        """The assistant of the current snapshot; SnapshotError when there is none to use."""
        pipeline = open_pipeline(settings)
        stored = database or Database(settings.database)
        return cls(
            pipeline,
            stored,
            Originals(settings.data_dir),
            settings.fingerprint(),
            lambda: open_learning(settings, pipeline.snapshot, stored),
            settings.cached_answers,
        )

    @property
    def snapshot(self) -> Snapshot:
        """What is being answered from."""
        return self._pipeline.snapshot

    def ask(
        self,
        text: str,
        *,
        history: Sequence[Turn] | None = None,
        conversation_id: str | None = None,
        filters: Filters | None = None,
    ) -> Answer:
        """Answer and store. Without ``history`` the turns of the conversation are looked up."""
        *_, answer = self.stream(
            text, history=history, conversation_id=conversation_id, filters=filters
        )
        assert isinstance(answer, Answer)
        return answer

    def stream(
        self,
        text: str,
        *,
        history: Sequence[Turn] | None = None,
        conversation_id: str | None = None,
        filters: Filters | None = None,
    ) -> Iterator[Event]:
        """What a model writes as it comes, then the answer, which is stored.

        Closing the iterator stops a model.
        """
        used = self._used(history)
        if history is None and conversation_id:
            used = self.store.turns(conversation_id, USED_TURNS // 2)  # masked when it was stored
        question = Question(self._masked(checked(text)), used, filters or Filters())
        if notice := self._access.off():
            yield switched_off(self.snapshot.manifest.id, conversation_id, notice)
        elif known := self.cache.get(question):
            yield self._keep(question, again(known, conversation_id))
        else:
            for event in self._pipeline.stream(question, conversation_id):
                if isinstance(event, Answer):
                    self.cache.put(question, self._keep(question, event))
                yield event

    def _keep(self, question: Question, answer: Answer) -> Answer:
        cited = [p for c in answer.citations if (p := self.snapshot.passage(c.passage_id))]
        with tracing.span("store"):
            self.store.save(question, answer, cited, self._fingerprint)
        return answer

    def forget(self, conversation_id: str) -> int:
        """Delete a conversation and everything about it; how many answers there were."""
        self.cache.clear()
        return self.store.forget(conversation_id)

    def search(self, text: str, limit: int, filters: Filters | None = None) -> Retrieved:
        """The best passages for a query."""
        question = Question(self._masked(checked(text)), (), filters or Filters())
        return self._pipeline.retrieve(self._pipeline.understand(question), limit=limit)

    def _masked(self, text: str) -> str:
        """The text without personal data; people whom the documents name stay."""
        return privacy.mask(text, self._pipeline.snapshot.mentions)

    def _used(self, history: Sequence[Turn] | None) -> tuple[Turn, ...]:
        """The turns that an answer can rest on, masked and no longer than a page."""
        return tuple(
            Turn(role=turn.role, content=self._masked(turn.content[:USED_CHARACTERS]))
            for turn in (history or ())[-USED_TURNS:]
        )

    @cached_property
    def learning(self) -> "Learning":
        """Learning over the same snapshot, made when it is first asked for."""
        return self._learning()

    def original(self, document: Document) -> Path | None:
        """The kept file that a document was read from, if it is of a format that is kept."""
        return self._originals.path(document.original)

    def feedback(self, answer_id: str, useful: bool, reasons: Sequence[str], text: str) -> None:
        """Store what a reader thought of an answer; UnknownError when there is no such answer."""
        self.store.save_feedback(answer_id, useful, reasons, self._masked(text))

    def close(self) -> None:
        """Release the database."""
        self._database.close()


def open_learning(settings: Settings, snapshot: Snapshot, database: Database) -> "Learning":
    """The course of a snapshot with the store of what learners did.

    Imported here: answering alone needs none of it.
    """
    from assistant.learning import content, course
    from assistant.learning.service import Learning
    from assistant.learning.store import LearningStore

    passages = content.by_section(snapshot.passages)
    found = course.of(settings.corpus_dir / "learning", passages)
    return Learning(found, LearningStore(database))


def replay_answer(settings: Settings, answer_id: str) -> Replay:
    """A stored answer made again from its own snapshot; UnknownError, SnapshotError.

    No model is asked: what one wrote is checked again. So is every answer whose snapshot was
    pruned, against the passages that were kept with it.
    """
    with closing(Database(settings.database)) as database:
        store = AnswerStore(database)
        recorded, kept = store.recorded(answer_id), store.passages_of(answer_id)
    if not SnapshotStore(settings.data_dir).whole(recorded.answer.snapshot):
        held = {p.id: p for p in kept}
        again = checked_again(recorded.answer, held.get)
        return compare(recorded.answer, again, recorded.settings != settings.fingerprint(), True)
    alone = settings.model_copy(update={"model": ""})
    pipeline = open_pipeline(alone, recorded.answer.snapshot)
    if written(recorded.answer):
        again = checked_again(recorded.answer, pipeline.snapshot.passage)
    else:
        again = pipeline.answer(recorded.question, recorded.answer.conversation_id)
    return compare(recorded.answer, again, recorded.settings != settings.fingerprint())


def signed_record(settings: Settings, store: AnswerStore, answer_id: str) -> "SignedRecord":
    """A stored answer as a signed record; UnknownError when there is none."""
    from assistant.recording import record_of, sign, signing_key

    record = record_of(store.recorded(answer_id), store.passages_of(answer_id), settings.shaping())
    return sign(record, signing_key(settings.data_dir))


def open_pipeline(settings: Settings, name: str | None = None) -> Pipeline:
    """The pipeline over a snapshot, by default the current one; SnapshotError if unusable.

    Model and snapshot are loaded side by side: the first question waits for both.
    """
    model = settings.embedding_model
    with ThreadPoolExecutor(1) as pool:
        loading = pool.submit(export.embeddings, model, settings.data_dir, settings.query_threads)
        reading = pool.submit(export.cross_encoder, model, settings.data_dir)
        store = SnapshotStore(settings.data_dir, settings.chroma_url)
        snapshot = store.open(embedding.fingerprint(model), name)
        reranker = None
        if settings.reranker_model:
            from assistant.reranking import CrossEncoderRanking

            reranker = CrossEncoderRanking(settings.reranker_model, settings.query_threads)
        return Pipeline(
            snapshot,
            loading.result(),
            shipped(),
            open_helpers(settings),
            reranker,
            reading.result(),
        )


def open_helpers(settings: Settings) -> helpers.Helpers:
    limits = Limits(
        seconds=settings.model_seconds,
        retries=settings.model_retries,
        at_once=settings.model_at_once,
        reply_tokens=settings.model_reply_tokens,
        daily_tokens=settings.model_daily_tokens,
    )
    return helpers.opened(
        settings.model,
        settings.model_url,
        settings.model_key.get_secret_value(),
        settings.model_uses,
        limits,
        settings.entailment_model,
        settings.query_threads,
    )


class Live:
    """Always the assistant of the current snapshot: reopens it after an ingest or a rollback."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._store = SnapshotStore(settings.data_dir, settings.chroma_url)
        self._lock = threading.Lock()
        self._open: Assistant | None = None

    @cached_property
    def database(self) -> Database:
        """The one database of this process, whatever snapshot is current."""
        return Database(self.settings.database)

    def forget_cached(self) -> None:
        """No answer stays in memory longer than in the database."""
        if self._open is not None:
            self._open.cache.clear()

    def get(self) -> Assistant:
        """The assistant to ask now; one that is in use elsewhere stays whole."""
        current = self._store.current
        held = self._open
        if held is not None and held.snapshot.manifest.id == current:
            return held
        with self._lock:
            if self._open is None or self._open.snapshot.manifest.id != current:
                self._open = Assistant.open(self.settings, self.database)
            return self._open


def checked(text: str) -> str:
    """The question without surrounding space; InputError when it cannot be one."""
    if "\0" in text:
        raise InputError("the question contains a NUL character; remove it")
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise InputError("the question is not valid UTF-8") from error
    if not text.strip():
        raise InputError("the question is empty; write what you want to know")
    if len(text) > MAX_QUESTION:
        raise InputError(
            f"the question has {len(text):,} characters; the limit is {MAX_QUESTION:,}"
        )
    return CONTROL.sub(" ", text).strip()
