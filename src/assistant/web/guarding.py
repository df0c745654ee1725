"""Around everything: limits on what a request may bring, and the security headers."""

import asyncio
from collections.abc import Mapping

from fastapi import HTTPException
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from assistant.web.errors import http_error, problem, unexpected

MAX_BODY = 1_000_000
BODY_SECONDS = 20
TOO_LARGE = f"the request body is over {MAX_BODY // 1000:,} kB"
TOO_SLOW = "the request body did not arrive in time"
PRIVATE = ("/api/", "/v1/", "/admin", "/learn", "/sign-in")  # kept by no cache
CLOSE = {"Connection": "close"}
SECURITY_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; "
        "img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'self'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=()",
}
HSTS = {"Strict-Transport-Security": "max-age=31536000; includeSubDomains"}


class Peer:
    """Keeps the address that a connection really comes from, before a proxy's word replaces it."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, with its ``peer``."""
        if scope["type"] == "http":
            scope["peer"] = (scope.get("client") or ("",))[0]
        await self._app(scope, receive, send)


class Guard:
    """Refuses long and slow bodies, and sends the security headers with every response, those to
    errors that nobody expected too."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, watched."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = SECURITY_HEADERS | (HSTS if scope["scheme"] == "https" else {})

        if scope["path"].startswith(PRIVATE):
            headers = headers | {"Cache-Control": "no-store"}
        started = False

        async def sending(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                message["headers"] = _with(message["headers"], headers)
            await send(message)

        if int(_content_length(scope)) > MAX_BODY:
            await problem(413, "too-large", TOO_LARGE, CLOSE)(scope, receive, sending)
            return
        try:
            await self._app(scope, _limited(receive), sending)
        except Exception as error:
            if started:
                raise
            tell = http_error if isinstance(error, HTTPException) else unexpected
            await tell(Request(scope), error)(scope, receive, sending)


def _content_length(scope: Scope) -> str:
    length = Request(scope).headers.get("content-length", "0")
    return length if length.isdigit() else "0"


def _limited(receive: Receive) -> Receive:
    """The body, counted and timed; what comes after it is only the client leaving.

    FastAPI lets its own HTTPException alone pass while it reads a body.
    """
    taken, whole = 0, False
    deadline = asyncio.get_running_loop().time() + BODY_SECONDS

    async def receiving() -> Message:
        nonlocal taken, whole
        if whole:
            return await receive()
        try:
            async with asyncio.timeout_at(deadline):
                message = await receive()
        except TimeoutError as error:
            raise HTTPException(408, TOO_SLOW, CLOSE) from error
        if message["type"] == "http.request":
            taken += len(message.get("body", b""))
            whole = not message.get("more_body", False)
        if taken > MAX_BODY:
            raise HTTPException(413, TOO_LARGE, CLOSE)
        return message

    return receiving


def _with(sent: list[tuple[bytes, bytes]], more: Mapping[str, str]) -> list[tuple[bytes, bytes]]:
    names = {name.lower() for name, _ in sent}
    new = ((n.lower().encode(), v.encode()) for n, v in more.items())
    return [*sent, *((name, value) for name, value in new if name not in names)]
