"""Articles to Kafka, each version with the same content once, as far back as is remembered."""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from schemas.raw_article import RawArticle
from streams.errors import BrokerError, WireError
from streams.formats import Hint
from streams.ingest.limits import Remembered
from streams.ingest.sender import Sender
from streams.records import digest, encode

__all__ = ["Delivered", "Deliveries"]

_MOST_REMEMBERED = 100_000


@dataclass(frozen=True, slots=True)
class Delivered:
    """What became of the articles of one request."""

    accepted: list[dict[str, Any]] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)


class Deliveries:
    """Gives articles to Kafka, each version with the same content once, as far back as is remembered."""

    def __init__(self, sender: Sender) -> None:
        self._sender = sender
        self._acknowledged = Remembered(_MOST_REMEMBERED)
        self._under_way: dict[tuple[bytes, bytes], asyncio.Future[None]] = {}

    async def deliver(self, source: str, articles: Iterable[RawArticle]) -> Delivered:
        """Return when Kafka has acknowledged all articles but those that have failed.

        Raises:
            BrokerError: Kafka refused one; others may have been written.
        """
        delivered, waited_for = Delivered(), set()
        for article in articles:
            name = bytes.fromhex(digest(source, article.article_id, article.version))
            content = sha256(encode(article)).digest()
            entry: dict[str, Any] = {"article_id": article.article_id, "version": article.version}
            if self._acknowledged.get(name) == content:
                delivered.accepted.append({**entry, "duplicate": True})
                continue
            earlier = self._under_way.get((name, content))
            try:
                waited_for.add(earlier or await self._begin(article, name, content))
            except WireError as error:
                delivered.failed.append(str(error))
            else:
                delivered.accepted.append({**entry, "duplicate": True} if earlier else entry)
        if waited_for:
            await asyncio.wait(waited_for)
        for acknowledged in waited_for:
            acknowledged.result()
        return delivered

    async def refuse(self, body: bytes, hint: Hint, reason: str) -> None:
        """Return when `ingest-dlq` has what cannot be taken.

        Raises:
            BrokerError: Kafka refused.
        """
        kept = await self._sender.refuse(body, hint, reason)
        await asyncio.wait({kept})
        if error := kept.exception():
            raise _refused(error)

    async def _begin(self, article: RawArticle, name: bytes, content: bytes) -> asyncio.Future[None]:
        """Send; the answer is done once Kafka has acknowledged. Until then, the same again waits for the same."""
        acknowledged: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._under_way[name, content] = acknowledged
        try:
            delivery = await self._sender.send(article)
        except BaseException as error:
            self._settle(name, content, error)
            raise
        delivery.add_done_callback(lambda done: self._settle(name, content, _failure(done)))
        return acknowledged

    def _settle(self, name: bytes, content: bytes, failure: BaseException | None) -> None:
        acknowledged = self._under_way.pop((name, content))
        if failure is None:
            self._acknowledged.put(name, content)
            acknowledged.set_result(None)
        else:
            acknowledged.set_exception(_refused(failure))
            acknowledged.exception()  # which marks it as seen: whoever sent the article has the failure already


def _failure(delivery: "asyncio.Future[object]") -> BaseException | None:
    return asyncio.CancelledError() if delivery.cancelled() else delivery.exception()


def _refused(error: BaseException) -> BrokerError:
    if isinstance(error, BrokerError):
        return error
    refusal = BrokerError(f"cannot write to Kafka: {error!r}")
    refusal.__cause__ = error
    return refusal
