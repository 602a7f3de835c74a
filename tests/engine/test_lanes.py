"""Who owns a partition, on a broker: claimed, taken over, given up."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import cast

from aiokafka import TopicPartition
from aiokafka.structs import OffsetAndMetadata

from schemas.disposition import Disposition
from schemas.topics import ARTICLES_DISPOSITIONS, ARTICLES_RAW
from streams.broker.connection import consumer, group_id, topic_name
from streams.broker.offsets import Offsets, fetch_committed
from streams.desk.routing import load_routing
from streams.engine.lanes import Lanes, Membership
from streams.engine.pool import Pool
from streams.engine.work import Result
from streams.errors import InvariantError
from streams.records import Record
from streams.settings import Settings
from tests.broker_contract import stop_fenced
from tests.engine.built import PIPELINE, enriched, record
from tests.engine.owners import OnlyUser
from tests.faults.audit import committed, read

DEADLINE_SECONDS = 10


class InlinePool:
    """Has the result of each record when it is told to."""

    def __init__(self) -> None:
        self.waiting: list[asyncio.Future[Result]] = []

    async def ready(self) -> str:
        return PIPELINE

    def submit(self, _: Record) -> asyncio.Future[Result]:
        self.waiting.append(asyncio.get_running_loop().create_future())
        return self.waiting[-1]

    def withdraw(self, future: asyncio.Future[Result]) -> bool:
        return future in self.waiting and future.cancel()

    def finish(self) -> None:
        """All that wait."""
        for number, future in enumerate(self.waiting):
            future.set_result(enriched(f"urn:a:{number}"))
        self.waiting.clear()


class Process:
    """The lanes of one worker, and what it died of."""

    def __init__(self, settings: Settings, membership: Membership | None = None) -> None:
        self.pool = InlinePool()
        self.fatal: asyncio.Queue[BaseException] = asyncio.Queue()
        self.lanes = Lanes(
            settings,
            routing=load_routing(None),
            pool=cast(Pool, self.pool),
            group_id=group_id(settings, "live"),
            membership=membership or OnlyUser(settings),
            on_fatal=self.fatal.put_nowait,
        )

    async def failure(self) -> BaseException:
        async with asyncio.timeout(DEADLINE_SECONDS):
            return await self.fatal.get()


@asynccontextmanager
async def process(settings: Settings, membership: Membership | None = None) -> AsyncIterator[Process]:
    made = Process(settings, membership)
    yield made
    held = made.lanes._held
    await made.lanes.close()
    if held:
        await stop_fenced(held.producer)


async def test_who_takes_over_fences_an_owner_that_has_not_committed_anything_yet(settings: Settings) -> None:
    """Its name stands in the committed offset from the moment it could write."""
    async with process(settings) as zombie:
        await zombie.lanes.open({0, 1})
        zombie.lanes.accept(raw(settings, 0))
        async with process(settings) as heir:
            await heir.lanes.open({1})
            zombie.pool.finish()
            error = await zombie.failure()
            assert isinstance(error, InvariantError)
            assert "fenced out of" in str(error)
            heir.lanes.accept(raw(settings, 0))
            heir.pool.finish()
            await until_committed(settings, {0: 0, 1: 1})
            assert heir.fatal.empty()
    assert await offsets_written(settings) == [0]


async def test_who_gave_a_partition_up_goes_on_with_the_others(settings: Settings) -> None:
    """At a rebalance a worker keeps some of its partitions: the next owner of one must not fence it out of the rest."""
    async with process(settings) as worker, process(settings) as newcomer:
        await worker.lanes.open({0, 1})
        worker.lanes.accept(raw(settings, 0))
        worker.pool.finish()
        await until_committed(settings, {0: 0, 1: 1})
        await worker.lanes.close()
        await worker.lanes.open({0})
        await newcomer.lanes.open({1})
        worker.lanes.accept(raw(settings, 0, partition=0))
        newcomer.lanes.accept(raw(settings, 1))
        worker.pool.finish()
        newcomer.pool.finish()
        await until_committed(settings, {0: 1, 1: 2})
        assert worker.fatal.empty()
        assert newcomer.fatal.empty()


async def test_what_the_group_has_given_to_another_meanwhile_is_not_opened(settings: Settings) -> None:
    class Late(OnlyUser):
        async def claim(self, _: Offsets) -> bool:
            return False

    async with process(settings, Late(settings)) as late:
        await late.lanes.open({0, 1})
        assert not late.lanes.accept(raw(settings, 0))
        assert not late.lanes.has_room(1)
    assert await committed(settings) == {}


async def test_who_was_paused_while_taking_over_fences_nobody(settings: Settings) -> None:
    """What it reads then may name the worker that has the partition by now."""

    class Late(OnlyUser):
        async def is_current(self) -> bool:
            return False

    async with process(settings) as owner, process(settings, Late(settings)) as late:
        await owner.lanes.open({1})
        await late.lanes.open({1})
        assert not late.lanes.accept(raw(settings, 0))
        owner.lanes.accept(raw(settings, 0))
        owner.pool.finish()
        await until_committed(settings, {1: 1})
        assert owner.fatal.empty()


async def test_a_claim_says_where_a_partition_goes_on_and_whose_it_is(settings: Settings) -> None:
    source = TopicPartition(topic_name(settings, ARTICLES_RAW), 1)
    owners = []
    async with process(settings) as worker:
        for _ in range(2):
            await worker.lanes.open({1})
            async with consumer(settings, group_id=group_id(settings, "live")) as reader:
                [found] = (await fetch_committed(reader, [source])).values()
            assert found.offset == 0
            owners.append(found.metadata)
            await worker.lanes.close()
    assert all(owner.startswith(f"{group_id(settings, 'live')}-") for owner in owners)
    assert owners[0] != owners[1]


async def test_what_a_tool_left_in_the_metadata_is_nobody_to_fence(settings: Settings) -> None:
    source = TopicPartition(topic_name(settings, ARTICLES_RAW), 1)
    await OnlyUser(settings).claim({source: OffsetAndMetadata(7, "reset by hand")})
    async with process(settings) as worker:
        await worker.lanes.open({1})
        assert not worker.lanes.accept(raw(settings, 6))
        assert worker.lanes.accept(raw(settings, 7))
        worker.pool.finish()
        await until_committed(settings, {1: 8})


def raw(settings: Settings, offset: int, *, partition: int = 1) -> Record:
    return record(offset, topic=topic_name(settings, ARTICLES_RAW), partition=partition)


async def offsets_written(settings: Settings) -> list[int]:
    """Of what a transaction has committed, once readers see it: a group's offset may be there before."""
    async with asyncio.timeout(DEADLINE_SECONDS):
        while not (records := await read(settings, ARTICLES_DISPOSITIONS)):  # noqa: ASYNC110 - Kafka tells nobody
            await asyncio.sleep(0.05)
    return [Disposition.model_validate_json(each.value or b"").offset for each in records]


async def until_committed(settings: Settings, wanted: Mapping[int, int]) -> None:
    async with asyncio.timeout(DEADLINE_SECONDS):
        while await committed(settings) != wanted:  # noqa: ASYNC110 - Kafka tells nobody
            await asyncio.sleep(0.05)
