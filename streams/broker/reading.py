"""Reading a stretch of a topic that has an end: no group, nothing committed, and it stops by itself."""

from collections.abc import AsyncGenerator, AsyncIterator, Iterable
from contextlib import asynccontextmanager

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from aiokafka.errors import KafkaError

from schemas.replay_run import PartitionRange
from streams.broker.connection import connected, consumer
from streams.errors import BrokerError
from streams.records import Record
from streams.settings import Settings

__all__ = ["open_reader", "read_ranges", "to_record", "whole_log"]

FETCH_BYTES = 1 << 20
"""Of each partition at once, so that memory follows the number of partitions; a larger record comes whole (KIP-74)."""

POLL_MS = 500
POLLS = 120
"""A minute without a record or a step forward is a broker that cannot serve what it says it has."""


@asynccontextmanager
async def open_reader(settings: Settings, group_id: str | None = None) -> AsyncIterator[AIOKafkaConsumer]:
    """A started consumer of committed records; with a group it can ask what that has committed, and joins nothing.

    Raises:
        SettingsError: the connection settings cannot work.
        BrokerError: Kafka cannot be reached, or stopped serving what is read inside.
    """
    reader = consumer(settings, group_id=group_id, max_partition_fetch_bytes=FETCH_BYTES)
    try:
        async with connected(reader):
            yield reader
    except KafkaError as error:
        raise BrokerError(f"Kafka at {settings.bootstrap} failed us: {error!r}") from error


async def whole_log(reader: AIOKafkaConsumer, topic: str, partitions: int) -> tuple[PartitionRange, ...]:
    """All that is committed as of now."""
    wanted = [TopicPartition(topic, number) for number in range(partitions)]
    starts, ends = await reader.beginning_offsets(wanted), await reader.end_offsets(wanted)
    return tuple(PartitionRange(partition=each.partition, start=starts[each], end=ends[each]) for each in wanted)


async def read_ranges(reader: AIOKafkaConsumer, topic: str, ranges: Iterable[PartitionRange]) -> AsyncGenerator[Record]:
    """The committed records of these ranges, in order within a partition.

    A partition is finished when the position has reached its end, not when some record has come: the last
    offsets of a log may be transaction markers, aborted records or what compaction removed.

    Raises:
        BrokerError: the broker stopped serving.
    """
    ends = {TopicPartition(topic, each.partition): each.end for each in ranges if each.start < each.end}
    if not ends:
        return
    reader.assign(list(ends))
    for each in ranges:
        if TopicPartition(topic, each.partition) in ends:
            reader.seek(TopicPartition(topic, each.partition), each.start)
    silent = 0
    while ends:
        batches = await reader.getmany(*ends, timeout_ms=POLL_MS)
        for partition, records in batches.items():
            for record in records:
                if record.offset < ends[partition]:
                    yield to_record(record)
        finished = [each for each, end in ends.items() if await reader.position(each) >= end]
        for partition in finished:
            reader.pause(partition)
            del ends[partition]
        silent = 0 if batches or finished else silent + 1
        if silent > POLLS:
            raise BrokerError(f"the rest of {min(ends).topic}-{min(ends).partition} cannot be read")


def to_record(record: ConsumerRecord[bytes, bytes]) -> Record:
    """What aiokafka read, as a plain value."""
    return Record(
        topic=record.topic,
        partition=record.partition,
        offset=record.offset,
        timestamp=record.timestamp,
        key=record.key,
        value=record.value,
        headers=tuple(record.headers),
    )
