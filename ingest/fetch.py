"""Documents from addresses: ``sources.toml`` lists them, ``fetch`` brings them, politely.

Only listed hosts are asked, redirects included; robots.txt is respected; a page that has not
changed is not sent again; a failure leaves what was fetched before.
"""

import hashlib
import json
import time
import tomllib
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urljoin, urlsplit

import httpx
import yaml
from protego import Protego
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from selectolax.lexbor import LexborHTMLParser

from ingest.errors import InputError, StorageError
from ingest.front_matter import DESCRIPTION_SUFFIX
from ingest.records import Kind, Skipped, Stage, Status

AGENT = "procurement-assistant"
ENDINGS = {
    "text/html": ".html",
    "application/xhtml+xml": ".html",
    "application/pdf": ".pdf",
    "text/plain": ".txt",
    "text/markdown": ".md",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": ".docx",
    "application/vnd.openxmlformats-officedocument.presentationml.presentation": ".pptx",
}
MAX_REDIRECTS = 5
LOOPBACK = {"127.0.0.1", "localhost", "::1"}


class Group(BaseModel):
    """What the entries of a group share; nothing is fetched before a person enables it."""

    model_config = ConfigDict(extra="forbid")

    about: str
    address: str = ""
    publisher: str = ""
    date: str = ""
    kind: Kind = "own"
    status: Status = "official"
    label_offset: int = 0


class Entry(BaseModel):
    """One document: an address, or a run of pages whose addresses share a pattern."""

    model_config = ConfigDict(extra="forbid")

    name: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9.-]*$")]
    group: str
    title: str
    address: str = ""
    pages: tuple[int, int] | None = None
    stage: Stage = "general"
    section: str = ""
    supersedes: list[str] = []


class Listing(BaseModel):
    """``sources.toml``: hosts that may be asked, how gently, groups and entries."""

    model_config = ConfigDict(extra="forbid")

    hosts: list[str] = []
    pause_seconds: Annotated[float, Field(ge=0, le=60)] = 1.0
    timeout_seconds: Annotated[float, Field(gt=0, le=600)] = 30.0
    max_bytes: Annotated[int, Field(gt=0, le=200_000_000)] = 50_000_000
    groups: dict[str, Group] = {}
    source: list[Entry] = []


@dataclass(frozen=True, slots=True)
class Fetched:
    """What a run brought: names of new or changed and of unchanged files, and what failed."""

    changed: tuple[str, ...]
    unchanged: tuple[str, ...]
    failed: tuple[Skipped, ...]


class FetchError(Exception):
    """One address cannot be fetched; the message says why."""


def listing(corpus: Path) -> Listing:
    """The listed addresses of a corpus; InputError says what is wrong with the list."""
    path = corpus / "sources.toml"
    if not path.is_file():
        return Listing()
    try:
        found = Listing.model_validate(tomllib.loads(path.read_text("utf-8")))
    except (tomllib.TOMLDecodeError, ValidationError) as error:
        raise InputError(f"{path}: {str(error).splitlines()[0]}") from error
    for entry in found.source:
        if entry.group not in found.groups:
            raise InputError(f"{path}: {entry.name} names the unknown group {entry.group!r}")
    return found


def folder(data_dir: Path) -> Path:
    """Where fetched files lie; it is a source of every ingest."""
    return data_dir / "fetched"


class Record:
    """What is enabled, and what was fetched: checksum, date and validators of every address."""

    def __init__(self, data_dir: Path) -> None:
        self._file = data_dir / "fetched.json"
        self.enabled: list[str] = []
        self.addresses: dict[str, dict[str, str]] = {}
        if self._file.is_file():
            try:
                held = json.loads(self._file.read_text("utf-8"))
                self.enabled, self.addresses = held["enabled"], held["addresses"]
            except (ValueError, KeyError, TypeError) as error:
                raise InputError(f"{self._file} is damaged; delete it and fetch anew") from error

    def save(self) -> None:
        """Write the record in one step."""
        self._file.parent.mkdir(parents=True, exist_ok=True)
        unfinished = self._file.with_suffix(".new")
        held = {"enabled": self.enabled, "addresses": self.addresses}
        unfinished.write_text(json.dumps(held, indent=2), "utf-8")
        unfinished.replace(self._file)


def enable(data_dir: Path, found: Listing, groups: Collection[str]) -> None:
    """Remember that these groups may be fetched; InputError on an unknown one."""
    record = Record(data_dir)
    for name in groups:
        if name not in found.groups:
            known = ", ".join(found.groups) or "none"
            raise InputError(f"no group {name!r} in sources.toml; there are: {known}")
    record.enabled = sorted({*record.enabled, *groups})
    record.save()


def disable(data_dir: Path, group: str) -> bool:
    """Forget a group; its files leave with the next fetch. Whether it was enabled."""
    record = Record(data_dir)
    if group not in record.enabled:
        return False
    record.enabled.remove(group)
    record.save()
    return True


def fetch(data_dir: Path, found: Listing) -> Fetched:
    """Bring every enabled entry; what is no longer enabled is deleted."""
    record = Record(data_dir)
    wanted = [e for e in found.source if e.group in record.enabled]
    if not wanted:
        raise InputError(
            "no address is enabled; 'assistant ingest --fetch --enable GROUP' enables one of: "
            + (", ".join(found.groups) or "none, for sources.toml lists none")
        )
    target = folder(data_dir)
    try:
        target.mkdir(parents=True, exist_ok=True)
        _delete_others(target, {e.name for e in wanted})
        changed, unchanged, failed = list[str](), list[str](), list[Skipped]()
        with httpx.Client(timeout=found.timeout_seconds, headers={"User-Agent": AGENT}) as client:
            visitor = Visitor(client, found, record, target / ".pages")
            for entry in wanted:
                try:
                    new = _bring(visitor, entry, found.groups[entry.group], target)
                    (changed if new else unchanged).append(entry.name)
                except FetchError as error:
                    failed.append(Skipped(entry.name, f"{entry.name}: {error}"))
                record.save()
    except OSError as error:
        raise StorageError(f"cannot write {error.filename}: {error.strerror}") from error
    return Fetched(tuple(changed), tuple(unchanged), tuple(failed))


class Visitor:
    """Asks addresses one after the other, each at most once a run, and keeps what came."""

    def __init__(self, client: httpx.Client, rules: Listing, record: Record, cache: Path) -> None:
        self._client = client
        self._rules = rules
        self._record = record
        self._cache = cache
        self._robots: dict[str, Protego] = {}
        self._seen: dict[str, tuple[bytes, str]] = {}
        self._last = 0.0
        cache.mkdir(exist_ok=True)

    def get(self, address: str) -> tuple[bytes, str]:
        """Content and file ending of an address; FetchError when it may or can not be had."""
        if address not in self._seen:
            self._seen[address] = self._get(address)
        return self._seen[address]

    def _get(self, address: str) -> tuple[bytes, str]:
        kept = self._cache / hashlib.sha256(address.encode()).hexdigest()
        known = self._record.addresses.get(address, {}) if kept.is_file() else {}
        headers = {"If-None-Match": known.get("etag"), "If-Modified-Since": known.get("modified")}
        asked = {name: value for name, value in headers.items() if value}
        status, answer, content = self._follow(address, asked)
        if status == 304 and known:
            return kept.read_bytes(), known["ending"]
        if status != 200:
            raise FetchError(f"{address} answers {status}")
        media = answer.get("content-type", "").partition(";")[0].strip().lower()
        if media not in ENDINGS:
            raise FetchError(f"{address} is {media or 'of no known type'}, which is not read")
        kept.write_bytes(content)
        self._record.addresses[address] = {
            "etag": answer.get("etag", ""),
            "modified": answer.get("last-modified", ""),
            "ending": ENDINGS[media],
            "sha256": hashlib.sha256(content).hexdigest(),
            "fetched": datetime.now(UTC).isoformat(timespec="seconds"),
        }
        return content, ENDINGS[media]

    def _follow(self, address: str, headers: dict[str, str]) -> tuple[int, httpx.Headers, bytes]:
        """The answer behind at most MAX_REDIRECTS redirects, each of them checked."""
        for _ in range(MAX_REDIRECTS + 1):
            self._check(address)
            if not self._rules_of(address).can_fetch(address, AGENT):
                raise FetchError(f"robots.txt of {urlsplit(address).netloc} forbids {address}")
            status, answer, content = self._ask(address, headers)
            if status not in (301, 302, 303, 307, 308):
                return status, answer, content
            address = urljoin(address, answer.get("location", ""))
        raise FetchError(f"more than {MAX_REDIRECTS} redirects")

    def _check(self, address: str) -> None:
        parts = urlsplit(address)
        if parts.netloc not in self._rules.hosts or "@" in parts.netloc:
            raise FetchError(f"the host {parts.netloc!r} is not listed in sources.toml")
        if parts.scheme != "https" and parts.hostname not in LOOPBACK:
            raise FetchError(f"{address} is not https")

    def _rules_of(self, address: str) -> Protego:
        """The robots.txt of an address's host; none is no rule, an error of the server is a no."""
        parts = urlsplit(address)
        if parts.netloc not in self._robots:
            status, _, content = self._ask(f"{parts.scheme}://{parts.netloc}/robots.txt", {})
            if status >= 500:
                raise FetchError(f"robots.txt of {parts.netloc} answers {status}; try again later")
            text = content.decode("utf-8", "replace") if status == 200 else ""
            self._robots[parts.netloc] = Protego.parse(text)
        return self._robots[parts.netloc]

    def _ask(self, address: str, headers: dict[str, str]) -> tuple[int, httpx.Headers, bytes]:
        """One request, with a pause before it, a limit of bytes and one of time."""
        time.sleep(max(0.0, self._last + self._rules.pause_seconds - time.monotonic()))
        self._last = time.monotonic()
        deadline = self._last + self._rules.timeout_seconds
        try:
            with self._client.stream("GET", address, headers=headers) as answer:
                content = bytearray()
                for chunk in answer.iter_bytes():
                    content += chunk
                    if len(content) > self._rules.max_bytes:
                        raise FetchError(f"{address} is over {self._rules.max_bytes:,} bytes")
                    if time.monotonic() > deadline:
                        raise FetchError(f"{address} takes over {self._rules.timeout_seconds:g} s")
                return answer.status_code, answer.headers, bytes(content)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            reason = str(error) or type(error).__name__
            raise FetchError(f"{address} cannot be reached: {reason}") from error


def _bring(visitor: Visitor, entry: Entry, group: Group, target: Path) -> bool:
    """Fetch one entry into its file and description; whether either differs from before."""
    pattern = entry.address or group.address
    if entry.pages is None:
        content, ending = visitor.get(pattern)
    else:
        content, ending = _joined(visitor, pattern, entry, group.label_offset), ".html"
    file = target / f"{entry.name}{ending}"
    new = _write(file, content)
    return _write(file.with_name(file.name + DESCRIPTION_SUFFIX), _about(entry, group)) or new


def _joined(visitor: Visitor, pattern: str, entry: Entry, offset: int) -> bytes:
    """The pages of an entry as one page, each part marked with its number and its label."""
    first, last = entry.pages or (1, 1)
    parts: list[str] = []
    for page in range(first, last + 1):
        content, ending = visitor.get(pattern.format(page=page))
        if ending != ".html":
            raise FetchError(f"page {page} is no web page")
        body = LexborHTMLParser(content).body
        inner = body.inner_html if body is not None else ""
        parts.append(f'<div data-page="{page}" data-label="{page + offset}">{inner}</div>')
    return ("<!doctype html><meta charset=utf-8><body>" + "\n".join(parts)).encode()


def _about(entry: Entry, group: Group) -> bytes:
    fields: dict[str, Any] = {
        "id": f"official/{entry.name}",
        "title": entry.title,
        "kind": group.kind,
        "stage": entry.stage,
        "status": group.status,
        "section": entry.section,
        "publisher": group.publisher,
        "date": group.date,
        "url": entry.address or group.address,
        "supersedes": entry.supersedes,
    }
    return yaml.safe_dump(fields, allow_unicode=True, sort_keys=False).encode()


def _write(path: Path, content: bytes) -> bool:
    """Replace a file in one step; whether its content differs."""
    if path.is_file() and path.read_bytes() == content:
        return False
    unfinished = path.with_name(f".{path.name}.new")
    unfinished.write_bytes(content)
    unfinished.replace(path)
    return True


def _delete_others(target: Path, names: set[str]) -> None:
    for path in _files(target):
        name = path.name.removesuffix(DESCRIPTION_SUFFIX)
        if name.rpartition(".")[0] not in names:
            path.unlink()


def _files(target: Path) -> Iterator[Path]:
    return (p for p in target.iterdir() if p.is_file() and not p.name.startswith("."))
