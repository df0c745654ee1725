"""The secret of this installation, and what is signed with it."""

import hashlib
import hmac
import os
import secrets
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
    try:
        data_dir.mkdir(parents=True, exist_ok=True)
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_text("utf-8")
    except OSError as error:
        raise StorageError(f"{path} cannot be written: {error.strerror}") from error
    with os.fdopen(handle, "w") as file:
        file.write(secrets.token_urlsafe(48))
    return path.read_text("utf-8")


class WidgetTokens:
    """Tokens for pages of allowed sites: good for a quarter of an hour, and on one site."""

    def __init__(self, key: str) -> None:
        self._signer = URLSafeTimedSerializer(key, salt="widget-token")

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
