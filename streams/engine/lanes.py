"""The lanes of the partitions this process owns."""

import asyncio
from collections.abc import Callable, Collection

import structlog
from aiokafka import AIOKafkaProducer, TopicPartition

from streams.broker.connection import topic_name
from streams.desk.routing import Routing
from streams.engine.fence import fence
from streams.engine.lane import Lane, TransactionLimits
from streams.engine.outputs import LiveOutputs
from streams.engine.pool import Pool
from streams.engine.standing import read_standings
from streams.records import Record
from streams.settings import Settings

__all__ = ["Lanes"]

log = structlog.get_logger(__name__)

DRAIN_SHARE = 0.7
"""Of the rebalance timeout; the rest is for the group's own round trips."""


class Lanes:
    """Takes records from whatever fetches them, to the pool and through the lane of their partition.

    open() and close() may be called by different tasks, as a rebalance does: a lock keeps them apart, and
    an epoch lets the rebalance that comes second win.

    Args:
        settings: the installation.
        routing: the wires.
        pool: already started.
        group_id: consumer group whose offsets are committed.
        on_fatal: told what broke; it must end the process.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        routing: Routing,
        pool: Pool,
        group_id: str,
        on_fatal: Callable[[BaseException], None],
    ) -> None:
        self._settings = settings
        self._routing = routing
        self._pool = pool
        self._group_id = group_id
        self._on_fatal = on_fatal
        self._lanes: dict[int, Lane] = {}
        self._gate = asyncio.Lock()
        self._epoch = 0
        self._accepting = False

    def accept(self, record: Record) -> bool:
        """Take a record, or say that it belongs to nobody here (any more): then it is fetched again."""
        lane = self._lanes.get(record.partition)
        # Below next_offset lies only what is committed or under way: to take it again would repeat it.
        if not self._accepting or lane is None or record.offset < lane.next_offset:
            return False
        lane.add(record, self._pool.submit(record))
        return True

    def has_room(self, partition: int) -> bool:
        """Whether more of a partition should be fetched; may be asked from any thread.

        Each has its share of what may be in flight: a backlog on one must not take the place of the others.
        """
        lane, share = self._lanes.get(partition), self._settings.inflight_records // max(1, len(self._lanes))
        return lane is not None and lane.pending_count < max(1, share)

    async def open(self, partitions: Collection[int]) -> None:
        """Fence earlier owners out of these partitions, then go on where they left off.

        Raises:
            InvariantError: retention removed records that were never processed.
        """
        epoch = self._epoch
        async with self._gate:
            if epoch != self._epoch:
                return
            producers = await fence(self._settings, self._group_id, sorted(set(partitions) - set(self._lanes)))
            await self._open_lanes(producers)
            self._accepting = epoch == self._epoch

    async def close(self) -> None:
        """Finish what is under way within the rebalance timeout, and give up all partitions."""
        self._accepting = False
        self._epoch += 1
        async with self._gate:
            budget = DRAIN_SHARE * self._settings.rebalance_timeout_seconds
            await asyncio.gather(*(lane.close(self._pool.withdraw, budget) for lane in self._lanes.values()))
            self._lanes.clear()

    async def _open_lanes(self, producers: dict[TopicPartition, AIOKafkaProducer]) -> None:
        standings = await read_standings(self._settings, self._routing, self._group_id, list(producers))
        pipeline = await self._pool.ready()
        limits = TransactionLimits.of(self._settings)
        for source, producer in producers.items():
            standing = standings[source]
            outputs = LiveOutputs(
                routing=self._routing,
                sequences=standing.sequences,
                topic_name=lambda topic: topic_name(self._settings, topic),
                pipeline=pipeline,
            )
            self._lanes[source.partition] = Lane(
                source=source,
                group_id=self._group_id,
                producer=producer,
                outputs=outputs,
                limits=limits,
                next_offset=standing.next_offset,
                on_fatal=self._on_fatal,
            )
            log.info("lane opened", topic=source.topic, partition=source.partition, next_offset=standing.next_offset)
