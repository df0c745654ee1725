"""Speed and memory beside a bare process that runs the same model with sentence-transformers.

T is the bare process's time to embed a question, L its time to import and load, M its resident
memory, all with one thread. Both sides run in processes of their own and take turns, question by
question, so that a change in the machine's speed meets both alike. Only the ratios mean much.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from assistant.settings import Settings
from evals.cases import load
from evals.memory import resident
from evals.statistics import percentile

WORKER = "evals.bench_worker"
# Both sides may use compiled modules, as they do on any machine that is not told otherwise.
ENVIRONMENT = {n: v for n, v in os.environ.items() if n != "PYTHONDONTWRITEBYTECODE"}
ROUNDS = 3
PORT = 8917


def measure(settings: Settings) -> dict[str, Any]:
    """All figures and ratios of the first issue; takes about three minutes."""
    questions = [c.question for c in load(Path("evals/cases")) if not c.history]
    followups = [c.model_dump(include={"question", "history"}) for c in load(Path("evals/cases"))]
    conversations = [f for f in followups if f["history"]]
    with _worker("bare") as bare, _worker("ours") as ours:
        load_seconds, bare_memory = bare({"do": "ready"})["seconds"], 0.0
        ours({"do": "ready"})
        for worker in (bare, ours):
            worker({"do": "answer", "question": "warm up", "history": []})
        embed, answer, multi = [], [], []
        for question in questions:
            embed.append(bare({"do": "answer", "question": question, "history": []})["ms"])
            answer.append(ours({"do": "answer", "question": question, "history": []})["ms"])
        for turn in conversations:
            multi.append(ours({"do": "answer"} | turn)["ms"])
        bare_memory = bare({"do": "memory"})["mb"]
    loads = [load_seconds] + [_bare_load() for _ in range(ROUNDS - 1)]
    cold = [_cold_ask() for _ in range(ROUNDS)]
    served = [_serve(questions[:50]) for _ in range(ROUNDS)]
    builds = _builds(settings)
    t50, load50 = percentile(embed, 50), percentile(loads, 50)
    figures = {
        "T_ms": t50,
        "L_seconds": load50,
        "M_mb": bare_memory,
        "answer_p50_ms": percentile(answer, 50),
        "answer_p95_ms": percentile(answer, 95),
        "multi_turn_p50_ms": percentile(multi, 50),
        "cold_ask_seconds": percentile(cold, 50),
        "server_ready_seconds": percentile([s["ready"] for s in served], 50),
        "server_mb": max(s["mb"] for s in served),
        "build_seconds": percentile([b["build"] for b in builds], 50),
        "bare_build_seconds": percentile([b["bare"] for b in builds], 50),
    }
    ratios = {
        "answer p50 / T (at most 1.2)": figures["answer_p50_ms"] / t50,
        "answer p95 / T (at most 3)": figures["answer_p95_ms"] / t50,
        "multi-turn p50 / T (reported)": figures["multi_turn_p50_ms"] / t50,
        "build / bare embedding (at most 1.3)": percentile(
            [b["build"] / b["bare"] for b in builds], 50
        ),
        "server memory / M (at most 0.8)": figures["server_mb"] / bare_memory,
        "cold ask / L (at most 0.4)": figures["cold_ask_seconds"] / load50,
        "server ready / L (at most 0.4)": figures["server_ready_seconds"] / load50,
    }
    return {
        "questions": len(questions),
        "figures": {name: round(value, 3) for name, value in figures.items()},
        "ratios": {name: round(value, 3) for name, value in ratios.items()},
    }


def readable(found: dict[str, Any]) -> str:
    """The figures as two columns."""
    rows = [f"{found['questions']} questions, {ROUNDS} rounds"]
    for part in ("figures", "ratios"):
        rows += [f"{name:40s} {value:10.3f}" for name, value in found[part].items()]
    return "\n".join(rows)


Ask = Callable[[dict[str, Any]], dict[str, Any]]


@contextmanager
def _worker(role: str) -> Iterator[Ask]:
    """A process that does what it is told, one JSON line at a time."""
    command = [sys.executable, "-m", WORKER, role]
    environment = ENVIRONMENT | {"OMP_NUM_THREADS": "1"}
    with subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env=environment,
    ) as process:
        assert process.stdin and process.stdout
        told, said = process.stdin, process.stdout

        def ask(message: dict[str, Any]) -> dict[str, Any]:
            print(json.dumps(message), file=told, flush=True)
            answer: dict[str, Any] = json.loads(said.readline())
            return answer

        yield ask
        told.close()


def _bare_load() -> float:
    with _worker("bare") as bare:
        seconds: float = bare({"do": "ready"})["seconds"]
        return seconds


def _cold_ask() -> float:
    command = [sys.executable, "-m", "assistant", "ask", "What is a call-off contract?"]
    started = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, env=ENVIRONMENT)
    return time.perf_counter() - started


def _serve(questions: list[str]) -> dict[str, float]:
    """Seconds until a new server is ready, and its memory after it answered the questions."""
    command = [sys.executable, "-m", "assistant", "serve", "--port", str(PORT)]
    started = time.perf_counter()
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, env=ENVIRONMENT) as server:
        try:
            while not _get("/readyz"):
                time.sleep(0.02)
            ready = time.perf_counter() - started
            for question in questions:
                _get("/api/chat", json.dumps({"message": question}).encode())
            return {"ready": ready, "mb": resident(server.pid)}
        finally:
            server.terminate()


def _get(path: str, body: bytes | None = None) -> bool:
    request = urllib.request.Request(
        f"http://127.0.0.1:{PORT}{path}", body, {"Content-Type": "application/json"}
    )
    try:
        with urllib.request.urlopen(request, timeout=30) as response:
            response.read()
            return True
    except OSError:
        return False


def _builds(settings: Settings) -> list[dict[str, float]]:
    """Full builds and bare embeddings of the same texts, in turns, in one process."""
    with tempfile.TemporaryDirectory() as scratch:
        shutil.copytree(settings.data_dir / "models", Path(scratch) / "models")
        with _worker("build") as worker:
            worker({"do": "ready"})
            return [worker({"do": "build", "data_dir": scratch}) for _ in range(ROUNDS)]
