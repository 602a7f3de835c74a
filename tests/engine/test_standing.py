"""Where a new owner of a partition goes on."""

from aiokafka import TopicPartition

from schemas.disposition import Disposition
from schemas.topics import ARTICLES_DISPOSITIONS, ARTICLES_RAW
from streams.broker.connection import consumer, group_id, idempotent_producer, topic_name, transactional_producer
from streams.desk.routing import load_routing
from streams.engine.standing import Standing, read_standings
from streams.records import encode
from streams.settings import Settings


async def test_a_partition_nobody_has_touched_begins_at_its_start(settings: Settings) -> None:
    assert await standing(settings) == Standing(next_offset=0, sequences={"all": 0})


async def test_a_group_whose_offsets_kafka_forgot_goes_on_behind_the_last_disposition(settings: Settings) -> None:
    await dispose(settings, 41)
    assert (await standing(settings)).next_offset == 42


async def test_the_committed_offset_counts_where_it_is_later(settings: Settings) -> None:
    await dispose(settings, 41)
    async with transactional_producer(settings, f"{settings.prefix}lane") as lane, lane.transaction():
        await lane.send_offsets_to_transaction({raw(settings): 50}, group_id(settings, "live"))
    assert (await standing(settings)).next_offset == 50


async def standing(settings: Settings) -> Standing:
    async with consumer(settings, group_id=group_id(settings, "live")) as reader:
        return (await read_standings(settings, load_routing(None), reader, [raw(settings)]))[raw(settings)]


async def dispose(settings: Settings, offset: int) -> None:
    disposition = Disposition(
        cause="input",
        lane="main",
        topic=raw(settings).topic,
        partition=0,
        offset=offset,
        article_id="a",
        version=1,
        outcome="enriched",
        reason="new article version",
        routes=(),
        outputs=(),
        rules="0" * 64,
    )
    async with idempotent_producer(settings) as producer:
        topic = topic_name(settings, ARTICLES_DISPOSITIONS)
        await producer.send_and_wait(topic, encode(disposition), key=b"a", partition=0)


def raw(settings: Settings) -> TopicPartition:
    return TopicPartition(topic_name(settings, ARTICLES_RAW), 0)
