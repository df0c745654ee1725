"""Question to cited answer, in order: understand, retrieve, score sentences, judge, compose, cite.

Where a city sets a language model it writes from the same passages, and is verified.

Every step is a function of values; this module hands them from one to the next and keeps time.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from threading import Lock

from langchain_core.embeddings import Embeddings

from assistant import (
    answerability,
    citing,
    composing,
    guards,
    precedence,
    scope,
    sentences,
    thesaurus,
)
from assistant.answerability import NOT_JUDGED, Judgement
from assistant.finishing import ENGINE, Clock, Finish, notices
from assistant.model.chat import ModelError
from assistant.model.helpers import NO_HELPERS, Helpers
from assistant.records import (
    NO_SCOPE,
    Answer,
    AnswerSentence,
    Draft,
    Query,
    Question,
    Request,
    Retrieved,
)
from assistant.retrieval import Retrieval
from assistant.sentences import Scored
from assistant.shapes import Material
from assistant.spelling import Speller
from assistant.suggestions import suggest
from assistant.tuning import CoverageTuning, Tuning
from assistant.understanding import Reader, understand
from assistant.vocabulary import Vocabulary
from ingest.records import Passage
from ingest.snapshots import Snapshot

MOST_PASSAGES = 5
ENOUGH_OPEN = 20  # the distance of fewer open questions says nothing
UNDERSTOOD = "Understood as: {text}"
TRANSLATED = "Translated by a language model. The original words stand beside each citation."
INTEGRITY = (
    "integrity, fairness, equal treatment of suppliers, conflicts of interest, bias, corruption"
)


@dataclass(frozen=True)
class Trace:
    """What each step made of a question; evaluations look into it."""

    request: Request
    retrieved: Retrieved
    scored: tuple[Scored, ...]
    judgement: Judgement
    draft: Draft


Event = AnswerSentence | Answer


class Pipeline:
    """Answers questions from one snapshot.

    Without a model it is deterministic: same question, same text. ``helpers`` are what a language
    model may do; each sentence that it writes is verified before anyone sees it.
    """

    def __init__(
        self,
        snapshot: Snapshot,
        embeddings: Embeddings,
        tuning: Tuning,
        helpers: Helpers = NO_HELPERS,
        reranker: Callable[[str, Retrieved], Retrieved] | None = None,
        cross_encoder: Callable[[str, str], float] | None = None,
    ) -> None:
        self._turn = Lock()
        self._cross_encoder = cross_encoder
        self._reranker = reranker
        self.snapshot = snapshot
        self._tuning = tuning
        self._helpers = helpers
        self._thesaurus = thesaurus.of(snapshot.passages)
        self.retrieval = Retrieval(snapshot, embeddings, self._thesaurus, tuning.retrieval)
        self._enough_open = sum(len(p.open) for p in snapshot.passages) >= ENOUGH_OPEN
        self._vocabulary = Vocabulary.of(self.retrieval.terms)
        self._reader = Reader(
            Speller(snapshot.passages),
            scope.gazetteer(snapshot.documents.values()),
            tuning.history,
        )

    def other(self, tuning: Tuning | None = None, helpers: Helpers | None = None) -> "Pipeline":
        """The same models over the same snapshot, with other numbers or other helpers."""
        return Pipeline(
            self.snapshot,
            self.retrieval.embeddings,
            tuning or self._tuning,
            helpers or self._helpers,
            self._reranker,
            self._cross_encoder,
        )

    def answer(self, question: Question, conversation_id: str | None = None) -> Answer:
        """The answer to a question, with every sentence cited."""
        *_, last = self.stream(question, conversation_id)
        assert isinstance(last, Answer)
        return last

    def stream(self, question: Question, conversation_id: str | None = None) -> Iterator[Event]:
        """Sentences of a model as soon as each is sure, then the answer, which alone counts.

        Closing the iterator stops the model.
        """
        clock = Clock()
        asked = question
        if self._helpers.rewrite and question.history:
            asked = replace(question, text=self._helpers.rewrite(question.text, question.history))
        trace = self.trace(asked, clock)
        language = trace.request.language
        if trace.request.outcome == "unsupported_language" and self._helpers.translate:
            english = self._helpers.in_english(question.text)
            trace = self.trace(replace(question, text=english), clock) if english else trace
        told = notices(question, trace.request, trace.draft)
        if asked.text != question.text:
            told = (UNDERSTOOD.format(text=asked.text), *told)
        build = Finish(self.snapshot.manifest.id, trace.draft, conversation_id, clock, told)
        if trace.draft.outcome == "unsupported_language" or not language:
            yield from self._told(trace, question, build)
        else:
            yield from self._in_language(build.extract(), language)

    def _told(self, trace: Trace, question: Question, build: Finish) -> Iterator[Event]:
        """What the model writes, if there is one and the documents answer; else the extract."""
        engine = ENGINE
        if self._helpers.writer and trace.draft.outcome in ("answered", "partial"):
            writing = self._helpers.writer.write(
                trace.request.text, question.history, _shown(trace)
            )
            numbering, said = citing.Numbering(), list[AnswerSentence]()
            try:
                for statement in writing:
                    numbers = numbering.cite(statement.spans)
                    said.append(AnswerSentence(text=statement.text, citations=numbers))
                    yield said[-1]
                if writing.enough:
                    yield build.written(
                        said, numbering, self._helpers.writer.name, len(writing.cut)
                    )
                    return
                engine = (
                    f"{ENGINE}: too little of what {self._helpers.writer.name} wrote is supported"
                )
            except ModelError as failure:
                engine = f"{ENGINE}: {failure}"
        yield build.extract(engine)

    def _in_language(self, answer: Answer, language: str) -> Iterator[Event]:
        """An answer in the reader's language; what cannot be translated stays as it is."""
        said = []
        for sentence in answer.sentences:
            text = self._helpers.in_language(sentence.text, language)
            said.append(sentence.model_copy(update={"text": text}))
            yield said[-1]
        changed = {
            "sentences": tuple(said),
            "answer": citing.marked(said) or answer.answer,
            "notices": (*answer.notices, TRANSLATED) if said else answer.notices,
            "engine": f"{ENGINE}, translated by {self._helpers.model}" if said else answer.engine,
        }
        yield answer.model_copy(update=changed)

    def trace(self, question: Question, clock: Clock | None = None) -> Trace:
        """Every step from the question to the draft.

        One thread at a time: two would only hand the interpreter's lock to and fro, and answer
        fewer questions than one (decision 10).
        """
        with self._turn:
            return self._trace(question, clock or Clock())

    def _trace(self, question: Question, clock: Clock) -> Trace:
        with clock("understand"):
            request = self.understand(question)
        if request.outcome and request.outcome != "declined_integrity":
            return Trace(request, Retrieved((), ()), (), NOT_JUDGED, Draft(request.outcome))
        if request.outcome:
            request = _on_integrity(request)
        retrieved = self.retrieve(request, clock)
        with clock("compose"):
            with clock("score"):
                scored = self.score(request, retrieved)
            with clock("judge"):
                judgement = self.judge(request, retrieved, scored)
            with clock("write"):
                draft = self.compose(request, retrieved, scored, judgement)
        return Trace(request, retrieved, scored, judgement, draft)

    def understand(self, question: Question) -> Request:
        """What to search for, and what is asked."""
        return understand(question, self._reader)

    def retrieve(
        self, request: Request, clock: Clock | None = None, limit: int | None = None
    ) -> Retrieved:
        """Ranked passages, with the reasons."""
        clock = clock or Clock()
        with clock("embed"):
            vectors = self.retrieval.embed(request.queries)
        with clock("retrieve"):
            found = self.retrieval.rank(request, vectors, limit)
            return self._reranker(request.text, found) if self._reranker else found

    def score(self, request: Request, retrieved: Retrieved) -> tuple[Scored, ...]:
        """The sentences of the passages, scored."""
        return sentences.score(
            request, retrieved, self._vocabulary, self._thesaurus, self._tuning.sentences
        )

    def judge(
        self, request: Request, retrieved: Retrieved, scored: tuple[Scored, ...]
    ) -> Judgement:
        """Whether these passages answer the question; the best sentence is read where in doubt.

        Reading takes a quarter of an answer's time; elsewhere it changes next to nothing (decision
        13).
        """
        first = answerability.judge(
            request, retrieved, scored, self._vocabulary, self._thesaurus, self._first(retrieved)
        )
        in_doubt = self._tuning.reading.low < first.probability < self._tuning.reading.high
        if not (self._cross_encoder and scored and in_doubt and self._asked_about(retrieved)):
            return first
        best = max(scored, key=lambda s: s.score)
        answers = self._cross_encoder(request.topic, best.pick.headed)
        return answerability.read(first, answers, self._tuning.coverage)

    def _first(self, retrieved: Retrieved) -> CoverageTuning:
        """The weights that suit what is known about the passages."""
        known = self._asked_about(retrieved)
        return self._tuning.coverage_unread if known else self._tuning.coverage_alone

    def _asked_about(self, retrieved: Retrieved) -> bool:
        return self._enough_open and answerability.asked_about(retrieved)

    def compose(
        self,
        request: Request,
        retrieved: Retrieved,
        scored: tuple[Scored, ...],
        judgement: Judgement,
    ) -> Draft:
        """The sentences that answer, or the outcome that says why there are none."""
        nearby = composing.closest(retrieved.kept)
        material = Material(request, scored, self._tuning.composition)
        if request.outcome:
            return Draft(request.outcome, composing.brief(material), closest=nearby)
        parts = composing.compose(material)
        if not parts or not judgement.covered:
            return Draft("not_covered", closest=nearby)
        if judgement.unknown and not judgement.sure:
            differ = precedence.differences(parts)
            return Draft("partial", parts, unknown=judgement.unknown, differences=differ)
        document = self.snapshot.documents[parts[0].picks[0].passage.document_id]
        return Draft(
            "answered",
            parts,
            suggestions=suggest(document, parts),
            differences=precedence.differences(parts),
            doubtful=not judgement.sure,
        )


def _shown(trace: Trace) -> tuple[Passage, ...]:
    """The passages that a model may use: those of the extract, then the best ranked."""
    picked = (pick.passage for part in trace.draft.parts for pick in part.picks)
    found = {p.id: p for p in (*picked, *(r.passage for r in trace.retrieved.kept))}
    return tuple(found.values())[:MOST_PASSAGES]


def _on_integrity(request: Request) -> Request:
    """Two searches: what the documents say on integrity, and on the rule that would be broken."""
    queries = (Query(INTEGRITY, 0.5), Query(guards.broken_rule(request.text) or INTEGRITY, 0.5))
    sides = ("integrity", "rule")
    return replace(request, queries=queries, sides=sides, facets=(), scope=NO_SCOPE)
