"""The partitions this process owns: claimed, filled, and given up."""

import asyncio
from collections.abc import Callable, Collection
from typing import NamedTuple, Protocol

import structlog
from aiokafka import AIOKafkaProducer, TopicPartition
from aiokafka.structs import OffsetAndMetadata

from schemas.topics import ARTICLES_RAW
from streams.broker.connection import connect, connected, consumer, topic_name, transactional_producer
from streams.broker.offsets import Offsets
from streams.desk.routing import Routing
from streams.engine.committer import LEAVE_SECONDS, Committer, TransactionLimits
from streams.engine.fence import fence, new_owner, owners
from streams.engine.lane import Lane
from streams.engine.outputs import LiveOutputs
from streams.engine.pool import Pool
from streams.engine.standing import Standing, read_standings
from streams.records import Record
from streams.settings import Settings

__all__ = ["Lanes", "Membership"]

log = structlog.get_logger(__name__)

DRAIN_SHARE = 0.7
"""Of the rebalance timeout; the rest is for the group's own round trips."""


class Membership(Protocol):
    """Of this process in the consumer group."""

    async def is_current(self) -> bool:
        """Whether the group still is in the generation that assigned to us what we have."""
        ...

    async def claim(self, offsets: Offsets) -> bool:
        """Commit as the member that these partitions are assigned to; False when the group has moved on since."""
        ...


class _Ownership(NamedTuple):
    """Held from one rebalance to the next."""

    owner: str
    producer: AIOKafkaProducer
    committer: Committer


class Lanes:
    """Takes records from whatever fetches them, to the pool and through the lane of their partition.

    open() and close() may be called by different tasks, as a rebalance does: a lock keeps them apart, and
    an epoch lets the rebalance that comes second win.

    Args:
        settings: the installation.
        routing: the wires.
        pool: already started.
        group_id: consumer group whose offsets are committed.
        membership: in the group; it makes this process the owner that the next one will fence.
        on_fatal: told what broke; it must end the process.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        routing: Routing,
        pool: Pool,
        group_id: str,
        membership: Membership,
        on_fatal: Callable[[BaseException], None],
    ) -> None:
        self._settings = settings
        self._routing = routing
        self._pool = pool
        self._group_id = group_id
        self._membership = membership
        self._on_fatal = on_fatal
        self._lanes: dict[int, Lane] = {}
        self._held: _Ownership | None = None
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
            topic = topic_name(self._settings, ARTICLES_RAW)
            sources = [TopicPartition(topic, each) for each in sorted(set(partitions) - set(self._lanes))]
            if sources:
                await self._open(sources)
            self._accepting = epoch == self._epoch

    async def close(self) -> None:
        """Finish what is under way within the rebalance timeout, and give up all partitions."""
        self._accepting = False
        self._epoch += 1
        async with self._gate:
            await self._give_up()

    async def _give_up(self) -> None:
        held, self._held = self._held, None
        self._lanes.clear()
        if held:
            budget = DRAIN_SHARE * self._settings.rebalance_timeout_seconds
            await held.committer.close(self._pool.withdraw, budget)
            await self._leave(held.producer)

    async def _open(self, sources: list[TopicPartition]) -> None:
        standings = await self._take_over(sources)
        if standings is None:
            return
        pipeline = await self._pool.ready()
        held = self._held = self._held or await self._become_owner()
        claimed = {source: OffsetAndMetadata(standings[source].next_offset, held.owner) for source in sources}
        if not await self._membership.claim(claimed):
            log.info("the group moved on before its partitions were claimed", partitions=[each[1] for each in sources])
            await self._give_up()
            return
        for source in sources:
            self._lanes[source.partition] = held.committer.open(
                source,
                outputs=self._outputs(standings[source], pipeline),
                next_offset=standings[source].next_offset,
            )
            log.info(
                "lane opened",
                topic=source.topic,
                partition=source.partition,
                next_offset=standings[source].next_offset,
                transactional_id=held.owner,
            )

    async def _take_over(self, sources: list[TopicPartition]) -> dict[TopicPartition, Standing] | None:
        """Where the partitions stand, their owners fenced out; None when the group has given them to another."""
        async with connected(consumer(self._settings, group_id=self._group_id)) as reader:
            earlier = await owners(reader, self._group_id, sources)
            # What was read may have come late and name who has them now: a pause of ours must not end that one.
            if earlier and not await self._membership.is_current():
                log.info("the group moved on before its partitions were taken over")
                return None
            await fence(self._settings, earlier)
            return await read_standings(self._settings, self._routing, reader, sources)

    async def _become_owner(self) -> _Ownership:
        # A new id each time: with the last one, the next owner of a partition that was given up would be fencing
        # what this process goes on with. Started before the claim: to fence an id before its start is in vain.
        owner = new_owner(self._group_id)
        producer = transactional_producer(self._settings, owner)
        try:
            await connect(producer)
        except BaseException:
            await producer.stop()
            raise
        committer = Committer(
            producer,
            group_id=self._group_id,
            metadata=owner,
            limits=TransactionLimits.of(self._settings),
            on_fatal=self._on_fatal,
        )
        return _Ownership(owner, producer, committer)

    def _outputs(self, standing: Standing, pipeline: str) -> LiveOutputs:
        return LiveOutputs(
            routing=self._routing,
            sequences=standing.sequences,
            topic_name=lambda topic: topic_name(self._settings, topic),
            pipeline=pipeline,
        )

    async def _leave(self, producer: AIOKafkaProducer) -> None:
        try:
            await asyncio.wait_for(producer.stop(), LEAVE_SECONDS)
        except Exception as error:  # noqa: BLE001 - whatever it is, this producer's state is unknown
            self._on_fatal(error)
