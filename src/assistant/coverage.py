"""Whether the passages found can answer the question. Pure.

A logistic model over four signals of the ranking; its weights are data, fitted on the
development cases alone (``python -m evals fit``).
"""

import math
from collections.abc import Mapping

from assistant.tuning import CoverageTuning


def probability(signals: Mapping[str, float], tuning: CoverageTuning) -> float:
    """How probable it is that the documents answer the question, from 0 to 1."""
    logit = (
        tuning.bias
        + tuning.cosine * signals["cosine"]
        + tuning.coverage * signals["coverage"]
        + tuning.best_coverage * signals["best_coverage"]
        + tuning.known * signals["known"]
    )
    return 1 / (1 + math.exp(-logit))
