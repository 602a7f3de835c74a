"""The way out of the lanes, on a broker: what is committed together, in which order, and when not."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest
from aiokafka import TopicPartition
from aiokafka.errors import MessageSizeTooLargeError
from aiokafka.structs import OffsetAndMetadata

from schemas.disposition import Disposition
from schemas.topics import ARTICLES_DISPOSITIONS, ARTICLES_ENRICHED, ARTICLES_RAW, WIRE_ALL
from streams.broker.connection import consumer, group_id, topic_name, transactional_producer
from streams.broker.offsets import fetch_committed
from streams.desk.routing import route
from streams.engine.committer import Committer, TransactionLimits
from streams.engine.lane import Lane, Outputs
from streams.engine.outputs import LiveOutputs
from streams.engine.work import Result
from streams.errors import InvariantError
from streams.records import Outgoing, Record
from streams.settings import Settings
from tests.broker_contract import stop_fenced
from tests.engine.built import PIPELINE, enriched, letter, record
from tests.faults.audit import audit, committed, produce_bytes, read

NO_LIMITS = TransactionLimits(records=1000, bytes=1 << 30, wait_seconds=0.01)
DEADLINE_SECONDS = 10


class Bench:
    """A committer with its lanes, the records given to them, and what it told."""

    def __init__(self, committer: Callable[["Bench"], Committer]) -> None:
        self.done: list[int] = []
        self.fatal: asyncio.Queue[BaseException] = asyncio.Queue()
        self.results: list[asyncio.Future[Result]] = []
        self.untaken: set[asyncio.Future[Result]] = set()
        self.lanes: dict[int, Lane] = {}
        self.on_done: Callable[[], object] = lambda: None
        self.committer = committer(self)

    @property
    def lane(self) -> Lane:
        """Of partition 1, where records are unless they say otherwise."""
        return self.lanes[1]

    def add(self, *records: Record) -> None:
        """Give their lanes records that wait for a process."""
        for each in records:
            result: asyncio.Future[Result] = asyncio.get_running_loop().create_future()
            self.lanes[each.partition].add(each, result)
            self.results.append(result)
            self.untaken.add(result)

    def finish(self, *indexes: int) -> None:
        """Have the results of these records, in this order."""
        for index in indexes:
            self.untaken.discard(self.results[index])
            self.results[index].set_result(enriched(f"urn:a:{index}"))

    def withdraw(self, result: asyncio.Future[Result]) -> bool:
        """As the pool does."""
        if result not in self.untaken:
            return False
        self.untaken.remove(result)
        return result.cancel()

    def count_done(self, count: int) -> None:
        """What it tells, but for that nothing was given back."""
        self.done += [count] if count else []
        self.on_done()

    async def drained(self) -> None:
        async with asyncio.timeout(DEADLINE_SECONDS):
            await self.committer.drained()

    async def close(self, timeout_seconds: float = DEADLINE_SECONDS) -> None:
        await self.committer.close(self.withdraw, timeout_seconds)

    async def failure(self) -> BaseException:
        async with asyncio.timeout(DEADLINE_SECONDS):
            return await self.fatal.get()


@asynccontextmanager
async def bench(
    settings: Settings,
    *,
    outputs: Outputs | None = None,
    limits: TransactionLimits = NO_LIMITS,
    next_offset: int = 0,
    partitions: Sequence[int] = (1,),
) -> AsyncIterator[Bench]:
    """A committer as `Lanes` has one, closed in the end."""
    group = group_id(settings, "live")
    producer = transactional_producer(settings, f"{group}-owner")
    await producer.start()
    made = Bench(
        lambda bench: Committer(
            producer,
            group_id=group,
            metadata="owner",
            limits=limits,
            on_done=bench.count_done,
            on_fatal=bench.fatal.put_nowait,
        )
    )
    for partition in partitions:
        source = TopicPartition(topic_name(settings, ARTICLES_RAW), partition)
        made.lanes[partition] = made.committer.open(
            source, outputs=outputs or live_outputs(settings), next_offset=next_offset
        )
    try:
        yield made
    finally:
        await made.close()
        await stop_fenced(producer)


def live_outputs(settings: Settings) -> LiveOutputs:
    return LiveOutputs(
        routing=route(()), sequences={}, topic_name=lambda topic: topic_name(settings, topic), pipeline=PIPELINE
    )


async def offsets_written(settings: Settings, **options: object) -> list[int]:
    """Of the inputs that were disposed of, in the order of writing."""
    records = await read(settings, ARTICLES_DISPOSITIONS, **options)
    return [Disposition.model_validate_json(each.value or b"").offset for each in records]


# Order


async def test_the_order_of_the_input_is_kept_however_the_results_come(settings: Settings) -> None:
    async with bench(settings) as it:
        it.add(*map(record, range(6)))
        it.finish(5, 3, 4)
        await asyncio.sleep(0.1)
        assert await offsets_written(settings) == []
        it.finish(1, 0)
        await until(lambda: sum(it.done) == 2)
        assert await offsets_written(settings) == [0, 1]
        it.finish(2)
        await it.drained()
        assert await offsets_written(settings) == [0, 1, 2, 3, 4, 5]
        assert await committed(settings) == {1: 6}


async def test_the_books_of_what_it_wrote_add_up(settings: Settings) -> None:
    await produce_bytes(settings, [(b"a", b"1"), (b"b", b"2"), (b"c", b"3"), (b"f", b"4"), (b"g", b"5")])
    inputs = [each for each in await read(settings, ARTICLES_RAW) if each.partition == 1]
    assert len(inputs) > 1
    async with bench(settings) as it:
        it.add(*inputs)
        for number, (each, result) in enumerate(zip(inputs, it.results, strict=True)):
            result.set_result(letter(each) if number == 1 else enriched(f"urn:a:{number}"))
        await it.drained()
    assert await audit(settings) == []


async def test_the_offset_of_a_gap_in_the_input_is_passed_over(settings: Settings) -> None:
    """Markers of transactions take offsets, and so do the records of aborted ones."""
    async with bench(settings, next_offset=40) as it:
        it.add(record(43), record(47))
        assert it.lane.next_offset == 48
        it.finish(0, 1)
        await it.drained()
        assert await committed(settings) == {1: 48}


async def test_an_offset_that_was_given_before_is_refused(settings: Settings) -> None:
    async with bench(settings, next_offset=5) as it:
        for again in (record(4), record(0)):
            with pytest.raises(InvariantError, match=rf"articles-raw-1 went back from offset 5 to {again.offset}"):
                it.add(again)
        it.add(record(5))
        with pytest.raises(InvariantError, match="from offset 6 to 5"):
            it.add(record(5))
        it.finish(0)


# Transactions


async def test_outputs_and_offset_are_there_together_or_not_at_all(settings: Settings) -> None:
    async with bench(settings, outputs=Refused(live_outputs(settings), offset=2)) as it:
        it.add(*map(record, range(3)))
        it.finish(2, 1, 0)
        assert isinstance(await it.failure(), MessageSizeTooLargeError)
        # What was sent before the one that was refused is written in the background.
        while await offsets_written(settings, isolation_level="read_uncommitted") != [0, 1]:  # noqa: ASYNC110 - Kafka's
            await asyncio.sleep(0.05)
    for topic in (ARTICLES_DISPOSITIONS, ARTICLES_ENRICHED, WIRE_ALL):
        assert await read(settings, topic) == []
    assert await committed(settings) == {}


class Refused:
    """Adds to one record's outputs one that no broker takes."""

    def __init__(self, outputs: Outputs, offset: int) -> None:
        self._outputs = outputs
        self._offset = offset

    def of(self, record: Record, result: Result) -> tuple[Outgoing, ...]:
        rest = self._outputs.of(record, result)
        too_large = Outgoing(rest[0].topic, 1, None, bytes(17 << 20), (), 0)
        return (too_large, *rest) if record.offset == self._offset else rest


async def test_a_transaction_takes_no_more_records_than_it_may(settings: Settings) -> None:
    async with bench(settings, limits=TransactionLimits(records=2, bytes=1 << 30, wait_seconds=0.01)) as it:
        it.add(*map(record, range(5)))
        it.finish(4, 3, 2, 1, 0)
        await it.drained()
        assert it.done == [2, 2, 1]
    assert await offsets_written(settings) == [0, 1, 2, 3, 4]


async def test_a_transaction_takes_no_more_bytes_than_it_may_but_one_record_at_least(settings: Settings) -> None:
    sizes = (60, 40, 1, 300, None, 50)
    async with bench(settings, limits=TransactionLimits(records=100, bytes=100, wait_seconds=0.01)) as it:
        it.add(*(record(offset, value=size and bytes(size)) for offset, size in enumerate(sizes)))
        it.finish(5, 4, 3, 2, 1, 0)
        await it.drained()
        assert it.done == [2, 1, 1, 2]


async def test_with_a_backlog_half_of_what_a_lane_holds_goes_together(settings: Settings) -> None:
    async with bench(settings, limits=replace(NO_LIMITS, wait_seconds=60)) as it:
        it.add(*map(record, range(8)))
        it.finish(0, 1, 2)
        await asyncio.sleep(0.2)
        assert it.done == []
        it.finish(3)
        await until(lambda: it.done == [4])
        it.finish(4, 5, 6, 7)
        await it.drained()


async def test_what_is_finished_waits_no_longer_than_it_may(settings: Settings) -> None:
    async with bench(settings, limits=replace(NO_LIMITS, wait_seconds=0.3)) as it:
        it.add(*map(record, range(8)))
        it.finish(0, 1)
        await asyncio.sleep(0.1)
        assert it.done == []
        await until(lambda: it.done == [2])
        it.finish(*range(2, 8))
        await it.drained()


async def test_without_a_backlog_a_finished_record_does_not_wait(settings: Settings) -> None:
    async with bench(settings, limits=replace(NO_LIMITS, wait_seconds=60)) as it:
        it.add(record(0), record(1))
        it.finish(0)
        await until(lambda: it.done == [1])
        it.finish(1)
        await it.drained()


async def test_a_transaction_that_is_full_waits_for_no_more(settings: Settings) -> None:
    async with bench(settings, limits=TransactionLimits(records=2, bytes=1 << 30, wait_seconds=60)) as it:
        it.add(*map(record, range(8)))
        it.finish(0, 1)
        await until(lambda: it.done == [2])
        it.finish(*range(2, 8))
        await it.drained()


# Lanes


async def test_what_all_lanes_have_ready_goes_in_one_transaction(settings: Settings) -> None:
    async with bench(settings, partitions=(0, 1), limits=replace(NO_LIMITS, wait_seconds=60)) as it:
        it.add(*(record(offset, partition=partition) for offset in range(2) for partition in (0, 1)))
        it.finish(3, 2, 1, 0)
        await it.drained()
        assert it.done == [4]
    assert await committed(settings) == {0: 2, 1: 2}
    assert await disposed(settings) == {0: [0, 1], 1: [0, 1]}


async def test_a_lane_whose_first_record_is_not_finished_holds_up_no_other(settings: Settings) -> None:
    async with bench(settings, partitions=(0, 1), limits=replace(NO_LIMITS, wait_seconds=60)) as it:
        it.add(*map(record, range(8)), record(0, partition=0))
        it.finish(*range(1, 9))
        await until(lambda: it.done == [1])
        assert await committed(settings) == {0: 1}
        it.finish(0)
        await it.drained()
    assert await committed(settings) == {0: 1, 1: 8}


async def test_a_lane_that_had_no_place_goes_first_the_next_time(settings: Settings) -> None:
    limits = TransactionLimits(records=2, bytes=1 << 30, wait_seconds=0.01)
    async with bench(settings, partitions=(0, 1), limits=limits) as it:
        left: list[dict[int, int]] = []
        it.on_done = lambda: left.append({each: it.lanes[each].pending_count for each in (0, 1)})
        it.add(*(record(offset, partition=0) for offset in range(6)), record(0))
        it.finish(*range(6, -1, -1))
        await it.drained()
    assert left[:2] == [{0: 4, 1: 1}, {0: 3, 1: 0}]


async def test_the_metadata_stands_beside_each_committed_offset(settings: Settings) -> None:
    async with bench(settings) as it:
        it.add(record(0))
        it.finish(0)
        await it.drained()
    async with consumer(settings, group_id=group_id(settings, "live")) as reader:
        found = await fetch_committed(reader, [it.lane.source])
    assert found == {it.lane.source: OffsetAndMetadata(1, "owner")}


async def disposed(settings: Settings) -> dict[int, list[int]]:
    """The inputs that were disposed of, by partition, in the order of writing."""
    found: dict[int, list[int]] = {}
    for each in await read(settings, ARTICLES_DISPOSITIONS):
        found.setdefault(each.partition, []).append(Disposition.model_validate_json(each.value or b"").offset)
    return found


# Owners


async def test_who_takes_the_partition_over_fences_the_lane_and_aborts_what_it_had_open(settings: Settings) -> None:
    async with bench(settings) as zombie:
        zombie.add(record(0), record(1))
        zombie.finish(0)
        await until(lambda: zombie.done == [1])
        async with bench(settings, next_offset=1) as owner:
            zombie.finish(1)
            error = await zombie.failure()
            assert isinstance(error, InvariantError)
            assert str(error).startswith(f"fenced out of {settings.prefix}articles-raw-1: another worker owns what")
            owner.add(record(1))
            owner.finish(0)
            await owner.drained()
            assert owner.fatal.empty()
    assert await offsets_written(settings) == [0, 1]


async def test_a_result_that_was_taken_away_from_a_waiting_lane_is_fatal(settings: Settings) -> None:
    """To commit past it would lose its record."""
    async with bench(settings) as it:
        it.add(record(0), record(1))
        it.results[0].cancel()
        it.finish(1)
        assert isinstance(await it.failure(), InvariantError)
    assert await committed(settings) == {}


# Closing


async def test_closing_gives_back_what_no_process_has_taken_and_commits_the_rest(settings: Settings) -> None:
    async with bench(settings) as it:
        it.add(*map(record, range(6)))
        for taken in it.results[:3]:
            it.untaken.remove(taken)
        closing = asyncio.create_task(it.close())
        await until(lambda: sum(it.done) == 3)
        assert not closing.done()
        it.finish(2, 1, 0)
        await closing
        assert [result.cancelled() for result in it.results] == [False, False, False, True, True, True]
        assert sum(it.done) == 6
        assert it.fatal.empty()
    assert await offsets_written(settings) == [0, 1, 2]
    assert await committed(settings) == {1: 3}


async def test_closing_with_nothing_taken_commits_nothing(settings: Settings) -> None:
    async with bench(settings) as it:
        it.add(*map(record, range(3)))
        await it.close()
        assert sum(it.done) == 3
    assert await committed(settings) == {}
    assert await offsets_written(settings, isolation_level="read_uncommitted") == []


async def test_closing_an_idle_lane_takes_no_time(settings: Settings) -> None:
    async with bench(settings) as it:
        async with asyncio.timeout(2):
            await it.close(timeout_seconds=60)
        assert it.fatal.empty()


async def test_what_is_not_ready_in_time_is_left_to_the_next_owner(settings: Settings) -> None:
    async with bench(settings) as it:
        it.add(*map(record, range(3)))
        for taken in it.results:
            it.untaken.remove(taken)
        it.finish(0, 2)
        await it.close(timeout_seconds=0.5)
        assert sum(it.done) == 3
        assert it.fatal.empty()
    assert await committed(settings) == {1: 1}
    async with bench(settings, next_offset=1) as heir:
        heir.add(record(1), record(2))
        heir.finish(0, 1)
        await heir.drained()
    assert await offsets_written(settings) == [0, 1, 2]


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(DEADLINE_SECONDS):
        while not condition():  # noqa: ASYNC110 - what it waits for tells nobody
            await asyncio.sleep(0.01)
