"""Two workers on one socket, each with a loop of its own, as two processes have."""

import asyncio
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import pytest

from assistant.web import sharing
from assistant.web.sharing import SharingLoop


class Worker:
    """A loop in a thread that says its name to who connects, and may be full."""

    def __init__(self, name: bytes, sock: socket.socket) -> None:
        self.loop = SharingLoop()
        self.loop.full, self.loop.room = lambda: not self.room.is_set(), lambda: self.room.wait()
        self._name, self._sock = name, sock
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self._thread.start()
        self._ready.wait()

    def _run(self) -> None:
        with (
            suppress(asyncio.CancelledError),
            asyncio.Runner(loop_factory=lambda: self.loop) as own,
        ):
            own.run(self._serve())

    async def _serve(self) -> None:
        self.room, self._over = asyncio.Event(), asyncio.Event()
        self.room.set()
        name = self._name

        class Says(asyncio.Protocol):
            def connection_made(self, transport: asyncio.BaseTransport) -> None:
                assert isinstance(transport, asyncio.Transport)
                transport.write(name)
                transport.close()

        server = await self.loop.create_server(Says, sock=self._sock)
        self._ready.set()
        await self._over.wait()
        server.close()
        await server.wait_closed()

    def be(self, full: bool) -> None:
        """Full, or with room again."""

        async def change() -> None:
            self.room.clear() if full else self.room.set()

        asyncio.run_coroutine_threadsafe(change(), self.loop).result()

    def stop(self) -> None:
        if self._thread.is_alive():
            self.loop.call_soon_threadsafe(self._over.set)
            self._thread.join()


@contextmanager
def two_workers() -> Iterator[tuple[int, Worker, Worker]]:
    with socket.create_server(("127.0.0.1", 0)) as sock:
        pair = Worker(b"one", sock), Worker(b"two", sock.dup())
        try:
            yield sock.getsockname()[1], *pair
        finally:
            for worker in pair:
                worker.stop()


def answer(port: int) -> bytes:
    """Who takes a connection."""
    with socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
        return connection.recv(10)


def test_who_is_full_leaves_connections_to_who_is_free(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sharing, "PATIENCE", 5)
    with two_workers() as (port, one, two):
        one.be(full=True)
        assert {answer(port) for _ in range(30)} == {b"two"}
        one.be(full=False)
        two.be(full=True)
        assert {answer(port) for _ in range(30)} == {b"one"}


def test_when_all_are_full_somebody_takes_it_all_the_same() -> None:
    with two_workers() as (port, one, two):
        one.be(full=True)
        two.be(full=True)
        started = time.monotonic()
        assert answer(port) in (b"one", b"two")
        assert time.monotonic() - started >= sharing.PATIENCE / 2


def test_who_stops_accepts_no_more() -> None:
    with two_workers() as (port, one, _):
        one.stop()
        assert {answer(port) for _ in range(10)} == {b"two"}
