"""The errors this project raises on purpose.

Each class carries the exit code of the command line and the HTTP status, so that one place
prints and one place answers. The message says what is wrong and what to do about it.
"""


class AssistantError(Exception):
    """Something went wrong that a person can act on."""

    exit_code = 1
    http_status = 500
    name = "error"


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


class SnapshotError(AssistantError):
    """There is no usable snapshot: none, a half-written one, or one of another model."""

    http_status = 503
    name = "no-snapshot"


class BusyError(AssistantError):
    """Another process holds what this one needs."""

    http_status = 503
    name = "busy"


class UnavailableError(AssistantError):
    """A server that this one needs does not answer."""

    http_status = 503
    name = "unavailable"


class UnknownError(InputError):
    """What was named does not exist."""

    http_status = 404
    name = "unknown"
