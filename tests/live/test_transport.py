"""How the worker fetches, on a broker."""

import asyncio
import time
from typing import Any, cast

import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import ConsumerStoppedError

from schemas.topics import ARTICLES_RAW
from streams.broker.admin import create_topics
from streams.broker.connection import connected, consumer, idempotent_producer, topic_name
from streams.live.transport import FETCH_REST_SECONDS, rest_between_fetches
from streams.settings import Settings
from tests.brokers.kafka import KafkaServer

COUNT = 40


async def test_what_comes_one_by_one_is_fetched_together(kafka_broker: KafkaServer, prefix: str) -> None:
    settings = Settings(bootstrap=kafka_broker.bootstrap, prefix=prefix, partitions=1)
    await create_topics(settings, [ARTICLES_RAW])
    source = TopicPartition(topic_name(settings, ARTICLES_RAW), 0)
    async with (
        connected(consumer(settings, auto_offset_reset="earliest")) as reader,
        idempotent_producer(settings) as producer,
    ):
        reader.assign([source])
        fetcher = cast(Any, reader)._fetcher
        fetch, brought = fetcher._proc_fetch_request, 0

        async def counted(*arguments: object) -> bool:
            nonlocal brought
            has_data = bool(await fetch(*arguments))
            brought += has_data
            return has_data

        fetcher._proc_fetch_request = counted
        rest_between_fetches(reader)

        async def send() -> None:
            for number in range(COUNT):
                await producer.send_and_wait(source.topic, b"%d" % number)

        began = time.monotonic()
        sending = asyncio.create_task(send())
        values = [(await reader.getone()).value for _ in range(COUNT)]
        seconds = time.monotonic() - began
        await sending
    assert values == [b"%d" % number for number in range(COUNT)]
    assert brought <= 1 + seconds / FETCH_REST_SECONDS


async def test_a_rest_is_given_up_with_the_assignment(kafka_broker: KafkaServer, prefix: str) -> None:
    """As aiokafka gives up a fetch: nothing is raised, and the next assignment is fetched."""
    settings = Settings(bootstrap=kafka_broker.bootstrap, prefix=prefix, partitions=2)
    await create_topics(settings, [ARTICLES_RAW])
    first, second = (TopicPartition(topic_name(settings, ARTICLES_RAW), number) for number in range(2))
    async with (
        connected(consumer(settings, auto_offset_reset="earliest")) as reader,
        idempotent_producer(settings) as producer,
    ):
        for each in (first, second):
            await producer.send_and_wait(each.topic, b"%d" % each.partition, partition=each.partition)
        reader.assign([first])
        rest_between_fetches(reader)
        assert (await reader.getone()).value == b"0"
        asking = asyncio.create_task(reader.getone())
        await resting(reader)
        reader.assign([second])
        assert (await asyncio.wait_for(asking, 10)).value == b"1"


async def test_a_reader_that_rests_can_be_closed(kafka_broker: KafkaServer, prefix: str) -> None:
    settings = Settings(bootstrap=kafka_broker.bootstrap, prefix=prefix, partitions=1)
    await create_topics(settings, [ARTICLES_RAW])
    source = TopicPartition(topic_name(settings, ARTICLES_RAW), 0)
    async with connected(consumer(settings, auto_offset_reset="earliest")) as reader:
        async with idempotent_producer(settings) as producer:
            await producer.send_and_wait(source.topic, b"0", partition=0)
        reader.assign([source])
        rest_between_fetches(reader)
        assert (await reader.getone()).value == b"0"
        asking = asyncio.create_task(reader.getone())
        await resting(reader)
    with pytest.raises(ConsumerStoppedError):
        await asking


async def resting(reader: AIOKafkaConsumer) -> None:
    """Until the next fetch has begun, which is for its rest first of all."""
    while not cast(Any, reader)._fetcher._in_flight:  # noqa: ASYNC110 - aiokafka tells nobody
        await asyncio.sleep(0)
