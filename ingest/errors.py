"""The errors this project raises on purpose.

Each class carries the exit code of the command line and the HTTP status, so that one place
prints and one place answers. The message says what is wrong and what to do about it;
``retry_seconds`` says when trying again may help.
"""


class AssistantError(Exception):
    """Something went wrong that a person can act on."""

    exit_code = 1
    http_status = 500
    name = "error"
    retry_seconds = 0

    def __init__(self, message: str = "", retry_seconds: int = 0) -> None:
        super().__init__(message)
        self.retry_seconds = retry_seconds or self.retry_seconds


class InputError(AssistantError):
    """What was given cannot be used: a wrong value, a missing file, an empty question."""

    exit_code = 2
    http_status = 422
    name = "bad-input"


class DocumentError(InputError):
    """One file cannot be read as a document; the others still can."""

    name = "bad-document"


class CorpusError(InputError):
    """The documents taken together cannot be indexed."""

    name = "bad-corpus"


class StorageError(InputError):
    """The data folder cannot be written or read."""

    http_status = 503
    name = "storage"
    retry_seconds = 5


class SnapshotError(AssistantError):
    """There is no usable snapshot: none, a half-written one, or one of another model."""

    http_status = 503
    name = "no-snapshot"
    retry_seconds = 5


class BusyError(AssistantError):
    """Another process holds what this one needs."""

    http_status = 503
    name = "busy"
    retry_seconds = 1


class UnavailableError(AssistantError):
    """A server that this one needs does not answer."""

    http_status = 503
    name = "unavailable"
    retry_seconds = 5


class UnknownError(InputError):
    """What was named does not exist."""

    http_status = 404
    name = "unknown"


class UnknownCallerError(AssistantError):
    """Who asks must say who it is: a key, a token, or a person who signs in."""

    http_status = 401
    name = "sign-in-needed"


class ForbiddenError(AssistantError):
    """Who asks is known, and may not."""

    http_status = 403
    name = "forbidden"


class TooOftenError(AssistantError):
    """Asked more often than the limits allow."""

    http_status = 429
    name = "too-often"
    retry_seconds = 1
