"""From the raw record's timestamp to a read_committed reader, with arrivals that do not wait for us, at half load.

    python -m benchmarks.latency --articles 2000 --seconds 30

A backlog comes first: it tells what this machine can do right now, of which the arrivals get half, and it warms
up the broker's JVM. Arrivals are a Poisson process; those of the first third of the time do not count.
"""

import argparse
import asyncio
import random
import time
from collections.abc import Sequence
from itertools import islice

import psutil
import uvloop

from benchmarks.cpu import Meter
from benchmarks.installation import installation
from benchmarks.throughput import SENTENCES, through_kafka
from schemas.raw_article import RawArticle
from schemas.topics import ARTICLES_ENRICHED, ARTICLES_RAW
from streams.broker.connection import consumer, idempotent_producer, topic_name
from streams.records import encode
from streams.settings import Settings
from tests.faults.articles import articles
from tests.faults.audit import ends, produce

WARM_SHARE = 3
"""One of so many arrivals."""


async def main(backlog: int, seconds: float, sentences: int, rate: float | None) -> None:
    """Print the table."""
    async with installation() as where:
        await produce(where.settings, articles(backlog, sentences=sentences))
        worker = await where.start_worker()
        through, _ = await through_kafka(where, ARTICLES_ENRICHED, worker.pid, backlog)
        rate = rate or through / 2
        count = round(rate * seconds)
        written = await written_offsets(where.settings)
        meter = Meter(where.broker, psutil.Process(worker.pid))
        reading = asyncio.create_task(read_latencies(where.settings, count))
        arriving = list(islice(articles(backlog + count, sentences=sentences), backlog, None))
        await asyncio.sleep(1)
        meter.start()
        late = await arrive(where.settings, rate, arriving)
        latencies = await asyncio.wait_for(reading, 120)
        spent = meter.per_record(count)
        markers = await written_offsets(where.settings) - written - count
    counted = sorted(latencies[count // WARM_SHARE :])
    print(f"{backlog} articles of {sentences} sentences at once: {through:.1f}/s")
    print(f"{count} more at {rate:.1f}/s, Poisson; the sender was late by at most {1000 * late:.0f} ms")
    print(f"{count / markers:.2f} articles a transaction in each partition that it wrote to")
    for name, milliseconds in spent.items():
        print(f"{'CPU, ' + name:20} {milliseconds:6.2f} ms/record, {milliseconds * rate / 10:3.0f} % of a core")
    for share, limit in ((0.5, " (under 100)"), (0.9, ""), (0.99, " (under 300)"), (1.0, "")):
        value = counted[min(len(counted) - 1, int(share * len(counted)))]
        print(f"p{100 * share:<5g} {1000 * value:6.0f} ms{limit}")


async def written_offsets(settings: Settings) -> int:
    """Offsets of the enriched topic in use: its records, and a marker of each transaction in each partition."""
    return sum((await ends(settings, ARTICLES_ENRICHED)).values())


async def arrive(settings: Settings, rate: float, raws: Sequence[RawArticle]) -> float:
    """Send on time, whatever becomes of it; returns how late the latest was, in seconds."""
    dice, late = random.Random(1), 0.0
    values = [(each.article_id.encode(), encode(each)) for each in raws]
    async with idempotent_producer(settings) as producer:
        topic, due, sent = topic_name(settings, ARTICLES_RAW), time.time(), []
        for key, value in values:
            due += dice.expovariate(rate)
            await asyncio.sleep(max(0.0, due - time.time()))
            late = max(late, time.time() - due)
            sent.append(await producer.send(topic, value, key=key, timestamp_ms=round(1000 * due)))
        await asyncio.gather(*sent)
    return late


async def read_latencies(settings: Settings, count: int) -> list[float]:
    """Seconds from each record's due time to its arrival here; outputs keep the timestamp of their input."""
    latencies: list[float] = []
    async with consumer(settings, ARTICLES_ENRICHED, auto_offset_reset="latest", fetch_max_wait_ms=50) as reader:
        while len(latencies) < count:
            batches = await reader.getmany(timeout_ms=200)
            now = time.time()
            latencies += [now - record.timestamp / 1000 for records in batches.values() for record in records]
    return latencies


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--articles", dest="backlog", type=int, default=2000)
    parser.add_argument("--seconds", type=float, default=30)
    parser.add_argument("--sentences", type=int, default=SENTENCES)
    parser.add_argument("--rate", type=float, help="articles/s to arrive, in place of half of what the backlog showed")
    uvloop.run(main(**vars(parser.parse_args())))  # as the worker's: what measures should weigh little
