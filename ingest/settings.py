"""Settings that shape the index. Typed, bounded, and strict about unknown names."""

import os
from pathlib import Path
from typing import Any, Self

from pydantic import Field, ValidationError
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SecretsSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from ingest.errors import InputError

PREFIX = "ASSISTANT_"
FILE_VARIABLE = f"{PREFIX}SETTINGS_FILE"
SECRETS_VARIABLE = f"{PREFIX}SECRETS_DIR"


class IndexSettings(BaseSettings):
    """Where documents and snapshots live, and how passages are cut and embedded."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, extra="forbid", frozen=True)

    data_dir: Path = Field(
        default=Path("var"), description="Folder for everything the program writes."
    )
    corpus_dir: Path = Field(default=Path("corpus"), description="The first source of documents.")
    embedding_model: str = Field(
        default="all-MiniLM-L6-v2",
        min_length=1,
        description="Embedded model, or any sentence-transformers model name or folder.",
    )
    passage_words: int = Field(default=160, ge=40, le=400, description="Longest passage, in words.")
    window_words: int = Field(
        default=100, ge=20, le=200, description="Length of the windows embedded beside passages."
    )
    threads: int = Field(default=2, ge=1, le=64, description="Threads for embedding.")
    chroma_url: str = Field(
        default="",
        description="Address of a Chroma server that holds the vectors; empty: embedded.",
    )
    keep_snapshots: int = Field(
        default=5, ge=1, le=1000, description="Newest snapshots that an ingest leaves in place."
    )
    ocr: bool = Field(
        default=False, description="Read scanned pages with the optional extra 'ocr'."
    )

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Arguments win over the environment, that over files of secrets, those over the file.

        A file of secrets holds one value and is named as the variable, in small letters.
        """
        chain: list[PydanticBaseSettingsSource] = [init_settings, env_settings]
        if folder := os.environ.get(SECRETS_VARIABLE):
            chain.append(SecretsSettingsSource(settings_cls, Path(folder)))
        if file := os.environ.get(FILE_VARIABLE):
            chain.append(TomlConfigSettingsSource(settings_cls, Path(file)))
        return tuple(chain)

    @classmethod
    def load(cls, **values: Any) -> Self:
        """Settings from the environment and the optional file; InputError names what is wrong."""
        known = {PREFIX + name.upper() for name in cls.model_fields} | {
            FILE_VARIABLE,
            SECRETS_VARIABLE,
        }
        unknown = sorted(n for n in os.environ if n.startswith(PREFIX) and n not in known)
        if unknown:
            raise InputError(
                f"unknown setting {unknown[0]}; the settings are {', '.join(sorted(known))}"
            )
        file = os.environ.get(FILE_VARIABLE)
        if file and not Path(file).is_file():
            raise InputError(f"{FILE_VARIABLE} names {file}, which is not a file")
        folder = os.environ.get(SECRETS_VARIABLE)
        if folder and not Path(folder).is_dir():
            raise InputError(f"{SECRETS_VARIABLE} names {folder}, which is not a folder")
        try:
            return cls(**values)
        except ValidationError as error:
            first = error.errors()[0]
            name = ".".join(str(part) for part in first["loc"])
            told = first["msg"].removeprefix("Value error, ")
            raise InputError(f"setting {name}: {told}" if name else told) from error
        except ValueError as error:
            place = f"settings file {file}" if file else "the environment"
            raise InputError(
                f'{place} cannot be read: {error}; write lists as JSON, such as ["one", "two"]'
            ) from error
