"""One file to one document, by its format; DocumentError says what is wrong with it."""

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import Any

from ingest import files, sections
from ingest.errors import DocumentError
from ingest.front_matter import FRONT_MATTER, Description, FrontMatter, description, front_matter
from ingest.loaders import markdown
from ingest.loaders import text as plain_text
from ingest.questions import questions
from ingest.records import Document, Extract, Kind, Original, Source
from ingest.text import slug

FOLDER_KIND: dict[str, Kind] = {
    "guidelines": "guidelines",
    "model-policy": "model-policy",
    "case-studies": "case-study",
}


def known_key(document_id: str, original: Original) -> str:
    """What a document was made from: if that is the same, so are its sections."""
    return f"{document_id} {original.sha256}"


def read(
    path: Path,
    root: Path,
    *,
    front_matter_required: bool,
    known: Mapping[str, Document] = {},
    ocr: bool = False,
) -> Document:
    """One file as a document; DocumentError says what is wrong with it."""
    found = _document(path, root, front_matter_required, known, ocr)
    asked = questions(path)
    answered = tuple((entry.sentence, entry.asked) for entry in asked.answered)
    return replace(found, asked=answered, open=asked.open)


def _document(
    path: Path,
    root: Path,
    front_matter_required: bool,
    known: Mapping[str, Document],
    ocr: bool,
) -> Document:
    original = files.original(path, root)
    if original.media not in ("markdown", "text"):
        return _described(path, root, original, known, ocr)
    text = _text(path)
    match = FRONT_MATTER.match(text)
    if match:
        return _with_front_matter(path, root, original, match[1], text[match.end() :])
    if front_matter_required:
        raise DocumentError(f"{path}: no front matter; begin the file with '---' and the fields")
    return _plain(path, root, original, text)


def _text(path: Path) -> str:
    try:
        text = path.read_text("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        raise DocumentError(
            f"{path}: byte {error.start} is not UTF-8; save the file as UTF-8"
        ) from error
    except OSError as error:
        raise DocumentError(f"{path}: cannot be read: {error.strerror}") from error
    if "\0" in text:
        raise DocumentError(f"{path}: contains NUL characters; is it a text file?")
    return text


def _with_front_matter(
    path: Path, root: Path, original: Original, head: str, body: str
) -> Document:
    fields = front_matter(path, head)
    folder = path.relative_to(root).parts[0] if path != root else ""
    expected = path.relative_to(root).with_suffix("").as_posix()
    if folder in FOLDER_KIND and (fields.id != expected or fields.kind != FOLDER_KIND[folder]):
        raise DocumentError(
            f"{path}: id and kind must follow the path: {expected}, {FOLDER_KIND[folder]}"
        )
    entries = {entry.key: entry for entry in fields.sources}

    def resolve(key: str | None, pages: str | None) -> Source:
        entry = fields.sources[0] if key is None else entries.get(key)
        if entry is None:
            raise ValueError(f"source mark names {key!r}, which 'sources' does not list")
        return entry.source(pages)

    return _corpus_document(path, original, fields, body, resolve)


def _corpus_document(
    path: Path,
    original: Original,
    fields: FrontMatter,
    body: str,
    resolve: markdown.ResolveSource,
) -> Document:
    source = resolve(None, None)
    try:
        found = sections.assemble(markdown.elements(body, resolve), fields.title, source)
    except ValueError as error:
        raise DocumentError(f"{path}: {error}") from error
    if not found:
        raise DocumentError(f"{path}: no text below the front matter")
    for anchor in fields.questions.keys() - {section.anchor for section in found}:
        raise DocumentError(f"{path}: 'questions' names {anchor!r}, which is no section's anchor")
    return Document(
        id=fields.id,
        title=fields.title,
        kind=fields.kind,
        stage=fields.stage,
        section=fields.section,
        status=fields.status,
        source=source,
        sections=found,
        markdown=body,
        original=original,
        supersedes=tuple(fields.supersedes),
        countries=tuple(fields.countries),
        cities=tuple(fields.cities),
        topics=tuple(fields.topics),
        sdgs=tuple(fields.sdgs),
        questions=tuple((a, tuple(asked)) for a, asked in fields.questions.items()),
        reviewed=fields.reviewed.isoformat(),
    )


def _plain(path: Path, root: Path, original: Original, text: str) -> Document:
    """A city's own Markdown or text file without front matter."""
    about = description(path)
    if original.media == "text":
        return _described_document(path, root, original, about, plain_text.load(text))
    heading = re.search(r"^#\s+(.+?)\s*$", text, re.MULTILINE)
    title = about.title or (heading[1] if heading else _name(path, root))
    found = markdown.elements(text, lambda _key, pages: Source(title, pages=pages or ""))
    extract = Extract(title, tuple(found))
    return replace(_described_document(path, root, original, about, extract), markdown=text)


def _described(
    path: Path, root: Path, original: Original, known: Mapping[str, Document], ocr: bool
) -> Document:
    """A file in another format; one that is known is taken over without opening it."""
    about = description(path)
    earlier = known.get(known_key(_id(path, root, about), original))
    if earlier is not None:
        return replace(_shell(path, root, original, about, earlier.title), **_content(earlier))
    load: Callable[..., Extract] = import_module(f"ingest.loaders.{original.media}").load
    options = {"ocr": ocr} if original.media == "pdf" else {}
    return _described_document(path, root, original, about, load(path, **options))


def _content(document: Document) -> dict[str, Any]:
    return {"sections": document.sections, "remarks": document.remarks}


def _described_document(
    path: Path, root: Path, original: Original, about: Description, extract: Extract
) -> Document:
    shell = _shell(path, root, original, about, extract.title or _name(path, root))
    found = sections.assemble(extract.elements, shell.title, shell.source)
    if not found:
        raise DocumentError(f"{path}: the file has no text")
    return replace(shell, sections=found, remarks=extract.remarks)


def _shell(path: Path, root: Path, original: Original, about: Description, title: str) -> Document:
    """A document with all that is known beside its text."""
    title = about.title or title
    return Document(
        id=_id(path, root, about),
        title=title,
        kind=about.kind,
        stage=about.stage,
        section=about.section,
        status=about.status,
        source=Source(title, about.publisher, about.date, about.url),
        sections=(),
        markdown="",
        original=original,
        supersedes=tuple(about.supersedes),
        countries=tuple(about.countries),
        cities=tuple(about.cities),
        topics=tuple(about.topics),
        sdgs=tuple(about.sdgs),
        reviewed=about.reviewed.isoformat() if about.reviewed else "",
    )


def _id(path: Path, root: Path, about: Description) -> str:
    parts = (slug(part) for part in _relative(path, root).parts)
    return about.id or "own/" + "-".join(parts)


def _relative(path: Path, root: Path) -> Path:
    base = root if root.is_dir() else root.parent
    return path.relative_to(base).with_suffix("")


def _name(path: Path, root: Path) -> str:
    return _relative(path, root).name.replace("-", " ").replace("_", " ")
