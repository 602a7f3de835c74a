"""Taking partitions over from whoever had them.

The metadata of a partition's committed offset names its owner: the transactional id under which one worker writes
between two rebalances. See docs/decisions/0018.
"""

import asyncio
import uuid
from collections.abc import Iterable, Sequence

from aiokafka import AIOKafkaConsumer, TopicPartition

from streams.broker.connection import connect, transactional_producer
from streams.broker.offsets import fetch_committed
from streams.settings import Settings

__all__ = ["fence", "new_owner", "owners"]


def new_owner(group_id: str) -> str:
    """A transactional id that nobody has had."""
    return f"{group_id}-{uuid.uuid4()}"


async def owners(reader: AIOKafkaConsumer, group_id: str, sources: Sequence[TopicPartition]) -> set[str]:
    """Who has written to these partitions last, or still does; the reader is of the group, without being a member."""
    committed = await fetch_committed(reader, sources)
    # A tool that resets offsets leaves no metadata, or its own.
    return {each.metadata for each in committed.values() if each.metadata.startswith(f"{group_id}-")}


async def fence(settings: Settings, fenced: Iterable[str]) -> None:
    """End what these owners have open, and keep them from writing again.

    Only after this do the committed offsets of their partitions stand still.
    """
    producers = [transactional_producer(settings, owner) for owner in fenced]
    try:
        await asyncio.gather(*(connect(producer) for producer in producers))
    finally:
        await asyncio.gather(*(producer.stop() for producer in producers))
