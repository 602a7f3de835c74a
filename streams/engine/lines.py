"""The enrichment without Kafka: RawArticle JSON lines in, EnrichedArticle JSON lines out, one each, in order."""

import asyncio
from collections.abc import AsyncIterable, AsyncIterator, Callable
from datetime import UTC, datetime

from schemas.dead_letter import DeadLetter
from streams.desk.decide import decide
from streams.desk.routing import Routing
from streams.engine.pool import Pool
from streams.engine.work import Enriched, Result, dead_letter
from streams.errors import ContractError
from streams.records import Record, decode_raw_article, with_routes

__all__ = ["enrich_lines"]

NO_TOPIC = "-"
"""The topic that a dead letter of a line names; its offset is the line's number, from 0."""


async def enrich_lines(
    lines: AsyncIterable[bytes],
    pool: Pool,
    routing: Routing,
    *,
    ahead: int,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> AsyncIterator[bytes | DeadLetter]:
    """Yield for each line its EnrichedArticle, encoded, or why there is none.

    At most `ahead` lines are read before the first of them is answered. The pool must be started for one
    partition; the routes are those decide() gives an article never seen before.
    """
    pipeline = await pool.ready()
    async for future in _in_hand(lines, pool, pipeline, ahead):
        match await future:
            case Enriched() as enriched:
                yield with_routes(enriched.value, decide(enriched.summary, None, now(), routing).routes)
            case DeadLetter() as letter:
                yield letter.model_copy(update={"timestamp": None})
            case other:
                raise AssertionError(other)  # a line always has a value, so nothing is forgotten


async def _in_hand(
    lines: AsyncIterable[bytes], pool: Pool, pipeline: str, ahead: int
) -> AsyncIterator[asyncio.Future[Result]]:
    """Each line's future in order, while a task of its own keeps reading: a slow source must not hold up answers."""
    futures: asyncio.Queue[asyncio.Future[Result] | None] = asyncio.Queue(ahead)

    async def submit() -> None:
        index = 0
        try:
            async for line in lines:
                await futures.put(_submitted(line, index, pool, pipeline))
                index += 1
        except Exception as error:  # noqa: BLE001 - raised where its turn comes
            await futures.put(_failed(error))
        await futures.put(None)

    task = asyncio.create_task(submit())
    try:
        while (future := await futures.get()) is not None:
            yield future
    finally:
        task.cancel()


def _submitted(line: bytes, index: int, pool: Pool, pipeline: str) -> asyncio.Future[Result]:
    """As a record of its own article_id: what a line lacks of a record is nothing the line can be blamed for."""
    record = Record(NO_TOPIC, 0, index, 0, None, line)
    try:
        article_id = decode_raw_article(line).article_id
    except ContractError as error:
        return _done(dead_letter(record, error, stage="decode", pipeline=pipeline))
    return pool.submit(Record(NO_TOPIC, 0, index, 0, article_id.encode(), line))


def _done(result: Result) -> asyncio.Future[Result]:
    future: asyncio.Future[Result] = asyncio.get_running_loop().create_future()
    future.set_result(result)
    return future


def _failed(error: Exception) -> asyncio.Future[Result]:
    future: asyncio.Future[Result] = asyncio.get_running_loop().create_future()
    future.set_exception(error)
    return future
