"""What a consumer group has committed, its metadata included, and committing as a member of it."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import NamedTuple, TypeAlias

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import IllegalGenerationError, KafkaError, RebalanceInProgressError, UnknownMemberIdError
from aiokafka.structs import OffsetAndMetadata

__all__ = ["Assignment", "Offsets", "commit_as_member", "fetch_committed"]

Offsets: TypeAlias = Mapping[TopicPartition, OffsetAndMetadata]

RETRY_SECONDS = 0.1


class Assignment(NamedTuple):
    """What one generation of the group gave to a member."""

    generation: int
    partitions: frozenset[TopicPartition]


async def fetch_committed(
    consumer: AIOKafkaConsumer, partitions: Sequence[TopicPartition]
) -> dict[TopicPartition, OffsetAndMetadata]:
    """What the consumer's group has committed of each partition that it has committed anything of."""
    # The public API gives neither the metadata nor several partitions in one request.
    committed: dict[TopicPartition, OffsetAndMetadata] = await consumer._coordinator.fetch_committed_offsets(partitions)  # noqa: SLF001
    return committed


async def commit_as_member(member: AIOKafkaConsumer, assignment: Assignment, offsets: Offsets) -> bool:
    """Commit, provided that the group still is in the generation that gave these partitions to this member.

    Unlike aiokafka's own `commit`, which tries again whatever happened meanwhile: in a new generation that it is a
    member of, too, but in which the partitions may be another's.

    Returns:
        False when the group has moved on; nothing was committed then.

    Raises:
        KafkaError: the broker refused for another reason.
    """
    coordinator = member._coordinator  # noqa: SLF001 - the public API does not tell the generation
    while True:
        await coordinator.ensure_coordinator_known()
        # From here to the sending nothing else runs in this event loop, so the request is of the generation looked at.
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
