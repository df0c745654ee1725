"""Files below a root, and whether each is what its name says, before any loader opens it."""

import hashlib
import zipfile
from collections.abc import Iterator
from pathlib import Path

from ingest.errors import CorpusError, DocumentError
from ingest.front_matter import DESCRIPTION_SUFFIX
from ingest.records import Media, Original

MEDIA: dict[str, Media] = {
    ".md": "markdown",
    ".txt": "text",
    ".pdf": "pdf",
    ".docx": "docx",
    ".pptx": "pptx",
    ".html": "html",
    ".htm": "html",
    ".xhtml": "html",
}
NOT_READ = {".doc", ".ppt", ".xls", ".xlsx", ".odt", ".rtf", ".odp"}
MAX_BYTES = 200_000_000
MAX_UNPACKED = 500_000_000
MAX_RATIO = 200
MAX_PARTS = 10_000
PARTS = {"docx": "word/document.xml", "pptx": "ppt/presentation.xml"}


def find(root: Path) -> Iterator[Path]:
    """The documents below a root in order; files that no loader knows are passed over.

    Hidden folders, ``README.md`` and descriptions are not documents. CorpusError when the root is
    missing.
    """
    if not root.exists():
        raise CorpusError(f"{root} does not exist; name a file or a folder with documents")
    if root.is_file():
        yield root
        return
    yield from sorted(
        path
        for path in root.rglob("*")
        if path.suffix.lower() in MEDIA.keys() | NOT_READ
        and path.is_file()
        and path.name.lower() != "readme.md"
        and not path.name.endswith(DESCRIPTION_SUFFIX)
        and not any(part.startswith(".") for part in path.relative_to(root).parts)
    )


def original(path: Path, root: Path) -> Original:
    """Name, format and checksum of a file that a loader may open; DocumentError says why not."""
    suffix = path.suffix.lower()
    if suffix not in MEDIA:
        known = ", ".join(MEDIA)
        raise DocumentError(
            f"{path}: {suffix or 'a file without ending'} is not read; save it as one of {known}"
        )
    inside = root.resolve() if root.is_dir() else root.resolve().parent
    if not path.resolve().is_relative_to(inside):
        raise DocumentError(f"{path}: is a link that leads out of its folder; copy the file there")
    try:
        size = path.stat().st_size
        if size > MAX_BYTES:
            raise DocumentError(
                f"{path}: has {size // 1_000_000} MB; the limit is {MAX_BYTES // 1_000_000} MB"
            )
        with path.open("rb") as file:
            sha256 = hashlib.file_digest(file, "sha256").hexdigest()
            file.seek(0)
            start = file.read(2048)
    except OSError as error:
        raise DocumentError(f"{path}: cannot be read: {error.strerror}") from error
    media = MEDIA[suffix]
    _check_format(path, media, start)
    return Original(path.name, media, sha256)


def _check_format(path: Path, media: Media, start: bytes) -> None:
    """DocumentError when the first bytes belong to another format, or an archive is unsafe."""
    if not start.strip():
        raise DocumentError(f"{path}: the file is empty")
    is_pdf, is_zip = b"%PDF-" in start[:1024], start.startswith(b"PK\x03\x04")
    if media == "pdf" and not is_pdf:
        raise DocumentError(f"{path}: is named .pdf but is no PDF; give it its true ending")
    if media in PARTS:
        if start.startswith(b"\xd0\xcf\x11\xe0"):
            raise DocumentError(
                f"{path}: is an old or password-protected Office file; save it without a password "
                f"as .{media}"
            )
        if not is_zip:
            raise DocumentError(f"{path}: is named .{media} but is no such file")
        _check_archive(path, PARTS[media])
    if media in ("markdown", "text", "html") and (is_zip or start.startswith(b"%PDF-")):
        found = "a PDF" if is_pdf else "an archive"
        raise DocumentError(f"{path}: is named {path.suffix} but is {found}; rename it")


def _check_archive(path: Path, part: str) -> None:
    """Refuse archives that unpack without measure, or whose XML declares entities of its own."""
    try:
        with zipfile.ZipFile(path) as archive:
            entries = archive.infolist()
            unpacked = sum(entry.file_size for entry in entries)
            ratio = unpacked / max(1, sum(entry.compress_size for entry in entries))
            if len(entries) > MAX_PARTS or unpacked > MAX_UNPACKED or ratio > MAX_RATIO:
                raise DocumentError(
                    f"{path}: unpacks to {unpacked // 1_000_000} MB in {len(entries)} parts; "
                    "it looks like an archive made to fill a disk"
                )
            if part not in archive.namelist():
                raise DocumentError(f"{path}: has no {part}; is its ending right?")
            for entry in entries:
                if entry.filename.endswith((".xml", ".rels")):
                    with archive.open(entry) as file:
                        if b"<!DOCTYPE" in file.read(4096).upper():
                            raise DocumentError(
                                f"{path}: {entry.filename} declares entities; save the file anew"
                            )
    except (zipfile.BadZipFile, OSError, NotImplementedError, RuntimeError) as error:
        raise DocumentError(f"{path}: is damaged or protected: {error}") from error
