"""A run as one self-contained HTML file, as Markdown for a pull request, and as JSON."""

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from evals import metrics, plots, score
from evals.ablation import Ablation
from evals.compare import Change
from evals.generate import Output
from evals.runs import Run
from evals.score import Score
from evals.stress import Stress

COLUMNS = (
    "retrieval.recall_at_5",
    "retrieval.mrr",
    "citation.precision",
    "citation.recall",
    "answer.key_point_recall",
    "refusal.f1",
)


@dataclass(frozen=True)
class Row:
    """The main numbers of a group of cases."""

    name: str
    n: int
    values: tuple[float | None, ...]


@dataclass(frozen=True)
class Failure:
    """A case that went wrong, with what was expected and what came."""

    output: Output
    score: Score


def groups(run: Run) -> dict[str, tuple[Row, ...]]:
    """The main numbers by kind of source, facet, tag and turn."""
    pairs = list(zip(run.outputs, run.scores, strict=True))

    def by(keys: Callable[[Output], Iterable[str]]) -> tuple[Row, ...]:
        found: dict[str, list[Score]] = {}
        for output, scored in pairs:
            for key in dict.fromkeys(keys(output)):
                found.setdefault(key, []).append(scored)
        return tuple(_row(name, rows) for name, rows in sorted(found.items()))

    return {
        "Kind of source": by(lambda o: [s.partition("/")[0] for s in o.case.sources] or ["none"]),
        "Facet": by(lambda o: o.facets or ("none",)),
        "Tag": by(lambda o: o.case.tags),
        "Turns": by(lambda o: ["conversation" if o.case.history else "single turn"]),
    }


def _row(name: str, rows: Sequence[Score]) -> Row:
    def value(column: str) -> float | None:
        group = column.partition(".")[0]
        unanswerable = [r for r in rows if not r.answerable]
        applies = unanswerable if group == "refusal" else [r for r in rows if r.answerable]
        return score.statistic(column)(rows) if applies else None

    return Row(name, len(rows), tuple(value(column) for column in COLUMNS))


def failures(run: Run) -> tuple[Failure, ...]:
    """What went wrong, those lost earliest first."""
    order = {"retrieval": 0, "refusal": 1, "composition": 2}
    pairs = zip(run.outputs, run.scores, strict=True)
    bad = [Failure(o, s) for o, s in pairs if s.lost_in]
    return tuple(sorted(bad, key=lambda f: (order[f.score.lost_in], f.score.id)))


def html(
    run: Run,
    changes: Sequence[Change] = (),
    stress: Sequence[Stress] = (),
    parts: Sequence[Ablation] = (),
) -> str:
    """The whole report; every value is escaped, nothing is fetched from elsewhere."""
    judged = [s for s in run.scores if s.probability is not None]
    bins = metrics.reliability(
        [s.probability or 0.0 for s in judged], [s.answerable for s in judged]
    )
    environment = Environment(
        loader=PackageLoader("evals"), autoescape=True, undefined=StrictUndefined
    )
    return environment.get_template("report.html").render(
        run=run,
        rows=_numbers(run.summary),
        columns=COLUMNS,
        groups=groups(run),
        failures=failures(run),
        changes=changes,
        stress=stress,
        parts=parts,
        intervals=Markup(plots.intervals([r for r in _numbers(run.summary) if r[3] <= 1])),
        reliability=Markup(plots.reliability(bins)),
        latency=Markup(plots.histogram([s.milliseconds for s in run.scores], "milliseconds")),
    )


def markdown(run: Run, changes: Sequence[Change] = ()) -> str:
    """The summary for a pull request."""
    lines = [f"{run.summary['n']} cases, snapshot `{run.about['snapshot']}`", ""]
    lines += ["| number | value | 95 % interval |", "|---|---|---|"]
    lines += [
        f"| {n} | {v:.3f} | {low:.3f} to {high:.3f} |" for n, v, low, high in _numbers(run.summary)
    ]
    if changes:
        lines += ["", "| change | before | after | interval of the change |", "|---|---|---|---|"]
        lines += [
            f"| {c.name}{' **worse**' if c.worse else ''} | {c.before:.3f} | {c.after:.3f} | "
            f"{c.interval[0]:+.3f} to {c.interval[1]:+.3f} |"
            for c in changes
            if c.significant
        ]
    lost = [f"{f.score.lost_in}: {f.score.id}" for f in failures(run)]
    return "\n".join([*lines, "", f"{len(lost)} cases lost something.", *(f"- {x}" for x in lost)])


def _numbers(summary: dict[str, Any]) -> list[tuple[str, float, float, float]]:
    return [
        (name, summary[group][part], *summary[group][f"{part}_ci"])
        for name in score.names()
        for group, _, part in [name.partition(".")]
    ]


def write(
    run: Run,
    changes: Sequence[Change] = (),
    stress: Sequence[Stress] = (),
    parts: Sequence[Ablation] = (),
) -> tuple[Path, ...]:
    """Write report.html, report.md and report.json into the run's folder."""
    pages = {
        "report.html": html(run, changes, stress, parts),
        "report.md": markdown(run, changes) + "\n",
        "report.json": json.dumps(
            run.about
            | {
                "groups": {k: [asdict(r) for r in rows] for k, rows in groups(run).items()},
                "changes": [asdict(c) for c in changes],
                "stress": [asdict(s) for s in stress],
                "ablation": [asdict(a) for a in parts],
            },
            indent=2,
        ),
    }
    for name, text in pages.items():
        (run.folder / name).write_text(text, "utf-8")
    return tuple(run.folder / name for name in pages)
