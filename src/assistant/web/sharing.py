"""Several workers on one socket: one that is busy leaves new connections to one that is free.

The kernel wakes all of them; whoever accepts first has the connection, and a question that waits
behind another in one process would have been answered at once in the next.
"""

import asyncio
import socket
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any

PATIENCE = (
    0.03  # seconds; then a busy worker takes what nobody else did, to send it away if need be
)


class SharingLoop(asyncio.SelectorEventLoop):
    """An event loop whose servers accept only while there is room, or nobody else does."""

    full: Callable[[], bool] = staticmethod(lambda: False)
    room: Callable[[], Awaitable[object]] = staticmethod(lambda: asyncio.sleep(0))

    async def create_server(  # type: ignore[override]
        self,
        protocol_factory: Callable[[], asyncio.BaseProtocol],
        *,
        sock: socket.socket,
        backlog: int = 100,
        **_: Any,
    ) -> "Listener":
        """A server on a socket that other processes listen on, too."""
        sock.setblocking(False)
        sock.listen(backlog)
        return Listener(self, sock, protocol_factory)


class Listener:
    """Accepts connections of one socket; as much of an asyncio server as uvicorn uses."""

    def __init__(
        self, loop: SharingLoop, sock: socket.socket, factory: Callable[[], asyncio.BaseProtocol]
    ) -> None:
        self.sockets = (sock,)
        self._loop = loop
        self._sock = sock
        self._factory = factory
        self._tasks: set[asyncio.Task[Any]] = set()
        self._loop.add_reader(sock, self._arrived)

    def close(self) -> None:
        """Accept no more, and give the socket back."""
        self._loop.remove_reader(self._sock)
        for task in self._tasks:
            task.cancel()
        self._sock.close()

    async def wait_closed(self) -> None:
        """Nothing is left to wait for."""

    def _arrived(self) -> None:
        if self._loop.full():
            self._loop.remove_reader(self._sock)
            self._start(self._later())
        else:
            self._accept()

    async def _later(self) -> None:
        """Leave it to others until there is room here, or for too long."""
        try:
            await asyncio.wait_for(self._loop.room(), PATIENCE)
        except TimeoutError:
            while self._accept():
                pass
        self._loop.add_reader(self._sock, self._arrived)

    def _accept(self) -> bool:
        """Take one connection; whether there was one."""
        with suppress(BlockingIOError, InterruptedError, ConnectionAbortedError):
            connection, _ = self._sock.accept()
            connection.setblocking(False)
            self._start(self._loop.connect_accepted_socket(self._factory, connection))
            return True
        return False

    def _start(self, work: Any) -> None:
        task = self._loop.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
