"""From the raw record's timestamp to a read_committed reader, with arrivals that do not wait for us, at half load.

    python -m benchmarks.latency --articles 1000 --seconds 60

A backlog tells what this machine can do right now, of which the arrivals get half. Arrivals are a Poisson process. Half
a minute later the machine may be slower or faster, so they come in rounds, each after a backlog of its own and before
another, which tell how much of a load they were. Of each round the first arrivals do not count.

Before all that four minutes of arrivals warm the broker up, which runs as Kafka's own scripts start it. At this load it
is busy with requests, and they cost it a fifth more CPU as long as C2 has not compiled what they need.
"""

import argparse
import asyncio
import random
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import count, islice, pairwise
from statistics import fmean
from typing import Self

import psutil
import uvloop

from benchmarks.cpu import Meter
from benchmarks.installation import Installation, installation
from benchmarks.throughput import SENTENCES, at_once
from schemas.raw_article import RawArticle
from schemas.topics import ARTICLES_ENRICHED, ARTICLES_RAW
from streams.broker.connection import consumer, idempotent_producer, topic_name
from streams.records import encode
from streams.settings import Settings
from tests.brokers.kafka import PRODUCTION_JVM_OPTIONS
from tests.faults.articles import article
from tests.faults.audit import ends
from tests.faults.fleet import LiveWorker

ROUNDS = 5

WARM_SHARE = 6
"""One of so many arrivals of a round."""


async def main(backlog: int, seconds: float, warm_seconds: float, sentences: int, rate: float | None) -> None:
    """Print the table."""
    invented = (article(str(number), sentences=sentences) for number in count())
    async with installation(PRODUCTION_JVM_OPTIONS) as where:
        worker = await where.start_worker()
        bench = Bench(where, worker)
        cold = await bench.at_once(list(islice(invented, backlog)))
        await bench.one_by_one(list(islice(invented, round(cold / 2 * warm_seconds))), cold / 2)
        meter = Meter(where.broker, psutil.Process(worker.pid))
        speeds = [await bench.at_once(list(islice(invented, backlog)))]
        rounds: list[Round] = []
        for _ in range(ROUNDS):
            rounds.append(await bench.round(invented, rate or speeds[-1] / 2, seconds / ROUNDS, meter))
            speeds.append(await bench.at_once(list(islice(invented, backlog))))
    loads = [2 * each.rate / (before + after) for each, (before, after) in zip(rounds, pairwise(speeds), strict=True)]
    print(f"{backlog} articles of {sentences} sentences at once, in turn with arrivals, Poisson:")
    for each, load, speed in zip(rounds, loads, speeds[1:], strict=True):
        p50, p99 = (1000 * each.percentile(share) for share in (0.5, 0.99))
        print(
            f"  {each.count:5} at {each.rate:5.1f}/s, {load:3.0%} of the load: p50 {p50:4.0f}, p99 {p99:4.0f} ms;",
            end="",
        )
        print(f" then {speed:5.1f}/s at once")
    together = Round.of(rounds)
    print(
        f"{together.count} arrivals, {fmean(loads):.0%} of the load; the sender was late by at most"
        f" {1000 * together.late:.0f} ms"
    )
    print(f"{together.count / together.markers:.2f} articles a transaction in each partition that it wrote to")
    for name, milliseconds in together.spent.items():
        share = milliseconds * together.rate / 10
        print(f"{'CPU, ' + name:20} {milliseconds:6.2f} ms/record, {share:3.0f} % of a core")
    for share, limit in ((0.5, " (under 100)"), (0.9, ""), (0.99, " (under 300)"), (1.0, "")):
        print(f"p{100 * share:<5g} {1000 * together.percentile(share):6.0f} ms{limit}")


@dataclass(frozen=True, slots=True)
class Round:
    """Arrivals at one rate, and what became of them."""

    count: int
    rate: float
    late: float
    """Seconds by which the sender was late at most."""
    latencies: tuple[float, ...]
    """In seconds, of those that count."""
    spent: Mapping[str, float]
    """Milliseconds of CPU a record, by process."""
    markers: int
    """Of transactions in partitions of the enriched topic."""

    @classmethod
    def of(cls, rounds: Sequence[Self]) -> Self:
        """All of them as one, at their mean rate."""
        count = sum(each.count for each in rounds)
        return cls(
            count=count,
            rate=sum(each.rate * each.count for each in rounds) / count,
            late=max(each.late for each in rounds),
            latencies=tuple(latency for each in rounds for latency in each.latencies),
            spent={name: sum(each.spent[name] * each.count for each in rounds) / count for name in rounds[0].spent},
            markers=sum(each.markers for each in rounds),
        )

    def percentile(self, share: float) -> float:
        """Seconds."""
        counted = sorted(self.latencies)
        return counted[min(len(counted) - 1, int(share * len(counted)))]


class Bench:
    """Has articles enriched by a worker, and waits for them."""

    def __init__(self, where: Installation, worker: LiveWorker) -> None:
        self._where = where
        self._worker = worker
        self._dice = random.Random(1)

    async def at_once(self, raws: Sequence[RawArticle]) -> float:
        """Articles per second."""
        per_second, _ = await at_once(self._where, self._worker.pid, raws)
        return per_second

    async def round(self, invented: Iterator[RawArticle], rate: float, seconds: float, meter: Meter) -> Round:
        """Arrivals at a rate."""
        raws = list(islice(invented, round(rate * seconds)))
        written = await written_offsets(self._where.settings)
        meter.start()
        late, latencies = await self.one_by_one(raws, rate)
        return Round(
            count=len(raws),
            rate=rate,
            late=late,
            latencies=tuple(latencies[len(raws) // WARM_SHARE :]),
            spent=meter.per_record(len(raws)),
            markers=await written_offsets(self._where.settings) - written - len(raws),
        )

    async def one_by_one(self, raws: Sequence[RawArticle], rate: float) -> tuple[float, list[float]]:
        """How late the sender was at most, and how long each took, in seconds."""
        reading = asyncio.create_task(read_latencies(self._where.settings, len(raws)))
        await asyncio.sleep(1)
        late = await arrive(self._where.settings, rate, raws, self._dice)
        latencies = await asyncio.wait_for(reading, 120)
        return late, latencies


async def written_offsets(settings: Settings) -> int:
    """Offsets of the enriched topic in use: its records, and a marker of each transaction in each partition."""
    return sum((await ends(settings, ARTICLES_ENRICHED)).values())


async def arrive(settings: Settings, rate: float, raws: Sequence[RawArticle], dice: random.Random) -> float:
    """Send on time, whatever becomes of it; returns how late the latest was, in seconds."""
    late = 0.0
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
    parser.add_argument("--articles", dest="backlog", type=int, default=1000)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--warm-seconds", type=float, default=240)
    parser.add_argument("--sentences", type=int, default=SENTENCES)
    parser.add_argument("--rate", type=float, help="articles/s to arrive, in place of half of what the backlog showed")
    uvloop.run(main(**vars(parser.parse_args())))  # as the worker's: what measures should weigh little
