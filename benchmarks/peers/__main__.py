"""Ours against what others would build, on the same broker and the same cores, one after the other.

    python -m benchmarks.peers --articles 800

The peers find names by the stock spaCy pipeline and do nothing else, at least once. Ours is the worker as it is: it
cleans, classifies and routes as well, and writes exactly once. Each reads the same topic from its beginning.
"""

import argparse
import asyncio
import importlib.util
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from benchmarks.installation import Installation, installation
from benchmarks.throughput import SENTENCES, through_kafka
from schemas.topics import ARTICLES_ENRICHED, ARTICLES_RAW
from streams.broker.admin import create_topics
from streams.broker.connection import topic_name
from streams.engine.fork_server import thread_limits
from tests.faults.articles import articles
from tests.faults.audit import produce

PEERS = {"aiokafka + executor": ("plain", "aiokafka"), "sentry-arroyo": ("sentry_arroyo", "arroyo")}
"""Name: module, and the package it needs."""

Result = tuple[float, dict[str, float]]


async def main(count: int, sentences: int) -> None:
    """Print the table."""
    async with installation() as where:
        await produce(where.settings, articles(count, sentences=sentences))
        # Ours first: the broker is coldest then, which must not be to our advantage.
        worker = await where.start_worker()
        ours = await through_kafka(where, ARTICLES_ENRICHED, worker.pid, count)
        worker.drain()
        peers = {
            name: await through_peer(where, module, count)
            for name, (module, package) in PEERS.items()
            if importlib.util.find_spec(package)
        }
    print(f"{count} articles of {sentences} sentences, 2 processes; CPU in ms/record")
    print(f"{'':22}{'articles/s':>12}{'ours/peer':>12}{'main':>8}{'pool':>8}{'broker':>8}")
    for name, (rate, spent) in {"ours": ours, **peers}.items():
        costs = "".join(f"{spent[part]:8.2f}" for part in ("main process", "pool", "broker"))
        print(f"{name:22}{rate:12.1f}{ours[0] / rate:12.2f}{costs}")
    for name in PEERS.keys() - peers.keys():
        print(f"{name} is not installed: make bench, or pip install --group bench")


async def through_peer(where: Installation, module: str, count: int) -> Result:
    """As ours is measured."""
    topic = replace(ARTICLES_ENRICHED, name=f"peer-{module.replace('_', '-')}")
    await create_topics(where.settings, [topic])
    names = (topic_name(where.settings, each) for each in (ARTICLES_RAW, topic))
    with running([sys.executable, "-m", f"benchmarks.peers.{module}", where.settings.bootstrap, *names]) as peer:
        return await through_kafka(where, topic, peer.pid, count)


@contextmanager
def running(command: list[str]) -> Iterator[subprocess.Popen[bytes]]:
    """A process, and all it started, until the block ends."""
    peer = subprocess.Popen(command, env=os.environ | thread_limits(), start_new_session=True)
    try:
        yield peer
    finally:
        os.killpg(peer.pid, signal.SIGKILL)
        peer.wait()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--articles", dest="count", type=int, default=800)
    parser.add_argument("--sentences", type=int, default=SENTENCES)
    asyncio.run(main(**vars(parser.parse_args())))
