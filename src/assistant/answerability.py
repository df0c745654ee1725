"""Whether the passages found can answer the question. Pure.

A logistic model over five signals of the ranking; its weights are data, fitted on the
development cases alone (``python -m evals fit``). One of the signals is here: whether the
passages use the names in the question at all.
"""

import math
import re
from collections.abc import Collection, Mapping

from assistant.tuning import CoverageTuning
from ingest.text import stem, words

NAME = re.compile(r"(?<![.!?] )(?<!^)\b(?:[A-ZÀ-Þ][\w&-]*|[A-Z0-9]{2,}[\w-]*)")


def probability(signals: Mapping[str, float], tuning: CoverageTuning) -> float:
    """How probable it is that the documents answer the question, from 0 to 1."""
    logit = (
        tuning.bias
        + tuning.cosine * signals["cosine"]
        + tuning.coverage * signals["coverage"]
        + tuning.best_coverage * signals["best_coverage"]
        + tuning.known * signals["known"]
        + tuning.names * signals["names"]
    )
    return 1 / (1 + math.exp(-logit))


def names(question: str, found: Collection[str]) -> float:
    """Share of the question's names and abbreviations that the passages use; 1 without names.

    A name is a capitalized word that does not begin a sentence. A name that the passages use in
    another form ("Kenyan" for "Kenya") does not count: it may be another thing.
    """
    wanted = {stem(w) for match in NAME.finditer(question) for w in words(match.group())}
    return sum(w in found for w in wanted) / len(wanted) if wanted else 1.0
