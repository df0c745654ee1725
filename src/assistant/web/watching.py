"""For those who watch the server: is it alive, can it answer, and its metrics."""

from fastapi import APIRouter, Request, Response

from assistant import __version__
from assistant.web import errors, observing
from assistant.web.api import live
from assistant.web.schemas import Health
from ingest.errors import AssistantError

router = APIRouter(tags=["health"])


@router.get("/healthz")
def healthz() -> Health:
    """Whether the process answers at all."""
    return Health(status="ok", version=__version__)


@router.get("/readyz", responses={503: {"model": Health}})
def readyz(request: Request, response: Response) -> Health:
    """Whether questions can be answered: 503 without a usable snapshot or without the database."""
    try:
        assistant = live(request).get()
        snapshot = assistant.snapshot.manifest.id
        assistant.store.check()
    except AssistantError as error:
        response.status_code = 503
        return Health(status=errors.told(error), version=__version__)
    return Health(status="ready", version=__version__, snapshot=snapshot)


@router.get("/metrics", include_in_schema=False)
def metrics(request: Request) -> Response:
    """Prometheus' text form."""
    observing.WAITING.set(request.app.state.doors.room.waiting)
    return observing.metrics()
