"""Articles into `articles-raw`: each acknowledged by all in-sync replicas, a bounded number of them under way."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from urllib.parse import quote

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

from schemas.raw_article import RawArticle
from schemas.topics import ARTICLES_RAW
from streams.broker.connection import idempotent_producer, topic_name
from streams.errors import BrokerError, WireError
from streams.records import Header, Outgoing, digest, encode
from streams.settings import Settings

__all__ = ["Sender", "open_sender"]

_MOST_RECORDS = 256
_MOST_BYTES = 32 << 20


class Sender:
    """Sends without waiting for each article, and never holds more than a bounded number of bytes."""

    def __init__(self, producer: AIOKafkaProducer, topic: str) -> None:
        self._producer = producer
        self._topic = topic
        self._under_way: deque[tuple[int, asyncio.Future[object]]] = deque()
        self._bytes = 0

    async def send(self, article: RawArticle) -> None:
        """Hand one article over; it is in Kafka once `delivered` has returned.

        Raises:
            WireError: it is larger than the topic takes.
            BrokerError: Kafka refused this or an earlier one.
        """
        key, value, headers = article.article_id.encode(), encode(article), _headers(article)
        size = Outgoing(self._topic, 0, key, value, tuple(headers), timestamp=0).size_bytes
        if size > ARTICLES_RAW.max_message_bytes:
            limit = f"{ARTICLES_RAW.max_message_bytes >> 20} MiB"
            raise WireError(f"article {article.article_id} takes {size} bytes, more than {ARTICLES_RAW.name}'s {limit}")
        while self._under_way and (len(self._under_way) >= _MOST_RECORDS or self._bytes + size > _MOST_BYTES):
            await self._settle_oldest()
        with self._broker_errors():
            delivery = await self._producer.send(self._topic, value, key=key, headers=headers)
        self._under_way.append((size, delivery))
        self._bytes += size

    async def delivered(self) -> None:
        """Return when all that was sent is in Kafka.

        Raises:
            BrokerError: Kafka refused one of them.
        """
        while self._under_way:
            await self._settle_oldest()

    async def _settle_oldest(self) -> None:
        size, delivery = self._under_way.popleft()
        with self._broker_errors():
            await delivery
        self._bytes -= size

    @contextmanager
    def _broker_errors(self) -> Iterator[None]:
        try:
            yield
        except KafkaError as error:
            raise BrokerError(f"cannot write to {self._topic}: {error}") from error


@asynccontextmanager
async def open_sender(settings: Settings) -> AsyncIterator[Sender]:
    """A sender to the tenant's `articles-raw`. Partitions by Kafka's default hash, which the lanes count on.

    Raises:
        SettingsError: the connection settings cannot work.
        BrokerError: Kafka cannot be reached.
    """
    producer = idempotent_producer(settings, max_request_size=ARTICLES_RAW.max_message_bytes, linger_ms=5)
    try:
        await producer.start()
        yield Sender(producer, topic_name(settings, ARTICLES_RAW))
    except KafkaError as error:
        raise BrokerError(f"cannot reach Kafka at {settings.bootstrap}: {error}") from error
    finally:
        await producer.stop()


def _headers(article: RawArticle) -> list[Header]:
    """CloudEvents 1.0 attributes, binary mode. The id is the version's: sent twice, it is the same event."""
    return [
        ("ce_specversion", b"1.0"),
        ("ce_id", digest(article.article_id, article.version).encode()),
        ("ce_type", b"copytaster.article.raw.v1"),
        ("ce_source", f"/{quote(article.source)}".encode()),
        ("content-type", b"application/json"),
    ]
