"""Real workers on a broker: what stops them, what they read, and what a restart and a rebalance leave behind."""

import asyncio
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from aiokafka import TopicPartition
from aiokafka.admin.records_to_delete import RecordsToDelete

from schemas.disposition import Disposition
from schemas.topics import ARTICLES_DISPOSITIONS, ARTICLES_ENRICHED, ARTICLES_RAW, ARTICLES_RAW_DLQ, TOPICS, WIRE_ALL
from schemas.wire_change import WireChange
from streams.broker.admin import create_topics
from streams.broker.cluster import administer
from streams.broker.connection import group_id, idempotent_producer, topic_name, transactional_producer
from streams.broker.embedded import EmbeddedBroker
from streams.records import encode
from streams.settings import Settings
from tests.broker_contract import Broker
from tests.brokers.kafka import KafkaServer
from tests.faults.articles import article, articles
from tests.faults.audit import audit, committed, produce, read
from tests.faults.fleet import Fleet, LiveWorker, wait_until

ROOT = Path(__file__).parents[2]
PARTITIONS = 2
PATIENCE_SECONDS = 90


def settings_of(broker: Broker, prefix: str) -> Settings:
    return Settings(bootstrap=broker.bootstrap, prefix=prefix, partitions=PARTITIONS)


def environment(settings: Settings, **more: str) -> dict[str, str]:
    return {
        "COPYTASTER_BOOTSTRAP": settings.bootstrap,
        "COPYTASTER_PREFIX": settings.prefix,
        "COPYTASTER_PROCESSES": "1",
        **more,
    }


async def ended(worker: LiveWorker) -> tuple[int | None, str]:
    """How a worker ended by itself, and the last line it said."""
    assert await asyncio.to_thread(wait_until, lambda: worker.exit_code is not None, PATIENCE_SECONDS), worker.log
    return worker.exit_code, worker.log.splitlines()[-1]


async def disposed_of(settings: Settings, count: int, fleet: Fleet) -> None:
    """Wait until that many inputs are."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while len(await read(settings, ARTICLES_DISPOSITIONS)) < count:
            assert fleet.running, fleet.logs[-8000:]
            await asyncio.sleep(0.2)


# What stops a worker


async def test_a_missing_topic_ends_it_with_what_to_do(
    embedded_broker: EmbeddedBroker, prefix: str, tmp_path: Path
) -> None:
    settings = settings_of(embedded_broker, prefix)
    await create_topics(settings, [topic for topic in TOPICS if topic is not ARTICLES_ENRICHED])
    with Fleet(tmp_path, environment(settings)) as fleet:
        worker = fleet.start()
        line = f"error: no such topic: {prefix}articles-enriched; run `copytaster topics create`"
        assert await ended(worker) == (2, line)
        assert worker.log.count("error:") == 1


async def test_topics_of_unequal_partition_counts_end_it(
    embedded_broker: EmbeddedBroker, prefix: str, tmp_path: Path
) -> None:
    settings = settings_of(embedded_broker, prefix)
    await create_topics(settings.model_copy(update={"partitions": 3}), [WIRE_ALL])
    await create_topics(settings, TOPICS)
    with Fleet(tmp_path, environment(settings)) as fleet:
        code, line = await ended(fleet.start())
        assert code == 2
        assert line.startswith(f"error: {prefix}wire-all must have the 2 partitions of {prefix}articles-raw;")


async def test_offsets_that_retention_removed_end_it_unless_it_may_go_on_without_them(
    kafka_broker: KafkaServer, prefix: str, tmp_path: Path
) -> None:
    settings = settings_of(kafka_broker, prefix)
    await create_topics(settings, TOPICS)
    await produce(settings, articles(30))
    raws = [record for record in await read(settings, ARTICLES_RAW) if record.partition == 0]
    assert len(raws) > 6
    partition = TopicPartition(topic_name(settings, ARTICLES_RAW), 0)
    async with transactional_producer(settings, f"{prefix}earlier") as earlier, earlier.transaction():
        await earlier.send_offsets_to_transaction({partition: 2}, group_id(settings, "live"))
    async with administer(settings) as admin:
        await admin.delete_records({partition: RecordsToDelete(before_offset=6)})
    # It dies as a member of the group; the next one waits for its session to end.
    impatient = {"COPYTASTER_SESSION_TIMEOUT_SECONDS": "3", "COPYTASTER_HEARTBEAT_INTERVAL_SECONDS": "1"}
    with Fleet(tmp_path, environment(settings, **impatient)) as fleet:
        code, line = await ended(fleet.start())
        assert code == 70
        assert line.startswith(f"error: 4 records of {prefix}articles-raw were removed by retention before")
        assert "COPYTASTER_ACCEPT_LOST_OFFSETS=true" in line
    assert await read(settings, ARTICLES_DISPOSITIONS) == []
    (tmp_path / "accepting").mkdir()
    with Fleet(
        tmp_path / "accepting", environment(settings, **impatient, COPYTASTER_ACCEPT_LOST_OFFSETS="true")
    ) as fleet:
        worker = fleet.start()
        await disposed_of(settings, 30 - 6, fleet)
        assert await asyncio.to_thread(worker.drain) == 0
        assert "records lost to retention" in worker.log
    assert await audit(settings) == []


# What it reads


@pytest.fixture
def faust_worker(embedded_broker: EmbeddedBroker, prefix: str, tmp_path: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A worker as Faust's own command starts it."""
    variables = {**os.environ, **environment(settings_of(embedded_broker, prefix))}
    with (tmp_path / "faust.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "faust", "-A", "streams.live.app", "worker"],
            env=variables,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
            cwd=ROOT,
        )
    yield process
    if process.poll() is None:
        process.kill()
        process.wait()


async def test_faust_s_own_command_runs_it_and_sigterm_drains_it(
    embedded_broker: EmbeddedBroker, prefix: str, tmp_path: Path, faust_worker: subprocess.Popen[bytes]
) -> None:
    settings = settings_of(embedded_broker, prefix)
    await create_topics(settings, TOPICS)
    await produce(settings, articles(20))
    async with asyncio.timeout(PATIENCE_SECONDS):
        while len(await read(settings, ARTICLES_DISPOSITIONS)) < 20:
            assert faust_worker.poll() is None, (tmp_path / "faust.log").read_text()[-8000:]
            await asyncio.sleep(0.2)
    faust_worker.terminate()
    code = await asyncio.to_thread(faust_worker.wait, PATIENCE_SECONDS)
    assert code == 0, (tmp_path / "faust.log").read_text()[-8000:]
    assert sum((await committed(settings)).values()) == 20
    assert await audit(settings) == []


async def test_what_was_aborted_is_never_processed(kafka_broker: KafkaServer, prefix: str, tmp_path: Path) -> None:
    settings = settings_of(kafka_broker, prefix)
    await create_topics(settings, TOPICS)
    name = topic_name(settings, ARTICLES_RAW)
    async with transactional_producer(settings, f"{prefix}promotion") as promotion:
        for number in range(6):
            await promotion.begin_transaction()
            for turn in range(5):
                sent = article(f"{number}-{turn}")
                await promotion.send_and_wait(name, encode(sent), key=sent.article_id.encode())
            await (promotion.abort_transaction() if number % 2 else promotion.commit_transaction())
    with Fleet(tmp_path, environment(settings)) as fleet:
        worker = fleet.start()
        await disposed_of(settings, 15, fleet)
        await produce(settings, articles(5, prefix="later-"))
        await disposed_of(settings, 20, fleet)
        assert await asyncio.to_thread(worker.drain) == 0
    said = [Disposition.model_validate_json(each.value or b"") for each in await read(settings, ARTICLES_DISPOSITIONS)]
    promoted = {each.article_id for each in said if "later" not in (each.article_id or "")}
    assert promoted == {f"urn:test:{number}-{turn}" for number in (0, 2, 4) for turn in range(5)}
    assert len(said) == 20
    assert await audit(settings) == []


async def test_a_record_that_only_compression_made_fit_stops_nothing(
    embedded_broker: EmbeddedBroker, prefix: str, tmp_path: Path
) -> None:
    settings = settings_of(embedded_broker, prefix)
    await create_topics(settings, TOPICS)
    async with idempotent_producer(settings, max_request_size=64 << 20) as producer:
        await producer.send_and_wait(topic_name(settings, ARTICLES_RAW), b" " * (20 << 20), key=b"urn:test:huge")
    await produce(settings, articles(10))
    with Fleet(tmp_path, environment(settings)) as fleet:
        worker = fleet.start()
        await disposed_of(settings, 11, fleet)
        assert await asyncio.to_thread(worker.drain) == 0
    [letter] = await read(settings, ARTICLES_RAW_DLQ)
    assert (letter.key, letter.value) == (None, b"")
    assert await audit(settings) == []


# Restart and rebalance


async def test_the_wires_count_on_over_a_restart_and_over_workers_that_come_and_go(
    kafka_broker: KafkaServer, prefix: str, tmp_path: Path
) -> None:
    settings = settings_of(kafka_broker, prefix)
    await create_topics(settings, TOPICS)
    with Fleet(tmp_path, environment(settings)) as fleet:
        first = fleet.start()
        await produce(settings, articles(40, prefix="one-"))
        await disposed_of(settings, 10, fleet)
        second = fleet.start()
        await shared_out(fleet, second)
        await produce(settings, articles(40, prefix="two-"))
        await disposed_of(settings, 50, fleet)
        assert await asyncio.to_thread(first.drain) == 0
        await produce(settings, articles(20, prefix="three-"))
        await disposed_of(settings, 100, fleet)
        assert await asyncio.to_thread(second.drain) == 0
        third = fleet.start()
        await produce(settings, articles(20, prefix="four-"))
        await disposed_of(settings, 120, fleet)
        assert await asyncio.to_thread(third.drain) == 0
    changes: dict[int, list[int]] = {number: [] for number in range(PARTITIONS)}
    for record in await read(settings, WIRE_ALL):
        changes[record.partition].append(WireChange.model_validate_json(record.value or b"").sequence)
    assert sum(map(len, changes.values())) == 120
    assert all(numbers == list(range(1, len(numbers) + 1)) for numbers in changes.values())
    assert await audit(settings) == []


async def shared_out(fleet: Fleet, newcomer: LiveWorker) -> None:
    """Wait until a worker that joined has been given a partition."""
    opened = re.compile(r"lane opened")
    assert await asyncio.to_thread(wait_until, lambda: bool(opened.search(newcomer.log)), PATIENCE_SECONDS), fleet.logs
