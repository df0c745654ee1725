"""The secret of this installation, and what is signed with it."""

import hashlib
import hmac
import os
import secrets
import tempfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from itsdangerous import BadData, URLSafeTimedSerializer

from ingest.errors import InputError, StorageError

FEWEST = 32
MINUTES = 15


def secret(configured: str, data_dir: Path) -> str:
    """The configured secret, or one that is made once and kept in the data folder (mode 600)."""
    if configured:
        if len(configured) < FEWEST:
            raise InputError(f"ASSISTANT_SECRET_KEY is shorter than {FEWEST} characters")
        return configured
    path = data_dir / "secret.key"
    private_file(path, lambda: secrets.token_urlsafe(48).encode())
    kept = path.read_text("utf-8")
    if len(kept) < FEWEST:
        raise InputError(
            f"{path} is damaged; delete it: a new one is made, and people sign in anew"
        )
    return kept


def private_file(path: Path, content: Callable[[], bytes]) -> None:
    """Write a file of mode 600 unless it is there: whole or not at all, whoever else does it."""
    if path.exists():
        return
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        with os.fdopen(handle, "wb") as file:
            file.write(content())
            file.flush()
            os.fsync(file.fileno())
        with suppress(FileExistsError):
            os.link(name, path)
        Path(name).unlink()
    except OSError as error:
        raise StorageError(f"{path} cannot be written: {error.strerror}") from error


class WidgetTokens:
    """Tokens for pages of allowed sites: good for a quarter of an hour, and on one site."""

    def __init__(self, key: str) -> None:
        self._signer = URLSafeTimedSerializer(
            key, salt="widget-token", signer_kwargs={"digest_method": hashlib.sha256}
        )

    def issue(self, origin: str) -> str:
        """A token for a page of this origin."""
        token: str = self._signer.dumps(origin)
        return token

    def holder(self, token: str, origin: str) -> bool:
        """Whether the token is good, now and on this origin."""
        try:
            return bool(self._signer.loads(token, max_age=MINUTES * 60) == origin)
        except BadData:
            return False


def pseudonym(key: str, value: str) -> str:
    """A digest that stands for an address and cannot be turned back without the key."""
    return hmac.new(key.encode(), value.encode(), hashlib.sha256).hexdigest()[:32]
