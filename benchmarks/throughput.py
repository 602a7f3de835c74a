"""Kafka to Kafka against the same pool fed from memory, in one run, on the same cores.

    python -m benchmarks.throughput --articles 1500

The pool is measured before and after the worker, so that a machine that slows down meanwhile shows.
The first tenth of the records warms up and does not count.
"""

import argparse
import asyncio
import time
from collections.abc import Sequence

import psutil

from benchmarks.installation import installation
from schemas.topics import ARTICLES_ENRICHED, ARTICLES_RAW
from streams.broker.connection import consumer
from streams.engine.ending import end_process
from streams.engine.pool import Pool, PoolSpec
from streams.records import Record
from streams.settings import Settings
from tests.faults.articles import articles
from tests.faults.audit import produce, read

SENTENCES = 25
"""About 330 words."""


async def main(count: int) -> None:
    """Print the table."""
    async with installation() as where:
        await produce(where.settings, articles(count, sentences=SENTENCES))
        records = sorted(await read(where.settings, ARTICLES_RAW), key=lambda record: (record.offset, record.partition))
        words = sum(len((record.value or b"").split()) for record in records) / count
        before = await from_memory(where.settings, records)
        worker = psutil.Process((await where.start_worker()).pid)
        through, cpu = await through_kafka(where.settings, worker, count)
        where.fleet.running[0].drain()
        after = await from_memory(where.settings, records)
    memory = (before + after) / 2
    print(f"{count} articles of {words:.0f} words, {where.settings.processes} processes")
    print(f"{'from memory, before':28} {before:8.1f} articles/s")
    print(f"{'from memory, after':28} {after:8.1f} articles/s")
    print(f"{'Kafka to Kafka':28} {through:8.1f} articles/s")
    print(f"{'ratio':28} {through / memory:8.2f} (at least 0.85)")
    print(f"{'CPU of the main process':28} {1000 * cpu:8.2f} ms/record")


async def from_memory(settings: Settings, records: Sequence[Record]) -> float:
    """Articles per second of the pool alone, with as many in flight as a worker has."""
    pool = Pool(PoolSpec.of(settings, settings.partitions), on_fatal=end_process)
    pool.start()
    await pool.ready()
    slots = asyncio.Semaphore(settings.inflight_records)
    warm, done, began = len(records) // 10, 0, 0.0

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


async def through_kafka(settings: Settings, worker: psutil.Process, count: int) -> tuple[float, float]:
    """Committed articles per second, and CPU seconds of the worker's main process per record."""
    warm, seen, began, spent = count // 10, 0, 0.0, 0.0
    async with consumer(settings, ARTICLES_ENRICHED, auto_offset_reset="earliest") as reader:
        while seen < count:
            batches = await reader.getmany(timeout_ms=200)
            seen += sum(map(len, batches.values()))
            if not began and seen >= warm:
                warm, began, spent = seen, time.monotonic(), cpu_seconds(worker)
        seconds = time.monotonic() - began
    return (count - warm) / seconds, (cpu_seconds(worker) - spent) / (count - warm)


def cpu_seconds(process: psutil.Process) -> float:
    """User and system time of this process alone."""
    times = process.cpu_times()
    return float(times.user + times.system)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--articles", type=int, default=1500)
    asyncio.run(main(parser.parse_args().articles))
