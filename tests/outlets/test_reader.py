import asyncio
from collections.abc import Sequence

import pytest

from schemas.topics import WIRE_ALL, wire
from schemas.wire_change import WireChange
from streams.broker.admin import create_topics
from streams.broker.connection import idempotent_producer, topic_name, transactional_producer
from streams.broker.embedded import EmbeddedBroker
from streams.errors import BrokerError, ContractError, SettingsError
from streams.outlets.reader import Arrival, WireReader, open_wire
from streams.records import encode
from streams.settings import Settings
from tests.articles import wire_change

PATIENCE_SECONDS = 20


@pytest.fixture
async def settings(embedded_broker: EmbeddedBroker, prefix: str) -> Settings:
    settings = Settings(bootstrap=embedded_broker.bootstrap, prefix=prefix, partitions=2)
    await create_topics(settings, [WIRE_ALL, wire("sport")])
    return settings


def changes(*names: str) -> list[WireChange]:
    return [wire_change(article_id=name, sequence=number) for number, name in enumerate(names, start=1)]


async def send(settings: Settings, values: Sequence[bytes], partition: int = 0) -> None:
    async with idempotent_producer(settings) as producer:
        for value in values:
            await producer.send_and_wait(topic_name(settings, WIRE_ALL), value, partition=partition)


async def read(reader: WireReader, count: int) -> list[Arrival]:
    async with asyncio.timeout(PATIENCE_SECONDS):
        return [await anext(reader) for _ in range(count)]


async def test_from_the_beginning_everything_is_read_in_order(settings: Settings) -> None:
    sent = changes("a", "b", "c")
    await send(settings, [encode(change) for change in sent])
    async with open_wire(settings, "all", start="beginning") as reader:
        arrivals = await read(reader, 3)
    assert [arrival.change for arrival in arrivals] == sent
    assert [arrival.offset for arrival in arrivals] == [0, 1, 2]
    assert [arrival.lag for arrival in arrivals] == [2, 1, 0]


async def test_from_now_only_what_comes_is_read(settings: Settings) -> None:
    first, second = changes("a", "b")
    await send(settings, [encode(first)])
    async with open_wire(settings, "all", start="now") as reader:
        await send(settings, [encode(second)], partition=1)
        (arrival,) = await read(reader, 1)
    assert (arrival.change, arrival.partition) == (second, 1)


async def test_what_was_never_committed_is_never_seen(settings: Settings) -> None:
    aborted, committed = changes("a", "b")
    async with transactional_producer(settings, f"{settings.prefix}t") as producer:
        await producer.begin_transaction()
        await producer.send_and_wait(topic_name(settings, WIRE_ALL), encode(aborted), partition=0)
        await producer.abort_transaction()
        async with producer.transaction():
            await producer.send_and_wait(topic_name(settings, WIRE_ALL), encode(committed), partition=0)
    async with open_wire(settings, "all", start="beginning") as reader:
        (arrival,) = await read(reader, 1)
    assert arrival.change == committed


async def test_a_record_that_is_no_change_is_told_and_passed(settings: Settings) -> None:
    (good,) = changes("a")
    await send(settings, [b"{}", encode(good)])
    async with open_wire(settings, "all", start="beginning") as reader:
        with pytest.raises(ContractError, match="wire-all, partition 0, offset 0"):
            await read(reader, 1)
        (arrival,) = await read(reader, 1)
    assert arrival.change == good


@pytest.mark.parametrize(
    ("name", "hint"), [("spor", "did you mean 'sport'"), ("wire-sport", "did you mean 'sport'"), ("xyz", "all, sport")]
)
async def test_a_wire_that_is_not_there_is_told_with_those_that_are(settings: Settings, name: str, hint: str) -> None:
    with pytest.raises(SettingsError, match=hint):
        async with open_wire(settings, name, start="now"):
            pass


async def test_asking_for_a_wire_does_not_create_it(settings: Settings) -> None:
    for _ in range(2):
        with pytest.raises(SettingsError, match="there is no wire 'news'"):
            async with open_wire(settings, "news", start="now"):
                pass


async def test_without_a_broker_the_error_says_so() -> None:
    with pytest.raises(BrokerError, match=r"127\.0\.0\.1:9"):
        async with open_wire(Settings(bootstrap="127.0.0.1:9"), "all", start="now"):
            pass
