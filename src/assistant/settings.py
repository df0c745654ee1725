"""All settings: those of the index, and those of answering and serving."""

from typing import Literal

from pydantic import Field, SecretStr

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

    database_url: SecretStr = Field(
        default=SecretStr(""),
        description="PostgreSQL as postgresql://user@host/name; empty: a file in the data folder.",
    )
    keep_answers_days: int = Field(
        default=365, ge=0, description="Days after which stored questions are deleted; 0: never."
    )
    keep_learners_days: int = Field(
        default=1095,
        ge=0,
        description="Days without activity after which a learner is deleted; 0: never.",
    )
    session_hours: int = Field(
        default=8, ge=1, le=720, description="Hours after which who signed in must do so again."
    )
    mcp_hosts: tuple[str, ...] = Field(
        default=(), description="Other host names under which /mcp may be asked, as a JSON list."
    )
    user_header: str = Field(
        default="",
        description="Header in which a trusted proxy names who is signed in; empty: nobody.",
    )
    training_leads: tuple[str, ...] = Field(
        default=(), description="Signed-in names that may see everybody's progress, as a JSON list."
    )
    model: str = Field(
        default="", description="A language model as provider:name; empty: answers are extracts."
    )
    model_url: str = Field(
        default="", description="Address of the model's server, if not the usual."
    )
    model_key: SecretStr = Field(default=SecretStr(""), description="Key for the model's server.")
    model_uses: tuple[Literal["write", "rewrite", "translate"], ...] = Field(
        default=("write",), description="What the model is used for, as a JSON list."
    )
    model_seconds: float = Field(default=20.0, gt=0, le=600, description="Longest whole reply.")
    model_retries: int = Field(default=1, ge=0, le=10, description="Tries after a failure.")
    model_at_once: int = Field(default=2, ge=1, le=1000, description="Requests at the same time.")
    model_reply_tokens: int = Field(default=400, ge=20, le=8000, description="Longest reply.")
    model_daily_tokens: int = Field(
        default=0, ge=0, description="Tokens a day (UTC) in each process; 0: no limit."
    )
    reranker_model: str = Field(
        default="", description="A sentence-transformers cross-encoder that orders the passages."
    )
    entailment_model: str = Field(
        default="", description="A sentence-transformers cross-encoder that must agree, too."
    )

    @property
    def database(self) -> str:
        """The address of the database, with its password."""
        return self.database_url.get_secret_value() or f"sqlite:///{self.data_dir}/assistant.db"

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
                "mcp_hosts",
                "user_header",
                "training_leads",
                "database_url",
                "keep_answers_days",
                "keep_learners_days",
                "session_hours",
                "model_key",
                "model_seconds",
                "model_retries",
                "model_at_once",
                "model_daily_tokens",
            }
        )
        return digest(repr(sorted(shaping.items())))[:12]
