"""Kafka to Kafka against the same pool fed from memory, in one run, on the same cores.

    python -m benchmarks.throughput --articles 2000

The pool is measured before and after the worker, so that a machine that slows down meanwhile shows.
The first quarter of the records warms up, the broker's JVM above all, and does not count.
"""

import argparse
import asyncio
import time
from collections.abc import Mapping, Sequence

import psutil

from benchmarks.cpu import Meter
from benchmarks.installation import Installation, installation
from schemas.topics import ARTICLES_ENRICHED, ARTICLES_RAW, Topic
from streams.broker.connection import topic_name
from streams.engine.ending import end_process
from streams.engine.pool import Pool, PoolSpec
from streams.records import Record
from streams.settings import Settings
from tests.faults.articles import articles
from tests.faults.audit import assigned, produce, read

__all__ = ["SENTENCES", "through_kafka"]

SENTENCES = 25
"""About 330 words."""

WARM_SHARE = 4
"""One of so many records."""

SLOW_POOL_MS = 20
"""A pool that needs more than this for a record leaves the rest little to hide behind, and is held to more."""


async def main(count: int, sentences: int) -> None:
    """Print the table."""
    async with installation() as where:
        await produce(where.settings, articles(count, sentences=sentences))
        records = sorted(await read(where.settings, ARTICLES_RAW), key=lambda record: (record.offset, record.partition))
        words = sum(len((record.value or b"").split()) for record in records) / count
        before = await from_memory(where.settings, records)
        worker = await where.start_worker()
        through, spent = await through_kafka(where, ARTICLES_ENRICHED, worker.pid, count)
        worker.drain()
        after = await from_memory(where.settings, records)
    least = 0.85 if spent["pool"] > SLOW_POOL_MS else 0.65
    print(f"{count} articles of {words:.0f} words, {where.settings.processes} processes")
    print(f"{'from memory, before':28} {before:8.1f} articles/s")
    print(f"{'from memory, after':28} {after:8.1f} articles/s")
    print(f"{'Kafka to Kafka':28} {through:8.1f} articles/s")
    print(f"{'ratio':28} {through / ((before + after) / 2):8.2f} (at least {least})")
    for name, limit in (("main process", " (at most 1.5)"), ("broker", ""), ("pool", "")):
        print(f"{'CPU, ' + name:28} {spent[name]:8.2f} ms/record{limit}")


async def from_memory(settings: Settings, records: Sequence[Record]) -> float:
    """Articles per second of the pool alone, with as many in flight as a worker has."""
    pool = Pool(PoolSpec.of(settings, settings.partitions), on_fatal=end_process)
    pool.start()
    await pool.ready()
    slots = asyncio.Semaphore(settings.inflight_records)
    warm, done, began = len(records) // WARM_SHARE, 0, 0.0

    def finished(_: object) -> None:
        nonlocal done, began
        done += 1
        began = time.monotonic() if done == warm else began
        slots.release()

    futures = []
    for record in records:
        await slots.acquire()
        futures.append(pool.submit(record))
        futures[-1].add_done_callback(finished)
    await asyncio.gather(*futures)
    rate = (len(records) - warm) / (time.monotonic() - began)
    await pool.stop()
    return rate


async def through_kafka(
    where: Installation, topic: Topic, pid: int, count: int, begins: Mapping[int, int] | None = None
) -> tuple[float, dict[str, float]]:
    """Committed articles per second of the running process, and the milliseconds of CPU that each cost.

    The reader shares the cores, so it asks for much at once.

    Args:
        where: broker and topics.
        topic: where the articles come out.
        pid: the process.
        count: articles to come.
        begins: offset in each partition from which they come; else from the first on.
    """
    meter = Meter(where.broker, psutil.Process(pid))
    warm, seen, began = count // WARM_SHARE, 0, 0.0
    name = topic_name(where.settings, topic)
    async with assigned(where.settings, name, fetch_min_bytes=256 << 10, fetch_max_wait_ms=200) as reader:
        for partition in reader.assignment():
            reader.seek(partition, (begins or {}).get(partition.partition, 0))
        while seen < count:
            batches = await reader.getmany(timeout_ms=200)
            seen += sum(map(len, batches.values()))
            if not began and seen >= warm:
                warm, began = seen, time.monotonic()
                meter.start()
        seconds = time.monotonic() - began
    return (count - warm) / seconds, meter.per_record(count - warm)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--articles", dest="count", type=int, default=2000)
    parser.add_argument("--sentences", type=int, default=SENTENCES)
    asyncio.run(main(**vars(parser.parse_args())))
