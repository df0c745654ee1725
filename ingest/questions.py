"""What readers ask of a document, in FILE.questions.yaml next to it.

Two lists: by sentence, questions that this sentence answers; and questions that sound as if the
document answered them, but that it leaves open. The first are found again in other words; the
second tell a question beside the text from one that it answers.
"""

from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from ingest.front_matter import checked, parsed

SUFFIX = ".questions.yaml"
Text = Annotated[str, Field(min_length=1)]


class Answered(BaseModel):
    """A sentence of the document, word for word, and questions that it answers."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    sentence: Text
    asked: tuple[Text, ...] = Field(min_length=1)


class Questions(BaseModel):
    """One FILE.questions.yaml."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    answered: tuple[Answered, ...] = ()
    open: tuple[Text, ...] = ()


_schema = TypeAdapter(Questions)


def beside(path: Path) -> Path:
    """Where the questions of a document are kept."""
    return path.with_name(path.name + SUFFIX)


def questions(path: Path) -> Questions:
    """The questions next to a document, if there are any; DocumentError names the first fault."""
    file = beside(path)
    if not file.is_file():
        return Questions()
    return checked(file, _schema, parsed(file, file.read_bytes(), "the file"))
