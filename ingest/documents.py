"""Files to documents: find them, read their front matter, refuse what cannot be used."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Annotated, Any

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from ingest.errors import CorpusError, DocumentError
from ingest.records import Document, Kind, Skipped, Source, Stage, Status
from ingest.sections import sections
from ingest.text import slug

FRONT_MATTER = re.compile(r"\A---\n(.*?)\n---\n", re.DOTALL)
FOLDER_KIND: dict[str, Kind] = {
    "guidelines": "guidelines",
    "model-policy": "model-policy",
    "case-studies": "case-study",
}
Name = Annotated[str, Field(min_length=1)]


class SourceEntry(BaseModel):
    """One entry of ``sources`` in the front matter; ``key`` is what a source mark names."""

    model_config = ConfigDict(extra="forbid", coerce_numbers_to_str=True)

    key: Name
    title: Name
    publisher: str = ""
    date: str = ""
    url: str = ""
    pages: str = ""

    def source(self, pages: str | None = None) -> Source:
        """The entry as a source, with other pages where a mark names them."""
        return Source(self.title, self.publisher, self.date, self.url, pages or self.pages)


class FrontMatter(BaseModel):
    """The fields at the head of a corpus document. Unknown fields are refused."""

    model_config = ConfigDict(extra="forbid", coerce_numbers_to_str=True)

    id: Annotated[str, Field(pattern=r"^[a-z-]+/[a-z0-9][a-z0-9.-]*$")]
    title: Name
    kind: Kind
    stage: Stage
    section: str = ""
    sources: Annotated[list[SourceEntry], Field(min_length=1)]
    status: Status
    supersedes: list[str] = []
    countries: list[str] = []
    cities: list[str] = []
    topics: list[str] = []
    sdgs: list[int] = []
    questions: dict[str, list[str]] = {}
    reviewed: date


@dataclass(frozen=True, slots=True)
class Loaded:
    """All documents that could be read, and the files that could not."""

    documents: tuple[Document, ...]
    skipped: tuple[Skipped, ...]


def load(roots: Iterable[Path], corpus: Path) -> Loaded:
    """Every Markdown and text document below the roots, ordered by id.

    A file that cannot be used is skipped with its reason. Raises CorpusError when a root is
    missing, when nothing usable is left, or when two files claim one id.
    """
    documents: dict[str, tuple[Document, Path]] = {}
    skipped: list[Skipped] = []
    for root in roots:
        for path in _files(root):
            try:
                document = read(path, root, front_matter_required=root == corpus)
            except DocumentError as error:
                skipped.append(Skipped(path.as_posix(), str(error)))
                continue
            if document.id in documents:
                other = documents[document.id][1]
                raise CorpusError(
                    f"{path} and {other} both have the id {document.id}; rename one of them"
                )
            documents[document.id] = (document, path)
    if not documents:
        reason = f"; the first file was skipped: {skipped[0].reason}" if skipped else ""
        raise CorpusError(
            f"no usable document in {', '.join(str(r) for r in roots) or 'the sources'}{reason}"
        )
    return Loaded(tuple(documents[key][0] for key in sorted(documents)), tuple(skipped))


def read(path: Path, root: Path, *, front_matter_required: bool) -> Document:
    """One file as a document; DocumentError says what is wrong with it."""
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
    match = FRONT_MATTER.match(text)
    if match:
        return _with_front_matter(path, root, match[1], text[match.end() :])
    if front_matter_required:
        raise DocumentError(f"{path}: no front matter; begin the file with '---' and the fields")
    return _plain(path, root, text)


def _files(root: Path) -> Iterator[Path]:
    if not root.exists():
        raise CorpusError(f"{root} does not exist; name a folder with documents")
    if root.is_file():
        yield root
        return
    yield from sorted(
        path
        for path in root.rglob("*")
        if path.suffix in (".md", ".txt")
        and path.is_file()
        and path.name.lower() != "readme.md"
        and not any(part.startswith(".") for part in path.relative_to(root).parts)
    )


def _with_front_matter(path: Path, root: Path, head: str, body: str) -> Document:
    fields = _validated(path, head)
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

    return _document(path, fields, body, resolve)


def _document(path: Path, fields: FrontMatter, body: str, resolve: Any) -> Document:
    try:
        found = sections(body, fields.title, resolve)
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
        source=fields.sources[0].source(),
        sections=found,
        markdown=body,
        supersedes=tuple(fields.supersedes),
        countries=tuple(fields.countries),
        cities=tuple(fields.cities),
        topics=tuple(fields.topics),
        sdgs=tuple(fields.sdgs),
        questions=tuple((a, tuple(asked)) for a, asked in fields.questions.items()),
        reviewed=fields.reviewed.isoformat(),
    )


def _validated(path: Path, head: str) -> FrontMatter:
    try:
        values = yaml.safe_load(head)
    except yaml.YAMLError as error:
        line = str(error).splitlines()[0]
        raise DocumentError(f"{path}: the front matter is not YAML: {line}") from error
    if not isinstance(values, dict):
        raise DocumentError(f"{path}: the front matter must be fields, 'name: value'")
    try:
        return FrontMatter.model_validate(values)
    except ValidationError as error:
        first = error.errors()[0]
        name = ".".join(str(part) for part in first["loc"])
        raise DocumentError(f"{path}: field {name}: {first['msg']}") from error


def _plain(path: Path, root: Path, text: str) -> Document:
    """A city's own file without front matter: title from its first heading or its name."""
    base = root if root.is_dir() else root.parent
    relative = path.relative_to(base).with_suffix("")
    heading = re.search(r"^#\s+(.+?)\s*$", text, re.MULTILINE)
    title = heading[1] if heading else relative.name.replace("-", " ").replace("_", " ")
    source = Source(title=title, publisher="", url="")
    found = sections(text, title, lambda _key, pages: Source(title, pages=pages or ""))
    if not found:
        raise DocumentError(f"{path}: the file has no text")
    return Document(
        id="own/" + "-".join(slug(part) for part in relative.parts),
        title=title,
        kind="own",
        stage="general",
        section="",
        status="local",
        source=source,
        sections=found,
        markdown=text,
    )
