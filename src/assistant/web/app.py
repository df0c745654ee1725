"""The application, made by a factory that is handed its parts; nothing happens at import."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from functools import cache
from pathlib import Path

from fastapi import FastAPI
from fastapi.middleware.cors import CORSMiddleware
from fastapi.middleware.gzip import GZipMiddleware
from fastapi.staticfiles import StaticFiles
from starlette.concurrency import run_in_threadpool
from starlette.middleware.sessions import SessionMiddleware
from starlette.routing import Route
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from assistant import __version__, retention, tracing
from assistant.access.limiting import Limiter
from assistant.access.secret import WidgetTokens, secret
from assistant.access.store import AccessStore
from assistant.service import Live
from assistant.web import (
    admin,
    api,
    errors,
    learn,
    learn_api,
    library,
    mcp,
    openai,
    pages,
    signing_in,
    watching,
)
from assistant.web.gate import WIDGET_TOKEN, Doors, Gate, Limits, Room
from assistant.web.guarding import Guard, Peer
from assistant.web.observing import Observer
from ingest.errors import AssistantError

STATIC = Path(__file__).with_name("static")
HANDSHAKE_SECONDS = 600
PURGE_SECONDS = 3600
log = logging.getLogger("assistant.web")


def create_app(live: Live) -> FastAPI:
    """The API and the pages over one assistant, as its settings want them."""
    settings = live.settings
    endpoint = mcp.Endpoint(live, settings.host, settings.mcp_hosts, settings.allowed_origins)
    doors = open_doors(live)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        if settings.trace_url:
            tracing.start(settings.trace_url)
        purging = asyncio.create_task(_purge_hourly(live))
        async with endpoint.lifespan(app):
            yield
        purging.cancel()
        with suppress(asyncio.CancelledError):
            await purging
        live.database.close()
        tracing.stop()

    app = FastAPI(
        title="Procurement assistant",
        version=__version__,
        summary="Cited answers to public-procurement questions.",
        docs_url=None,
        redoc_url=None,
        lifespan=lifespan,
    )
    app.state.live = live
    app.state.doors = doors
    for module in (api, openai, pages, library, learn, learn_api, signing_in, admin, watching):
        app.include_router(module.router)
    app.router.routes.append(Route(mcp.PATH, endpoint, methods=["POST"]))
    app.mount("/static", StaticFiles(directory=STATIC), name="static")
    # The last one added is the first to see a request.
    if settings.oidc_issuer:
        app.add_middleware(
            SessionMiddleware,
            secret_key=doors.secret,
            session_cookie="handshake",
            max_age=HANDSHAKE_SECONDS,
            path="/sign-in",
            https_only=settings.public_url.startswith("https:"),
        )
    app.add_middleware(Gate, doors=doors)
    app.add_middleware(GZipMiddleware, minimum_size=1000, compresslevel=5)
    if settings.allowed_origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=list(settings.allowed_origins),
            allow_methods=["GET", "POST", "DELETE"],
            allow_headers=["Content-Type", WIDGET_TOKEN],
            expose_headers=["Retry-After", "RateLimit", "RateLimit-Policy"],
        )
    app.add_middleware(Guard)
    app.add_middleware(Observer)
    if settings.trusted_proxies:
        app.add_middleware(ProxyHeadersMiddleware, trusted_hosts=list(settings.trusted_proxies))
    app.add_middleware(Peer)
    errors.install(app)
    described = app.openapi
    app.openapi = cache(lambda: errors.document(described()))  # type: ignore[method-assign]
    return app


def open_doors(live: Live) -> Doors:
    """What the gate decides by, from the settings."""
    settings = live.settings
    key = secret(settings.secret_key.get_secret_value(), settings.data_dir)
    return Doors(
        settings=settings,
        store=AccessStore(live.database),
        limiter=Limiter(settings.limit_storage, live.database),
        limits=Limits.of(settings),
        tokens=WidgetTokens(key),
        secret=key,
        room=Room(settings.places, settings.answers_waiting),
    )


async def _purge_hourly(live: Live) -> None:
    """Retention: at the start, then every hour. A failure is logged, and tried again."""
    own = live.settings
    while True:
        try:
            await run_in_threadpool(
                retention.purge, live.database, own.keep_answers_days, own.keep_learners_days
            )
            live.forget_cached()
        except AssistantError as error:
            log.warning("purge failed: %s", error)
        await asyncio.sleep(PURGE_SECONDS)
