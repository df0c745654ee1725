"""Train the adapter of the cross-encoder on questions that a sentence answers, and others.

Binary cross-entropy over pairs of question and sentence; AdamW (Loshchilov and Hutter, ICLR 2019)
with a warm-up and a linear decay. The development and test cases take no part.
"""

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import torch
from transformers import AutoTokenizer

from assistant import conversation
from assistant.pipeline import Pipeline
from assistant.records import Pick, Question, Turn
from evals.drafted import Drafted
from ingest.adapter import AdaptedEncoder
from ingest.cross_encoder import MAX_TOKENS
from ingest.embedding import embedded_model_path
from ingest.errors import InputError
from ingest.records import Passage, Sentence

SEED = 0
BATCH = 32
RATE = 1e-4
HEAD_RATE = 1e-3
DECAY = 0.01
WARM_UP = 100
LEAST = 0.02
CLIP = 1.0
REPORT_EVERY = 100


@dataclass(frozen=True, slots=True)
class Pair:
    """A question, a sentence under its headings, and whether the sentence answers it."""

    question: str
    sentence: str
    answers: bool


def pairs(pipeline: Pipeline, drafted: Sequence[Drafted], foreign: Sequence[str]) -> list[Pair]:
    """What to learn from, each pair once, with questions as the pipeline understands them.

    Answered questions with their sentence; drafted open ones with the sentence that they go beyond;
    open and foreign ones, and those about a place whose document is taken away, with the sentence
    that the pipeline finds best.
    """
    passages = pipeline.snapshot.passages
    said = {(p.document_id, p.words(s)): (p, s) for p in passages for s in p.sentences}
    found: list[Pair] = []
    for draft in drafted:
        if (draft.document, draft.sentence) not in said:
            raise InputError(
                f"{draft.document} has no sentence {draft.sentence!r} any more; "
                "change or delete its line"
            )
        place = said[draft.document, draft.sentence]
        found += (
            p for q in draft.all_answered for p in _answered(pipeline, _after(draft, q), *place)
        )
        found += (p for q in draft.all_open for p in _open(pipeline, _after(draft, q), *place))
    for passage, s in said.values():
        found += (p for q in s.questions for p in _answered(pipeline, Question(q), passage, s))
    elsewhere = (q for passage in passages for q in passage.open)
    found += (p for q in (*elsewhere, *foreign) for p in _best(pipeline, Question(q)))
    return list(dict.fromkeys(found))


def _answered(
    pipeline: Pipeline, question: Question, passage: Passage, sentence: Sentence
) -> Iterator[Pair]:
    request = pipeline.understand(question)
    yield Pair(request.topic, _headed(passage, sentence), True)
    if passage.document_id in request.scope.documents:
        yield from _best(pipeline, replace(question, without=frozenset({passage.document_id})))


def _open(
    pipeline: Pipeline, question: Question, passage: Passage, sentence: Sentence
) -> Iterator[Pair]:
    yield Pair(pipeline.understand(question).topic, _headed(passage, sentence), False)
    yield from _best(pipeline, question)


def _best(pipeline: Pipeline, question: Question) -> Iterator[Pair]:
    """A question that nothing answers, with the sentence that would be taken for the answer."""
    trace = pipeline.trace(question)
    if trace.scored:
        best = max(trace.scored, key=lambda s: s.score)
        yield Pair(trace.request.topic, best.pick.headed, False)


def _after(draft: Drafted, question: str) -> Question:
    """A follow-up stands after a question that the same sentence answers; others stand alone."""
    before = next((q for q in draft.all_answered if not conversation.depends(q)), "")
    if before and conversation.depends(question):
        return Question(question, (Turn(role="user", content=before),))
    return Question(question)


def _headed(passage: Passage, sentence: Sentence) -> str:
    return Pick(passage, sentence.start, sentence.end, 0.0).headed


def train(
    found: Sequence[Pair], passes: float, report: Callable[[int, int, float], None]
) -> AdaptedEncoder:
    """An adapter that was shown every pair so many times; ``report`` gets step, steps and loss.

    Sums of floating-point numbers are done in another order elsewhere, so that another machine
    gets other weights that answer alike.
    """
    torch.manual_seed(SEED)
    weights = embedded_model_path()
    tokenizer = AutoTokenizer.from_pretrained(weights)
    model = AdaptedEncoder(weights).train()
    steps = max(1, round(passes * len(found) / BATCH))
    body = [p for p in model.encoder.parameters() if p.requires_grad]
    rates = [{"params": body, "lr": RATE}, {"params": model.head.parameters(), "lr": HEAD_RATE}]
    optimizer = torch.optim.AdamW(rates, weight_decay=DECAY)
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimizer, lambda step: min(1.0, (step + 1) / WARM_UP) * max(LEAST, 1 - step / steps)
    )
    recent = 0.0
    for step, batch in enumerate(_batches(found, steps), start=1):
        encoded = tokenizer(
            [pair.question for pair in batch],
            [pair.sentence for pair in batch],
            padding=True,
            truncation=True,
            max_length=MAX_TOKENS,
            return_tensors="pt",
        )
        truth = torch.tensor([float(pair.answers) for pair in batch])
        with torch.autocast("cpu", dtype=torch.bfloat16):
            hidden = model.encoder(**encoded)[0]
        odds = model.odds(hidden.float(), encoded["attention_mask"])
        loss = torch.nn.functional.binary_cross_entropy_with_logits(odds, truth)
        torch.autograd.backward(loss)
        torch.nn.utils.clip_grad_norm_(model.parameters(), CLIP)
        optimizer.step()
        schedule.step()
        optimizer.zero_grad()
        recent += loss.item() / REPORT_EVERY
        if step % REPORT_EVERY == 0:
            report(step, steps, recent)
            recent = 0.0
    return model.eval()


def _batches(found: Sequence[Pair], steps: int) -> Iterator[list[Pair]]:
    """Pairs in an order that is drawn anew for each pass."""
    drawn, waiting = random.Random(SEED), list[Pair]()
    for _ in range(steps):
        if len(waiting) < BATCH:
            waiting += drawn.sample(found, len(found))
        batch, waiting = waiting[:BATCH], waiting[BATCH:]
        yield batch
