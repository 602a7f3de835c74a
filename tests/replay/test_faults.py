"""Replays that are killed, and ranges that expire, on Apache Kafka."""

import json
import os
import subprocess
import sys
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest
from aiokafka import TopicPartition
from aiokafka.admin import RecordsToDelete

from schemas.topics import (
    ARTICLES_DISPOSITIONS,
    ARTICLES_ENRICHED,
    ARTICLES_RAW,
    ARTICLES_RAW_DLQ,
    TOPICS,
    WIRE_ALL,
    replay_enriched,
)
from streams.broker.admin import create_topics
from streams.broker.cluster import administer
from streams.broker.connection import topic_name
from streams.broker.reading import open_reader, whole_log
from streams.errors import SettingsError
from streams.replay.plan import Offsets, Times
from streams.replay.survey import plan_ranges
from streams.settings import Settings
from tests.brokers.kafka import KafkaServer
from tests.faults.articles import articles
from tests.faults.audit import committed, produce, read
from tests.replay.runner import KILL

ROOT = Path(__file__).parents[2]
PARTITIONS = 3
COUNT = 200
LIVE = (ARTICLES_RAW, ARTICLES_ENRICHED, ARTICLES_RAW_DLQ, ARTICLES_DISPOSITIONS, WIRE_ALL)


@pytest.fixture
async def settings(kafka_broker: KafkaServer, prefix: str) -> Settings:
    settings = Settings(bootstrap=kafka_broker.bootstrap, prefix=prefix, partitions=PARTITIONS)
    await create_topics(settings, TOPICS)
    await produce(settings, articles(COUNT, sentences=2))
    return settings


def replay(settings: Settings, *arguments: str, kill: str | None = None) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("COPYTASTER_")}
    environment |= {"COPYTASTER_PREFIX": settings.prefix, "COPYTASTER_PROCESSES": "1"}
    environment |= {"COPYTASTER_TRANSACTION_RECORDS": "8", "COPYTASTER_BATCH_RECORDS": "8"}
    command = [sys.executable, "-m", "tests.replay.runner", "replay", *arguments, "--bootstrap", settings.bootstrap]
    return subprocess.run(
        command,
        env=environment | ({KILL: kill} if kill else {}),
        capture_output=True,
        text=True,
        cwd=ROOT,
        timeout=120,
        check=False,
    )


async def positions(settings: Settings) -> object:
    """Where everything live stands."""
    async with open_reader(settings) as reader:
        ends = [await whole_log(reader, topic_name(settings, topic), PARTITIONS) for topic in LIVE]
    return ends, await committed(settings)


async def test_killed_three_times_it_writes_each_record_exactly_once(settings: Settings) -> None:
    before = await positions(settings)
    begin = ("run", "--run", "thrice", "--from", "2024-01-01T00:00:00Z")
    go_on = ("run", "--run", "thrice", "--json")
    # The first transaction stores the run itself; killed in it, nothing was begun.
    for arguments, kill in ((begin, "before:1"), (begin, "before:5"), (go_on, "after:6")):
        died = replay(settings, *arguments, kill=kill)
        assert died.returncode == -9, died.stderr
    dirty = await read(settings, replay_enriched("thrice"), isolation_level="read_uncommitted")
    finished = replay(settings, *go_on)
    assert finished.returncode == 0, finished.stderr
    replayed = await read(settings, replay_enriched("thrice"))
    expected = Counter((each.key, each.partition) for each in await read(settings, ARTICLES_RAW))
    assert Counter((each.key, each.partition) for each in replayed) == expected
    assert await positions(settings) == before
    report = json.loads(finished.stdout)
    assert 0 < report["records"] < COUNT
    assert (report["status"], report["output"]) == ("done", f"{settings.prefix}replay-thrice-enriched")
    assert len(dirty) > COUNT - report["records"], "no kill met a transaction with records in it"

    again = replay(settings, *go_on)
    assert (again.returncode, json.loads(again.stdout)["records"]) == (0, 0)
    assert len(await read(settings, replay_enriched("thrice"), isolation_level="read_uncommitted")) >= len(replayed)
    assert len(await read(settings, replay_enriched("thrice"))) == COUNT


async def test_a_range_that_has_expired_is_refused_with_what_is_lost(settings: Settings) -> None:
    topic = topic_name(settings, ARTICLES_RAW)
    async with administer(settings) as admin:
        await admin.delete_records({TopicPartition(topic, 1): RecordsToDelete(before_offset=7)})
    ever = Times(datetime(2024, 1, 1, tzinfo=UTC))
    expired = f"up to 7 records of the range were removed by retention \\({topic}-1 begins at 7\\)"
    with pytest.raises(SettingsError, match=expired):
        await plan_ranges(settings, ever, PARTITIONS, accept_lost=False)
    with pytest.raises(SettingsError, match="up to 3 records"):
        await plan_ranges(settings, Offsets({1: 4}, {}), PARTITIONS, accept_lost=False)
    accepted = await plan_ranges(settings, ever, PARTITIONS, accept_lost=True)
    assert [each.start for each in accepted] == [0, 7, 0]
    whole = await plan_ranges(settings, Offsets({0: 0, 1: 7}, {}), PARTITIONS, accept_lost=False)
    assert [each.start for each in whole] == [0, 7]
