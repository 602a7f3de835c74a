"""Sends dead letters back to where they failed: each once, whatever happens on the way."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError, ProducerFenced
from pydantic import BaseModel, ValidationError

from schemas.raw_article import ArticleId
from schemas.redriven import Redriven
from schemas.topics import ARTICLES_RAW, ARTICLES_RAW_DLQ, ARTICLES_RAW_DLQ_REDRIVEN
from streams.broker.admin import create_topics
from streams.broker.connection import group_id, topic_name, transactional_producer
from streams.broker.reading import open_reader, whole_log
from streams.engine.outputs import NULL_VALUE_HEADER, OMITTED_HEADER
from streams.engine.work import partition_of
from streams.errors import BrokerError, ContractError, InvariantError
from streams.ops.dead_letters import Letter, Selection, partition_count_of, read_letters, read_redriven
from streams.records import Outgoing, encode
from streams.settings import Settings

__all__ = ["ATTEMPTS_HEADER", "FROM_HEADER", "Redrive", "Refusal", "only_redriver", "preview", "readdress", "redrive"]

FROM_HEADER = "redriven-from"
"""Which dead letter the record was, `PARTITION:OFFSET`."""

ATTEMPTS_HEADER = "redriven-attempts"
"""How often it has been redriven by now: what goes round in circles shows."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """A dead letter that cannot be sent back."""

    place: str
    reason: str


@dataclass
class Redrive:
    """What became of the dead letters that were selected."""

    sent: int = 0
    already: int = 0
    refused: list[Refusal] = field(default_factory=list)


async def redrive(settings: Settings, selection: Selection) -> Redrive:
    """Send what is selected, and was not sent before, to `articles-raw`.

    A record and the mark that it was sent are one transaction, and only one process at a time can write either:
    ended at any moment and repeated, this neither loses a record nor sends it twice.

    Raises:
        SettingsError: a topic is missing.
        InvariantError: another redrive was started; that one goes on.
        BrokerError: the broker cannot be reached, or refused.
    """
    await create_topics(settings, [ARTICLES_RAW_DLQ_REDRIVEN])
    outcome = Redrive()
    async with only_redriver(settings) as producer:
        batch: list[tuple[Letter, Outgoing]] = []
        async for letter, out in _selected(settings, selection, outcome):
            batch.append((letter, out))
            if _is_full(settings, batch):
                await _send(settings, producer, batch)
                batch.clear()
        await _send(settings, producer, batch)
        await _forget_expired(settings, producer)
    return outcome


async def preview(settings: Settings, selection: Selection) -> Redrive:
    """What `redrive` would do now; nothing is sent.

    Raises:
        SettingsError: a topic is missing.
        BrokerError: the broker cannot be reached.
    """
    outcome = Redrive()
    async for _ in _selected(settings, selection, outcome):
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
        (FROM_HEADER, letter.place.encode()),
        (ATTEMPTS_HEADER, str(_attempts(letter) + 1).encode()),
    )
    timestamp = round(now.timestamp() * 1000)
    out = Outgoing(topic, partition_of(key, partitions), key, record.value, headers, timestamp)
    if out.size_bytes > ARTICLES_RAW.max_message_bytes:
        raise ContractError(f"with its headers it has {out.size_bytes} bytes of {ARTICLES_RAW.max_message_bytes}")
    return out


async def _selected(
    settings: Settings, selection: Selection, outcome: Redrive
) -> AsyncIterator[tuple[Letter, Outgoing]]:
    partitions = await partition_count_of(settings, ARTICLES_RAW)
    topic, now = topic_name(settings, ARTICLES_RAW), datetime.now(UTC)
    redriven = await read_redriven(settings)
    unmet = set(selection.places)
    async for letter in read_letters(settings, ARTICLES_RAW_DLQ):
        unmet.discard(letter.place)
        if not selection.takes(letter):
            continue
        if redriven.get(letter.place) == letter.identity:
            outcome.already += 1
            continue
        try:
            out = readdress(letter, topic, partitions, now)
        except ContractError as error:
            outcome.refused.append(Refusal(letter.place, str(error)))
        else:
            outcome.sent += 1
            yield letter, out
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
        await producer.start()
        yield producer
    except ProducerFenced as error:
        raise InvariantError("another redrive was started, which goes on with what this one has not sent") from error
    except KafkaError as error:
        raise BrokerError(f"Kafka at {settings.bootstrap} refused: {error!r}") from error
    finally:
        await producer.stop()


async def _send(settings: Settings, producer: AIOKafkaProducer, batch: Sequence[tuple[Letter, Outgoing]]) -> None:
    if not batch:
        return
    async with producer.transaction():
        sent = [future for letter, out in batch for future in await _begin_sending(settings, producer, letter, out)]
        await asyncio.gather(*sent)


async def _begin_sending(
    settings: Settings, producer: AIOKafkaProducer, letter: Letter, out: Outgoing
) -> tuple[asyncio.Future[object], asyncio.Future[object]]:
    record: asyncio.Future[object] = await producer.send(
        out.topic,
        out.value,
        key=out.key,
        partition=out.partition,
        timestamp_ms=out.timestamp,
        headers=list(out.headers),
    )
    marks = topic_name(settings, ARTICLES_RAW_DLQ_REDRIVEN)
    mark: asyncio.Future[object] = await producer.send(
        marks, encode(_mark(letter)), key=letter.place.encode(), partition=0
    )
    return record, mark


async def _forget_expired(settings: Settings, producer: AIOKafkaProducer) -> None:
    """Take back the marks of dead letters that retention has removed, or the marks would grow for ever."""
    letters, marks = topic_name(settings, ARTICLES_RAW_DLQ), topic_name(settings, ARTICLES_RAW_DLQ_REDRIVEN)
    async with open_reader(settings) as reader:
        logs = await whole_log(reader, letters, await partition_count_of(settings, ARTICLES_RAW_DLQ))
    starts = {log.partition: log.start for log in logs}
    expired = [place for place in await read_redriven(settings) if _is_below(place, starts)]
    if expired:
        async with producer.transaction():
            sent = [await producer.send(marks, None, key=place.encode(), partition=0) for place in expired]
            await asyncio.gather(*sent)


def _is_below(place: str, starts: Mapping[int, int]) -> bool:
    partition, offset = map(int, place.split(":"))
    return offset < starts.get(partition, 0)


def _mark(letter: Letter) -> Redriven:
    return Redriven(
        place=letter.place,
        dead_letter=letter.identity,
        attempts=_attempts(letter) + 1,
        redriven_at=datetime.now(UTC),
    )


def _is_full(settings: Settings, batch: Sequence[tuple[Letter, Outgoing]]) -> bool:
    size = sum(out.size_bytes for _, out in batch)
    return len(batch) >= settings.transaction_records or size >= settings.transaction_bytes


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
