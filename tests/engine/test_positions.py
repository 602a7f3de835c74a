"""Where a new owner goes on, read from each broker's own log."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin.records_to_delete import RecordsToDelete

from schemas.topics import ARTICLES_RAW, WIRE_ALL
from streams.broker.admin import create_topics
from streams.broker.cluster import administer
from streams.broker.connection import consumer, group_id, idempotent_producer, topic_name, transactional_producer
from streams.broker.embedded import EmbeddedBroker
from streams.engine.outputs import SEQUENCE_HEADER
from streams.engine.positions import FIRST_STEP, STEP_GROWTH, committed_offsets, last_sequences, lost_records
from streams.errors import InvariantError
from streams.settings import Settings
from tests.broker_contract import Broker
from tests.brokers.kafka import KafkaServer

PARTITIONS = 4


class Positions:
    """Subclass it with a fixture `broker`."""

    @pytest.fixture
    async def settings(self, broker: Broker, prefix: str) -> Settings:
        settings = Settings(bootstrap=broker.bootstrap, prefix=prefix, partitions=PARTITIONS)
        await create_topics(settings, [ARTICLES_RAW, WIRE_ALL])
        return settings

    @pytest.fixture
    async def reader(self, settings: Settings) -> AsyncIterator[AIOKafkaConsumer]:
        async with consumer(settings, group_id=group_id(settings, "live")) as reader:
            yield reader

    @pytest.fixture
    async def lane(self, settings: Settings) -> AsyncIterator[AIOKafkaProducer]:
        async with transactional_producer(settings, lane_id(settings)) as producer:
            yield producer

    # The last number of a wire

    async def test_a_wire_without_a_change_has_counted_to_nothing(
        self, settings: Settings, reader: AIOKafkaConsumer
    ) -> None:
        assert await last_sequences(reader, [wire(settings)]) == {wire(settings): 0}

    async def test_the_last_number_is_found_at_the_end_of_a_log(
        self, settings: Settings, reader: AIOKafkaConsumer
    ) -> None:
        async with idempotent_producer(settings) as producer:
            for number in range(1, 60):
                await write(producer, wire(settings), number)
        assert await last_sequences(reader, [wire(settings)]) == {wire(settings): 59}

    async def test_it_is_found_behind_the_marker_of_its_own_transaction(
        self, settings: Settings, reader: AIOKafkaConsumer
    ) -> None:
        for number in range(1, 4):
            async with transactional_producer(settings, lane_id(settings)) as owner:
                await commit(owner, wire(settings), number)
            await take_over(settings)
            assert await last_sequences(reader, [wire(settings)]) == {wire(settings): number}

    @pytest.mark.parametrize("offsets", [10, FIRST_STEP, FIRST_STEP * STEP_GROWTH])
    async def test_it_is_found_behind_any_number_of_aborted_transactions(
        self, settings: Settings, reader: AIOKafkaConsumer, lane: AIOKafkaProducer, offsets: int
    ) -> None:
        await commit(lane, wire(settings), 41)
        for _ in range(-(-offsets // 10)):
            await abort(lane, wire(settings), *range(42, 51))
        await take_over(settings)
        assert await last_sequences(reader, [wire(settings)]) == {wire(settings): 41}

    async def test_a_wire_of_nothing_but_aborted_changes_has_counted_to_nothing(
        self, settings: Settings, reader: AIOKafkaConsumer, lane: AIOKafkaProducer
    ) -> None:
        for _ in range(FIRST_STEP):
            await abort(lane, wire(settings), 1, 2)
        await take_over(settings)
        assert await last_sequences(reader, [wire(settings)]) == {wire(settings): 0}

    async def test_a_transaction_that_is_still_open_does_not_count(
        self, settings: Settings, reader: AIOKafkaConsumer, lane: AIOKafkaProducer
    ) -> None:
        await commit(lane, wire(settings), 5)
        await lane.begin_transaction()
        await write(lane, wire(settings), 6)
        assert await last_sequences(reader, [wire(settings)]) == {wire(settings): 5}
        await lane.abort_transaction()

    async def test_each_partition_is_searched_as_far_as_it_needs(
        self, settings: Settings, reader: AIOKafkaConsumer, lane: AIOKafkaProducer
    ) -> None:
        empty, near, far, aborted = (wire(settings, number) for number in range(PARTITIONS))
        await commit(lane, near, 7)
        await commit(lane, far, 9)
        await abort(lane, far, *range(10, 10 + FIRST_STEP))
        await abort(lane, aborted, *range(1, 1 + FIRST_STEP * STEP_GROWTH))
        await take_over(settings)
        found = await last_sequences(reader, [empty, near, far, aborted])
        assert found == {empty: 0, near: 7, far: 9, aborted: 0}

    async def test_a_change_without_a_number_is_no_ground_to_count_on(
        self, settings: Settings, reader: AIOKafkaConsumer
    ) -> None:
        async with idempotent_producer(settings) as producer:
            await write(producer, wire(settings), 1)
            await producer.send_and_wait(wire(settings).topic, b"{}", partition=0)
        with pytest.raises(InvariantError, match="wire-all-0 has a change without a sequence at 1"):
            await last_sequences(reader, [wire(settings)])

    async def test_no_partition_is_no_search(self, reader: AIOKafkaConsumer) -> None:
        assert await last_sequences(reader, []) == {}

    # The group's offsets

    async def test_a_partition_nobody_committed_begins_at_its_log_start(
        self, settings: Settings, reader: AIOKafkaConsumer
    ) -> None:
        await fill(settings, 3)
        assert await committed_offsets(reader, [raw(settings)]) == {raw(settings): 0}

    async def test_a_partition_goes_on_where_its_group_committed(
        self, settings: Settings, reader: AIOKafkaConsumer, lane: AIOKafkaProducer
    ) -> None:
        await fill(settings, 3)
        async with lane.transaction():
            await lane.send_offsets_to_transaction({raw(settings): 2}, group_id(settings, "live"))
        await lane.begin_transaction()
        await lane.send_offsets_to_transaction({raw(settings): 3}, group_id(settings, "live"))
        await lane.abort_transaction()
        await take_over(settings)
        other = raw(settings, 1)
        assert await committed_offsets(reader, [raw(settings), other]) == {raw(settings): 2, other: 0}

    async def test_nothing_is_lost_while_the_log_still_has_it(
        self, settings: Settings, reader: AIOKafkaConsumer
    ) -> None:
        await fill(settings, 3)
        assert await lost_records(reader, {raw(settings): 0}) == 0
        assert await lost_records(reader, {raw(settings): 3}) == 0


class TestEmbedded(Positions):
    @pytest.fixture
    def broker(self, embedded_broker: EmbeddedBroker) -> EmbeddedBroker:
        return embedded_broker


class TestApacheKafka(Positions):
    @pytest.fixture
    def broker(self, kafka_broker: KafkaServer) -> KafkaServer:
        return kafka_broker

    async def test_what_retention_removed_before_it_was_processed_is_counted(
        self, settings: Settings, reader: AIOKafkaConsumer
    ) -> None:
        await fill(settings, 10)
        await remove(raw(settings), before=6, settings=settings)
        assert await lost_records(reader, {raw(settings): 2, raw(settings, 1): 0}) == 4
        assert await lost_records(reader, {raw(settings): 6}) == 0

    async def test_who_never_committed_begins_after_what_retention_removed(
        self, settings: Settings, reader: AIOKafkaConsumer
    ) -> None:
        """A new group has lost nothing: it was never promised those records."""
        await fill(settings, 10)
        await remove(raw(settings), before=6, settings=settings)
        positions = await committed_offsets(reader, [raw(settings)])
        assert positions == {raw(settings): 6}
        assert await lost_records(reader, positions) == 0

    async def test_a_wire_that_retention_emptied_has_counted_to_nothing(
        self, settings: Settings, reader: AIOKafkaConsumer, lane: AIOKafkaProducer
    ) -> None:
        await commit(lane, wire(settings), 5)
        await take_over(settings)
        await remove(wire(settings), before=2, settings=settings)
        assert await last_sequences(reader, [wire(settings)]) == {wire(settings): 0}


def wire(settings: Settings, number: int = 0) -> TopicPartition:
    return TopicPartition(topic_name(settings, WIRE_ALL), number)


def raw(settings: Settings, number: int = 0) -> TopicPartition:
    return TopicPartition(topic_name(settings, ARTICLES_RAW), number)


async def write(producer: AIOKafkaProducer, to: TopicPartition, sequence: int) -> None:
    headers = [("ce_id", b"x"), (SEQUENCE_HEADER, b"%d" % sequence)]
    await producer.send_and_wait(to.topic, b"{}", partition=to.partition, headers=headers)


def lane_id(settings: Settings) -> str:
    return f"{settings.prefix}lane"


async def take_over(settings: Settings) -> None:
    """Do as a new owner does before it reads: only then is the last transaction over, markers and all."""
    async with transactional_producer(settings, lane_id(settings)):
        pass


async def commit(lane: AIOKafkaProducer, to: TopicPartition, sequence: int) -> None:
    async with lane.transaction():
        await write(lane, to, sequence)


async def abort(lane: AIOKafkaProducer, to: TopicPartition, *sequences: int) -> None:
    await lane.begin_transaction()
    await asyncio.gather(*(write(lane, to, sequence) for sequence in sequences))
    await lane.abort_transaction()


async def fill(settings: Settings, count: int) -> None:
    async with idempotent_producer(settings) as producer:
        for _ in range(count):
            await producer.send_and_wait(raw(settings).topic, b"{}", partition=0)


async def remove(partition: TopicPartition, *, before: int, settings: Settings) -> None:
    async with administer(settings) as admin:
        await admin.delete_records({partition: RecordsToDelete(before_offset=before)})
