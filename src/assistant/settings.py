"""All settings: those of the index, and those of answering and serving."""

from pathlib import Path

from pydantic import Field

from ingest.settings import IndexSettings
from ingest.text import digest


class Settings(IndexSettings):
    """Environment variables with the prefix ``ASSISTANT_``; unknown ones are refused."""

    host: str = Field(default="127.0.0.1", description="Address to listen on.")
    port: int = Field(default=8000, ge=1, le=65535, description="Port to listen on.")
    query_threads: int = Field(
        default=1, ge=1, le=64, description="Threads for embedding one question."
    )

    allowed_origins: tuple[str, ...] = Field(
        default=(),
        description="Sites that may embed the widget, as a JSON list of origins.",
    )

    @property
    def database(self) -> Path:
        """The file of the answer store."""
        return self.data_dir / "assistant.db"

    def fingerprint(self) -> str:
        """A digest of what shapes an answer; addresses and folders do not count."""
        shaping = self.model_dump(
            exclude={
                "host",
                "port",
                "data_dir",
                "corpus_dir",
                "threads",
                "allowed_origins",
                "keep_snapshots",
            }
        )
        return digest(repr(sorted(shaping.items())))[:12]
