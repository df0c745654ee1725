"""An optional judge: any LangChain chat model that rates faithfulness. It never gates alone.

The judge is named in its output. Before its ratings may be used, ``calibrate`` compares them with
people's on the same answers; below ``ENOUGH`` they are only shown.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from scipy.stats import spearmanr

from evals.generate import Output

ENOUGH = 0.6
PROMPT = """Rate from 1 (not at all) to 4 (every statement) how far the passages support the answer.
Reply with the digit alone.

Passages:
{passages}

Answer:
{answer}
"""


@dataclass(frozen=True)
class Rating:
    """One rating; None when the judge did not give a digit."""

    id: str
    judge: str
    value: int | None


def judge(outputs: Sequence[Output], model: Any, name: str) -> tuple[Rating, ...]:
    """A rating of each answered case by a LangChain chat model."""
    answered = [o for o in outputs if o.answer.sentences]
    return tuple(
        Rating(o.case.id, name, rate(model, o.answer.answer, [c.quote for c in o.answer.citations]))
        for o in answered
    )


def rate(model: Any, answer: str, passages: Sequence[str]) -> int | None:
    """The digit that the model replies with."""
    text = PROMPT.format(passages="\n\n".join(passages), answer=answer)
    said = str(getattr(model.invoke(text), "content", ""))
    match = re.search(r"[1-4]", said)
    return int(match.group()) if match else None


def calibrate(ratings: Sequence[int | None], people: Sequence[float]) -> tuple[float, bool]:
    """Spearman's correlation with people's ratings, and whether it is enough to use the judge."""
    pairs = [(r, p) for r, p in zip(ratings, people, strict=True) if r is not None]
    if len(pairs) < 20:
        return 0.0, False
    found = float(spearmanr([r for r, _ in pairs], [p for _, p in pairs]).statistic)
    return found, found >= ENOUGH
