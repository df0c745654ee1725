"""One stored answer as a signed file that needs nothing else, for audits and information requests.

The record holds the question as it was used, the whole answer, the text of every cited passage, the
snapshot, the settings that shape answers and the version of the program. Ed25519 (RFC 8032) signs
its canonical JSON: sorted keys, no spaces, UTF-8.
"""

import base64
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from assistant import __version__, citing
from assistant.access.secret import private_file
from assistant.records import Answer
from assistant.replay import written
from assistant.storage import Recorded
from ingest.errors import InputError
from ingest.passages import passage_digest
from ingest.records import Passage

FORMAT = "assistant-record/1"
_passages = TypeAdapter(tuple[Passage, ...])


class SignedRecord(BaseModel):
    """The file: a record, its signature, and the key that made it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    format: str
    record: dict[str, Any]
    public_key: str
    signature: str


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was verified, and whether it holds."""

    what: str
    holds: bool


def record_of(
    found: Recorded, passages: Sequence[Passage], settings: dict[str, Any]
) -> dict[str, Any]:
    """Everything about one stored answer, as plain values."""
    return {
        "created": found.created,
        "program": __version__,
        "question": found.question.text,
        "history": [turn.model_dump() for turn in found.question.history],
        "filters": found.question.filters.model_dump(mode="json"),
        "answer": found.answer.model_dump(mode="json"),
        "settings_fingerprint": found.settings,
        "settings_now": settings,
        "passages": [TypeAdapter(Passage).dump_python(p, mode="json") for p in passages],
    }


def sign(record: dict[str, Any], key: Ed25519PrivateKey) -> SignedRecord:
    """A record with its signature."""
    return SignedRecord(
        format=FORMAT,
        record=record,
        public_key=_text(_raw(key.public_key())),
        signature=_text(key.sign(_canonical(record))),
    )


def verify(text: bytes, trusted: str = "") -> tuple[Check, ...]:
    """What holds of a file, offline; InputError when it is no such file.

    ``trusted`` is the public key that the body publishes; without it the signature only shows that
    nothing was changed since whoever held the key signed.
    """
    try:
        signed = SignedRecord.model_validate_json(text)
        answer = Answer.model_validate_json(json.dumps(signed.record["answer"]))
        passages = _passages.validate_python(signed.record["passages"])
        key = Ed25519PublicKey.from_public_bytes(base64.b64decode(signed.public_key, validate=True))
        signature = base64.b64decode(signed.signature, validate=True)
    except (ValidationError, ValueError, KeyError, TypeError) as error:
        reason = str(error).splitlines()[0]
        raise InputError(
            f"this is no record that 'assistant record export' wrote: {reason}"
        ) from error
    by_id = {p.id: p for p in passages}
    checks = [
        Check("the signature fits the record", _signed(key, signature, signed.record)),
        Check("every passage has the text of its digest", all(map(_whole, passages))),
        Check(
            "every quote stands in its passage",
            all((p := by_id.get(c.passage_id)) and c.quote in p.text for c in answer.citations),
        ),
    ]
    if not written(answer):
        holds = citing.verify(answer.sentences, answer.citations)
        checks.append(Check("every sentence stands in its quote", holds))
    if trusted:
        checks.append(Check("the key is the published one", signed.public_key == trusted.strip()))
    return tuple(checks)


def signing_key(data_dir: Path) -> Ed25519PrivateKey:
    """The installation's key, made once (mode 600) in the data folder; StorageError, InputError."""
    path = data_dir / "signing.key"
    private_file(
        path,
        lambda: Ed25519PrivateKey.generate().private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        ),
    )
    try:
        key = serialization.load_pem_private_key(path.read_bytes(), None)
    except (OSError, ValueError, TypeError) as error:
        raise InputError(f"{path} cannot be read as an Ed25519 key: {error}") from error
    if not isinstance(key, Ed25519PrivateKey):
        raise InputError(f"{path} is a key of another kind; Ed25519 is needed")
    return key


def public_key(key: Ed25519PrivateKey) -> str:
    """The public key as text, to be published by the body."""
    return _text(_raw(key.public_key()))


def _signed(key: Ed25519PublicKey, signature: bytes, record: dict[str, Any]) -> bool:
    try:
        key.verify(signature, _canonical(record))
    except InvalidSignature:
        return False
    return True


def _whole(passage: Passage) -> bool:
    return passage.digest == passage_digest(
        passage.title, passage.path, passage.text, passage.source
    )


def _canonical(record: dict[str, Any]) -> bytes:
    return json.dumps(record, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def _raw(key: Ed25519PublicKey) -> bytes:
    return key.public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)


def _text(raw: bytes) -> str:
    return base64.b64encode(raw).decode()
