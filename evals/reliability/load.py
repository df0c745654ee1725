"""How much the server takes: its rate beside bare sentence-transformers, 200 conversations, a soak.

Clients and server share the cores, so the figures are what a machine of this size does with both.
"""

import asyncio
import json
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from assistant.settings import Settings
from evals import cases
from evals.reliability.clients import Told, arrive, converse
from evals.reliability.servers import Server

UNLIMITED = dict.fromkeys(
    ("limit_address", "limit_conversation", "limit_other", "limit_key"), "1000000/second"
)
CONVERSATIONS, THINK = 200, 5.0
CORES = os.cpu_count() or 1
BARE = """
import json, sys, time
from sentence_transformers import SentenceTransformer
from ingest.embedding import embedded_model_path
model = SentenceTransformer(str(embedded_model_path()), device="cpu")
questions = json.load(sys.stdin)
model.encode(questions[:8])
started = time.perf_counter()
for question in questions:
    model.encode([question])
print(len(questions) / (time.perf_counter() - started))
"""


@dataclass(frozen=True)
class Figure:
    """One line of the table."""

    what: str
    value: str
    asked: str = ""
    holds: bool = True


def measure(settings: Settings, seconds: float, soak_seconds: float) -> list[Figure]:
    """All figures, in order; takes about four times ``seconds``, and the soak."""
    questions = [c.question for c in cases.load(Path("evals/cases")) if not c.history]
    bare = _bare(questions[:200])
    found = [Figure("bare sentence-transformers", f"{bare:.1f} queries/s", "the yardstick: 1/T")]
    with TemporaryDirectory() as folder:
        found += _throughput(settings, Path(folder), questions, seconds, bare)
        found += _conversations(settings, Path(folder), questions, seconds)
        found += _soak(settings, Path(folder), questions, soak_seconds)
    return found


def _server(settings: Settings, folder: Path, name: str, **more: object) -> Server:
    own = {
        "data_dir": settings.data_dir.resolve(),
        "corpus_dir": settings.corpus_dir.resolve(),
        "embedding_model": settings.embedding_model,
        "database_url": f"sqlite:///{folder}/{name}.db",
    }
    return Server(own | UNLIMITED | more, log=folder / f"{name}.log")


def _throughput(
    settings: Settings, folder: Path, questions: Sequence[str], seconds: float, bare: float
) -> list[Figure]:
    found = []
    for workers in sorted({1, CORES}):
        server = _server(settings, folder, f"rate{workers}", workers=workers, cached_answers=0)
        try:
            time.sleep(4 if workers > 1 else 0)
            run = asyncio.run(
                converse(server.address, questions, clients=4 * workers, seconds=seconds)
            )
            rate = len(run.seconds) / seconds
            halves = [
                asyncio.run(arrive(server.address, questions, rate=whole / 2, seconds=seconds))
                for whole in (rate, bare)
            ]
        finally:
            server.stop()
        # The aim is for all cores; one process, which uses one of them, is shown beside it.
        aimed = workers == CORES
        processes = "1 process" if workers == 1 else f"{workers} processes"
        found.append(
            Figure(
                f"uncached answers, {processes}",
                f"{rate:.1f}/s, {rate / bare:.2f} of bare",
                ">= 1.0" if aimed else "",
                rate >= bare or not aimed,
            )
        )
        for told, whole in zip(halves, ("its own rate", "the bare rate"), strict=True):
            p95 = told.quantile(0.95) * bare
            what = f"p95 at half of {whole}, {processes}"
            limit = "<= 3 T" if aimed else ""
            found.append(Figure(what, f"{p95:.2f} T", limit, p95 <= 3 or not aimed))
    server = _server(settings, folder, "cached")
    try:
        run = asyncio.run(converse(server.address, questions[:20], clients=4, seconds=seconds / 2))
    finally:
        server.stop()
    rate = len(run.seconds) / (seconds / 2)
    found.append(Figure("cached answers, 1 process", f"{rate:.0f}/s, {rate / bare:.2f} of bare"))
    return found


def _conversations(
    settings: Settings, folder: Path, questions: Sequence[str], seconds: float
) -> list[Figure]:
    """200 conversations with a think time, then without any: overload, and after it."""
    server = _server(settings, folder, "many", answers_waiting=32)
    try:
        asyncio.run(converse(server.address, questions, clients=2, seconds=3))
        before = server.memory()
        run = asyncio.run(
            converse(server.address, questions, clients=CONVERSATIONS, seconds=seconds, think=THINK)
        )
        over = asyncio.run(
            converse(
                server.address, questions, clients=CONVERSATIONS, seconds=seconds / 2, think=0.2
            )
        )
        grown = server.memory() / before
        after = asyncio.run(converse(server.address, questions, clients=2, seconds=3))
    finally:
        server.stop()
    return [
        Figure(
            f"{CONVERSATIONS} conversations, {THINK:.0f} s think time",
            _of(run),
            "all answered",
            not run.given_up,
        ),
        Figure(
            f"{CONVERSATIONS} conversations, 0.2 s think time",
            _of(over),
            "none unanswered, 503 for the rest",
            not over.given_up and set(over.statuses) <= {200, 503},
        ),
        Figure("memory after both", f"{grown:.2f} of before", "< 1.2", grown < 1.2),
        Figure("right after it", _of(after), "all answered", not after.given_up),
    ]


def _soak(
    settings: Settings, folder: Path, questions: Sequence[str], seconds: float
) -> list[Figure]:
    """A steady load; memory is looked at after a tenth of the time, and at the end."""
    server = _server(settings, folder, "soak")
    try:
        first = asyncio.run(
            arrive(server.address, questions, rate=15, seconds=max(seconds / 10, 5))
        )
        before = server.memory()
        rest = asyncio.run(arrive(server.address, questions, rate=15, seconds=seconds * 0.9))
        grown = server.memory() / before
    finally:
        server.stop()
    asked = len(first.seconds) + len(rest.seconds)
    return [
        Figure(
            f"soak of {seconds:.0f} s, 15 questions/s",
            f"{asked} answered, {rest.given_up} not, memory {grown:.3f} of that after a tenth",
            "< 1.1, none unanswered",
            grown < 1.1 and not rest.given_up,
        )
    ]


def _of(told: Told) -> str:
    sent_away = told.statuses[503] + told.statuses[429]
    p50, p95 = told.quantile(0.5) * 1000, told.quantile(0.95) * 1000
    return (
        f"{len(told.seconds)} answered, {told.given_up} not, {sent_away} sent away and back, "
        f"p50 {p50:.0f} ms, p95 {p95:.0f} ms"
    )


def _bare(questions: Sequence[str]) -> float:
    done = subprocess.run(
        [sys.executable, "-c", BARE],
        input=json.dumps(list(questions)),
        capture_output=True,
        text=True,
        check=True,
    )
    return float(done.stdout)


def readable(found: Sequence[Figure]) -> str:
    """A Markdown table."""
    rows = ["| what | measured | asked for | holds |", "|---|---|---|---|"]
    rows += [f"| {f.what} | {f.value} | {f.asked} | {_verdict(f)} |" for f in found]
    return "\n".join(rows)


def _verdict(figure: Figure) -> str:
    if figure.holds:
        return "yes" if figure.asked else ""
    return "**no**"
