"""What a language model adds and what verification catches: three engines on the same cases."""

import random
import statistics
from collections.abc import Sequence
from dataclasses import dataclass

from assistant.finishing import ENGINE
from assistant.model import helpers
from assistant.model.chat import ChatModel
from assistant.model.helpers import Helpers
from assistant.model.writer import Writer
from assistant.pipeline import Pipeline
from assistant.records import Answer, Question
from assistant.verification import verify
from evals.cases import Case
from evals.metrics import key_point_recall

SEED = 20261124


@dataclass(frozen=True, slots=True)
class Row:
    """One engine on the cases: shares from 0 to 1, medians of words and milliseconds.

    ``supported`` is the share of shown sentences that the quoted passages support by our check;
    ``fell_back`` the share of answers in which the extract took over.
    """

    engine: str
    n: int
    key_points: float
    supported: float
    fell_back: float
    words: float
    milliseconds: float


def sample(cases: Sequence[Case], size: int) -> list[Case]:
    """The same answerable cases each time, drawn without regard to their order."""
    answerable = [case for case in cases if case.answerable]
    return random.Random(SEED).sample(answerable, min(size, len(answerable)))


def table(cases: Sequence[Case], plain: Pipeline, chat: ChatModel) -> tuple[Row, ...]:
    """The extract, the model with verification, the model without."""
    engines = {
        "extractive": Helpers(),
        chat.name: helpers.of(chat, ("write",)),
        f"{chat.name}, not verified": Helpers(chat.name, Writer(chat, checked=False)),
    }
    return tuple(_row(name, found, cases, plain) for name, found in engines.items())


def _row(name: str, found: Helpers, cases: Sequence[Case], plain: Pipeline) -> Row:
    pipeline = plain.other(helpers=found)
    answers = [(c, pipeline.answer(Question(c.question, c.history), "evaluation")) for c in cases]
    sentences = [(s.text, s.citations, a) for _, a in answers for s in a.sentences]
    return Row(
        engine=name,
        n=len(answers),
        key_points=statistics.fmean(
            share
            for c, a in answers
            if (share := key_point_recall(_stated(a), c.key_points)) is not None
        ),
        supported=statistics.fmean(_supported(*row) for row in sentences),
        fell_back=statistics.fmean(a.engine.startswith(f"{ENGINE}:") for _, a in answers),
        words=statistics.median(len(a.answer.split()) for _, a in answers),
        milliseconds=statistics.median(a.timings_ms["total"] for _, a in answers),
    )


def _stated(answer: Answer) -> str:
    return " ".join(s.text for s in answer.sentences)


def _supported(text: str, citations: Sequence[int], answer: Answer) -> bool:
    quotes = [f"{c.title} {c.section}\n{c.quote}" for c in answer.citations if c.n in citations]
    return bool(quotes) and verify(text, quotes).supported


def readable(rows: Sequence[Row]) -> str:
    """The table as Markdown."""
    head = "| engine | key points | sentences supported | fell back | words | ms |"
    lines = [head, "|---|---|---|---|---|---|"]
    lines += [
        f"| {r.engine} | {r.key_points:.2f} | {r.supported:.2f} | {r.fell_back:.2f} | "
        f"{r.words:.0f} | {r.milliseconds:,.0f} |"
        for r in rows
    ]
    return "\n".join([f"{rows[0].n} cases", "", *lines])
