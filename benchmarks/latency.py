"""From the raw record's timestamp to a read_committed reader, with arrivals that do not wait for us, at half load.

    python -m benchmarks.latency --articles 2000 --seconds 30

A backlog tells what this machine can do right now, of which the arrivals get half. Arrivals are a Poisson process;
those of the first third of the time do not count. Another backlog comes last, to tell how much of a load the arrivals
were on a machine that has become slower or faster meanwhile.

Before all that four minutes of arrivals warm the broker up, which runs as Kafka's own scripts start it. At this load it
is busy with requests, and they cost it a fifth more CPU as long as C2 has not compiled what they need.
"""

import argparse
import asyncio
import random
import time
from collections.abc import Sequence
from itertools import count, islice

import psutil
import uvloop

from benchmarks.cpu import Meter
from benchmarks.installation import Installation, installation
from benchmarks.throughput import SENTENCES, through_kafka
from schemas.raw_article import RawArticle
from schemas.topics import ARTICLES_ENRICHED, ARTICLES_RAW
from streams.broker.connection import consumer, idempotent_producer, topic_name
from streams.records import encode
from streams.settings import Settings
from tests.brokers.kafka import PRODUCTION_JVM_OPTIONS
from tests.faults.articles import article
from tests.faults.audit import ends, produce
from tests.faults.fleet import LiveWorker

WARM_SHARE = 3
"""One of so many arrivals."""


async def main(backlog: int, seconds: float, warm_seconds: float, sentences: int, rate: float | None) -> None:
    """Print the table."""
    invented = (article(str(number), sentences=sentences) for number in count())
    async with installation(PRODUCTION_JVM_OPTIONS) as where:
        worker = await where.start_worker()
        bench = Bench(where, worker)
        cold = await bench.at_once(list(islice(invented, backlog)))
        await bench.one_by_one(list(islice(invented, round(cold / 2 * warm_seconds))), cold / 2)
        before = await bench.at_once(list(islice(invented, backlog)))
        rate = rate or before / 2
        arriving = list(islice(invented, round(rate * seconds)))
        written, meter = await written_offsets(where.settings), Meter(where.broker, psutil.Process(worker.pid))
        meter.start()
        late, latencies = await bench.one_by_one(arriving, rate)
        spent = meter.per_record(len(arriving))
        markers = await written_offsets(where.settings) - written - len(arriving)
        after = await bench.at_once(list(islice(invented, backlog)))
    counted = sorted(latencies[len(arriving) // WARM_SHARE :])
    print(f"{backlog} articles of {sentences} sentences at once: {before:.1f}/s before, {after:.1f}/s after")
    print(f"{len(arriving)} more at {rate:.1f}/s, Poisson, {100 * rate / ((before + after) / 2):.0f} % of that")
    print(f"The sender was late by at most {1000 * late:.0f} ms")
    print(f"{len(arriving) / markers:.2f} articles a transaction in each partition that it wrote to")
    for name, milliseconds in spent.items():
        print(f"{'CPU, ' + name:20} {milliseconds:6.2f} ms/record, {milliseconds * rate / 10:3.0f} % of a core")
    for share, limit in ((0.5, " (under 100)"), (0.9, ""), (0.99, " (under 300)"), (1.0, "")):
        value = counted[min(len(counted) - 1, int(share * len(counted)))]
        print(f"p{100 * share:<5g} {1000 * value:6.0f} ms{limit}")


class Bench:
    """Has articles enriched by a worker, and waits for them."""

    def __init__(self, where: Installation, worker: LiveWorker) -> None:
        self._where = where
        self._worker = worker

    async def at_once(self, raws: Sequence[RawArticle]) -> float:
        """Articles per second."""
        begins = await ends(self._where.settings, ARTICLES_ENRICHED)
        await produce(self._where.settings, raws)
        per_second, _ = await through_kafka(self._where, ARTICLES_ENRICHED, self._worker.pid, len(raws), begins)
        return per_second

    async def one_by_one(self, raws: Sequence[RawArticle], rate: float) -> tuple[float, list[float]]:
        """How late the sender was at most, and how long each took, in seconds."""
        reading = asyncio.create_task(read_latencies(self._where.settings, len(raws)))
        await asyncio.sleep(1)
        late = await arrive(self._where.settings, rate, raws)
        latencies = await asyncio.wait_for(reading, 120)
        return late, latencies


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


async def read_latencies(settings: Settings, wanted: int) -> list[float]:
    """Seconds from each record's due time to its arrival here; outputs keep the timestamp of their input."""
    latencies: list[float] = []
    async with consumer(settings, ARTICLES_ENRICHED, auto_offset_reset="latest", fetch_max_wait_ms=50) as reader:
        while len(latencies) < wanted:
            batches = await reader.getmany(timeout_ms=200)
            now = time.time()
            latencies += [now - record.timestamp / 1000 for records in batches.values() for record in records]
    return latencies


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--articles", dest="backlog", type=int, default=2000)
    parser.add_argument("--seconds", type=float, default=30)
    parser.add_argument("--warm-seconds", type=float, default=240)
    parser.add_argument("--sentences", type=int, default=SENTENCES)
    parser.add_argument("--rate", type=float, help="articles/s to arrive, in place of half of what the backlog showed")
    uvloop.run(main(**vars(parser.parse_args())))  # as the worker's: what measures should weigh little
