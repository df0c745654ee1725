"""The one place that turns errors into HTTP: problem+json for programs, a page for people."""

import logging
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.exceptions import HTTPException

from assistant.web.rendering import templates
from assistant.web.schemas import Problem
from ingest.errors import AssistantError, StorageError, UnavailableError

log = logging.getLogger("assistant.web")
security = logging.getLogger("assistant.security")


def install(app: FastAPI) -> None:
    """Register the handlers."""
    app.add_exception_handler(AssistantError, _ours)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)


def document(spec: dict[str, Any]) -> dict[str, Any]:
    """The OpenAPI document with every error as it really comes: a problem document."""
    shape = {"schema": {"$ref": "#/components/schemas/Problem"}}
    as_problem = {"content": {"application/problem+json": shape}}
    for operations in spec["paths"].values():
        for operation in operations.values():
            responses = operation["responses"]
            for status in [s for s in responses if s.startswith(("4", "5"))]:
                if "Health" not in str(responses[status]):
                    described = (
                        responses[status].get("description") or HTTPStatus(int(status)).phrase
                    )
                    responses[status] = {"description": described} | as_problem
            responses["default"] = {"description": "What is wrong, as problem+json"} | as_problem
    for unused in ("HTTPValidationError", "ValidationError"):
        spec["components"]["schemas"].pop(unused, None)
    return spec


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
    if error.http_status in (401, 403, 429):
        who = getattr(request.state, "asker", "")
        security.info("refused: %s", error.name, extra={"who": who})
    page = request.method == "GET" and "text/html" in request.headers.get("accept", "")
    if error.http_status == 401 and page and request.app.state.live.settings.oidc_issuer:
        return RedirectResponse(f"/sign-in?next={quote(request.url.path)}", 303)
    headers = {"Retry-After": str(error.retry_seconds)} if error.retry_seconds else {}
    if error.http_status == 401:
        headers["WWW-Authenticate"] = 'Bearer realm="assistant"'
    return _answer(request, error.http_status, error.name, told(error), headers)


def told(error: AssistantError) -> str:
    """What anybody may read of an error: of a service behind this one, that it fails, not where."""
    if isinstance(error, (StorageError, UnavailableError)):
        log.warning("%s: %s", error.name, error)
        return "A service that answers depend on is not there at the moment. Try again shortly."
    return str(error)


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
    return http_error(request, error)


def http_error(request: Request, error: Exception) -> Response:
    """The response to an error that names its own status."""
    assert isinstance(error, HTTPException)
    name = HTTPStatus(error.status_code).phrase.lower().replace(" ", "-")
    return _answer(request, error.status_code, name, str(error.detail), error.headers)


def unexpected(request: Request, error: Exception) -> Response:
    """The response to a fault of ours: it is logged whole, and told in one sentence."""
    log.error("unexpected error", exc_info=error)
    detail = "Something went wrong here. Try again; if it happens twice, tell the maintainer."
    return _answer(request, 500, "error", detail)
