"""Taking partitions over from whoever had them.

The metadata of a partition's committed offset names its owner: the transactional id under which one worker writes
between two rebalances. See docs/decisions/0018.
"""

import asyncio
import uuid
from collections.abc import Iterable, Sequence

from aiokafka import AIOKafkaConsumer, TopicPartition

from streams.broker.connection import transactional_producer
from streams.broker.offsets import fetch_committed
from streams.settings import Settings

__all__ = ["fence_owners", "new_owner"]


def new_owner(group_id: str) -> str:
    """A transactional id that nobody has had."""
    return f"{group_id}-{uuid.uuid4()}"


async def fence_owners(
    settings: Settings, reader: AIOKafkaConsumer, group_id: str, sources: Sequence[TopicPartition]
) -> None:
    """End what earlier owners of these partitions have open, and keep them from writing again.

    Only after this do the group's committed offsets stand still. Ask only once the partitions are assigned: until
    then an earlier owner can still become another one.

    Args:
        settings: the installation.
        reader: of the group, without being a member of it.
        group_id: consumer group of the owners.
        sources: the partitions.
    """
    fenced: set[str] = set()
    while unfenced := await _owners(reader, group_id, sources) - fenced:
        await _fence(settings, unfenced)
        fenced |= unfenced


async def _owners(reader: AIOKafkaConsumer, group_id: str, sources: Sequence[TopicPartition]) -> set[str]:
    committed = await fetch_committed(reader, sources)
    # A tool that resets offsets leaves no metadata, or its own.
    return {each.metadata for each in committed.values() if each.metadata.startswith(f"{group_id}-")}


async def _fence(settings: Settings, owners: Iterable[str]) -> None:
    producers = [transactional_producer(settings, owner) for owner in owners]
    await asyncio.gather(*(producer.start() for producer in producers))
    await asyncio.gather(*(producer.stop() for producer in producers))
