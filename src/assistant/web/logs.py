"""How log lines look: text for people, JSON for programs, each with the number of its request."""

import logging
import time
from typing import Any, Literal

from assistant.web.observing import request_id

FIELDS = "%(levelname)s %(name)s %(message)s %(request_id)s"
TEXT = "%(asctime)s %(levelname)-7s %(request_id)s %(message)s%(told)s"
TOLD = ("who", "method", "route", "status", "ms")


class Line(logging.Formatter):
    """Text for people, with the time in UTC."""

    default_time_format = "%Y-%m-%dT%H:%M:%S"
    default_msec_format = "%s.%03dZ"

    @staticmethod
    def converter(seconds: float | None) -> time.struct_time:
        """UTC, whatever the machine's zone."""
        return time.gmtime(seconds)


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
    text = {"()": "assistant.web.logs.Line", "fmt": TEXT}
    json = {
        "()": "pythonjsonlogger.json.JsonFormatter",
        "fmt": FIELDS,
        "timestamp": "time",
        "rename_fields": {"levelname": "level", "name": "logger"},
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
