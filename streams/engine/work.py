"""What a pool process does with a batch of records: bytes in, one result each out."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from aiokafka.partitioner import murmur2

from schemas.dead_letter import DeadLetter
from schemas.enriched_article import EnrichedArticle
from schemas.raw_article import RawArticle
from streams.desk.summary import ArticleSummary, summarise
from streams.enrich.models import Models
from streams.enrich.pipeline import enrich, pipeline_digest
from streams.errors import ContractError, MisroutedError, StageError
from streams.records import LAST_TIMESTAMP, Record, decode_raw_article, encode

__all__ = ["Enriched", "Forgotten", "Result", "dead_letter", "partition_of", "process"]

MESSAGE_CHARS = 500


@dataclass(frozen=True, slots=True)
class Enriched:
    """An article that went through: its bytes, with routes still empty, and what the desk decides on."""

    summary: ArticleSummary
    value: bytes


@dataclass(frozen=True, slots=True)
class Forgotten:
    """A tombstone."""

    article_id: str


Result = Enriched | Forgotten | DeadLetter


def process(records: Sequence[Record], models: Models, partitions: int) -> list[Result]:
    """Enrich a batch. Bad data is a DeadLetter in its place; a result never depends on its neighbours."""
    pipeline = pipeline_digest(models)
    decoded = [_decode(record, partitions, pipeline) for record in records]
    enriched = iter(enrich([each for each in decoded if isinstance(each, RawArticle)], models))
    return [
        _finish(record, next(enriched), pipeline) if isinstance(each, RawArticle) else each
        for record, each in zip(records, decoded, strict=True)
    ]


def partition_of(key: bytes, partitions: int) -> int:
    """Where Kafka's default partitioner puts a key: murmur2, sign bit off.

    https://kafka.apache.org/41/javadoc/org/apache/kafka/clients/producer/internals/BuiltInPartitioner.html
    """
    number: int = (murmur2(key) & 0x7FFFFFFF) % partitions
    return number


def dead_letter(record: Record, error: Exception, *, stage: str, pipeline: str, attempts: int = 1) -> DeadLetter:
    """The one place that says why a record cannot be processed; its bytes travel with the record itself."""
    cause = error.__cause__ if isinstance(error, StageError) and error.__cause__ else error
    timestamp = datetime.fromtimestamp(min(max(record.timestamp, 0), LAST_TIMESTAMP) / 1000, UTC)
    return DeadLetter(
        topic=record.topic,
        partition=record.partition,
        offset=record.offset,
        timestamp=timestamp,
        stage=stage,
        error=type(cause).__name__,
        message=_one_line(str(error)),
        attempts=attempts,
        pipeline=pipeline,
    )


def _one_line(text: str) -> str:
    flat = " ".join(text.encode("utf-8", "backslashreplace").decode().split())
    return flat if len(flat) <= MESSAGE_CHARS else flat[: MESSAGE_CHARS - 1] + "…"


def _decode(record: Record, partitions: int, pipeline: str) -> RawArticle | Forgotten | DeadLetter:
    try:
        return _read(record, partitions)
    except ContractError as error:
        return dead_letter(record, error, stage="decode", pipeline=pipeline)
    except MisroutedError as error:
        return dead_letter(record, error, stage="misrouted", pipeline=pipeline)


def _read(record: Record, partitions: int) -> RawArticle | Forgotten:
    if record.key is None:
        raise MisroutedError("the record has no key; a key is the article_id")
    if (home := partition_of(record.key, partitions)) != record.partition:
        raise MisroutedError(f"the key belongs on partition {home}; is the producer's partitioner murmur2?")
    if record.value is None:
        return Forgotten(_text(record.key))
    raw = decode_raw_article(record.value)
    if raw.article_id.encode() != record.key:
        raise MisroutedError("the key is not the article_id")
    return raw


def _text(key: bytes) -> str:
    try:
        return key.decode()
    except UnicodeDecodeError as error:
        raise ContractError("the key is not UTF-8") from error


def _finish(record: Record, enriched: EnrichedArticle | StageError, pipeline: str) -> Enriched | DeadLetter:
    if isinstance(enriched, StageError):
        return dead_letter(record, enriched, stage=enriched.stage, pipeline=pipeline)
    try:
        return Enriched(summarise(enriched), encode(enriched))
    except Exception as error:  # noqa: BLE001 - one article that cannot be written must not stop the others
        return dead_letter(record, error, stage="encode", pipeline=pipeline)
