"""Every topic as plain data: what `topics create` makes and `topics check` compares."""

from dataclasses import dataclass
from typing import Literal

from pydantic import BaseModel

from schemas.disposition import Disposition
from schemas.enriched_article import EnrichedArticle
from schemas.raw_article import RawArticle
from schemas.redriven import Redriven
from schemas.replay_run import ReplayRun
from schemas.wire_change import WireChange

__all__ = [
    "ARTICLES_DISPOSITIONS",
    "ARTICLES_ENRICHED",
    "ARTICLES_RAW",
    "ARTICLES_RAW_DLQ",
    "ARTICLES_RAW_DLQ_REDRIVEN",
    "INGEST_DLQ",
    "REPLAY_RUNS",
    "TOPICS",
    "WIRE_ALL",
    "Topic",
    "replay_dead_letters",
    "replay_enriched",
    "wire",
]

MIB = 1 << 20
DAY_MS = 24 * 60 * 60 * 1000
RAW_RETENTION_MS = 14 * DAY_MS


@dataclass(frozen=True, slots=True)
class Topic:
    """One Kafka topic. Sizes in bytes, times in milliseconds; `model` is None where the value is not ours."""

    name: str
    key: str
    model: type[BaseModel] | None
    retention_ms: int
    max_message_bytes: int
    cleanup_policy: Literal["delete", "compact"] = "delete"
    dead_letters: str | None = None
    partitioned: bool = True
    """Has the partition count of `articles-raw`; the others have one partition."""

    def configs(self) -> dict[str, str]:
        """The topic configs Kafka is asked for."""
        retention = {} if self.cleanup_policy == "compact" else {"retention.ms": str(self.retention_ms)}
        return {
            "cleanup.policy": self.cleanup_policy,
            "max.message.bytes": str(self.max_message_bytes),
            **retention,
        }


ARTICLES_RAW = Topic(
    "articles-raw", "article_id", RawArticle, RAW_RETENTION_MS, 8 * MIB, dead_letters="articles-raw-dlq"
)
ARTICLES_RAW_DLQ = Topic("articles-raw-dlq", "article_id", None, 2 * RAW_RETENTION_MS, 9 * MIB)
ARTICLES_RAW_DLQ_REDRIVEN = Topic(
    "articles-raw-dlq-redriven", "place", Redriven, -1, 1 * MIB, cleanup_policy="compact", partitioned=False
)
ARTICLES_ENRICHED = Topic("articles-enriched", "article_id", EnrichedArticle, 2 * RAW_RETENTION_MS, 16 * MIB)
ARTICLES_DISPOSITIONS = Topic("articles-dispositions", "article_id", Disposition, 2 * RAW_RETENTION_MS, 16 * MIB)
INGEST_DLQ = Topic("ingest-dlq", "source", None, 2 * RAW_RETENTION_MS, 9 * MIB, partitioned=False)
"""Bytes that a transport brought and no format could read."""
REPLAY_RUNS = Topic("replay-runs", "run", ReplayRun, -1, 1 * MIB, cleanup_policy="compact", partitioned=False)


def wire(name: str) -> Topic:
    """The topic of one wire."""
    return Topic(f"wire-{name}", "article_id", WireChange, 2 * RAW_RETENTION_MS, 16 * MIB)


def replay_enriched(run: str) -> Topic:
    """Where a replay writes what it enriched; partition for partition that of `articles-raw`."""
    return Topic(f"replay-{run}-enriched", "article_id", EnrichedArticle, 2 * RAW_RETENTION_MS, 16 * MIB)


def replay_dead_letters(run: str) -> Topic:
    """Where a replay puts what it could not enrich, so that the live dead letters stay as they are."""
    return Topic(f"replay-{run}-dlq", "article_id", None, 2 * RAW_RETENTION_MS, 9 * MIB)


WIRE_ALL = wire("all")

TOPICS = (
    ARTICLES_RAW,
    ARTICLES_RAW_DLQ,
    ARTICLES_RAW_DLQ_REDRIVEN,
    ARTICLES_ENRICHED,
    ARTICLES_DISPOSITIONS,
    INGEST_DLQ,
    REPLAY_RUNS,
    WIRE_ALL,
)
"""The topics every installation has; wires come from the routing file, replays bring their own."""
