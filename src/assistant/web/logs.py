"""How log lines look: text for people, JSON for programs, each with the number of its request."""

import logging
from typing import Any, Literal

from assistant.web.observing import request_id

FIELDS = "%(asctime)s %(levelname)s %(name)s %(message)s %(request_id)s"
TEXT = "%(asctime)s %(levelname)-7s %(request_id)s %(message)s%(told)s"
TOLD = ("method", "route", "status", "ms")


class Numbered(logging.Filter):
    """Adds the number of the request, and what a request line tells, as text."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Keeps every record."""
        record.request_id = request_id.get()
        known = vars(record)
        record.told = "".join(f" {known[name]}" for name in TOLD if name in known)
        return True


def config(form: Literal["text", "json"]) -> dict[str, Any]:
    """For ``logging.config.dictConfig``: everything to stderr."""
    text = {"format": TEXT}
    json = {
        "()": "pythonjsonlogger.json.JsonFormatter",
        "fmt": FIELDS,
        "rename_fields": {"asctime": "time", "levelname": "level", "name": "logger"},
    }
    told = {"handlers": ["stderr"], "level": "INFO", "propagate": False}
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "filters": {"numbered": {"()": "assistant.web.logs.Numbered"}},
        "formatters": {"line": json if form == "json" else text},
        "handlers": {
            "stderr": {
                "class": "logging.StreamHandler",
                "formatter": "line",
                "filters": ["numbered"],
            }
        },
        "loggers": {
            "assistant": told,
            "uvicorn": told | {"level": "WARNING"},
            "uvicorn.error": {"level": "WARNING"},
        },
    }
