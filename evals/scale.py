"""How the index grows: real vectors, perturbed, by the thousand and by the million. Not part of CI.

Each size is a Chroma collection on disk, filled and asked in a process of its own, so that memory
is that size's alone. Approximate search is compared with the exact order.
"""

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from assistant.service import open_pipeline
from assistant.settings import Settings
from evals.memory import peak_mb

SEED, NOISE, QUERIES, NEAREST, BATCH = 20261124, 0.35, 100, 10, 5000
Vectors = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Size:
    """One size: how long it takes to build and to ask, memory, disk, recall of the ten best."""

    passages: int
    build_seconds: float
    query_ms: float
    exact_ms: float
    peak_mb: float
    disk_mb: float
    recall_at_10: float


def measure(sizes: Sequence[int]) -> tuple[Size, ...]:
    """Each size in a process of its own."""
    found = []
    for size in sizes:
        command = [sys.executable, "-m", "evals.scale", str(size)]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        found.append(Size(**json.loads(done.stdout.splitlines()[-1])))
    return tuple(found)


def readable(found: Sequence[Size]) -> str:
    """The table as Markdown."""
    head = "| passages | build s | query ms | exact ms | peak MB | disk MB | recall@10 |"
    rows = [
        f"| {s.passages:,} | {s.build_seconds:,.1f} | {s.query_ms:.1f} | {s.exact_ms:.1f} | "
        f"{s.peak_mb:,.0f} | {s.disk_mb:,.0f} | {s.recall_at_10:.3f} |"
        for s in found
    ]
    return "\n".join([head, "|---|---|---|---|---|---|---|", *rows])


def perturbed(real: Vectors, size: int, chance: np.random.Generator) -> Vectors:
    """Vectors like the real ones: each is a real one with noise, of unit length."""
    rows = real[chance.integers(0, len(real), size)]
    noise = chance.standard_normal(rows.shape, dtype=np.float32) / np.sqrt(rows.shape[1])
    made = rows + NOISE * noise
    unit: Vectors = made / np.linalg.norm(made, axis=1, keepdims=True)
    return unit


def one(size: int) -> Size:
    """Fill, ask, compare."""
    import chromadb

    real = np.asarray(open_pipeline(Settings.load()).snapshot.vectors.passages)  # type: ignore[attr-defined]
    chance = np.random.default_rng(SEED)
    vectors, queries = perturbed(real, size, chance), perturbed(real, QUERIES, chance)
    with tempfile.TemporaryDirectory() as folder:
        client = chromadb.PersistentClient(folder)
        space = {"hnsw": {"space": "cosine"}}
        rows = client.create_collection("passages", configuration=space)  # type: ignore[arg-type]
        started = time.perf_counter()
        for start in range(0, size, BATCH):
            part = vectors[start : start + BATCH]
            rows.add(ids=[str(start + n) for n in range(len(part))], embeddings=part)
        built = time.perf_counter() - started
        started = time.perf_counter()
        answers = [rows.query(query_embeddings=q[None], n_results=NEAREST) for q in queries]
        asked = (time.perf_counter() - started) / QUERIES
        disk = sum(p.stat().st_size for p in Path(folder).rglob("*") if p.is_file())
    started = time.perf_counter()
    exact = [np.argsort(-(vectors @ q))[:NEAREST] for q in queries]
    exactly = (time.perf_counter() - started) / QUERIES
    recall = np.mean(
        [
            len({int(i) for i in a["ids"][0]} & set(e.tolist())) / NEAREST
            for a, e in zip(answers, exact, strict=True)
        ]
    )
    return Size(
        size, built, asked * 1000, exactly * 1000, peak_mb(), disk / 1e6, round(float(recall), 4)
    )


if __name__ == "__main__":
    print(json.dumps(asdict(one(int(sys.argv[1])))))
