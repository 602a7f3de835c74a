"""What a consumer group has committed, its metadata included, and what only a present member of it may do."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import NamedTuple, TypeAlias

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import IllegalGenerationError, KafkaError, RebalanceInProgressError, UnknownMemberIdError
from aiokafka.structs import OffsetAndMetadata

__all__ = ["NOTHING_ASSIGNED", "Assignment", "Offsets", "commit_as_member", "fetch_committed", "is_current"]

Offsets: TypeAlias = Mapping[TopicPartition, OffsetAndMetadata]

RETRY_SECONDS = 0.1


class Assignment(NamedTuple):
    """What one generation of the group gave to a member."""

    generation: int
    partitions: frozenset[TopicPartition]


NOTHING_ASSIGNED = Assignment(0, frozenset())
"""No group is ever in generation 0."""


async def fetch_committed(
    consumer: AIOKafkaConsumer, partitions: Sequence[TopicPartition]
) -> dict[TopicPartition, OffsetAndMetadata]:
    """What the consumer's group has committed of each partition that it has committed anything of."""
    # The public API gives neither the metadata nor several partitions in one request.
    committed: dict[TopicPartition, OffsetAndMetadata] = await consumer._coordinator.fetch_committed_offsets(partitions)  # noqa: SLF001
    return committed


async def is_current(member: AIOKafkaConsumer, assignment: Assignment) -> bool:
    """Ask the broker whether the group still is in this generation; False when the member has to join again."""
    coordinator = member._coordinator  # noqa: SLF001 - the public API does not tell the generation
    while True:
        await coordinator.ensure_coordinator_known()
        if coordinator.generation != assignment.generation:  # as aiokafka leaves it when it is refused
            return False
        if await coordinator._do_heartbeat():  # noqa: SLF001 - see above
            return True
        await asyncio.sleep(RETRY_SECONDS)


async def commit_as_member(member: AIOKafkaConsumer, assignment: Assignment, offsets: Offsets) -> bool:
    """Commit, provided that the group still is in the generation that gave these partitions to this member.

    Unlike aiokafka's own `commit`, which tries again whatever happened meanwhile: in a new generation that it is a
    member of, too, but in which the partitions may be another's.

    Returns:
        False when the group has moved on.

    Raises:
        KafkaError: the broker refused for another reason.
    """
    coordinator = member._coordinator  # noqa: SLF001 - see above
    while True:
        await coordinator.ensure_coordinator_known()
        # The request is built before anything else can run in this event loop: of the generation looked at here.
        if coordinator.generation != assignment.generation or not offsets.keys() <= assignment.partitions:
            return False
        try:
            await coordinator._do_commit_offsets(None, offsets)  # noqa: SLF001 - see above
        except (IllegalGenerationError, RebalanceInProgressError, UnknownMemberIdError):
            return False
        except KafkaError as error:
            if not error.retriable:
                raise
            await asyncio.sleep(RETRY_SECONDS)
        else:
            return True
