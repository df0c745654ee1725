"""What can be seen from outside: a number for each request, log lines, and metrics.

No log line and no metric holds a question, an address or the query of a URL.
"""

import logging
import time
import uuid
from contextvars import ContextVar

from prometheus_client import (
    CONTENT_TYPE_LATEST,
    REGISTRY,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    generate_latest,
    multiprocess,
)
from prometheus_client.values import ValueClass
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from assistant.records import Answer

log = logging.getLogger("assistant.requests")
request_id: ContextVar[str] = ContextVar("request_id", default="")

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
REQUESTS = Counter("assistant_requests_total", "Responses.", ["route", "method", "status"])
SECONDS = Histogram(
    "assistant_request_seconds",
    "Time to the end of a response.",
    ["route"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30),
)
ANSWERS = Counter("assistant_answers_total", "Answers.", ["outcome", "engine"])
STEPS = Histogram(
    "assistant_step_seconds",
    "Time of one step of the pipeline.",
    ["step"],
    buckets=(0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5, 20),
)
FEEDBACK = Counter("assistant_feedback_total", "Feedback.", ["useful"])
WAITING = Gauge(
    "assistant_waiting", "Questions that wait for a place.", multiprocess_mode="livesum"
)


def metrics() -> Response:
    """All metrics in Prometheus' text form; of all workers, where there are several."""
    registry = REGISTRY
    if ValueClass.__name__ == "MmapedValue":
        registry = CollectorRegistry()
        multiprocess.MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    return Response(generate_latest(registry), media_type=CONTENT_TYPE_LATEST)


def answered(answer: Answer) -> None:
    """Count an answer and the time of its steps."""
    engine = answer.engine.partition(":")[0].partition(",")[0]
    ANSWERS.labels(answer.outcome, engine).inc()
    for step, milliseconds in answer.timings_ms.items():
        STEPS.labels(step).observe(milliseconds / 1000)


class Observer:
    """Numbers each request, and writes one line and the metrics when it is over."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, and note how it ended."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        number = uuid.uuid4().hex[:16]
        token = request_id.set(number)
        started, status = time.perf_counter(), 500

        async def sending(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message["headers"], (b"x-request-id", number.encode())]
            await send(message)

        try:
            await self._app(scope, receive, sending)
        finally:
            seconds = time.perf_counter() - started
            route = _route(scope)
            method = scope["method"] if scope["method"] in METHODS else "other"
            REQUESTS.labels(route, method, status).inc()
            SECONDS.labels(route).observe(seconds)
            log.info(
                "request",
                extra={
                    "method": method,
                    "route": route,
                    "status": status,
                    "ms": round(seconds * 1000, 1),
                },
            )
            request_id.reset(token)


def _route(scope: Scope) -> str:
    """The template of the route, never the path itself, which may hold what people wrote."""
    path = getattr(scope.get("route"), "path", None)
    if scope["path"].startswith("/static/"):
        return "/static"
    return str(path) if path else "none"
