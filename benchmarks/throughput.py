"""Kafka to Kafka against the same pool fed from memory, in one run, on the same cores.

    python -m benchmarks.throughput --articles 1500

Half a minute later the machine may be a fifth slower or faster, so the two take turns, after a turn of the worker's
that warms up the broker's JVM. The first quarter of each turn does not count.
"""

import argparse
import asyncio
import time
from collections.abc import Mapping, Sequence
from itertools import count, islice, pairwise
from statistics import fmean

import psutil

from benchmarks.cpu import Meter
from benchmarks.installation import Installation, installation
from schemas.raw_article import RawArticle
from schemas.topics import ARTICLES_ENRICHED, ARTICLES_RAW, Topic
from streams.broker.connection import topic_name
from streams.engine.ending import end_process
from streams.engine.pool import Pool, PoolSpec
from streams.records import Record
from tests.faults.articles import article
from tests.faults.audit import assigned, ends, produce, read

__all__ = ["SENTENCES", "at_once", "through_kafka"]

SENTENCES = 25
"""About 330 words."""

ROUNDS = 4

WARM_SHARE = 4
"""One of so many records."""


async def main(backlog: int, sentences: int) -> None:
    """Print the table."""
    invented = (article(str(number), sentences=sentences) for number in count())
    async with installation() as where:
        worker = await where.start_worker()
        await at_once(where, worker.pid, list(islice(invented, backlog)))
        records = sorted(await read(where.settings, ARTICLES_RAW), key=lambda record: (record.offset, record.partition))
        words = sum(len((record.value or b"").split()) for record in records) / backlog
        pool = Pool(PoolSpec.of(where.settings, where.settings.partitions), on_fatal=end_process)
        pool.start()
        await pool.ready()
        alone = [await from_memory(pool, where.settings.inflight_records, records)]
        turns: list[tuple[float, dict[str, float]]] = []
        for _ in range(ROUNDS):
            turns.append(await at_once(where, worker.pid, list(islice(invented, backlog))))
            alone.append(await from_memory(pool, where.settings.inflight_records, records))
        await pool.stop()
    print(f"{ROUNDS} times {backlog} articles of {words:.0f} words, {where.settings.processes} processes")
    peers = [fmean(pair) for pair in pairwise(alone)]
    for (through, _), peer in zip(turns, peers, strict=True):
        print(f"  from memory {peer:6.1f}, Kafka to Kafka {through:6.1f} articles/s: {through / peer:.2f}")
    print(f"{'ratio':18} {fmean(through for through, _ in turns) / fmean(peers):6.2f} (at least 0.85)")
    for name, limit in (("main process", " (at most 1.5)"), ("broker", ""), ("pool", "")):
        print(f"{'CPU, ' + name:18} {fmean(spent[name] for _, spent in turns):6.2f} ms/record{limit}")


async def from_memory(pool: Pool, inflight: int, records: Sequence[Record]) -> float:
    """Articles per second of the pool alone, with as many in flight as a worker has."""
    slots = asyncio.Semaphore(inflight)
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
    return (len(records) - warm) / (time.monotonic() - began)


async def at_once(where: Installation, pid: int, raws: Sequence[RawArticle]) -> tuple[float, dict[str, float]]:
    """The same of these articles, sent in one go to a worker that waits for them; see `through_kafka`."""
    begins = await ends(where.settings, ARTICLES_ENRICHED)
    await produce(where.settings, raws)
    return await through_kafka(where, ARTICLES_ENRICHED, pid, len(raws), begins)


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
    parser.add_argument("--articles", dest="backlog", type=int, default=1500)
    parser.add_argument("--sentences", type=int, default=SENTENCES)
    asyncio.run(main(**vars(parser.parse_args())))
