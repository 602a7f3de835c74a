"""Records of Kafka as plain values, and how models become bytes and headers. Pure."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import quote

from pydantic import BaseModel, ValidationError
from pydantic_core import to_json

from schemas.dead_letter import DeadLetter
from schemas.raw_article import RawArticle
from streams.errors import ContractError

__all__ = [
    "Header",
    "Outgoing",
    "Record",
    "article_headers",
    "dead_letter_headers",
    "decode_raw_article",
    "digest",
    "encode",
    "event_headers",
    "rfc3339",
    "with_article",
    "with_routes",
]

Header = tuple[str, bytes | None]
"""Kafka allows a header without a value."""

TRACE_HEADER = "traceparent"
FRAMING_BYTES = 128
"""More than a record batch of one record adds (61 bytes of batch header, varints)."""

LAST_TIMESTAMP = 253_402_300_799_999
"""The end of the year 9999, where datetime ends."""

_NO_ROUTES = b'"routes":[]}'
_NO_ARTICLE = b'"article":null}'


@dataclass(frozen=True, slots=True)
class Record:
    """One Kafka record as read; `timestamp` in milliseconds since the epoch."""

    topic: str
    partition: int
    offset: int
    timestamp: int
    key: bytes | None
    value: bytes | None
    headers: tuple[Header, ...] = ()


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One Kafka record to write; `timestamp` in milliseconds since the epoch."""

    topic: str
    partition: int
    key: bytes | None
    value: bytes | None
    headers: tuple[Header, ...]
    timestamp: int

    @property
    def size_bytes(self) -> int:
        """What counts against `max.message.bytes`, framing included."""
        headers = sum(len(name) + len(value or b"") + 10 for name, value in self.headers)
        return len(self.key or b"") + len(self.value or b"") + headers + FRAMING_BYTES


def digest(*parts: str | int) -> str:
    """A sha256 over parts that cannot run into each other.

    >>> digest("a", "bc") == digest("ab", "c")
    False
    """
    return hashlib.sha256(to_json(parts)).hexdigest()


def encode(model: BaseModel) -> bytes:
    """The one JSON form of a model: its declared field order, no spaces, UTF-8."""
    return model.model_dump_json().encode()


def decode_raw_article(value: bytes) -> RawArticle:
    """Read a value of `articles-raw`.

    Raises:
        ContractError: naming the first field that does not fit, never quoting its content.
    """
    try:
        return RawArticle.model_validate_json(value)
    except ValidationError as error:
        raise ContractError(_first_problem(error)) from error


def with_routes(enriched: bytes, routes: tuple[str, ...]) -> bytes:
    """Fill in the routes of an encoded EnrichedArticle that has none yet.

    The pool writes the article before the lane decides its routes, and parsing 20 KB of JSON again
    would cost the lane's process more than all else it does for a record.

    Raises:
        ContractError: the bytes do not end in an empty `routes`.
    """
    return _fill(enriched, _NO_ROUTES, b'"routes":' + to_json(routes))


def with_article(change: bytes, article: bytes) -> bytes:
    """Put an encoded EnrichedArticle into an encoded WireChange that has none yet.

    Raises:
        ContractError: the bytes of the change do not end in a null `article`.
    """
    return _fill(change, _NO_ARTICLE, b'"article":' + article)


def _fill(record: bytes, empty: bytes, full: bytes) -> bytes:
    if not record.endswith(empty):
        raise ContractError(f"encoded record does not end in {empty.decode()}")
    return record[: -len(empty)] + full + b"}"


def article_headers(article: RawArticle) -> tuple[Header, ...]:
    """CloudEvents 1.0 attributes, binary mode. The id is the version's: sent twice, it is the same event."""
    return (
        ("ce_specversion", b"1.0"),
        ("ce_id", digest(article.article_id, article.version).encode()),
        ("ce_type", b"copytaster.article.raw.v1"),
        ("ce_source", f"/{quote(article.source)}".encode()),
        ("content-type", b"application/json"),
    )


def event_headers(*, record_id: str, kind: str, record: Record) -> tuple[Header, ...]:
    """CloudEvents 1.0 attributes for Kafka, binary mode, of what came of `record`.

    `ce_time` is the record's own time, not the clock's: the same record gives the same bytes.
    https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/bindings/kafka-protocol-binding.md
    """
    return (
        ("ce_specversion", b"1.0"),
        ("ce_id", record_id.encode()),
        ("ce_type", kind.encode()),
        ("ce_source", f"/{record.topic}".encode()),
        ("ce_time", rfc3339(record.timestamp).encode()),
        ("content-type", b"application/json"),
        *((name, value) for name, value in record.headers if name == TRACE_HEADER),
    )


def rfc3339(timestamp: int) -> str:
    """Milliseconds since the epoch as `2024-05-03T12:00:00.123Z`; any integer that was sent has an answer."""
    within = min(max(timestamp, 0), LAST_TIMESTAMP)
    return datetime.fromtimestamp(within / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def dead_letter_headers(letter: DeadLetter, original: Iterable[Header]) -> tuple[Header, ...]:
    """The original headers, then `dlq-` ones that say where the record lay and why it failed.

    Earlier `dlq-` headers (a redriven record that failed again) give way to the new ones.
    """
    timestamp = "" if letter.timestamp is None else letter.timestamp.isoformat(timespec="milliseconds")
    why = {
        "dlq-topic": letter.topic,
        "dlq-partition": str(letter.partition),
        "dlq-offset": str(letter.offset),
        "dlq-timestamp": timestamp.replace("+00:00", "Z"),
        "dlq-stage": letter.stage,
        "dlq-error": letter.error,
        "dlq-message": letter.message,
        "dlq-attempts": str(letter.attempts),
        "dlq-pipeline": letter.pipeline,
    }
    kept = ((name, value) for name, value in original if name not in why)
    return (*kept, *((name, text.encode("utf-8", "backslashreplace")) for name, text in why.items()))


def _first_problem(error: ValidationError) -> str:
    problem, *rest = error.errors(include_input=False, include_url=False, include_context=False)
    where = ".".join(map(str, problem["loc"])) or "value"
    more = f" (and {len(rest)} more)" if rest else ""
    return f"{where}: {problem['msg']}{more}"
