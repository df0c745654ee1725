"""Around everything: limits on what a request may bring, and the security headers."""

import asyncio
from collections.abc import Mapping

from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from assistant.web.errors import problem

MAX_BODY = 1_000_000
BODY_SECONDS = 20
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


class TooMuchError(Exception):
    """The body is longer than any question needs."""


class TooSlowError(Exception):
    """The body did not arrive in time."""


class Guard:
    """Refuses long and slow bodies, and sends the security headers with every response."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, watched."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = SECURITY_HEADERS | (HSTS if scope["scheme"] == "https" else {})
        started = False

        async def sending(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                message["headers"] = _with(message["headers"], headers)
            await send(message)

        try:
            if int(_content_length(scope)) > MAX_BODY:
                raise TooMuchError
            await self._app(scope, _limited(receive), sending)
        except (TooMuchError, TooSlowError) as error:
            if started:
                raise
            response = (
                problem(413, "too-large", f"the request body is over {MAX_BODY // 1000:,} kB")
                if isinstance(error, TooMuchError)
                else problem(408, "too-slow", f"the body took over {BODY_SECONDS} seconds")
            )
            response.headers["Connection"] = "close"
            await response(scope, receive, sending)


def _content_length(scope: Scope) -> str:
    length = Request(scope).headers.get("content-length", "0")
    return length if length.isdigit() else "0"


def _limited(receive: Receive) -> Receive:
    """The body, counted and timed; what comes after it is only the client leaving."""
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
            raise TooSlowError from error
        if message["type"] == "http.request":
            taken += len(message.get("body", b""))
            whole = not message.get("more_body", False)
        if taken > MAX_BODY:
            raise TooMuchError
        return message

    return receiving


def _with(sent: list[tuple[bytes, bytes]], more: Mapping[str, str]) -> list[tuple[bytes, bytes]]:
    names = {name.lower() for name, _ in sent}
    new = ((n.lower().encode(), v.encode()) for n, v in more.items())
    return [*sent, *((name, value) for name, value in new if name not in names)]
