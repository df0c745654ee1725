"""How usual it is that a question of this kind is answered, whatever it is about.

Some kinds of question are mostly left open (what did it cost, who will be fined, why is this
forbidden). A logistic regression over the vectors of drafted questions learned them; every sentence
of the corpus has as many that it answers and as many that nothing answers as every other, so that
it learned kinds and not topics. The weights are data: ``python -m evals fit``.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ingest.vectors import Vectors

WEIGHTS = Path(__file__).with_name("usual.json")


@dataclass(frozen=True, eq=False)
class Usual:
    """Weights for the vectors of one embedding model."""

    model: str
    bias: float
    weights: NDArray[np.float32]

    def __call__(self, vector: Vectors) -> float:
        """The log-odds that a question with this unit vector is one that is answered."""
        return float(self.weights @ vector) + self.bias

    @classmethod
    def fitted(cls, model: str, weights: Sequence[float]) -> "Usual":
        """From the weights of a regression, the last of which is the bias."""
        *slopes, bias = (round(float(w), 3) for w in weights)
        return cls(model, bias, np.array(slopes, dtype=np.float32))

    def written(self) -> str:
        """As ``usual.json`` holds it."""
        slopes = [round(float(w), 3) for w in self.weights]
        return json.dumps({"model": self.model, "bias": self.bias, "weights": slopes}) + "\n"


def shipped(model: str) -> Usual | None:
    """The weights that come with the package; None for the vectors of another model."""
    found = json.loads(WEIGHTS.read_text("utf-8"))
    if found["model"] != model:
        return None
    return Usual(model, found["bias"], np.array(found["weights"], dtype=np.float32))
