"""Every option with its description. Only the commands and `streams.live.app` build one."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

__all__ = ["Settings"]

Seconds = Annotated[float, Field(gt=0)]
Count = Annotated[int, Field(ge=1)]


class Settings(BaseSettings):
    """Read from the environment as `COPYTASTER_<NAME>`; secrets are read from files."""

    model_config = SettingsConfigDict(env_prefix="COPYTASTER_", frozen=True, extra="forbid")

    # The broker
    bootstrap: str = Field(default="127.0.0.1:9092", description="Kafka bootstrap servers, HOST:PORT[,HOST:PORT]")
    prefix: str = Field(
        default="", pattern=r"^[a-z0-9-]*$", description="put before every topic, group and transactional id"
    )
    security_protocol: Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"] = Field(
        default="PLAINTEXT", description="how to talk to the broker"
    )
    sasl_mechanism: Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] = Field(
        default="SCRAM-SHA-512", description="SASL mechanism, with a SASL protocol"
    )
    sasl_username: str | None = Field(default=None, description="SASL user name")
    sasl_password_file: Path | None = Field(default=None, description="file that holds the SASL password")
    ssl_cafile: Path | None = Field(default=None, description="CA certificates, PEM; else the system's")
    ssl_certfile: Path | None = Field(default=None, description="client certificate, PEM, for mutual TLS")
    ssl_keyfile: Path | None = Field(default=None, description="key of the client certificate, PEM")
    partitions: Count = Field(
        default=4, description="partitions `topics create` gives articles-raw and its outputs; fixed for life"
    )
    replication_factor: Count = Field(default=1, description="replicas `topics create` asks for; 3 in production")
    min_insync_replicas: Count = Field(default=1, description="min.insync.replicas; 2 in production")

    # The group
    group_instance_id: str | None = Field(
        default=None, description="static membership (KIP-345): a restart within the session timeout moves nothing"
    )
    session_timeout_seconds: Seconds = Field(default=30, description="a dead worker's partitions move after this")
    heartbeat_interval_seconds: Seconds = Field(default=5, description="at most a third of the session timeout")
    rebalance_timeout_seconds: Seconds = Field(default=90, description="a worker has this long to drain")
    request_timeout_seconds: Seconds = Field(default=120, description="at least the session timeout")
    max_poll_records: Count = Field(default=50, description="records of one fetch round; a fifth of the buffer")
    stream_buffer_records: Count = Field(default=256, description="records buffered before partitions are paused")
    inflight_records: Count = Field(default=256, description="records dispatched and not yet committed")
    accept_lost_offsets: bool = Field(
        default=False, description="start although retention removed records that were never processed"
    )

    # Transactions
    transaction_timeout_seconds: Seconds = Field(
        default=15, description="an orphaned transaction holds readers back no longer than this"
    )
    transaction_records: Count = Field(default=256, description="most records in one transaction")
    transaction_bytes: Count = Field(default=4 << 20, description="most input bytes in one transaction")
    transaction_wait_seconds: Seconds = Field(
        default=0.25, description="with a backlog, finished records wait so long at most to share a transaction"
    )

    # The pool
    processes: Count = Field(default=2, description="enrichment processes of a worker; one per core")
    batch_records: Count = Field(default=32, description="most records a process takes at once")
    time_budget_seconds: Seconds = Field(
        default=30, description="a batch that takes longer is isolated, a record that does is dead-lettered"
    )

    # Enrichment
    spacy_model: str = Field(
        default="en_copytaster_news", description="spaCy pipeline: our own, a package's by its name, or a path"
    )
    ner_engine: Literal["auto", "spacy"] = Field(
        default="auto",
        description="auto: the fast runtime for the pipeline's ner where it can; spacy: spaCy itself, a tenth as fast",
    )
    ner_cache_rows: Count = Field(default=16_384, description="token types whose embedding a process keeps, 4 kB each")
    analysed_chars: Count = Field(
        default=100_000, description="entities and subjects are read from this much of a text; the rest is passed on"
    )
    knowledge_file: Path | None = Field(
        default=None, description="TOML file of your own entities, laid over those that come with the package"
    )
    rules_file: Path | None = Field(
        default=None, description="TOML file of your own rules, which add subjects and forbid them"
    )
    routes_file: Path | None = Field(default=None, description="TOML file of the wires; without one, wire-all only")

    # Logs
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(default="INFO", description="least severe logged")
    log_format: Literal["console", "json"] = Field(default="console", description="for people, or one JSON a line")
