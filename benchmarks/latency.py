"""From the raw record's timestamp to a read_committed reader, with arrivals that do not wait for us.

    python -m benchmarks.latency --rate 25 --seconds 60

Give half of what benchmarks.throughput measures as the rate. Arrivals are a Poisson process; the first tenth
of the records does not count.
"""

import argparse
import asyncio
import random
import time
from collections.abc import Sequence

from benchmarks.installation import installation
from benchmarks.throughput import SENTENCES
from schemas.raw_article import RawArticle
from schemas.topics import ARTICLES_ENRICHED, ARTICLES_RAW
from streams.broker.connection import consumer, idempotent_producer, topic_name
from streams.records import encode
from streams.settings import Settings
from tests.faults.articles import articles


async def main(rate: float, seconds: float, sentences: int) -> None:
    """Print the table."""
    count = round(rate * seconds)
    async with installation() as where:
        await where.start_worker()
        reading = asyncio.create_task(read_latencies(where.settings, count))
        await asyncio.sleep(1)
        late = await arrive(where.settings, rate, list(articles(count, sentences=sentences)))
        latencies = await asyncio.wait_for(reading, 120)
    counted = sorted(latencies[count // 10 :])
    print(f"{count} articles of {sentences} sentences at {rate:g}/s, Poisson")
    print(f"the sender was late by at most {1000 * late:.0f} ms")
    for share, limit in ((0.5, " (under 100)"), (0.9, ""), (0.99, " (under 300)"), (1.0, "")):
        value = counted[min(len(counted) - 1, int(share * len(counted)))]
        print(f"p{100 * share:<5g} {1000 * value:6.0f} ms{limit}")


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
    async with consumer(settings, ARTICLES_ENRICHED, auto_offset_reset="earliest", fetch_max_wait_ms=50) as reader:
        while len(latencies) < count:
            batches = await reader.getmany(timeout_ms=200)
            now = time.time()
            latencies += [now - record.timestamp / 1000 for records in batches.values() for record in records]
    return latencies


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rate", type=float, default=25)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--sentences", type=int, default=SENTENCES)
    asyncio.run(main(**vars(parser.parse_args())))
