"""Articles into `articles-raw`: each acknowledged by all in-sync replicas, a bounded number of them under way."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from hashlib import sha256

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

from schemas.raw_article import RawArticle
from schemas.topics import ARTICLES_RAW, INGEST_DLQ
from streams.broker.connection import connected, idempotent_producer, topic_name
from streams.errors import BrokerError, WireError
from streams.formats import Hint
from streams.records import Outgoing, article_headers, encode
from streams.settings import Settings

__all__ = ["Sender", "open_sender"]

_MOST_RECORDS = 256
_MOST_BYTES = 32 << 20
_LARGEST_REFUSED = INGEST_DLQ.max_message_bytes - (64 << 10)
"""With room for the headers."""


class Sender:
    """Sends without waiting for each article, and never holds more than a bounded number of bytes."""

    def __init__(self, producer: AIOKafkaProducer, settings: Settings) -> None:
        self._producer = producer
        self._topic = topic_name(settings, ARTICLES_RAW)
        self._refused = topic_name(settings, INGEST_DLQ)
        self._under_way: deque[tuple[int, asyncio.Future[object]]] = deque()
        self._bytes = 0

    async def send(self, article: RawArticle) -> "asyncio.Future[object]":
        """Hand one article over; it is in Kafka once the answer is done, and all once `delivered` has returned.

        Raises:
            WireError: it is larger than the topic takes.
            BrokerError: Kafka refused this or an earlier one.
        """
        out = Outgoing(
            self._topic, 0, article.article_id.encode(), encode(article), article_headers(article), timestamp=0
        )
        if out.size_bytes > ARTICLES_RAW.max_message_bytes:
            needs = f"takes {out.size_bytes} bytes, more than {ARTICLES_RAW.name}'s"
            raise WireError(f"article {article.article_id} {needs} {ARTICLES_RAW.max_message_bytes >> 20} MiB")
        return await self._begin(out)

    async def refuse(self, data: bytes, hint: Hint, reason: str) -> "asyncio.Future[object]":
        """Keep bytes that no format could read, with what is known of them, for `dlq redrive` to parse again.

        Of bytes too large for the topic only the sha256 is kept.

        Raises:
            BrokerError: Kafka refused this or an earlier one.
        """
        kept = data if len(data) <= _LARGEST_REFUSED else None
        told = {
            "dlq-source": hint.source,
            "dlq-media-type": hint.format_name or "",
            "dlq-hint": hint.name,
            "dlq-url": hint.url or "",
            "dlq-stage": "parse",
            "dlq-error": "WireError",
            "dlq-message": reason,
            "dlq-sha256": sha256(data).hexdigest(),
        }
        headers = tuple((name, text.encode("utf-8", "backslashreplace")) for name, text in told.items())
        key = hint.source.encode("utf-8", "backslashreplace")
        return await self._begin(Outgoing(self._refused, 0, key, kept, headers, timestamp=0))

    async def delivered(self) -> None:
        """Return when all that was sent is in Kafka.

        Raises:
            BrokerError: Kafka refused one of them.
        """
        while self._under_way:
            await self._settle_oldest()

    async def _begin(self, out: Outgoing) -> "asyncio.Future[object]":
        """Hand it to the producer, once there is room; each goes where Kafka's default hash of its key says."""
        size = out.size_bytes
        while self._under_way and (len(self._under_way) >= _MOST_RECORDS or self._bytes + size > _MOST_BYTES):
            await self._settle_oldest()
        with self._broker_errors():
            delivery: asyncio.Future[object] = await self._producer.send(
                out.topic, out.value, key=out.key, headers=list(out.headers)
            )
        self._under_way.append((size, delivery))
        self._bytes += size
        return delivery

    async def _settle_oldest(self) -> None:
        size, delivery = self._under_way.popleft()
        self._bytes -= size
        # Waited for, not awaited: whoever is cancelled here must not cancel the delivery of another's article.
        await asyncio.wait({delivery})
        with self._broker_errors():
            delivery.result()

    @contextmanager
    def _broker_errors(self) -> Iterator[None]:
        try:
            yield
        except KafkaError as error:
            raise BrokerError(f"cannot write to Kafka: {error}") from error


@asynccontextmanager
async def open_sender(settings: Settings) -> AsyncIterator[Sender]:
    """A sender to the tenant's `articles-raw` and `ingest-dlq`.

    Partitions are those of Kafka's default hash, which the lanes count on.

    Raises:
        SettingsError: the connection settings cannot work.
        BrokerError: Kafka cannot be reached.
    """
    producer = idempotent_producer(settings, max_request_size=INGEST_DLQ.max_message_bytes, linger_ms=5)
    try:
        async with connected(producer):
            yield Sender(producer, settings)
    except KafkaError as error:
        raise BrokerError(f"cannot reach Kafka at {settings.bootstrap}: {error}") from error
