import subprocess
import sys
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from aiokafka import TopicPartition
from aiokafka.admin import RecordsToDelete

from schemas.dead_letter import DeadLetter
from schemas.topics import ARTICLES_RAW, ARTICLES_RAW_DLQ, ARTICLES_RAW_DLQ_REDRIVEN, TOPICS
from streams.broker.admin import create_topics
from streams.broker.cluster import administer
from streams.broker.connection import idempotent_producer, topic_name
from streams.broker.embedded import EmbeddedBroker
from streams.engine.outputs import dead_letter_record
from streams.engine.work import dead_letter, partition_of
from streams.errors import ContractError, InvariantError, MisroutedError, SettingsError, StageError
from streams.ops.dead_letters import (
    Group,
    Letter,
    Selection,
    find_letter,
    group_letters,
    read_letters,
    read_redriven,
)
from streams.ops.redrive import only_redriver, preview, readdress, redrive
from streams.records import Header, Outgoing, Record, encode
from streams.settings import Settings
from tests.articles import raw_article
from tests.brokers.kafka import KafkaServer
from tests.faults.articles import articles
from tests.faults.audit import read
from tests.replay.runner import KILL

ROOT = Path(__file__).parents[2]
PARTITIONS = 2
# Recent enough that retention leaves it alone.
NOON = datetime.now(UTC).replace(hour=12, minute=0, second=0, microsecond=0) - timedelta(days=2)
ALL = Selection()


@pytest.fixture
async def settings(embedded_broker: EmbeddedBroker, prefix: str) -> Settings:
    settings = Settings(bootstrap=embedded_broker.bootstrap, prefix=prefix, partitions=PARTITIONS)
    await create_topics(settings, TOPICS)
    return settings


def failed(
    value: bytes | None, *, key: bytes | None = b"urn:a:1", headers: tuple[Header, ...] = (), hours: int = 0
) -> Record:
    timestamp = round((NOON + timedelta(hours=hours)).timestamp() * 1000)
    return Record("articles-raw", 1, 40 + abs(hours), timestamp, key, value, headers)


def buried(record: Record, error: Exception | None = None, stage: str = "decode") -> Outgoing:
    reason = dead_letter(record, error or ContractError("not JSON"), stage=stage, pipeline="p")
    return dead_letter_record(record, reason, ARTICLES_RAW_DLQ.name)


def letter(record: Record, **changes: object) -> Letter:
    """As it would be read back."""
    out = buried(record)
    stored = Record(out.topic, 0, 7, out.timestamp, out.key, out.value, out.headers)
    return Letter(
        stored, dead_letter(record, ContractError("not JSON"), stage="decode", pipeline="p").model_copy(update=changes)
    )


async def bury(settings: Settings, letters: Sequence[Outgoing], partition: int = 0) -> None:
    async with idempotent_producer(settings) as producer:
        for out in letters:
            await producer.send_and_wait(
                topic_name(settings, ARTICLES_RAW_DLQ),
                out.value,
                key=out.key,
                partition=partition,
                timestamp_ms=out.timestamp,
                headers=list(out.headers),
            )


def back(record: Record, partitions: int = PARTITIONS) -> Outgoing:
    return readdress(letter(record), "articles-raw", partitions, NOON)


# What goes back


def test_the_original_goes_back_with_its_headers_and_a_trace() -> None:
    out = back(failed(b"{}", headers=(("traceparent", b"00-1"), ("x", None))))
    assert (out.key, out.value) == (b"urn:a:1", b"{}")
    assert out.headers == (
        ("traceparent", b"00-1"),
        ("x", None),
        ("redriven-from", b"0:7"),
        ("redriven-attempts", b"1"),
    )


def test_it_arrives_now_lest_retention_removes_it_before_it_is_read() -> None:
    assert back(failed(b"{}", hours=-1000)).timestamp == round(NOON.timestamp() * 1000)


def test_going_round_in_circles_is_counted() -> None:
    once = back(failed(b"{}"))
    again = back(failed(once.value, headers=once.headers))
    assert again.headers == (("redriven-from", b"0:7"), ("redriven-attempts", b"2"))


@pytest.mark.parametrize("key", [None, b"wrong", b"\xff"])
def test_a_record_with_the_wrong_key_goes_where_its_article_belongs(key: bytes | None) -> None:
    out = back(failed(encode(raw_article(article_id="urn:b:2")), key=key), partitions=64)
    assert (out.key, out.partition) == (b"urn:b:2", partition_of(b"urn:b:2", 64))


@pytest.mark.parametrize("value", [None, b"not JSON", b'{"article_id": ""}', b'{"article_id": 3}'])
def test_without_an_article_id_the_key_counts(value: bytes | None) -> None:
    assert back(failed(value)).key == b"urn:a:1"


@pytest.mark.parametrize(
    ("record", "reason"),
    [
        (failed(None, key=None), "key and value were both null, and no client can send that again"),
        (failed(b"{", key=None), "it has no key, and no article_id can be read from its value"),
        (failed(bytes(ARTICLES_RAW.max_message_bytes - 100)), "with its headers it has 838.... bytes of 8388608"),
    ],
)
def test_what_cannot_be_sent_is_refused_with_the_reason(record: Record, reason: str) -> None:
    with pytest.raises(ContractError, match=reason):
        back(record)


@pytest.mark.parametrize(
    ("selection", "taken"),
    [
        (ALL, True),
        (Selection(stages=frozenset({"decode", "size"})), True),
        (Selection(stages=frozenset({"size"})), False),
        (Selection(errors=frozenset({"ContractError"}), since=NOON), True),
        (Selection(errors=frozenset({"ContractError"}), since=NOON + timedelta(seconds=1)), False),
        (Selection(places=frozenset({"0:7"})), True),
        (Selection(stages=frozenset({"decode"}), places=frozenset({"0:8"})), False),
    ],
)
def test_filters_add_up(selection: Selection, taken: bool) -> None:  # noqa: FBT001
    assert selection.takes(letter(failed(b"{}"))) is taken


# What lies there


async def groups(settings: Settings) -> tuple[Group, ...]:
    return await group_letters(settings, ARTICLES_RAW_DLQ, await read_redriven(settings))


async def test_dead_letters_are_counted_by_what_went_wrong(settings: Settings) -> None:
    stage = StageError("entities", "index out of range")
    stage.__cause__ = IndexError()
    await bury(settings, [buried(failed(b"{", hours=hours)) for hours in (2, 5, 1)])
    await bury(settings, [buried(failed(b"{}"), stage, "entities")], partition=1)
    counted, single = await groups(settings)
    assert (counted.stage, counted.error, counted.count, counted.redriven) == ("decode", "ContractError", 3, 0)
    assert (counted.first, counted.last) == (NOON + timedelta(hours=1), NOON + timedelta(hours=5))
    assert (counted.example.place, counted.example.reason.message) == ("0:1", "not JSON")
    assert (single.stage, single.error, single.example.place) == ("entities", "IndexError", "1:0")


async def test_a_dead_letter_is_found_by_its_place(settings: Settings) -> None:
    record = failed(b"\xff\x00", headers=(("x", b"1"),))
    await bury(settings, [buried(failed(b"{")), buried(record)])
    found = await find_letter(settings, ARTICLES_RAW_DLQ, 0, 1)
    assert (found.record.key, found.record.value, found.record.headers[0]) == (record.key, record.value, ("x", b"1"))
    assert isinstance(found.reason, DeadLetter)
    assert (found.reason.partition, found.reason.offset, found.reason.timestamp) == (1, 40, NOON)


@pytest.mark.parametrize(
    ("place", "where"), [((0, 5), "0:5 of .*articles-raw-dlq, which holds 0 to 0"), ((1, 0), "1:0"), ((9, 0), "9:0")]
)
async def test_an_empty_place_is_an_error(settings: Settings, place: tuple[int, int], where: str) -> None:
    await bury(settings, [buried(failed(b"{"))])
    with pytest.raises(SettingsError, match=f"there is no dead letter at {where}"):
        await find_letter(settings, ARTICLES_RAW_DLQ, *place)


async def test_a_stray_record_is_shown_and_not_understood(settings: Settings) -> None:
    headers = (("dlq-stage", b"mine"), ("dlq-partition", b"x"))
    now = round(NOON.timestamp() * 1000)  # one of 1970 would be past its retention
    await bury(settings, [Outgoing("", 0, b"k", b"v", headers, now)])
    [group] = await groups(settings)
    assert (group.stage, group.error, group.example.record.value) == ("mine", "unknown", b"v")


# Sending back


async def test_what_was_sent_back_is_not_sent_again(settings: Settings) -> None:
    await bury(settings, [buried(failed(b"{", hours=hours)) for hours in range(3)])
    misrouted = buried(failed(encode(raw_article()), key=None), MisroutedError("no key"), "misrouted")
    await bury(settings, [misrouted], partition=1)
    only = await redrive(settings, Selection(stages=frozenset({"misrouted"})))
    assert (only.sent, only.already, only.refused) == (1, 0, [])
    [record] = await read(settings, ARTICLES_RAW)
    assert (record.key, record.partition) == (b"urn:a:1", partition_of(b"urn:a:1", PARTITIONS))
    rest = await redrive(settings, ALL)
    assert (rest.sent, rest.already) == (3, 1)
    again = await redrive(settings, ALL)
    assert (again.sent, again.already) == (0, 4)
    assert len(await read(settings, ARTICLES_RAW)) == 4
    assert [group.redriven for group in await groups(settings)] == [3, 1]


async def test_a_preview_sends_nothing(settings: Settings) -> None:
    await bury(settings, [buried(failed(b"{")), buried(failed(None, key=None))])
    outcome = await preview(settings, ALL)
    assert (outcome.sent, [each.place for each in outcome.refused]) == (1, ["0:1"])
    assert await read(settings, ARTICLES_RAW) == []
    assert (await redrive(settings, ALL)).sent == 1


async def test_one_that_failed_again_is_another_dead_letter(settings: Settings) -> None:
    await bury(settings, [buried(failed(b"{"))])
    await redrive(settings, ALL)
    [record] = await read(settings, ARTICLES_RAW)
    await bury(settings, [buried(record)])
    assert ((await redrive(settings, ALL)).sent, len(await read(settings, ARTICLES_RAW))) == (1, 2)
    assert ("redriven-attempts", b"2") in (await read(settings, ARTICLES_RAW))[-1].headers


async def test_an_id_without_a_dead_letter_is_told(settings: Settings) -> None:
    outcome = await redrive(settings, Selection(places=frozenset({"1:3"})))
    assert [(each.place, each.reason) for each in outcome.refused] == [("1:3", "there is no dead letter")]


async def test_a_mark_is_of_one_dead_letter_and_not_of_its_place(settings: Settings) -> None:
    """A topic that was deleted and made anew counts its offsets from 0 again."""
    await bury(settings, [buried(failed(b"{"))])
    await redrive(settings, ALL)
    [at_0] = [each async for each in read_letters(settings, ARTICLES_RAW_DLQ)]
    other = letter(failed(b"{", hours=1))
    assert (await read_redriven(settings)) == {"0:0": at_0.identity}
    assert other.identity != at_0.identity


async def test_the_redrive_that_comes_second_ends_the_first(settings: Settings) -> None:
    async def send_late() -> None:
        async with only_redriver(settings) as first:
            assert (await redrive(settings, ALL)).sent == 1
            async with first.transaction():
                await first.send_and_wait(topic_name(settings, ARTICLES_RAW), b"twice", key=b"urn:a:1")

    await bury(settings, [buried(failed(b"{"))])
    with pytest.raises(InvariantError, match="another redrive was started"):
        await send_late()
    assert len(await read(settings, ARTICLES_RAW)) == 1


async def test_the_mark_of_an_expired_dead_letter_is_taken_back(kafka_broker: KafkaServer, prefix: str) -> None:
    settings = Settings(bootstrap=kafka_broker.bootstrap, prefix=prefix, partitions=PARTITIONS)
    await create_topics(settings, TOPICS)
    await bury(settings, [buried(failed(b"{", hours=hours)) for hours in range(3)])
    await redrive(settings, ALL)
    expired = TopicPartition(topic_name(settings, ARTICLES_RAW_DLQ), 0)
    async with administer(settings) as admin:
        await admin.delete_records({expired: RecordsToDelete(before_offset=2)})
    outcome = await redrive(settings, ALL)
    assert (outcome.sent, outcome.already) == (0, 1)
    assert list(await read_redriven(settings)) == ["0:2"]


def run_redrive(settings: Settings, kill: str) -> int:
    environment = {"COPYTASTER_PREFIX": settings.prefix, "COPYTASTER_TRANSACTION_RECORDS": "8", KILL: kill}
    command = [
        sys.executable,
        "-m",
        "tests.replay.runner",
        "dlq",
        "redrive",
        "--all",
        "--bootstrap",
        settings.bootstrap,
    ]
    return subprocess.run(command, env=environment, cwd=ROOT, timeout=60, check=False).returncode


async def test_killed_in_a_transaction_and_repeated_it_neither_loses_nor_doubles(
    kafka_broker: KafkaServer, prefix: str
) -> None:
    settings = Settings(bootstrap=kafka_broker.bootstrap, prefix=prefix, partitions=PARTITIONS)
    await create_topics(settings, TOPICS)
    pairs = [(each.article_id.encode(), encode(each)) for each in articles(50, sentences=2)]
    await bury(settings, [buried(failed(value, key=key)) for key, value in pairs])
    for kill in ("before:1", "before:3", "after:2"):
        assert run_redrive(settings, kill) == -9
    outcome = await redrive(settings, ALL)
    assert (outcome.already, outcome.sent) == (32, 18)
    sent = await read(settings, ARTICLES_RAW)
    assert sorted((each.key, each.value) for each in sent) == sorted(pairs)
    assert len(await read(settings, ARTICLES_RAW, isolation_level="read_uncommitted")) == 50 + 16
    assert len(await read_redriven(settings)) == 50
    assert topic_name(settings, ARTICLES_RAW_DLQ_REDRIVEN) == f"{prefix}articles-raw-dlq-redriven"
