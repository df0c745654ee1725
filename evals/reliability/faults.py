"""What breaks, on purpose: kills, a full disk, servers that go away, clocks that jump.

Each fault runs a real server process, breaks something while clients ask, and looks at what is
left. A fault holds when nothing that was answered is lost and the service comes back by itself.
"""

import asyncio
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from assistant.settings import Settings
from evals.reliability.clients import Told, converse
from evals.reliability.load import UNLIMITED, Figure
from evals.reliability.servers import PostgreSQL, Server, free_port, wait_for
from ingest.build import build
from ingest.snapshots import SnapshotStore

QUESTION = "What should we avoid when we define outcomes?"
FAKETIME = sorted(Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"))


@dataclass(frozen=True)
class Scene:
    """Where a fault is played: the index, the questions, a folder, and for how long."""

    settings: Settings
    questions: Sequence[str]
    folder: Path
    seconds: float

    @contextmanager
    def server(self, name: str, *, faked: Path | None = None, **more: object) -> Iterator[Server]:
        """A server of its own; ``faked`` is a file that says what time it is."""
        own = {
            "data_dir": self.settings.data_dir.resolve(),
            "corpus_dir": self.settings.corpus_dir.resolve(),
            "embedding_model": self.settings.embedding_model,
            "database_url": f"sqlite:///{self.folder}/{name}.db",
        }
        clock = {
            "LD_PRELOAD": str(FAKETIME[0]) if FAKETIME else "",
            "FAKETIME_TIMESTAMP_FILE": str(faked),
            "FAKETIME_NO_CACHE": "1",
            "DONT_FAKE_MONOTONIC": "1",
        }
        started = Server(
            own | UNLIMITED | more,
            log=self.folder / f"{name}.log",
            environment=clock if faked else None,
        )
        try:
            yield started
        finally:
            started.stop()

    @contextmanager
    def clients(self, server: Server, seconds: float, number: int = 6) -> Iterator[Told]:
        """Clients that ask all the while; what they saw is whole when the block ends."""
        told = Told()

        def run() -> None:
            seen = asyncio.run(
                converse(server.address, self.questions, clients=number, seconds=seconds)
            )
            told.statuses.update(seen.statuses)
            told.seconds += seen.seconds
            told.answered += seen.answered
            told.given_up += seen.given_up

        thread = threading.Thread(target=run)
        thread.start()
        yield told
        thread.join()


def lost(server: Server, told: Told) -> int:
    """How many answers that clients got are not in the store."""
    missing = 0
    for conversation, answer in told.answered:
        _, turns = server.send("GET", f"/api/conversations/{conversation}")
        missing += not any(t["answer"]["id"] == answer for t in turns or ())
    return missing


def killed_while_writing(scene: Scene) -> Figure:
    """SIGKILL in mid-load, three times."""
    rounds, gone, answered, whole = 3, 0, 0, True
    with scene.server("killed") as server:
        for _ in range(rounds):
            with scene.clients(server, scene.seconds) as told:
                time.sleep(scene.seconds / 2)
                server.kill()
                server.restart()
            gone += lost(server, told)
            answered += len(told.answered)
        with closing(sqlite3.connect(scene.folder / "killed.db")) as database:
            whole = database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    value = f"{answered} answered, {gone} lost, database {'intact' if whole else 'DAMAGED'}"
    return Figure(f"kill -9 while writing, {rounds} times", value, "0 lost", not gone and whole)


def disk_full(scene: Scene) -> Figure:
    """The database lies on a file system of 8 MB, which is filled and emptied again."""
    small = scene.folder / "small"
    small.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", small], check=True)
    try:
        with scene.server("full", database_url=f"sqlite:///{small}/full.db") as server:
            before, body = server.ask(QUESTION)
            with suppress(OSError), (small / "ballast").open("wb", buffering=0) as ballast:
                while ballast.write(b"x" * 4096):
                    pass
            during = {server.ask(f"{QUESTION} {n}")[0] for n in range(40)}
            ready = server.send("GET", "/healthz")[0]
            (small / "ballast").unlink()
            after = server.ask(QUESTION)[0]
            kept = server.send("GET", f"/api/conversations/{body['conversation_id']}")[0]
    finally:
        subprocess.run(["umount", "-l", small], check=True)
    holds = before == after == kept == ready == 200 and 503 in during and during <= {200, 503}
    value = f"before {before}, while full {sorted(during)}, after {after}, first answer kept"
    return Figure("disk full", value, "503 while full, then 200", holds)


def database_away(scene: Scene) -> Figure:
    """PostgreSQL crashes and comes back."""
    postgresql = PostgreSQL(scene.folder / "postgresql", durable=True)
    try:
        with scene.server("away", database_url=postgresql.database()) as server:
            with scene.clients(server, scene.seconds * 3) as told:
                time.sleep(scene.seconds)
                postgresql.stop("immediate")
                status, _ = server.ask(QUESTION)
                ready, _ = server.send("GET", "/readyz")
                time.sleep(scene.seconds / 2)
                postgresql.start()
            gone, after = lost(server, told), server.ask(QUESTION)[0]
    finally:
        postgresql.stop("immediate")
    holds = (status, ready, after, gone) == (503, 503, 200, 0)
    value = (
        f"while away {status}, readyz {ready}; after {after}; "
        f"{len(told.answered)} answered, {gone} lost"
    )
    return Figure("PostgreSQL crashes and comes back", value, "503, then 200; 0 lost", holds)


def chroma_away(scene: Scene) -> Figure:
    """The Chroma server that holds the vectors is killed and comes back."""
    port, data = free_port(), scene.folder / "chroma"
    run = [str(Path(sys.executable).with_name("chroma")), "run", "--path", str(data)]

    def start() -> subprocess.Popen[bytes]:
        with (scene.folder / "chroma.log").open("ab") as log:
            process = subprocess.Popen([*run, "--port", str(port)], stdout=log, stderr=log)
        wait_for(port)
        return process

    chroma = start()
    try:
        url = f"http://127.0.0.1:{port}"
        own: dict[str, Any] = {"data_dir": scene.folder / "on-server", "chroma_url": url}
        build(scene.settings.model_copy(update=own), [scene.settings.corpus_dir])
        with scene.server("chroma", cached_answers=0, **own) as server:
            before = server.ask(QUESTION)[0]
            chroma.kill()
            chroma.wait()
            during = server.ask(QUESTION)[0]
            chroma = start()
            after = server.ask(QUESTION)[0]
    finally:
        chroma.kill()
        chroma.wait()
    holds = (before, during, after) == (200, 503, 200)
    value = f"before {before}, while away {during}, after {after}"
    return Figure("Chroma server killed and back", value, "503, then 200", holds)


def snapshot_switched(scene: Scene) -> Figure:
    """The current snapshot changes under load, eight times."""
    other = scene.settings.model_copy(update={"passage_words": 120})
    with scene.server("switched") as server:
        store = SnapshotStore(scene.settings.data_dir)
        first = str(store.current)
        second = build(other, [scene.settings.corpus_dir]).snapshot
        store.activate(first)
        switches = 8
        with scene.clients(server, scene.seconds * 2) as told:
            for n in range(switches):
                time.sleep(scene.seconds * 2 / (switches + 1))
                store.activate((second, first)[n % 2])
        store.activate(first)
    failed = sum(n for status, n in told.statuses.items() if status != 200)
    value = f"{len(told.answered)} answered over {switches} switches, {failed} failed"
    return Figure("snapshot switched under load", value, "0 failed", not failed)


def clock_jumps(scene: Scene) -> Figure:
    """The server's clock goes a day ahead, then two days back."""
    now = scene.folder / "now"
    now.write_text("+0d\n")
    with scene.server("clock", faked=now) as server:
        told = [server.ask("Why?", conversation_id="clock")]
        for jump in ("+1d", "-1d", "+0d"):
            now.write_text(f"{jump}\n")
            told.append(server.ask(f"What about {jump}?", conversation_id="clock"))
        _, turns = server.send("GET", "/api/conversations/clock")
    with closing(sqlite3.connect(scene.folder / "clock.db")) as database:
        times = database.execute("SELECT min(created), max(created) FROM answers").fetchone()
    jumped = times[0][:10] != times[1][:10]
    statuses = [status for status, _ in told]
    order = [t["answer"]["id"] for t in turns or ()] == [body["id"] for _, body in told]
    holds = set(statuses) == {200} and order and jumped
    value = f"answers {statuses}, turns {'in order' if order else 'OUT OF ORDER'}"
    return Figure("clock a day ahead, then back", value, "answered, in order", holds)


def worker_killed(scene: Scene) -> Figure:
    """Two workers, of which one is killed under load."""
    with scene.server("workers", workers=2) as server:
        _until(lambda: server.ask(QUESTION)[0] == 200)
        with scene.clients(server, scene.seconds * 2) as told:
            time.sleep(scene.seconds / 2)
            os.kill(server.workers()[0], signal.SIGKILL)
        back, gone = _until(lambda: len(server.workers()) == 2), lost(server, told)
    holds = back and not gone and not told.given_up
    value = (
        f"{len(told.answered)} answered, {told.given_up} not, {gone} lost, "
        f"{told.statuses[0]} connections broken and tried again"
    )
    return Figure("one of two workers killed", value, "none unanswered, 0 lost", holds)


def slow_clients(scene: Scene) -> Figure:
    """Two hundred connections that send half a request and wait."""
    with scene.server("slow") as server:
        held = [socket.create_connection(("127.0.0.1", server.port)) for _ in range(200)]
        for n, connection in enumerate(held):
            head = "POST /api/chat HTTP/1.1\r\nHost: x\r\n"
            body = "Content-Type: application/json\r\nContent-Length: 99\r\n\r\n{"
            connection.sendall((head + (body if n % 2 else "")).encode())
        with scene.clients(server, scene.seconds) as told:
            pass
        for connection in held:
            connection.close()
    holds = not told.given_up and set(told.statuses) == {200}
    value = f"{len(told.answered)} answered, p95 {told.quantile(0.95) * 1000:.0f} ms"
    return Figure("200 slow clients", value, "all others answered", holds)


FAULTS: tuple[Callable[[Scene], Figure], ...] = (
    killed_while_writing,
    disk_full,
    database_away,
    chroma_away,
    snapshot_switched,
    clock_jumps,
    worker_killed,
    slow_clients,
)


def play(scene: Scene) -> list[Figure]:
    """Every fault in turn."""
    return [fault(scene) for fault in FAULTS]


def _until(holds: Callable[[], Any], seconds: float = 30) -> bool:
    over = time.monotonic() + seconds
    while time.monotonic() < over:
        if holds():
            return True
        time.sleep(0.2)
    return False
