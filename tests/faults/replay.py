"""A replay of all there is, killed while live workers run, and taken up again.

    python -m tests.faults.replay --articles 5000 --kills 3

Prints a table and ends with 1 unless each record is in the replay's topic exactly once, with the bytes live
wrote, and the live books add up.
"""

import argparse
import asyncio
import logging
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from schemas.topics import ARTICLES_ENRICHED, TOPICS, replay_enriched
from streams.broker.admin import create_topics
from streams.settings import Settings
from tests.brokers.kafka import KafkaServer
from tests.faults.articles import articles
from tests.faults.audit import audit, committed, ends, produce, read
from tests.faults.fleet import ROOT, Fleet

RUN = "faults"
SENTENCES = 2
POLL_SECONDS = 0.5


async def main(count: int, kills: int) -> bool:
    with (
        tempfile.TemporaryDirectory(prefix="copytaster-replay-") as folder,
        KafkaServer(Path(folder, "kafka")) as server,
    ):
        settings = Settings(bootstrap=server.bootstrap)
        await create_topics(settings, (*TOPICS, replay_enriched(RUN)))
        await produce(settings, articles(count, sentences=SENTENCES))
        began = time.monotonic()
        with Fleet(Path(folder), {"COPYTASTER_BOOTSTRAP": server.bootstrap, "COPYTASTER_PROCESSES": "1"}) as fleet:
            fleet.start()
            died = [await replay_until(settings, number * count // (kills + 1)) for number in range(1, kills + 1)]
            last = await replay_until(settings, None)
            while sum((await committed(settings)).values()) < count:  # noqa: ASYNC110 - what Kafka has
                await asyncio.sleep(POLL_SECONDS)
            drained = fleet.running[0].drain()
        seconds = time.monotonic() - began
        return await tell(settings, count, (died, last, drained), seconds)


async def replay_until(settings: Settings, records: int | None) -> int:
    """Start or resume the replay and kill it once that much is in its topic; returns its exit code."""
    arguments = ["--run", RUN, "--from", "2024-01-01T00:00:00Z"]
    process = await asyncio.to_thread(
        subprocess.Popen,
        [sys.executable, "-m", "streams", "replay", "run", *arguments, "--bootstrap", settings.bootstrap],
        env=os.environ | {"COPYTASTER_PROCESSES": "1"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
        cwd=ROOT,
    )
    while process.poll() is None:
        await asyncio.sleep(POLL_SECONDS)
        if records and sum((await ends(settings, replay_enriched(RUN))).values()) >= records:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
    return process.returncode


async def tell(settings: Settings, count: int, exits: tuple[list[int], int, int], seconds: float) -> bool:
    live = Counter((record.key, record.value) for record in await read(settings, ARTICLES_ENRICHED))
    replayed = Counter((record.key, record.value) for record in await read(settings, replay_enriched(RUN)))
    everything = await read(settings, replay_enriched(RUN), isolation_level="read_uncommitted")
    died, last, drained = exits
    discrepancies = await audit(settings)
    rows = {
        "articles": count,
        "exit codes of the killed runs": died,
        "exit code of the last run": last,
        "missing in the replay, or other bytes": (live - replayed).total(),
        "too many in the replay": (replayed - live).total(),
        "aborted records of the replay": len(everything) - replayed.total(),
        "discrepancies in the live books": len(discrepancies),
        "live worker's exit code": drained,
        "seconds": round(seconds),
    }
    for name, value in rows.items():
        print(f"{name:40} {value}")
    right = live == replayed and live.total() == count and not discrepancies
    return right and set(died) == {-signal.SIGKILL} and last == drained == 0


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--articles", type=int, default=5000)
    parser.add_argument("--kills", type=int, default=3)
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
    arguments = parser.parse_args()
    sys.exit(0 if asyncio.run(main(arguments.articles, arguments.kills)) else 1)
