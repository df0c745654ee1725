"""What the readers' questions nearest to a question say of it: answered, or left open? Pure.

A near miss shares its words with a passage; it is told from a question that the passage answers by
the questions beside it, of which it is known whether the documents answer them.
"""

import math
from collections.abc import Collection, Sequence

from assistant.fit import nearness
from assistant.records import Retrieved
from assistant.vocabulary import Wanted
from ingest.text import term_set

CLOSEST = 5
WARMTH = 0.06  # how much the others count beside the nearest question


def known(retrieved: Retrieved, facets: Collection[str]) -> float:
    """How much nearer the answered questions are than the open ones, as a cosine.

    The difference of two smooth maxima, that is, the log-ratio of two kernel densities (Parzen,
    1962), over cosines; a question of the same kind counts as nearer.
    """
    mine = frozenset(facets)
    answered = [nearness(n.text, n.cosine, mine) for n in retrieved.answered]
    left_open = [nearness(n.text, n.cosine, mine) for n in retrieved.left_open]
    return _smooth_maximum(answered) - _smooth_maximum(left_open)


def beside(retrieved: Retrieved, wanted: Wanted) -> float:
    """The greatest share of the wanted words in one of the nearest open questions."""
    closest = retrieved.left_open[:CLOSEST]
    return max((wanted.share(term_set(n.text)) for n in closest), default=0.0)


def _smooth_maximum(values: Sequence[float]) -> float:
    """A little above the greatest value, the more of them there are; 0 without any."""
    if not values:
        return 0.0
    greatest = max(values)
    return greatest + WARMTH * math.log(sum(math.exp((v - greatest) / WARMTH) for v in values))
