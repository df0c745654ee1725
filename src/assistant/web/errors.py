"""The one place that turns errors into HTTP: problem+json for programs, a page for people."""

import logging
from collections.abc import Mapping
from http import HTTPStatus
from urllib.parse import quote

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.exceptions import HTTPException

from assistant.web.rendering import templates
from assistant.web.schemas import Problem
from ingest.errors import AssistantError

log = logging.getLogger("assistant.web")


def install(app: FastAPI) -> None:
    """Register the handlers."""
    app.add_exception_handler(AssistantError, _ours)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(Exception, _unexpected)


def problem(
    status: int, name: str, detail: str, headers: Mapping[str, str] | None = None
) -> JSONResponse:
    """A problem document; its ``error`` is where clients of the OpenAI form look."""
    body = Problem(
        type=f"urn:assistant:{name}",
        title=HTTPStatus(status).phrase,
        status=status,
        detail=detail,
    )
    content = body.model_dump() | {"error": {"message": detail, "type": name, "code": name}}
    return JSONResponse(content, status, headers, media_type="application/problem+json")


def _answer(
    request: Request, status: int, name: str, detail: str, headers: Mapping[str, str] | None = None
) -> Response:
    if "text/html" not in request.headers.get("accept", ""):
        return problem(status, name, detail, headers)
    page = templates().get_template("error.html")
    title = HTTPStatus(status).phrase
    return HTMLResponse(page.render(status=status, title=title, detail=detail), status, headers)


def refused(request: Request, error: AssistantError) -> Response:
    """The response to one of our errors; says when to try again, where that may help.

    A person who must sign in is led there.
    """
    page = request.method == "GET" and "text/html" in request.headers.get("accept", "")
    if error.http_status == 401 and page and request.app.state.live.settings.oidc_issuer:
        return RedirectResponse(f"/sign-in?next={quote(request.url.path)}", 303)
    headers = {"Retry-After": str(error.retry_seconds)} if error.retry_seconds else {}
    if error.http_status == 401:
        headers["WWW-Authenticate"] = 'Bearer realm="assistant"'
    return _answer(request, error.http_status, error.name, str(error), headers)


async def _ours(request: Request, error: Exception) -> Response:
    assert isinstance(error, AssistantError)
    return refused(request, error)


async def _invalid(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    first = error.errors()[0]
    place = ".".join(str(part) for part in first["loc"] if part != "body")
    detail = f"{place}: {first['msg']}" if place else str(first["msg"])
    return _answer(request, 422, "bad-input", detail)


async def _http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    name = HTTPStatus(error.status_code).phrase.lower().replace(" ", "-")
    return _answer(request, error.status_code, name, str(error.detail), error.headers)


async def _unexpected(request: Request, error: Exception) -> Response:
    log.error("unexpected error", exc_info=error)
    detail = "Something went wrong here. Try again; if it happens twice, tell the maintainer."
    return _answer(request, 500, "error", detail)
