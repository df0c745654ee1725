"""The gate: a run fails when a number is significantly below the committed baseline.

``evals/baseline.json`` keeps the per-case scores of the run that was accepted last, so that the
comparison is paired: the same cases, before and after.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from evals import compare, score
from evals.compare import Change, Flip
from evals.score import Score
from ingest.errors import InputError

BASELINE = Path(__file__).with_name("baseline.json")
# Latency depends on the machine, so it is reported and does not gate.
NOT_GATED = frozenset(("latency_ms.p50", "latency_ms.p95", "answer.reading_ease"))
STEPS = {
    "retrieval": "retrieval (ranking, expansion, history)",
    "citation": "composition (which passages are quoted, and whether they support the sentences)",
    "answer": "composition (which sentences are chosen)",
    "refusal": "refusal (answerability)",
}


@dataclass(frozen=True)
class Result:
    """Whether the gate is open, what got worse, and the cases that turned bad."""

    worse: tuple[Change, ...]
    better: tuple[Change, ...]
    flips: tuple[Flip, ...]

    @property
    def passed(self) -> bool:
        """Nothing is significantly worse."""
        return not self.worse

    def explain(self) -> str:
        """What happened, for a person."""
        if self.passed:
            return "gate passed: no number is significantly below the baseline"
        steps = dict.fromkeys(STEPS[c.name.partition(".")[0]] for c in self.worse)
        lines = [f"gate failed; look at {', '.join(steps)}"]
        lines += [
            f"  {c.name}: {c.before:.3f} -> {c.after:.3f} "
            f"({c.change:+.3f}, 95 % interval {c.interval[0]:+.3f} to {c.interval[1]:+.3f})"
            for c in self.worse
        ]
        bad = [f for f in self.flips if f.before == "right"]
        lines += [f"  lost in {f.after}: {f.id}" for f in bad[:15]]
        return "\n".join(lines + ([f"  and {len(bad) - 15} more"] if len(bad) > 15 else []))


def check(baseline: Sequence[Score], scores: Sequence[Score]) -> Result:
    """Compare with the baseline. Pure."""
    found = [c for c in compare.changes(baseline, scores) if c.name not in NOT_GATED]
    better = tuple(c for c in found if c.better)
    return Result(tuple(c for c in found if c.worse), better, compare.flips(baseline, scores))


def load(path: Path = BASELINE) -> tuple[Score, ...]:
    """The baseline's scores."""
    try:
        rows = json.loads(path.read_text("utf-8"))["scores"]
        return tuple(Score(**row) for row in rows)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputError(
            f"{path} cannot be read as a baseline; write one with 'python -m evals baseline'"
        ) from error


def save(scores: Sequence[Score], summary: dict[str, object], path: Path = BASELINE) -> None:
    """Make these scores the baseline; latency is left at zero, as it does not gate."""
    rows = [score.row(s) | {"milliseconds": 0.0} for s in scores]
    lines = ",\n".join(json.dumps(row) for row in rows)
    head = json.dumps(summary)
    path.write_text(f'{{"summary": {head},\n"scores": [\n{lines}\n]}}\n', "utf-8")
