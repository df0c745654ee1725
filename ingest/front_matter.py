"""What is said about a document beside its text: front matter, or a description next to a file."""

import datetime
import re
from pathlib import Path
from typing import Annotated, Any, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from ingest.errors import DocumentError
from ingest.records import Kind, Source, Stage, Status

FRONT_MATTER = re.compile(r"\A---\n(.*?)\n---\n", re.DOTALL)
DESCRIPTION_SUFFIX = ".about.yaml"
SAFE: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # in C where it was built
ID = r"^[a-z-]+/[a-z0-9][a-z0-9.-]*$"
Name = Annotated[str, Field(min_length=1)]
Fields = TypeVar("Fields", bound="Subject")
Checked = TypeVar("Checked")


class SourceEntry(BaseModel):
    """One entry of ``sources``; ``key`` is what a source mark names."""

    model_config = ConfigDict(extra="forbid", coerce_numbers_to_str=True)

    key: Name
    title: Name
    publisher: str = ""
    date: str = ""
    url: str = Field(default="", pattern=r"^(https?://\S+)?$")
    pages: str = ""

    def source(self, pages: str | None = None) -> Source:
        """The entry as a source, with other pages where a mark names them."""
        return Source(self.title, self.publisher, self.date, self.url, pages or self.pages)


class Subject(BaseModel):
    """What a document is about. Unknown fields are refused."""

    model_config = ConfigDict(extra="forbid", coerce_numbers_to_str=True)

    section: str = ""
    supersedes: list[str] = []
    countries: list[str] = []
    cities: list[str] = []
    topics: list[str] = []
    sdgs: list[int] = []


class FrontMatter(Subject):
    """The fields at the head of a corpus document."""

    id: Annotated[str, Field(pattern=ID)]
    title: Name
    kind: Kind
    stage: Stage
    sources: Annotated[list[SourceEntry], Field(min_length=1)]
    status: Status
    questions: dict[str, list[str]] = {}
    reviewed: datetime.date


class Description(Subject):
    """What ``FILE.about.yaml`` may say of a file that has no front matter; all is optional."""

    id: Annotated[str, Field(pattern=ID)] | None = None
    title: str = ""
    kind: Kind = "own"
    stage: Stage = "general"
    status: Status = "local"
    publisher: str = ""
    date: str = ""
    url: str = Field(default="", pattern=r"^(https?://\S+)?$")
    reviewed: datetime.date | None = None


def front_matter(path: Path, head: str) -> FrontMatter:
    """The validated fields of a corpus document; DocumentError names the first fault."""
    return _validated(FrontMatter, path, head, "the front matter")


def description(path: Path) -> Description:
    """What is said of a file in the description next to it, or the defaults."""
    beside = path.with_name(path.name + DESCRIPTION_SUFFIX)
    if not beside.is_file():
        return Description()
    return _validated(Description, beside, beside.read_bytes(), "the description")


def _validated(schema: type[Fields], path: Path, text: str | bytes, what: str) -> Fields:
    values = parsed(path, text, what)
    if not isinstance(values, dict):
        raise DocumentError(f"{path}: {what} must be fields, 'name: value'")
    return checked(path, TypeAdapter(schema), values)


def parsed(path: Path, text: str | bytes, what: str) -> object:
    """What YAML says; DocumentError where it is none."""
    try:
        return yaml.load(text, Loader=SAFE)
    except yaml.YAMLError as error:
        line = str(error).splitlines()[0]
        raise DocumentError(f"{path}: {what} is not YAML: {line}") from error


def checked(path: Path, schema: TypeAdapter[Checked], values: object) -> Checked:
    """The values in the schema's form; DocumentError names the first field at fault."""
    try:
        return schema.validate_python(values)
    except ValidationError as error:
        first = error.errors()[0]
        name = ".".join(str(part) for part in first["loc"])
        raise DocumentError(f"{path}: field {name}: {first['msg']}") from error
