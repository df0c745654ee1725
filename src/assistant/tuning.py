"""The numbers that ranking, composing and refusing depend on, read from ``tuning.toml``."""

import tomllib
from functools import cache
from importlib.resources import files

from pydantic import BaseModel, ConfigDict


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class RetrievalTuning(_Section):
    """Weights of the fusion; see ``tuning.toml`` for what set each."""

    dense: float
    window: float
    lexical: float
    last_turn: float
    two_turns: float
    facet: float
    glossary: float
    keep: int
    near_duplicate: float


class CompositionTuning(_Section):
    """How sentences are scored and how many are shown."""

    lexical: float
    passage: float
    facet: float
    lead_floor: float
    same_passage: float
    other_passage: float
    list_floor: float
    max_sentences: int
    max_items: int
    max_words: int


class CoverageTuning(_Section):
    """A logistic model of answerability: weights of the signals, and two cuts."""

    bias: float
    cosine: float
    coverage: float
    best_coverage: float
    known: float
    names: float
    answered: float
    partial: float


class Tuning(_Section):
    """All of it."""

    retrieval: RetrievalTuning
    composition: CompositionTuning
    coverage: CoverageTuning


@cache
def shipped() -> Tuning:
    """The numbers that come with the package."""
    text = (files("assistant") / "tuning.toml").read_text("utf-8")
    return Tuning.model_validate(tomllib.loads(text))
