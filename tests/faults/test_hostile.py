"""Two hundred records nobody should send, among good ones, through a real worker on Apache Kafka."""

import asyncio
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from schemas.disposition import Disposition
from schemas.topics import ARTICLES_DISPOSITIONS, ARTICLES_ENRICHED, ARTICLES_RAW, ARTICLES_RAW_DLQ, TOPICS
from streams.broker.admin import create_topics
from streams.broker.connection import idempotent_producer, topic_name
from streams.engine.work import partition_of
from streams.settings import Settings
from tests.brokers.kafka import KafkaServer
from tests.faults.articles import articles
from tests.faults.audit import audit, ends, produce, read
from tests.faults.fleet import Fleet
from tests.faults.hostile import SEND_TO_WRONG_PARTITION, Hostile, hostile_records

HOSTILE, KILLERS, HANGERS, GOOD = 200, 3, 1, 100
BUDGET_SECONDS = 10


async def test_each_hostile_record_meets_its_fate_and_harms_no_other(
    kafka_broker: KafkaServer, prefix: str, tmp_path: Path
) -> None:
    settings = Settings(bootstrap=kafka_broker.bootstrap, prefix=prefix)
    await create_topics(settings, TOPICS)
    hostiles = list(hostile_records(HOSTILE, killers=KILLERS, hangers=HANGERS))
    await _send(settings, hostiles[: HOSTILE // 2])
    await produce(settings, articles(GOOD, prefix="good-"))
    await _send(settings, hostiles[HOSTILE // 2 :])
    with Fleet(tmp_path, _environment(settings)) as fleet:
        worker = fleet.start()
        await _finished(settings, HOSTILE + GOOD, fleet)
        assert await asyncio.to_thread(worker.drain) == 0
    assert await audit(settings) == []
    fates = await _fates(settings)
    wrong = [problem for hostile in hostiles for problem in _compare(hostile, fates)]
    assert not wrong, "\n".join(wrong)
    enriched = [
        record for record in await read(settings, ARTICLES_ENRICHED) if b"urn:test:good-" in (record.key or b"")
    ]
    assert len(enriched) == GOOD


def _environment(settings: Settings) -> dict[str, str]:
    return {
        "COPYTASTER_BOOTSTRAP": settings.bootstrap,
        "COPYTASTER_PREFIX": settings.prefix,
        "COPYTASTER_SPACY_MODEL": "poisoned_sm",
        "COPYTASTER_ANALYSED_CHARS": "20000",  # 5 MB within the budget, on a busy machine too
        "COPYTASTER_TIME_BUDGET_SECONDS": str(BUDGET_SECONDS),
    }


async def _send(settings: Settings, hostiles: Iterable[Hostile]) -> None:
    async with idempotent_producer(settings, max_batch_size=9 << 20) as producer:
        topic = topic_name(settings, ARTICLES_RAW)
        for hostile in hostiles:
            if hostile.key is None and hostile.value is None:
                # The client refuses a record without key and value; others can be made to write one.
                batch = producer.create_batch()
                batch.append(key=None, value=None, timestamp=None)
                await (await producer.send_batch(batch, topic, partition=hostile.partition))
            else:
                await producer.send_and_wait(
                    topic, hostile.value, key=hostile.key, partition=_partition(settings, hostile)
                )


def _partition(settings: Settings, hostile: Hostile) -> int | None:
    if hostile.partition != SEND_TO_WRONG_PARTITION:
        return hostile.partition
    assert hostile.key is not None
    return (partition_of(hostile.key, settings.partitions) + 1) % settings.partitions


async def _finished(settings: Settings, count: int, fleet: Fleet) -> None:
    for _ in range(240):
        await asyncio.sleep(0.5)
        if not fleet.running:
            pytest.fail(fleet.logs[-8000:])
        if len(await read(settings, ARTICLES_DISPOSITIONS)) >= count:
            return
    pytest.fail(f"not finished: {await ends(settings, ARTICLES_DISPOSITIONS)}\n{fleet.logs[-8000:]}")


Fate = tuple[str, str, str]


async def _fates(settings: Settings) -> list[tuple[bytes | None, bytes | None, Fate]]:
    """Key, value, and (outcome, stage, error) of every input record."""
    letters = {
        (headers["dlq-partition"], headers["dlq-offset"]): (record, headers)
        for record in await read(settings, ARTICLES_RAW_DLQ)
        for headers in [{name: (value or b"").decode() for name, value in record.headers}]
    }
    inputs = {(record.partition, record.offset): record for record in await read(settings, ARTICLES_RAW)}
    fates = []
    for record in await read(settings, ARTICLES_DISPOSITIONS):
        disposition = Disposition.model_validate_json(record.value or b"")
        origin = inputs[disposition.partition, disposition.offset]
        letter, headers = letters.get((str(disposition.partition), str(disposition.offset)), (origin, {}))
        fate = (disposition.outcome, headers.get("dlq-stage", ""), headers.get("dlq-error", ""))
        value = None if headers.get("dlq-null-value") else letter.value
        fates.append((letter.key, value, fate))
    return fates


def _compare(hostile: Hostile, fates: list[tuple[bytes | None, bytes | None, Fate]]) -> Iterator[str]:
    expected = (hostile.outcome, hostile.stage, hostile.error)
    met = [fate for key, value, fate in fates if (key, value) == (hostile.key, hostile.value)]
    if not met:
        yield f"{hostile.kind}: its bytes did not come through"
    yield from (f"{hostile.kind}: {fate} instead of {expected}" for fate in met if fate != expected)


def test_the_comparison_sees_altered_bytes_and_a_wrong_fate() -> None:
    hostile = Hostile("x", b"key", b"value", "dead_lettered", "decode", "ContractError")
    fate = ("dead_lettered", "decode", "ContractError")
    assert list(_compare(hostile, [(b"key", b"value", fate)])) == []
    assert list(_compare(hostile, [(b"key", b"other", fate)]))
    assert list(_compare(hostile, [(b"key", b"value", ("enriched", "", ""))]))
    assert list(_compare(replace(hostile, stage="process"), [(b"key", b"value", fate)]))
