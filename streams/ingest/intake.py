"""What every transport does with bytes, whatever is in them: parse, send, and keep what cannot be read."""

import asyncio
from dataclasses import dataclass

from schemas.raw_article import RawArticle
from streams.errors import WireError
from streams.formats import Hint, parse
from streams.ingest.sender import Sender

__all__ = ["Taken", "send_all", "take"]


@dataclass(frozen=True, slots=True)
class Taken:
    """The articles that were handed to Kafka, and why others, or all, were not: a line each."""

    articles: tuple[RawArticle, ...] = ()
    failures: tuple[str, ...] = ()


async def take(data: bytes, hint: Hint, sender: Sender) -> Taken:
    """Send the articles in some bytes; bytes that cannot be read go to `ingest-dlq`, with the reason.

    All of it is in Kafka once the sender's `delivered` has returned.

    Raises:
        BrokerError: Kafka refused.
    """
    try:
        # In a thread: parsing a large file must not keep the producer from its heartbeat.
        articles = await asyncio.to_thread(parse, data, hint)
    except WireError as error:
        await sender.refuse(data, hint, str(error))
        return Taken(failures=(str(error),))
    return await send_all(articles, sender)


async def send_all(articles: tuple[RawArticle, ...], sender: Sender) -> Taken:
    """Send parsed articles; one that is larger than the topic takes is a failure, and the others go on.

    Raises:
        BrokerError: Kafka refused.
    """
    sent, failures = [], []
    for article in articles:
        try:
            await sender.send(article)
        except WireError as error:
            failures.append(str(error))
        else:
            sent.append(article)
    return Taken(tuple(sent), tuple(failures))
