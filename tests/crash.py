"""Kills an ingest at many moments and looks at what is left each time.

Run as a program with a data folder, a corpus and a number of kills. It never opens the store
itself: every build and every look is a child of its own, so a kill is that of a whole process.
"""

import json
import os
import random
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path

import chromadb  # noqa: F401  (imported once here, so that children start fast)
import langchain_chroma  # noqa: F401

from ingest.build import build
from ingest.settings import IndexSettings
from ingest.snapshots import SnapshotStore

SEED = 7


def child(work: Callable[[], object]) -> int:
    """Start a process that does the work and ends with 0, or with 1 when it fails."""
    started = os.fork()
    if started:
        return started
    try:
        work()
        os._exit(0)
    except BaseException as error:
        print(f"{type(error).__name__}: {error}", file=sys.stderr, flush=True)
        os._exit(1)


def ended(process: int) -> int:
    """The exit status of a child that has ended."""
    return os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])


def main() -> None:
    """Print how many kills left which snapshot, as JSON."""
    data_dir, corpus, kills = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])
    settings = IndexSettings(
        data_dir=data_dir, corpus_dir=corpus, embedding_model="hashing", keep_snapshots=2
    )
    file = corpus / "guidelines/1-apples.md"
    text = file.read_text("utf-8")

    def change(number: int) -> None:
        file.write_text(text.replace("squeeze", f"squeeze {number} times or"), "utf-8")

    def look() -> None:
        snapshot = SnapshotStore(data_dir).open("hashing")
        assert len(snapshot.vectors.similar([0.0] * 256).whole()) == len(snapshot.passages)

    assert ended(child(lambda: build(settings, [corpus]))) == 0
    started = time.perf_counter()
    change(0)
    assert ended(child(lambda: build(settings, [corpus]))) == 0
    seconds = time.perf_counter() - started
    chance = random.Random(SEED)
    counts = {"killed": 0, "finished": 0, "previous": 0, "new": 0, "unusable": 0}
    for number in range(1, kills + 1):
        change(number)
        before = SnapshotStore(data_dir).current
        process = child(lambda: build(settings, [corpus]))
        time.sleep(seconds * chance.uniform(0, 1.05))
        os.kill(process, signal.SIGKILL)
        counts["killed" if ended(process) == -signal.SIGKILL else "finished"] += 1
        counts["previous" if SnapshotStore(data_dir).current == before else "new"] += 1
        counts["unusable"] += ended(child(look)) != 0
    assert ended(child(lambda: build(settings, [corpus]))) == 0
    counts["left"] = len(list((data_dir / "snapshots").iterdir()))
    print(json.dumps(counts))


if __name__ == "__main__":
    main()
