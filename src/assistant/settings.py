"""All settings: those of the index, and those of answering and serving."""

from pathlib import Path
from typing import Any, Literal, Self

from pydantic import Field, SecretStr, model_validator

from ingest.settings import IndexSettings
from ingest.text import digest

SHAPING = (
    "embedding_model",
    "passage_words",
    "window_words",
    "query_threads",
    "chroma_url",
    "ocr",
    "model",
    "model_url",
    "model_uses",
    "model_reply_tokens",
    "reranker_model",
    "entailment_model",
)


class Settings(IndexSettings):
    """Environment variables with the prefix ``ASSISTANT_``; unknown ones are refused."""

    host: str = Field(default="127.0.0.1", description="Address to listen on.")
    port: int = Field(default=8000, ge=1, le=65535, description="Port to listen on.")
    workers: int = Field(
        default=1, ge=1, le=64, description="Processes that answer; one a core is enough."
    )
    query_threads: int = Field(
        default=1, ge=1, le=64, description="Threads of the models that a question needs."
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
    secret_key: SecretStr = Field(
        default=SecretStr(""),
        description="Signs tokens and sessions, 32 characters or more; empty: made and kept in the "
        "data folder. Several servers need the same.",
    )
    access: Literal["open", "widget", "closed"] = Field(
        default="open",
        description="Who may ask: anyone; keys, people and pages of allowed sites; keys and people "
        "who signed in.",
    )
    limit_address: str = Field(
        default="120/minute", description="Questions that one address may ask."
    )
    limit_conversation: str = Field(
        default="20/minute", description="Questions in one conversation."
    )
    limit_key: str = Field(default="1200/minute", description="Questions with one API key.")
    limit_other: str = Field(default="1200/minute", description="Other requests of one address.")
    limit_storage: str = Field(
        default="memory",
        description="Where requests are counted: memory, database, or redis://host:6379.",
    )
    trusted_proxies: tuple[str, ...] = Field(
        default=(),
        description="Addresses or networks of proxies that are believed when they name a client "
        "(X-Forwarded-For) or a person (the header above), as a JSON list.",
    )
    answers_at_once: int = Field(
        default=0,
        ge=0,
        le=1000,
        description="Questions that a process answers at the same time; 0: one, and with a "
        "language model one more than its requests.",
    )
    answers_waiting: int = Field(
        default=64, ge=0, le=100_000, description="Questions that may wait; more are sent away."
    )
    cached_answers: int = Field(
        default=1000, ge=0, le=1_000_000, description="Answers kept in memory; 0: none."
    )
    oidc_issuer: str = Field(
        default="", description="OpenID Connect: address of the issuer; empty: no sign-in."
    )
    oidc_client_id: str = Field(default="", description="OpenID Connect: id of this client.")
    oidc_client_secret: SecretStr = Field(
        default=SecretStr(""), description="OpenID Connect: secret of this client."
    )
    oidc_roles_claim: str = Field(
        default="roles", description="OpenID Connect: claim that lists a person's roles."
    )
    reviewers: tuple[str, ...] = Field(
        default=(), description="Signed-in names that may read /admin, as a JSON list."
    )
    maintainers: tuple[str, ...] = Field(
        default=(), description="Signed-in names that may act on /admin, as a JSON list."
    )
    public_url: str = Field(
        default="", description="Address under which people reach this server, if behind a proxy."
    )
    metrics_open: bool = Field(
        default=True, description="/metrics without a key; false: a key with the scope metrics."
    )
    runs_dir: Path = Field(
        default=Path("evals/runs"), description="Folder of evaluation runs, shown on /admin."
    )
    log_form: Literal["text", "json"] = Field(default="text", description="Form of log lines.")
    trace_url: str = Field(
        default="", description="OpenTelemetry collector (OTLP over HTTP); needs the extra 'otel'."
    )
    session_hours: int = Field(
        default=8, ge=1, le=720, description="Hours after which who signed in must do so again."
    )
    session_idle_minutes: int = Field(
        default=120, ge=1, le=43_200, description="Minutes without a request that end a sign-in."
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

    @model_validator(mode="after")
    def _believes_known_proxies(self) -> Self:
        if self.user_header and not self.trusted_proxies:
            raise ValueError("user_header needs trusted_proxies: who else may name people?")
        return self

    @property
    def places(self) -> int:
        """How many questions a process answers at the same time.

        Extracts keep the interpreter busy, so that one at a time is fastest (decision 10); a
        language model is waited for.
        """
        return self.answers_at_once or (1 + self.model_at_once if self.model else 1)

    @property
    def database(self) -> str:
        """The address of the database, with its password."""
        return self.database_url.get_secret_value() or f"sqlite:///{self.data_dir}/assistant.db"

    def fingerprint(self) -> str:
        """A digest of what shapes an answer; addresses, folders and limits do not count."""
        return digest(repr(sorted(self.model_dump(include=set(SHAPING)).items())))[:12]

    def shaping(self) -> dict[str, Any]:
        """The settings that shape an answer, as plain values."""
        return self.model_dump(include=set(SHAPING), mode="json")
