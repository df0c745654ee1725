"""The application, made by a factory that is handed its parts; nothing happens at import."""

from collections.abc import Awaitable, Callable
from pathlib import Path

from fastapi import FastAPI, Request
from fastapi.middleware.cors import CORSMiddleware
from fastapi.middleware.gzip import GZipMiddleware
from fastapi.responses import Response
from fastapi.staticfiles import StaticFiles
from starlette.routing import Route

from assistant import __version__
from assistant.service import Live
from assistant.web import api, errors, learn, learn_api, library, mcp, openai, pages
from assistant.web.errors import problem

STATIC = Path(__file__).with_name("static")
MAX_BODY = 1_000_000
SECURITY_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; "
        "img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'self'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}


def create_app(live: Live) -> FastAPI:
    """The API and the pages over one assistant, as its settings want them."""
    settings = live.settings
    endpoint = mcp.Endpoint(live, settings.host, settings.mcp_hosts, settings.allowed_origins)
    app = FastAPI(
        title="Procurement assistant",
        version=__version__,
        summary="Cited answers to public-procurement questions.",
        docs_url=None,
        redoc_url=None,
        lifespan=endpoint.lifespan,
    )
    app.state.live = live
    app.include_router(api.router)
    app.include_router(openai.router)
    app.include_router(pages.router)
    app.include_router(library.router)
    app.include_router(learn.router)
    app.include_router(learn_api.router)
    app.router.routes.append(Route(mcp.PATH, endpoint, methods=["GET", "POST", "DELETE"]))
    app.mount("/static", StaticFiles(directory=STATIC), name="static")
    app.middleware("http")(guard)
    app.add_middleware(GZipMiddleware, minimum_size=1000)
    if settings.allowed_origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=list(settings.allowed_origins),
            allow_methods=["GET", "POST", "DELETE"],
            allow_headers=["Content-Type"],
        )
    errors.install(app)
    return app


async def guard(request: Request, call_next: Callable[[Request], Awaitable[Response]]) -> Response:
    """Refuse bodies that no question needs, and send the security headers with every answer."""
    length = request.headers.get("content-length", "0")
    if length.isdigit() and int(length) > MAX_BODY:
        response: Response = problem(413, "too-large", "the request body is over 1 MB")
    else:
        response = await call_next(request)
    for name, value in SECURITY_HEADERS.items():
        response.headers.setdefault(name, value)
    return response
