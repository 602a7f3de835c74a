"""Sends dead letters back to where they failed: each once, whatever happens on the way."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError, ProducerFenced
from pydantic import BaseModel, ValidationError

from schemas.raw_article import ArticleId
from schemas.redriven import Redriven
from schemas.topics import ARTICLES_RAW, ARTICLES_RAW_DLQ, ARTICLES_RAW_DLQ_REDRIVEN, Topic
from streams.broker.admin import create_topics
from streams.broker.connection import connected, group_id, topic_name, transactional_producer
from streams.broker.reading import open_reader, whole_log
from streams.engine.outputs import NULL_VALUE_HEADER, OMITTED_HEADER
from streams.engine.work import partition_of
from streams.errors import BrokerError, ContractError, InvariantError, WireError
from streams.ops.dead_letters import Letter, Selection, partition_count_of, read_letters, read_redriven
from streams.records import Header, Outgoing, encode
from streams.settings import Settings

__all__ = [
    "ATTEMPTS_HEADER",
    "FROM_HEADER",
    "RECORDS",
    "Redrive",
    "Refusal",
    "Way",
    "fitting",
    "only_redriver",
    "preview",
    "readdress",
    "redrive",
    "trace",
]

FROM_HEADER = "redriven-from"
"""Which dead letter the record was, `PARTITION:OFFSET`, with `TOPIC/` before it if not of `articles-raw-dlq`."""

ATTEMPTS_HEADER = "redriven-attempts"
"""How often it has been redriven by now: what goes round in circles shows."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """A dead letter that cannot be sent back."""

    place: str
    reason: str


@dataclass
class Redrive:
    """What became of the dead letters that were selected, and how many records those that were sent gave."""

    sent: int = 0
    records: int = 0
    already: int = 0
    refused: list[Refusal] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Way:
    """Where dead letters lie, and what is sent for one of them.

    `records_of` takes the dead letter, the name and the number of partitions of `articles-raw`, and the time; it
    raises ContractError or WireError for one that cannot be sent.
    """

    dead_letters: Topic
    records_of: Callable[[Letter, str, int, datetime], tuple[Outgoing, ...]]


RECORDS = Way(ARTICLES_RAW_DLQ, lambda letter, topic, partitions, now: (readdress(letter, topic, partitions, now),))
"""Records that no worker could process go back as they were."""

_Readdressed = tuple[Letter, tuple[Outgoing, ...]]


async def redrive(settings: Settings, selection: Selection, way: Way = RECORDS) -> Redrive:
    """Send what is selected, and was not sent before, to `articles-raw`.

    What comes of a dead letter and the mark that it was sent are one transaction, and only one process at a time can
    write either: ended at any moment and repeated, this neither loses a record nor sends it twice.

    Raises:
        SettingsError: a topic is missing.
        InvariantError: another redrive was started; that one goes on.
        BrokerError: the broker cannot be reached, or refused.
    """
    await create_topics(settings, [ARTICLES_RAW_DLQ_REDRIVEN])
    outcome = Redrive()
    async with only_redriver(settings) as producer:
        batch: list[_Readdressed] = []
        async for readdressed in _selected(settings, selection, way, outcome):
            batch.append(readdressed)
            if _is_full(settings, batch):
                await _send(settings, producer, way, batch)
                batch.clear()
        await _send(settings, producer, way, batch)
        await _forget_expired(settings, producer, way.dead_letters)
    return outcome


async def preview(settings: Settings, selection: Selection, way: Way = RECORDS) -> Redrive:
    """What `redrive` would do now; nothing is sent.

    Raises:
        SettingsError: a topic is missing.
        BrokerError: the broker cannot be reached.
    """
    outcome = Redrive()
    async for _ in _selected(settings, selection, way, outcome):
        pass
    return outcome


def readdress(letter: Letter, topic: str, partitions: int, now: datetime) -> Outgoing:
    """The original record, on the partition where its article belongs.

    Its time is now: with its old one, retention could remove it before a worker has read it.

    Raises:
        ContractError: it cannot be sent; the message says why.
    """
    record = letter.record
    if NULL_VALUE_HEADER in record.headers:
        raise ContractError("key and value were both null, and no client can send that again")
    if any(name == OMITTED_HEADER for name, _ in record.headers):
        raise ContractError("it was too large to be kept; its bytes are where dlq-topic, -partition and -offset say")
    key = _key(letter)
    headers = (
        *((name, value) for name, value in record.headers if not name.startswith(("dlq-", "redriven-"))),
        *trace(letter, ARTICLES_RAW_DLQ),
    )
    timestamp = round(now.timestamp() * 1000)
    return fitting(Outgoing(topic, partition_of(key, partitions), key, record.value, headers, timestamp))


def trace(letter: Letter, dead_letters: Topic) -> tuple[Header, ...]:
    """Headers that say which dead letter a record was, and how often it has been redriven by now."""
    return (
        (FROM_HEADER, _name(letter.place, dead_letters).encode()),
        (ATTEMPTS_HEADER, str(_attempts(letter) + 1).encode()),
    )


def fitting(out: Outgoing) -> Outgoing:
    """The same record, of a size that `articles-raw` takes.

    Raises:
        ContractError: it is larger.
    """
    if out.size_bytes > ARTICLES_RAW.max_message_bytes:
        raise ContractError(f"with its headers it has {out.size_bytes} bytes of {ARTICLES_RAW.max_message_bytes}")
    return out


async def _selected(
    settings: Settings, selection: Selection, way: Way, outcome: Redrive
) -> AsyncIterator[_Readdressed]:
    partitions = await partition_count_of(settings, ARTICLES_RAW)
    topic, now = topic_name(settings, ARTICLES_RAW), datetime.now(UTC)
    redriven = await read_redriven(settings, way.dead_letters)
    unmet = set(selection.places)
    async for letter in read_letters(settings, way.dead_letters):
        unmet.discard(letter.place)
        if not selection.takes(letter):
            continue
        if redriven.get(letter.place) == letter.identity:
            outcome.already += 1
            continue
        try:
            records = way.records_of(letter, topic, partitions, now)
        except (ContractError, WireError) as error:
            outcome.refused.append(Refusal(letter.place, str(error)))
        else:
            outcome.sent += 1
            outcome.records += len(records)
            yield letter, records
    outcome.refused += [Refusal(place, "there is no dead letter") for place in sorted(unmet)]


@asynccontextmanager
async def only_redriver(settings: Settings) -> AsyncIterator[AIOKafkaProducer]:
    """A transactional producer whose start ends what an earlier redrive left open, and that one with it.

    Raises:
        InvariantError: another redrive was started.
        BrokerError: the broker cannot be reached, or refused.
    """
    producer = transactional_producer(settings, group_id(settings, "redrive"))
    try:
        async with connected(producer):
            yield producer
    except ProducerFenced as error:
        raise InvariantError("another redrive was started, which goes on with what this one has not sent") from error
    except KafkaError as error:
        raise BrokerError(f"Kafka at {settings.bootstrap} refused: {error!r}") from error


async def _send(settings: Settings, producer: AIOKafkaProducer, way: Way, batch: Sequence[_Readdressed]) -> None:
    if not batch:
        return
    async with producer.transaction():
        sent = [await _begin_sending(producer, out) for _, records in batch for out in records]
        sent += [await _begin_marking(settings, producer, letter, way.dead_letters) for letter, _ in batch]
        await asyncio.gather(*sent)


async def _begin_sending(producer: AIOKafkaProducer, out: Outgoing) -> asyncio.Future[object]:
    sent: asyncio.Future[object] = await producer.send(
        out.topic,
        out.value,
        key=out.key,
        partition=out.partition,
        timestamp_ms=out.timestamp,
        headers=list(out.headers),
    )
    return sent


async def _begin_marking(
    settings: Settings, producer: AIOKafkaProducer, letter: Letter, dead_letters: Topic
) -> asyncio.Future[object]:
    marks, key = topic_name(settings, ARTICLES_RAW_DLQ_REDRIVEN), _name(letter.place, dead_letters)
    sent: asyncio.Future[object] = await producer.send(
        marks, encode(_mark(letter, dead_letters)), key=key.encode(), partition=0
    )
    return sent


async def _forget_expired(settings: Settings, producer: AIOKafkaProducer, dead_letters: Topic) -> None:
    """Take back the marks of dead letters that retention has removed, or the marks would grow for ever."""
    letters, marks = topic_name(settings, dead_letters), topic_name(settings, ARTICLES_RAW_DLQ_REDRIVEN)
    async with open_reader(settings) as reader:
        logs = await whole_log(reader, letters, await partition_count_of(settings, dead_letters))
    starts = {log.partition: log.start for log in logs}
    expired = [place for place in await read_redriven(settings, dead_letters) if _is_below(place, starts)]
    if expired:
        keys = [_name(place, dead_letters).encode() for place in expired]
        async with producer.transaction():
            sent = [await producer.send(marks, None, key=key, partition=0) for key in keys]
            await asyncio.gather(*sent)


def _is_below(place: str, starts: Mapping[int, int]) -> bool:
    partition, offset = map(int, place.split(":"))
    return offset < starts.get(partition, 0)


def _name(place: str, dead_letters: Topic) -> str:
    """Of a dead letter among those of all topics, and the key of its mark. The first topic there was has no prefix."""
    return place if dead_letters is ARTICLES_RAW_DLQ else f"{dead_letters.name}/{place}"


def _mark(letter: Letter, dead_letters: Topic) -> Redriven:
    return Redriven(
        topic=dead_letters.name,
        place=letter.place,
        dead_letter=letter.identity,
        attempts=_attempts(letter) + 1,
        redriven_at=datetime.now(UTC),
    )


def _is_full(settings: Settings, batch: Sequence[_Readdressed]) -> bool:
    records = [out for _, each in batch for out in each]
    size = sum(out.size_bytes for out in records)
    return len(records) >= settings.transaction_records or size >= settings.transaction_bytes


class _Identified(BaseModel):
    article_id: ArticleId


def _key(letter: Letter) -> bytes:
    """The article_id, which is what puts a misrouted record right; else the key it had."""
    record = letter.record
    if record.value is not None:
        try:
            return _Identified.model_validate_json(record.value).article_id.encode()
        except ValidationError:
            pass
    if record.key is None:
        raise ContractError("it has no key, and no article_id can be read from its value")
    return record.key


def _attempts(letter: Letter) -> int:
    told = [value for name, value in letter.record.headers if name == ATTEMPTS_HEADER]
    return int(told[-1]) if told and told[-1] and told[-1].isdigit() else 0
