"""Questions from use that should become cases, and the gaps they show in the documents. Pure.

Refused questions and answers that were found not useful are stripped of what may name a person,
grouped by meaning, and offered for review.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from langchain_core.embeddings import Embeddings

from assistant.storage import Asked
from ingest.text import slug

SIMILAR = 0.62
MASKS = (
    (re.compile(r"\b[\w.+-]+@[\w-]+\.[\w.]+\b"), "[e-mail]"),
    (re.compile(r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){3,7}\b"), "[account]"),
    (re.compile(r"(?<!\w)\+?\d[\d ()/-]{7,}\d"), "[number]"),
    (re.compile(r"\b(Mr|Mrs|Ms|Dr|Herr|Frau)\.? [A-Z][\w-]+"), "[name]"),
    (re.compile(r"\b(my name is|I am|I'm) [A-Z][\w-]+( [A-Z][\w-]+)?"), r"\1 [name]"),
)
NOT_COVERED = frozenset(("not_covered", "partial"))


@dataclass(frozen=True)
class Candidate:
    """A question from use, without what may name a person."""

    id: str
    question: str
    outcome: str
    documents: tuple[str, ...]
    comment: str


@dataclass(frozen=True)
class Cluster:
    """Questions of one meaning; the first is the one nearest to all others."""

    questions: tuple[str, ...]
    documents: tuple[str, ...]


def masked(text: str) -> str:
    """The text without e-mail addresses, numbers of people, and names after a cue."""
    for pattern, mask in MASKS:
        text = pattern.sub(mask, text)
    return text


def candidates(asked: Sequence[Asked]) -> tuple[Candidate, ...]:
    """Turns worth a look: refused, partly answered, or found not useful; each wording once."""
    found: dict[str, Candidate] = {}
    for turn in asked:
        if turn.outcome in NOT_COVERED or turn.useful is False:
            question = masked(turn.question)
            found[slug(question)] = Candidate(
                turn.id, question, turn.outcome, turn.documents, masked(turn.comment)
            )
    return tuple(found.values())


def clusters(found: Sequence[Candidate], embeddings: Embeddings) -> tuple[Cluster, ...]:
    """Candidates grouped by meaning, the largest group first: what the documents lack."""
    if not found:
        return ()
    vectors = np.array(embeddings.embed_documents([c.question for c in found]))
    near = vectors @ vectors.T >= SIMILAR
    groups: list[list[int]] = []
    left = set(range(len(found)))
    while left:
        first = max(sorted(left), key=lambda i: sum(near[i][j] for j in left))
        group = [first, *(j for j in sorted(left) if j != first and near[first][j])]
        groups.append(group)
        left -= set(group)
    return tuple(
        Cluster(
            tuple(found[i].question for i in group),
            tuple(dict.fromkeys(d for i in group for d in found[i].documents[:1])),
        )
        for group in sorted(groups, key=len, reverse=True)
    )


def gap_report(groups: Sequence[Cluster]) -> str:
    """For authors of guidelines: what people asked and the documents do not answer."""
    lines = ["# What people asked and the documents do not answer", ""]
    for group in groups:
        lines.append(f"## {len(group.questions)} × {group.questions[0]}")
        lines += [f"- {question}" for question in group.questions[1:]]
        lines += ["", f"Closest: {', '.join(group.documents) or 'nothing'}", ""]
    return "\n".join(lines)


def kappa(first: Sequence[str], second: Sequence[str]) -> float:
    """Agreement of two reviewers beyond chance (Cohen, 1960); 1 when both always say one thing."""
    pairs = list(zip(first, second, strict=True))
    labels = {*first, *second}
    observed = sum(a == b for a, b in pairs) / len(pairs)
    chance = sum(
        (sum(a == x for a in first) / len(pairs)) * (sum(b == x for b in second) / len(pairs))
        for x in labels
    )
    return 1.0 if chance == 1 else (observed - chance) / (1 - chance)
