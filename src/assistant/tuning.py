"""The numbers that every step depends on, read from ``tuning.toml``."""

import tomllib
from functools import cache
from importlib.resources import files

from pydantic import BaseModel, ConfigDict


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class HistoryTuning(_Section):
    """The gate that decides how much the turn before counts."""

    low: float
    high: float
    bias: float
    few: float
    points_back: float
    continues: float


class RetrievalTuning(_Section):
    """Weights of the fusion; see ``tuning.toml`` for what set each."""

    dense: float
    window: float
    sentence: float
    question: float
    lexical: float
    related: float
    facet: float
    kind: float
    place: float
    glossary: float
    keep: int
    join: int
    near_duplicate: float


class SentenceTuning(_Section):
    """Weights of the features of a sentence."""

    related: float
    cosine: float
    asked: float
    covered: float
    context: float
    heading: float
    passage: float
    document: float
    facet: float
    form: float
    words: float
    kind: float
    fit: float
    passage_related: float
    doubt: float
    opposite: float


class CompositionTuning(_Section):
    """How far below the best sentence others may score, and how much is shown."""

    lead_margin: float
    same_passage: float
    same_document: float
    other_document: float
    list_margin: float
    max_sentences: int
    pointed_sentences: int
    side_sentences: int
    card_sentences: int
    further_sentences: int
    max_items: int
    max_words: int


class CoverageTuning(_Section):
    """A logistic model of answerability: weights of the signals, and two cuts."""

    related: float
    bias: float
    known: float
    beside: float
    usual: float
    answers: float
    fit: float
    missing: float
    named: float
    names: float
    numbers: float
    act: float
    answered: float
    partial: float


class ReadingTuning(_Section):
    """Between which probabilities the best sentence is read."""

    low: float
    high: float


class Tuning(_Section):
    """All of it."""

    history: HistoryTuning
    retrieval: RetrievalTuning
    sentences: SentenceTuning
    composition: CompositionTuning
    coverage: CoverageTuning
    coverage_unread: CoverageTuning
    coverage_alone: CoverageTuning
    reading: ReadingTuning


@cache
def shipped() -> Tuning:
    """The numbers that come with the package."""
    text = (files("assistant") / "tuning.toml").read_text("utf-8")
    return Tuning.model_validate(tomllib.loads(text))
