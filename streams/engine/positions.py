"""Where a partition stands in Kafka: what its group committed, and how far its wires have counted."""

from collections.abc import Iterable, Sequence
from typing import TypeAlias

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition

from streams.broker.offsets import fetch_committed
from streams.engine.outputs import SEQUENCE_HEADER
from streams.errors import InvariantError

__all__ = [
    "Last",
    "committed_offsets",
    "last_records",
    "last_sequences",
    "lost_records",
    "sequence_of",
]

Last: TypeAlias = ConsumerRecord[bytes, bytes]

FIRST_STEP = 16
STEP_GROWTH = 8
POLL_MS = 500
POLLS = 120
"""A minute without progress is a broker that cannot serve what it says it has."""


async def committed_offsets(
    consumer: AIOKafkaConsumer, partitions: Iterable[TopicPartition]
) -> dict[TopicPartition, int]:
    """The next offset of each partition for the consumer's group; the log start where none was committed.

    Ask only after fencing the partition's earlier owner: before that the answer may still change.
    """
    wanted = list(partitions)
    starts: dict[TopicPartition, int] = await consumer.beginning_offsets(wanted)
    committed = await fetch_committed(consumer, wanted)
    return {each: committed[each].offset if each in committed else starts[each] for each in wanted}


async def lost_records(consumer: AIOKafkaConsumer, positions: dict[TopicPartition, int]) -> int:
    """How many records retention removed before they were processed."""
    starts: dict[TopicPartition, int] = await consumer.beginning_offsets(list(positions))
    return sum(max(0, starts[partition] - position) for partition, position in positions.items())


async def last_sequences(consumer: AIOKafkaConsumer, partitions: Sequence[TopicPartition]) -> dict[TopicPartition, int]:
    """The sequence of the last committed change on each partition of a wire; 0 where there is none.

    Raises:
        InvariantError: the last change has no sequence, or the broker stopped serving the log.
    """
    last = await last_records(consumer, partitions)
    return {partition: sequence_of(last[partition]) if partition in last else 0 for partition in partitions}


async def last_records(consumer: AIOKafkaConsumer, partitions: Sequence[TopicPartition]) -> dict[TopicPartition, Last]:
    """The last committed record of each partition that has one.

    A transaction leaves markers (and, when aborted, records) behind its last record, so the end of the
    log is rarely a record: step back from it in growing strides until one is met. The consumer must read
    committed records only, and what it is assigned changes.

    Raises:
        InvariantError: the broker stopped serving the log.
    """
    starts: dict[TopicPartition, int] = await consumer.beginning_offsets(list(partitions))
    ends: dict[TopicPartition, int] = await consumer.end_offsets(list(partitions))
    found: dict[TopicPartition, Last] = {}
    searched = {partition: ends[partition] for partition in partitions if ends[partition] > starts[partition]}
    if searched:
        # Once: aiokafka's coordinator ends with an AssertionError when a second assignment comes too soon.
        consumer.assign(list(searched))
        consumer.pause(*searched)
    step = FIRST_STEP
    while searched:
        begins = {partition: max(starts[partition], ends[partition] - step) for partition in searched}
        last = await _last_records(consumer, begins, {partition: ends[partition] for partition in searched})
        found.update(last)
        searched = {
            partition: begin
            for partition, begin in begins.items()
            if partition not in last and begin > starts[partition]
        }
        step *= STEP_GROWTH
    return found


def sequence_of(record: Last) -> int:
    """The number a change of a wire was given.

    Raises:
        InvariantError: it has none, so it is not a change of ours.
    """
    for name, value in record.headers:
        if name == SEQUENCE_HEADER:
            return int(value)
    raise InvariantError(f"{record.topic}-{record.partition} has a change without a sequence at {record.offset}")


async def _last_records(
    consumer: AIOKafkaConsumer, begins: dict[TopicPartition, int], ends: dict[TopicPartition, int]
) -> dict[TopicPartition, Last]:
    for partition, begin in begins.items():
        consumer.seek(partition, begin)
    consumer.resume(*begins)
    last: dict[TopicPartition, Last] = {}
    unfinished, polls = set(begins), 0
    while unfinished:
        batches = await consumer.getmany(*unfinished, timeout_ms=POLL_MS)
        for partition, records in batches.items():
            last[partition] = records[-1]
        unfinished = {partition for partition in unfinished if await consumer.position(partition) < ends[partition]}
        polls = 0 if batches else polls + 1
        if polls > POLLS:
            names = ", ".join(f"{partition.topic}-{partition.partition}" for partition in unfinished)
            raise InvariantError(f"the end of {names} cannot be read")
    consumer.pause(*begins)
    return last
