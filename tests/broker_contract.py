"""What copytaster needs of a broker, as one set of tests; tests/broker/test_contract.py runs it on each broker."""

import asyncio
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Any, Protocol

import pytest
from aiokafka import TopicPartition
from aiokafka.errors import KafkaError, ProducerFenced
from aiokafka.structs import OffsetAndMetadata

from schemas.topics import ARTICLES_ENRICHED, ARTICLES_RAW, TOPICS, Topic, wire
from streams.broker.admin import check_topics, create_topics, list_topics
from streams.broker.cluster import administer
from streams.broker.connection import consumer, group_id, idempotent_producer, topic_name, transactional_producer
from streams.broker.offsets import Assignment, commit_as_member, fetch_committed, is_current
from streams.settings import Settings

__all__ = ["Broker", "BrokerContract"]

PARTITIONS = 2
TRANSACTION_TIMEOUT_SECONDS = 2
SESSION_TIMEOUT_SECONDS = 6
DEADLINE_SECONDS = 20


class Broker(Protocol):
    bootstrap: str


class BrokerContract:
    """Subclass it with a fixture `broker`; where that broker is weaker, repeat the test as a strict xfail."""

    margin_seconds = 15
    """What a busy machine may add to a time that the broker keeps."""

    @pytest.fixture
    def settings(self, broker: Broker, prefix: str) -> Settings:
        return Settings(bootstrap=broker.bootstrap, prefix=prefix, partitions=PARTITIONS, transaction_timeout_seconds=2)

    @pytest.fixture
    async def topics(self, settings: Settings) -> None:
        await create_topics(settings, TOPICS)

    # Topics

    async def test_created_topics_are_what_was_asked_for(self, settings: Settings) -> None:
        created = await create_topics(settings, TOPICS)
        assert created == tuple(topic_name(settings, topic) for topic in TOPICS)
        assert await check_topics(settings, TOPICS) == ()

    @pytest.mark.usefixtures("topics")
    async def test_creating_again_changes_nothing(self, settings: Settings) -> None:
        assert await create_topics(settings, TOPICS) == ()

    async def test_two_creations_at_once_do_not_disturb_each_other(self, settings: Settings) -> None:
        await asyncio.gather(*(create_topics(settings, TOPICS) for _ in range(3)))
        assert await check_topics(settings, TOPICS) == ()

    @pytest.mark.usefixtures("topics")
    async def test_a_new_wire_gets_the_partition_count_of_the_raw_articles(self, settings: Settings) -> None:
        await create_topics(settings.model_copy(update={"partitions": 7}), [wire("sport")])
        assert [state.partitions for state in await list_topics(settings, [wire("sport")])] == [PARTITIONS]

    @pytest.mark.usefixtures("topics")
    async def test_a_missing_topic_is_named_and_not_created_by_looking_at_it(self, settings: Settings) -> None:
        for _ in range(2):
            [difference] = await check_topics(settings, [*TOPICS, wire("sport")])
            assert (difference.topic, difference.says) == (topic_name(settings, "wire-sport"), "does not exist")

    async def test_each_difference_is_one_sentence(self, settings: Settings) -> None:
        other = Topic("articles-enriched", "article_id", None, 1000, 2_000_000)
        await create_topics(settings, [other])
        await create_topics(settings.model_copy(update={"partitions": 3}), [ARTICLES_RAW])
        stricter = settings.model_copy(update={"replication_factor": 3, "min_insync_replicas": 2})
        found = await check_topics(stricter, [ARTICLES_ENRICHED])
        assert [difference.says for difference in found if difference.topic.endswith("enriched")] == [
            "has 2 partitions, must have 3, as many as articles-raw has",
            "has 1 replicas, must have 3",
            "max.message.bytes is 2000000, must be 16777216",
            "retention.ms is 1000, must be 2419200000",
            "min.insync.replicas is 1, must be 2",
        ]

    @pytest.mark.usefixtures("topics")
    async def test_sending_to_a_missing_topic_does_not_create_it(self, settings: Settings) -> None:
        producer = idempotent_producer(settings, request_timeout_ms=1000)
        async with producer:
            with pytest.raises(KafkaError):
                await producer.send_and_wait(topic_name(settings, "wire-typo"), b"value")
        assert await list_topics(settings, [wire("typo")]) == ()

    # Records

    @pytest.mark.usefixtures("topics")
    async def test_a_record_comes_back_as_it_was_sent(self, settings: Settings) -> None:
        name = topic_name(settings, ARTICLES_RAW)
        headers = [("same", b"1"), ("same", b"2")]
        async with idempotent_producer(settings) as producer:
            await producer.send_and_wait(name, b"value", key=b"key", headers=headers, timestamp_ms=1714737600123)
            await producer.send_and_wait(name, None, key=b"key")
        record, tombstone = await read(settings, ARTICLES_RAW, 2)
        assert (record.key, record.value, record.timestamp) == (b"key", b"value", 1714737600123)
        assert list(record.headers) == headers
        assert tombstone.value is None

    @pytest.mark.usefixtures("topics")
    async def test_records_of_one_key_keep_their_order(self, settings: Settings) -> None:
        async with idempotent_producer(settings) as producer:
            name = topic_name(settings, ARTICLES_RAW)
            await asyncio.gather(*[await producer.send(name, b"%d" % number, key=b"key") for number in range(500)])
        assert [int(record.value) for record in await read(settings, ARTICLES_RAW, 500)] == list(range(500))

    @pytest.mark.usefixtures("topics")
    async def test_the_largest_article_fits(self, settings: Settings) -> None:
        value = bytes(ARTICLES_RAW.max_message_bytes - 1000)
        async with idempotent_producer(settings, compression_type=None) as producer:
            await producer.send_and_wait(topic_name(settings, ARTICLES_RAW), value, key=b"key")
        [record] = await read(settings, ARTICLES_RAW, 1)
        assert record.value == value

    @pytest.mark.usefixtures("topics")
    async def test_a_larger_one_is_refused(self, settings: Settings) -> None:
        value = bytes(ARTICLES_RAW.max_message_bytes + 1000)
        async with idempotent_producer(settings, compression_type=None) as producer:
            with pytest.raises(KafkaError):
                await producer.send_and_wait(topic_name(settings, ARTICLES_RAW), value, key=b"key")

    @pytest.mark.usefixtures("topics")
    async def test_an_offset_is_found_by_its_time(self, settings: Settings) -> None:
        partition = TopicPartition(topic_name(settings, ARTICLES_RAW), 0)
        async with idempotent_producer(settings) as producer:
            for hour in range(3):
                await producer.send_and_wait(
                    partition.topic, b"value", partition=0, timestamp_ms=(hour + 1) * 3_600_000
                )
        async with consumer(settings) as reader:
            reader.assign([partition])
            found = await reader.offsets_for_times({partition: 3_600_001})
            beyond = await reader.offsets_for_times({partition: 4 * 3_600_000})
        assert (found[partition].offset, found[partition].timestamp) == (1, 2 * 3_600_000)
        assert beyond[partition] is None

    # Transactions

    @pytest.mark.usefixtures("topics")
    async def test_committed_readers_never_see_an_aborted_record(self, settings: Settings) -> None:
        name = topic_name(settings, ARTICLES_ENRICHED)
        async with transactional_producer(settings, settings.prefix + "lane") as producer:
            for number in range(6):
                await producer.begin_transaction()
                await producer.send_and_wait(name, b"%d" % number, key=b"key")
                await (producer.abort_transaction() if number % 2 else producer.commit_transaction())
        committed = await read(settings, ARTICLES_ENRICHED, 3)
        everything = await read(settings, ARTICLES_ENRICHED, 6, isolation_level="read_uncommitted")
        assert [record.value for record in committed] == [b"0", b"2", b"4"]
        assert [record.value for record in everything] == [b"0", b"1", b"2", b"3", b"4", b"5"]

    @pytest.mark.usefixtures("topics")
    async def test_offsets_are_committed_with_the_records_or_not_at_all(self, settings: Settings) -> None:
        group, partition = group_id(settings, "enrichment"), TopicPartition(topic_name(settings, ARTICLES_RAW), 0)
        async with transactional_producer(settings, settings.prefix + "lane") as producer:
            async with producer.transaction():
                await producer.send(topic_name(settings, ARTICLES_ENRICHED), b"value")
                await producer.send_offsets_to_transaction({partition: 5}, group)
            assert await committed_offset(settings, group, partition) == 5
            await producer.begin_transaction()
            await producer.send_offsets_to_transaction({partition: 9}, group)
            await producer.abort_transaction()
            assert await committed_offset(settings, group, partition) == 5

    @pytest.mark.usefixtures("topics")
    async def test_the_next_owner_of_a_transactional_id_fences_the_last(self, settings: Settings) -> None:
        name = topic_name(settings, ARTICLES_ENRICHED)
        zombie = transactional_producer(settings, settings.prefix + "lane")
        await zombie.start()
        await zombie.begin_transaction()
        await zombie.send_and_wait(name, b"zombie", key=b"key")
        async with transactional_producer(settings, settings.prefix + "lane") as owner:
            async with owner.transaction():
                await owner.send(name, b"owner", key=b"key")
            with pytest.raises(ProducerFenced):
                await zombie.commit_transaction()
            await stop_fenced(zombie)
        assert [record.value for record in await read(settings, ARTICLES_ENRICHED, 1)] == [b"owner"]

    @pytest.mark.usefixtures("topics")
    async def test_an_orphaned_transaction_holds_readers_back_for_its_timeout_only(self, settings: Settings) -> None:
        name = topic_name(settings, ARTICLES_ENRICHED)
        await asyncio.to_thread(
            run_and_kill,
            settings,
            f"""
            async with transactional_producer(settings, "{settings.prefix}orphan") as producer:
                await producer.begin_transaction()
                await producer.send_and_wait("{name}", b"orphan", key=b"key")
                print("ready", flush=True)
                await asyncio.sleep(60)
            """,
        )
        async with idempotent_producer(settings) as producer:
            await producer.send_and_wait(name, b"later", key=b"key")
        async with asyncio.timeout(TRANSACTION_TIMEOUT_SECONDS + self.margin_seconds):
            [record] = await read(settings, ARTICLES_ENRICHED, 1)
        assert record.value == b"later"

    # Groups

    @pytest.mark.usefixtures("topics")
    async def test_the_partitions_of_a_dead_member_move_after_its_session(self, settings: Settings) -> None:
        group, session_ms = group_id(settings, "enrichment"), SESSION_TIMEOUT_SECONDS * 1000
        await asyncio.to_thread(
            run_and_kill,
            settings,
            f"""
            async with consumer(settings, "articles-raw", group_id="{group}", session_timeout_ms={session_ms}):
                print("ready", flush=True)
                await asyncio.sleep(60)
            """,
        )
        heir = consumer(settings, ARTICLES_RAW, group_id=group, session_timeout_ms=session_ms)
        try:
            async with asyncio.timeout(SESSION_TIMEOUT_SECONDS + self.margin_seconds):
                await heir.start()
            assert len(heir.assignment()) == PARTITIONS
        finally:
            await heir.stop()

    @pytest.mark.usefixtures("topics")
    async def test_a_generation_that_is_over_commits_nothing(self, settings: Settings) -> None:
        """Even where the member is one of the next generation, too: the partition may be another's by then."""
        group = group_id(settings, "enrichment")
        # Most partitions have no offset yet, which without a reset is an error when a fetch comes to them.
        options = {"group_id": group, "auto_offset_reset": "earliest"}
        async with consumer(settings, ARTICLES_RAW, **options) as member:
            first = assignment(member)
            given = min(first.partitions)
            assert await commit_as_member(member, first, {given: OffsetAndMetadata(0, "first")})
            async with consumer(settings, ARTICLES_RAW, **options) as other:
                while {len(each.assignment()) for each in (member, other)} != {PARTITIONS // 2}:
                    await other.getmany(timeout_ms=100)
                    await member.getmany(timeout_ms=100)
                second = assignment(member)
                assert await is_current(member, second)
                assert not await is_current(member, first)
                assert second.generation > first.generation
                kept, lost = min(second.partitions), min(first.partitions - second.partitions)
                assert not await commit_as_member(member, first, {kept: OffsetAndMetadata(0, "stale")})
                assert not await commit_as_member(member, second, {lost: OffsetAndMetadata(0, "stale")})
                assert await commit_as_member(member, second, {kept: OffsetAndMetadata(0, "second")})
            found = await fetch_committed(member, [given, kept, lost])
        assert {each.metadata for each in found.values()} <= {"first", "second"}
        assert found[kept] == OffsetAndMetadata(0, "second")

    @pytest.mark.usefixtures("topics")
    async def test_metadata_is_committed_with_the_offset_it_stands_beside(self, settings: Settings) -> None:
        group, partition = group_id(settings, "enrichment"), TopicPartition(topic_name(settings, ARTICLES_RAW), 0)
        async with transactional_producer(settings, settings.prefix + "lane") as producer, producer.transaction():
            await producer.send_offsets_to_transaction({partition: OffsetAndMetadata(5, "lane")}, group)
        async with consumer(settings, group_id=group) as reader:
            assert await fetch_committed(reader, [partition]) == {partition: OffsetAndMetadata(5, "lane")}


def assignment(member: Any) -> Assignment:  # noqa: ANN401 - aiokafka is not typed
    """What the member has as of now."""
    return Assignment(member._coordinator.generation, frozenset(member.assignment()))


async def read(settings: Settings, topic: Topic, count: int, **options: Any) -> list[Any]:  # noqa: ANN401
    """The first records of a topic, in order within a partition; it is an error if there are fewer."""
    records: list[Any] = []
    async with asyncio.timeout(DEADLINE_SECONDS), consumer(settings, **options) as reader:
        name = topic_name(settings, topic)
        partitions = [TopicPartition(name, partition) for partition in range(PARTITIONS)]
        reader.assign(partitions)
        await reader.seek_to_beginning(*partitions)
        while len(records) < count:
            records.append(await reader.getone())
        more = await reader.getmany(timeout_ms=100)
    assert not more
    return records


async def committed_offset(settings: Settings, group: str, partition: TopicPartition) -> int:
    async with administer(settings) as admin:
        offsets = await admin.list_consumer_group_offsets(group, partitions=[partition])
    offset: int = offsets[partition].offset
    return offset


async def stop_fenced(producer: Any) -> None:  # noqa: ANN401 - aiokafka is not typed
    try:
        await producer.stop()
    except KafkaError:
        await producer.client.close()


def run_and_kill(settings: Settings, body: str) -> None:
    """Run statements in another process until they print `ready`, then kill it."""
    program = f"""
import asyncio
from streams.broker.connection import consumer, transactional_producer
from streams.settings import Settings

settings = Settings.model_validate_json({settings.model_dump_json()!r})

async def main():
{textwrap.indent(textwrap.dedent(body), "    ")}
asyncio.run(main())
"""
    root = Path(__file__).parents[1]
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True, cwd=root) as process:
        assert process.stdout
        said = process.stdout.readline()
        process.kill()
    assert said == "ready\n"
