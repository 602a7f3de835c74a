"""Asks Kafka what the logs hold that a plan is made of."""

from datetime import UTC, datetime, timedelta

from aiokafka import AIOKafkaConsumer, TopicPartition

from schemas.replay_run import PartitionRange
from schemas.topics import ARTICLES_RAW
from streams.broker.connection import topic_name
from streams.broker.reading import open_reader
from streams.replay.plan import PartitionLog, Request, Times, plan, refuse_lost
from streams.settings import Settings

__all__ = ["plan_ranges"]

EPOCH = datetime.fromtimestamp(0, UTC)


async def plan_ranges(
    settings: Settings, request: Request, partitions: int, *, accept_lost: bool
) -> tuple[PartitionRange, ...]:
    """The ranges of `articles-raw` that answer a request, fixed as of now.

    Raises:
        SettingsError: the range is impossible, or retention has removed some of it and that is not accepted.
        BrokerError: the broker cannot be reached.
    """
    topic = topic_name(settings, ARTICLES_RAW)
    async with open_reader(settings) as reader:
        logs = await _survey(reader, [TopicPartition(topic, number) for number in range(partitions)], request)
    planned = plan(request, logs)
    if not accept_lost:
        refuse_lost(topic, planned.lost)
    return planned.ranges


async def _survey(reader: AIOKafkaConsumer, partitions: list[TopicPartition], request: Request) -> list[PartitionLog]:
    starts, ends = await reader.beginning_offsets(partitions), await reader.end_offsets(partitions)
    nowhere = dict.fromkeys(partitions)
    first = at_start = at_end = nowhere
    if isinstance(request, Times):
        first = await _offsets_at(reader, partitions, EPOCH)
        at_start = await _offsets_at(reader, partitions, request.start)
        at_end = await _offsets_at(reader, partitions, request.end) if request.end else nowhere
    return [
        PartitionLog(each.partition, starts[each], ends[each], first[each], at_start[each], at_end[each])
        for each in partitions
    ]


async def _offsets_at(
    reader: AIOKafkaConsumer, partitions: list[TopicPartition], time: datetime
) -> dict[TopicPartition, int | None]:
    """The first record at or after a time."""
    timestamp = -((EPOCH - time) // timedelta(milliseconds=1))  # rounded up: a record before it is not meant
    found = await reader.offsets_for_times(dict.fromkeys(partitions, max(timestamp, 0)))
    return {each: found[each].offset if found.get(each) else None for each in partitions}
