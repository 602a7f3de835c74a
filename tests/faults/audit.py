"""Reads all topics of an installation back, and has the books checked."""

import asyncio
import contextlib
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Iterable, Sequence

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition

from schemas.raw_article import RawArticle
from schemas.topics import ARTICLES_DISPOSITIONS, ARTICLES_ENRICHED, ARTICLES_RAW, ARTICLES_RAW_DLQ, Topic, wire
from streams.broker.connection import consumer, group_id, idempotent_producer, topic_name
from streams.engine.work import partition_of
from streams.ops.books import Books, Discrepancy, check_books
from streams.records import Record, encode
from streams.settings import Settings

__all__ = ["StallWatch", "assigned", "audit", "committed", "ends", "produce", "read", "to_record"]

MARKERS_SECONDS = 5
"""A broker answers a commit before it has written the markers, so readers see what it held a moment later."""


async def produce(settings: Settings, articles: Iterable[RawArticle]) -> int:
    """Send articles as an ingest would; returns how many."""
    pairs = ((article.article_id.encode(), encode(article)) for article in articles)
    return await produce_bytes(settings, pairs)


async def produce_bytes(settings: Settings, pairs: Iterable[tuple[bytes | None, bytes | None]]) -> int:
    """Send keys and values as they are."""
    async with idempotent_producer(settings) as producer:
        topic = topic_name(settings, ARTICLES_RAW)
        sent = [await producer.send(topic, value, key=key) for key, value in pairs]
        await asyncio.gather(*sent)
    return len(sent)


async def read(settings: Settings, topic: Topic | str, **options: object) -> list[Record]:
    """Every record of a topic up to its end as of now; committed ones unless `isolation_level` says otherwise."""
    name = topic_name(settings, topic)
    written = await ends(settings, topic, isolation_level="read_uncommitted")
    async with assigned(settings, name, **options) as reader:
        partitions = list(reader.assignment())
        stable = await reader.end_offsets(partitions)
        deadline = time.monotonic() + MARKERS_SECONDS
        while any(stable[each] < written[each.partition] for each in partitions) and time.monotonic() < deadline:
            await asyncio.sleep(0.02)
            stable = await reader.end_offsets(partitions)
        records: list[Record] = []
        for partition in partitions:
            await reader.seek_to_beginning(partition)
        while not all([await reader.position(partition) >= stable[partition] for partition in partitions]):
            for batch in (await reader.getmany(timeout_ms=200)).values():
                records.extend(to_record(each) for each in batch)
        return records


@contextlib.asynccontextmanager
async def assigned(settings: Settings, name: str, **options: object) -> AsyncIterator[AIOKafkaConsumer]:
    """A reader of all partitions of a topic."""
    async with consumer(settings, **options) as reader:
        reader.assign([TopicPartition(name, number) for number in range(settings.partitions)])
        yield reader


def to_record(record: ConsumerRecord[bytes, bytes]) -> Record:
    """As the engine sees it."""
    return Record(
        record.topic, record.partition, record.offset, record.timestamp, record.key, record.value, tuple(record.headers)
    )


async def committed(settings: Settings, purpose: str = "live") -> dict[int, int]:
    """The group's committed offset of each partition that has one."""
    async with consumer(settings, group_id=group_id(settings, purpose)) as reader:
        partitions = [
            TopicPartition(topic_name(settings, ARTICLES_RAW), number) for number in range(settings.partitions)
        ]
        offsets = {partition.partition: await reader.committed(partition) for partition in partitions}
    return {number: offset for number, offset in offsets.items() if offset is not None}


async def ends(settings: Settings, topic: Topic | str, **options: object) -> dict[int, int]:
    """Where each partition ends for a reader of committed records, unless `isolation_level` says otherwise."""
    async with assigned(settings, topic_name(settings, topic), **options) as reader:
        offsets = await reader.end_offsets(list(reader.assignment()))
    return {partition.partition: offset for partition, offset in offsets.items()}


async def audit(settings: Settings, wires: Sequence[str] = ("all",)) -> list[Discrepancy]:
    """What does not add up in the live topics, all partitions; only what the group has committed must."""
    positions = await committed(settings)
    inputs = _by_partition(await read(settings, ARTICLES_RAW))
    assert any(inputs.values()), "an audit of nothing proves nothing"
    dispositions = _by_partition(await read(settings, ARTICLES_DISPOSITIONS))
    enriched = _by_partition(await read(settings, ARTICLES_ENRICHED))
    dead_letters = _by_partition(await read(settings, ARTICLES_RAW_DLQ))
    changes = {name: _by_partition(await read(settings, wire(name))) for name in wires}
    problems: list[Discrepancy] = []
    for number in range(settings.partitions):
        books = Books(
            partition=number,
            inputs=[record for record in inputs[number] if record.offset < positions.get(number, 0)],
            dispositions=dispositions[number],
            enriched=enriched[number],
            dead_letters=dead_letters[number],
            wires={name: records[number] for name, records in changes.items()},
        )
        problems += check_books(books)
    return problems


def _by_partition(records: Iterable[Record]) -> defaultdict[int, list[Record]]:
    sorted_out: defaultdict[int, list[Record]] = defaultdict(list)
    for record in records:
        sorted_out[record.partition].append(record)
    return sorted_out


class StallWatch:
    """A read_committed reader that notes how long a partition with records to come kept it waiting."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._remaining = dict.fromkeys(range(settings.partitions), 0)
        self._since: dict[int, float] = {}
        self._longest = 0.0
        self.seen = 0
        """Records read so far."""

    def __repr__(self) -> str:
        return f"seen {self.seen}, to come {self._remaining}"

    @property
    def satisfied(self) -> bool:
        """Whether all that was expected has come."""
        return not any(left > 0 for left in self._remaining.values())

    def expect(self, keys: Iterable[bytes]) -> None:
        """Records with these keys are about to be produced."""
        for key in keys:
            number = partition_of(key, self._settings.partitions)
            self._remaining[number] += 1
            self._since.setdefault(number, time.monotonic())

    async def run(self) -> None:
        """Read until cancelled."""
        name = topic_name(self._settings, ARTICLES_ENRICHED)
        async with consumer(self._settings, fetch_max_wait_ms=50) as reader:
            reader.assign([TopicPartition(name, number) for number in self._remaining])
            await reader.seek_to_beginning()
            while True:
                batches = await reader.getmany(timeout_ms=100)
                for partition, records in batches.items():
                    self._note(partition.partition, len(records))

    def restart(self) -> None:
        """Forget the waits so far."""
        self._longest = 0.0
        self._since = dict.fromkeys(self._since, time.monotonic())

    def longest(self) -> float:
        """The longest wait that ended since the last restart, in seconds."""
        return self._longest

    def all_moved(self, since: float) -> bool:
        """Whether every partition with records to come has given one after that moment of the monotonic clock."""
        return all(began > since for began in self._since.values())

    def _note(self, number: int, count: int) -> None:
        now = time.monotonic()
        if since := self._since.pop(number, None):
            self._longest = max(self._longest, now - since)
        self.seen += count
        self._remaining[number] -= count
        if self._remaining[number] > 0:
            self._since[number] = now
