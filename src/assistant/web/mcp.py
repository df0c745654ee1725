"""``/mcp``: the protocol over streamable HTTP, started with the first request.

Importing the SDK takes a second, which a server that nobody asks over MCP need not spend.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

from fastapi import FastAPI
from starlette.types import ASGIApp, Receive, Scope, Send

from assistant.service import Live
from assistant.web import observing

PATH = "/mcp"


class Endpoint:
    """An ASGI application that builds and starts its server when it is first asked."""

    def __init__(self, live: Live, host: str, hosts: Sequence[str], origins: Sequence[str]) -> None:
        self._live = live
        self._allowed = (host, tuple(hosts), tuple(origins))
        self._starting = asyncio.Lock()
        self._app: ASGIApp | None = None
        self._over = asyncio.Event()
        self._running: asyncio.Task[None] | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        async with self._starting:
            if self._app is None:
                self._app = await self._start()
        await self._app(scope, receive, send)

    async def _start(self) -> ASGIApp:
        from mcp.server.transport_security import TransportSecuritySettings

        from assistant.protocol import allowed_hosts, server

        host, hosts, origins = self._allowed
        made = server(self._live.get, observing.answered)
        app: ASGIApp = made.streamable_http_app(
            streamable_http_path=PATH,
            stateless_http=True,
            json_response=True,
            transport_security=TransportSecuritySettings(
                enable_dns_rebinding_protection=True,
                allowed_hosts=allowed_hosts(host, hosts),
                allowed_origins=[
                    *origins,
                    *(f"http://{name}" for name in allowed_hosts(host, hosts)),
                ],
            ),
        )
        started = asyncio.Event()

        async def run(manager: Any) -> None:
            async with manager.run():
                started.set()
                await self._over.wait()

        self._running = asyncio.create_task(run(made.session_manager))
        await started.wait()
        return app

    async def stop(self) -> None:
        """End the server, if it was ever started."""
        self._over.set()
        if self._running is not None:
            await self._running

    @asynccontextmanager
    async def lifespan(self, app: FastAPI) -> AsyncIterator[None]:
        """Ends with the application that it is part of."""
        yield
        await self.stop()
