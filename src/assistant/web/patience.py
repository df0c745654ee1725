"""A connection that sends no whole request head in time, or too long a one, is closed.

uvicorn alone waits for ever, and reads heads of any length.
"""

import asyncio
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

HEAD_SECONDS = 10
MAX_HEAD = 64 * 1024
TOO_LONG = "The head of the request is too long."


class PatientProtocol(HttpToolsProtocol):
    """HTTP/1.1 with a deadline and a length for each request's head."""

    _deadline: asyncio.TimerHandle | None = None
    _head = 0

    def connection_made(self, transport: Any) -> None:
        """The clock starts with the connection."""
        super().connection_made(transport)
        self._wait()

    def on_message_begin(self) -> None:
        """The clock runs from a head's first byte, as far as it does not run already."""
        super().on_message_begin()
        self._head = 0
        if self._deadline is None:
            self._wait()

    def on_header(self, name: bytes, value: bytes) -> None:
        """A header too many ends the reading; uvicorn answers 400."""
        self._head += len(name) + len(value)
        if self._head > MAX_HEAD:
            raise ValueError(TOO_LONG)
        super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """The head is whole; between requests uvicorn's own limit for idle connections holds."""
        self._stop_waiting()
        super().on_headers_complete()

    def data_received(self, data: bytes) -> None:
        """A head that is not whole yet may not grow for ever."""
        super().data_received(data)
        if self._deadline is not None:
            self._head += len(data)
            if self._head > MAX_HEAD and not self.transport.is_closing():
                self.send_400_response(TOO_LONG)

    def connection_lost(self, exc: Exception | None) -> None:
        """Nothing to wait for."""
        self._stop_waiting()
        super().connection_lost(exc)

    def _wait(self) -> None:
        self._deadline = self.loop.call_later(HEAD_SECONDS, self._too_slow)

    def _stop_waiting(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _too_slow(self) -> None:
        self._deadline = None
        if not self.transport.is_closing():
            self.transport.close()
