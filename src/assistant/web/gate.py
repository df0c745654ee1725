"""Before any answer: who asks, may they, how often, and is there room. In this order."""

import asyncio
import math
import time
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from dataclasses import dataclass
from ipaddress import ip_address, ip_network
from urllib.parse import urlsplit

from limits import RateLimitItem
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from assistant.access.callers import ANONYMOUS, Caller, may_ask, roles
from assistant.access.limiting import Limiter, Spent, limit
from assistant.access.secret import WidgetTokens, pseudonym
from assistant.access.store import KEY, AccessStore
from assistant.settings import Settings
from assistant.web.errors import refused
from ingest.errors import (
    AssistantError,
    BusyError,
    ForbiddenError,
    TooOftenError,
    UnknownCallerError,
)

# What makes the program work: counted, and given room.
ANSWERING = {
    ("POST", "/"),
    ("POST", "/api/chat"),
    ("POST", "/v1/chat/completions"),
    ("POST", "/mcp"),
    ("GET", "/api/search"),
}
# What stays open when the rest is not.
ALWAYS_OPEN = ("/sign-in", "/privacy", "/accessibility", "/metrics")
# What needs no gate: probes, and files that are the same for everybody.
FREE = ("/healthz", "/readyz", "/static/")
UNCOUNTED = (*FREE, "/metrics")
SAFE = ("GET", "HEAD", "OPTIONS")
SESSION = "session"
PACE = 0.1  # how much the last answer counts in the mean time of answers
LATEST = 10  # seconds; who is sent away may leave, and others may come
WIDGET_TOKEN = "X-Widget-Token"


class Room:
    """So many at once, so many waiting; more are sent away at once rather than served late.

    Who is sent away is told when to come again, one after the other, at the pace of late.
    """

    def __init__(self, at_once: int, waiting: int) -> None:
        self._slots = asyncio.Semaphore(at_once)
        self._at_once = at_once
        self._most = waiting
        self._free = asyncio.Event()
        self._free.set()
        self._pace = 0.0  # seconds from one answer to the next, in the long run
        self._booked = 0.0
        self.waiting = 0

    def full(self) -> bool:
        """Whether who comes now would have to wait."""
        return self._slots.locked()

    async def free(self) -> None:
        """Wait until who comes would not have to."""
        await self._free.wait()

    @asynccontextmanager
    async def place(self) -> AsyncIterator[None]:
        """A place, as soon as there is one; BusyError when too many wait already."""
        if self._slots.locked() and self.waiting >= self._most:
            seconds = self._appointment()
            raise BusyError(f"too many questions at the moment; try again in {seconds} s", seconds)
        self.waiting += 1
        try:
            await self._slots.acquire()
        finally:
            self.waiting -= 1
        if self.full():
            self._free.clear()
        started = time.monotonic()
        try:
            yield
        finally:
            took = (time.monotonic() - started) / self._at_once
            self._pace += (took - self._pace) * (PACE if self._pace else 1)
            self._slots.release()
            if not self.full():
                self._free.set()

    def _appointment(self) -> int:
        """In how many seconds there will be room, after those who wait or were sent away before.

        No more are told the same second than can wait, as they will all come at once.
        """
        now, step = time.monotonic(), max(self._pace, 1 / (self._at_once + self._most))
        wait = max(self._booked - now, self.waiting * self._pace) + step
        self._booked = now + wait
        return min(math.ceil(wait), LATEST)


@dataclass(frozen=True, slots=True)
class Limits:
    """How often each kind of caller may ask."""

    address: RateLimitItem
    conversation: RateLimitItem
    key: RateLimitItem
    other: RateLimitItem

    @classmethod
    def of(cls, settings: Settings) -> "Limits":
        """Those that the settings name; InputError names a wrong one."""
        return cls(
            limit(settings.limit_address),
            limit(settings.limit_conversation),
            limit(settings.limit_key),
            limit(settings.limit_other),
        )


@dataclass(frozen=True)
class Doors:
    """All that the gate decides by."""

    settings: Settings
    store: AccessStore
    limiter: Limiter
    limits: Limits
    tokens: WidgetTokens
    secret: str
    room: Room

    def waits_for(self, request: Request) -> bool:
        """Whether the answers to these questions lie outside the process: keys and sessions, and
        counters that several servers share."""
        return (
            self.settings.limit_storage != "memory"
            or "authorization" in request.headers
            or cookie(request) in request.cookies
        )

    def caller(self, request: Request) -> Caller:
        """Who asks; UnknownCallerError when a key, token or session is not good."""
        bearer = request.headers.get("authorization", "")[len("Bearer ") :].strip()
        if bearer.startswith(KEY):
            if holder := self.store.key_holder(bearer):
                return holder
            raise UnknownCallerError("the API key is unknown or revoked")
        if token := request.headers.get(WIDGET_TOKEN, ""):
            if self.tokens.holder(token, origin(request)):
                return Caller("widget", origin(request))
            raise UnknownCallerError("the widget token is over or of another site; get a new one")
        session = request.cookies.get(cookie(request), "")
        if session and (person := self.store.person(session, self.settings.session_idle_minutes)):
            return person
        return self._named_by_proxy(request) or ANONYMOUS

    def _named_by_proxy(self, request: Request) -> Caller | None:
        """Whom a trusted proxy names; the header of anybody else means nothing."""
        header = self.settings.user_header
        name = request.headers.get(header, "").strip()[:200] if header else ""
        if not name or not trusted(request.scope.get("peer", ""), self.settings.trusted_proxies):
            return None
        own = self.settings
        return Caller("person", name, roles(name, (), own.reviewers, own.maintainers))

    def spend(self, request: Request, caller: Caller) -> Spent:
        """Count the request; TooOftenError when it is one too many."""
        asks = answers(request)
        if asks and caller.kind == "key":
            return self._hit(self.limits.key, "key", caller.name)
        kind, item = ("ask", self.limits.address) if asks else ("other", self.limits.other)
        return self._hit(item, kind, pseudonym(self.secret, address(request)))

    def spend_conversation(self, conversation_id: str) -> None:
        """Count a turn of a conversation; TooOftenError when it is one too many."""
        self._hit(self.limits.conversation, "conversation", conversation_id)

    def _hit(self, item: RateLimitItem, *who: str) -> Spent:
        spent = self.limiter.hit(item, *who)
        if not spent.allowed:
            raise TooOftenError(
                f"more than {item.amount} requests in {item.get_expiry()} seconds; "
                f"try again in {spent.seconds}",
                spent.seconds,
            )
        return spent


def origin(request: Request) -> str:
    """The site whose page sent a request; this server's own where the browser names none."""
    return request.headers.get("origin") or f"{request.url.scheme}://{request.url.netloc}"


def address(request: Request) -> str:
    """The client's address; of IPv6 the network, which one person has whole."""
    host = request.client.host if request.client else "unknown"
    try:
        return str(ip_network((host, 64), strict=False)) if ":" in host else host
    except ValueError:
        return host


def trusted(peer: str, proxies: Collection[str]) -> bool:
    """Whether a connection comes from one of these addresses or networks."""
    try:
        return peer in proxies or any(ip_address(peer) in ip_network(p) for p in proxies)
    except ValueError:
        return False


def cookie(request: Request) -> str:
    """The name of the session's cookie; over TLS one that no other host can set."""
    return f"__Host-{SESSION}" if request.url.scheme == "https" else SESSION


def answers(request: Request) -> bool:
    """Whether a request makes the program search or answer."""
    path = request.url.path
    searches = path == "/library" and bool(request.query_params.get("q", "").strip())
    return (request.method, path) in ANSWERING or searches


def admit(request: Request, caller: Caller, settings: Settings) -> None:
    """UnknownCallerError or ForbiddenError when the caller may not send this request."""
    path = request.url.path
    if request.method not in SAFE and _from_elsewhere(request, settings):
        raise ForbiddenError("this request comes from a site that may not send it")
    if path == "/metrics" and not (settings.metrics_open or caller.may("metrics")):
        raise UnknownCallerError("metrics need an API key with the scope 'metrics'")
    asks = answers(request)
    closed = settings.access == "closed" and not path.startswith(ALWAYS_OPEN)
    if (asks or closed) and not may_ask(caller, settings.access):
        if caller.kind == "key":
            raise ForbiddenError("this API key has no scope 'ask'")
        raise UnknownCallerError("questions need an API key, a widget token or a sign-in")


def _from_elsewhere(request: Request, settings: Settings) -> bool:
    """Whether another site's page sends a request that changes something.

    Browsers say so in Sec-Fetch-Site; those that are too old for it send Origin.
    """
    if origin(request) in settings.allowed_origins:
        return False
    if site := request.headers.get("sec-fetch-site", ""):
        return site not in ("same-origin", "none")
    sent = urlsplit(request.headers.get("origin", "")).netloc
    return bool(sent) and sent not in (request.url.netloc, urlsplit(settings.public_url).netloc)


class Gate:
    """Lets through who may, marks the request with its caller, and tells the limits."""

    def __init__(self, app: ASGIApp, doors: Doors) -> None:
        self._app = app
        self._doors = doors

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or say why not."""
        if scope["type"] != "http" or scope["path"].startswith(FREE):
            await self._app(scope, receive, send)
            return
        request = Request(scope)
        request.state.asker = pseudonym(self._doors.secret, address(request))
        try:
            if self._doors.waits_for(request):
                caller, spent = await run_in_threadpool(self._checked, request)
            else:
                caller, spent = self._checked(request)
            request.state.caller = caller
            sending = _telling(spent, send) if spent else send
            if answers(request):
                whole = await _whole(receive)
                async with self._doors.room.place():
                    await self._app(scope, whole, sending)
            else:
                await self._app(scope, receive, sending)
        except AssistantError as error:
            await refused(request, error)(scope, receive, send)

    def _checked(self, request: Request) -> tuple[Caller, Spent | None]:
        counted = not request.url.path.startswith(UNCOUNTED) and request.method != "OPTIONS"
        try:
            caller = self._doors.caller(request)
        except UnknownCallerError:
            self._doors.spend(request, ANONYMOUS)  # so that nobody tries keys for ever
            raise
        spent = self._doors.spend(request, caller) if counted else None
        admit(request, caller, self._doors.settings)
        return caller, spent


async def _whole(receive: Receive) -> Receive:
    """The body, read before a place is taken: who sends slowly keeps nobody else from asking."""
    held: list[Message] = []
    while not held or held[-1].get("more_body"):
        held.append(await receive())
        if held[-1]["type"] != "http.request":
            break

    async def receiving() -> Message:
        return held.pop(0) if held else await receive()

    return receiving


def _telling(spent: Spent, send: Send) -> Send:
    """Adds the headers of the IETF draft on rate limits."""
    told = [
        (b"ratelimit-policy", f'"requests";q={spent.limit};w={spent.window}'.encode()),
        (b"ratelimit", f'"requests";r={spent.left};t={spent.seconds}'.encode()),
    ]

    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            message["headers"] = [*message["headers"], *told]
        await send(message)

    return sending
