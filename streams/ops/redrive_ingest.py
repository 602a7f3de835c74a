"""Bytes that no format could read, parsed again: `ingest-dlq` to `articles-raw`, each of them once."""

from dataclasses import dataclass
from datetime import datetime

from schemas.raw_article import RawArticle
from schemas.topics import INGEST_DLQ
from streams.engine.work import partition_of
from streams.errors import ContractError
from streams.formats import Hint, parse
from streams.ops.dead_letters import Letter
from streams.ops.redrive import Way, fitting, trace
from streams.records import Outgoing, article_headers, encode

__all__ = ["BYTES", "Arrival", "arrival_of", "articles_of", "source_and_reason"]


@dataclass(frozen=True, slots=True)
class Arrival:
    """What a transport said of bytes that could not be read: what it knew of them, and their sha256."""

    hint: Hint
    sha256: str


def arrival_of(letter: Letter) -> Arrival:
    """What the headers say; others may have put a record here, of which nothing is known."""
    told = {name: (value or b"").decode(errors="backslashreplace") for name, value in letter.record.headers}
    hint = Hint(
        source=told.get("dlq-source") or "unknown",
        name=told.get("dlq-hint") or "input",
        format_name=told.get("dlq-media-type") or None,
        url=told.get("dlq-url") or None,
    )
    return Arrival(hint, told.get("dlq-sha256", "unknown"))


def source_and_reason(letter: Letter) -> tuple[str, str]:
    """Who sent the bytes, and why they could not be read."""
    return arrival_of(letter).hint.source, letter.reason.message


def articles_of(letter: Letter, topic: str, partitions: int, now: datetime) -> tuple[Outgoing, ...]:
    """The articles in the bytes, on the partitions where they belong: all of them, or none.

    Raises:
        WireError: no format can read them yet.
        ContractError: they were not kept, or an article is larger than the topic takes.
    """
    data, arrival = letter.record.value, arrival_of(letter)
    if data is None:
        raise ContractError(f"it was too large to be kept; the sha256 of its bytes is {arrival.sha256}")
    timestamp = round(now.timestamp() * 1000)
    return tuple(_outgoing(article, letter, topic, partitions, timestamp) for article in parse(data, arrival.hint))


BYTES = Way(INGEST_DLQ, articles_of)


def _outgoing(article: RawArticle, letter: Letter, topic: str, partitions: int, timestamp: int) -> Outgoing:
    key, headers = article.article_id.encode(), (*article_headers(article), *trace(letter, INGEST_DLQ))
    return fitting(Outgoing(topic, partition_of(key, partitions), key, encode(article), headers, timestamp))
