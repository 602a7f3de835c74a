"""Articles over HTTP into Kafka: how many a second and how soon, and whether every 202 was true.

    python -m benchmarks.push --seconds 20
    python -m benchmarks.push --seconds 30 --kill

The server is a process of its own, this one sends; the embedded broker is a third, unless `--bootstrap` names one. The
first tenth of the time does not count. Without `--content-type` the server has to find out the format.

With `--kill` the server is killed and started again at random moments, whatever got no answer is sent again until it
does, and in the end all that was answered 202 is looked for on the topic.
"""

import argparse
import asyncio
import contextlib
import os
import random
import socket
import subprocess
import sys
import tempfile
import time
import uuid
from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from hashlib import sha256
from itertools import count
from pathlib import Path

import aiohttp
import psutil

from benchmarks.cpu import tree_seconds
from benchmarks.throughput import SENTENCES
from schemas.topics import ARTICLES_RAW, INGEST_DLQ
from streams.broker import tether
from streams.broker.admin import create_topics
from streams.broker.embedded import EmbeddedBroker
from streams.ingest.push import PushOptions, serve
from streams.records import encode
from streams.settings import Settings
from tests.faults.articles import article
from tests.faults.audit import read

SOURCE = "test-wire"
"""What tests.faults.articles writes, so that what is on the topic is what was sent."""
TEXTS = 100
TOKEN = "token-of-the-benchmark"
WARM_SHARE = 10
"""One of so many seconds."""
PATIENCE_SECONDS = 30.0
RETRY_SECONDS = 0.05
BETWEEN_KILLS_SECONDS = (0.5, 3.0)

Written = tuple[bytes, bytes]
"""The key of a record and the sha256 of its value."""


@dataclass
class Tally:
    """What the senders saw."""

    began: float = field(default_factory=time.monotonic)
    acknowledged: set[Written] = field(default_factory=set)
    answered: list[tuple[float, float]] = field(default_factory=list)
    """When a 202 came, and after how long."""
    failures: Counter[str] = field(default_factory=Counter)


class Server:
    """The push server as a process, on one port however often it is started."""

    def __init__(self, folder: Path, settings: Settings) -> None:
        (folder / "token").write_text(TOKEN)
        (folder / "token").chmod(0o600)
        self._sources = folder / "sources.toml"
        self._sources.write_text(f'[sources.{SOURCE}]\ntoken_file = "token"\nrequests_per_second = 1e6\n')
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self._port = free.getsockname()[1]
        self._settings = settings
        self._log = folder / "server.log"
        self._process: subprocess.Popen[bytes] | None = None
        self.url = f"http://127.0.0.1:{self._port}"

    async def start(self) -> None:
        """Return when it takes articles."""
        command = [sys.executable, "-m", "benchmarks.push", "--serve", f"{self._port}", "--sources", str(self._sources)]
        environment = {"COPYTASTER_BOOTSTRAP": self._settings.bootstrap, "COPYTASTER_PREFIX": self._settings.prefix}
        self._process = tether.start(command, log=self._log, env={**os.environ, **environment})
        deadline = time.monotonic() + PATIENCE_SECONDS
        async with aiohttp.ClientSession() as session:
            while not await self._is_up(session):
                if time.monotonic() > deadline:
                    raise RuntimeError(self._log.read_text())
                await asyncio.sleep(RETRY_SECONDS)

    def kill(self) -> None:
        """End it as a power cut would."""
        assert self._process is not None
        tether.kill(self._process)

    def stop(self) -> None:
        """End it."""
        assert self._process is not None
        tether.stop(self._process)

    def cpu_seconds(self) -> float:
        """Spent so far."""
        assert self._process is not None
        return tree_seconds(psutil.Process(self._process.pid))

    async def _is_up(self, session: aiohttp.ClientSession) -> bool:
        with contextlib.suppress(aiohttp.ClientError):
            async with session.get(f"{self.url}/healthz") as answer:
                return answer.status == 200  # noqa: PLR2004
        return False


@dataclass(frozen=True, slots=True)
class Load:
    """What is sent."""

    seconds: float
    senders: int
    sentences: int
    content_type: str
    kill: bool

    def bodies(self) -> Iterator[bytes]:
        """Articles without end, each with an id of its own."""
        texts = [article(f"{number}", sentences=self.sentences) for number in range(TEXTS)]
        return (encode(texts[n % TEXTS].model_copy(update={"article_id": f"urn:push:{n}"})) for n in count())


async def main(bootstrap: str | None, load: Load) -> None:
    """Print the table."""
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="copytaster-bench-")))
        bootstrap = bootstrap or stack.enter_context(EmbeddedBroker(folder / "broker")).bootstrap
        settings = Settings(bootstrap=bootstrap, prefix=f"bench-{uuid.uuid4().hex[:8]}-")
        await create_topics(settings, (ARTICLES_RAW, INGEST_DLQ))
        server = Server(folder, settings)
        await server.start()
        stack.callback(server.stop)
        tally, spent = Tally(), server.cpu_seconds()
        kills = await run(server, tally, load)
        spent = server.cpu_seconds() - spent
        records = await read(settings, ARTICLES_RAW)
    written = [(record.key or b"", sha256(record.value or b"").digest()) for record in records]
    report_speed(tally, load)
    if load.kill:
        print(f"{kills} kills; requests that failed: {dict(tally.failures)}")
    else:
        print(f"CPU of the server: {1000 * spent / len(tally.answered):.2f} ms/request")
    report_truth(tally.acknowledged, written, kills)


async def run(server: Server, tally: Tally, load: Load) -> int:
    """Send for some seconds; returns how often the server was killed meanwhile."""
    bodies, deadline = load.bodies(), time.monotonic() + load.seconds
    headers = {"Authorization": f"Bearer {TOKEN}", "Content-Type": load.content_type}
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=load.senders), headers=headers) as session:
        sending = [send(session, server.url, bodies, tally, deadline) for _ in range(load.senders)]
        killing = asyncio.create_task(kill_now_and_then(server, deadline if load.kill else 0))
        await asyncio.gather(*sending)
        return await killing


async def kill_now_and_then(server: Server, deadline: float) -> int:
    """Returns how often."""
    dice, kills = random.Random(), 0
    while True:
        await asyncio.sleep(dice.uniform(*BETWEEN_KILLS_SECONDS))
        if time.monotonic() > deadline:
            return kills
        await asyncio.to_thread(server.kill)
        kills += 1
        await server.start()


async def send(
    session: aiohttp.ClientSession, url: str, bodies: Iterator[bytes], tally: Tally, deadline: float
) -> None:
    """One article after the other, each until it is taken."""
    while time.monotonic() < deadline:
        body = next(bodies)
        while not await is_taken(session, url, body, tally):
            pass


async def is_taken(session: aiohttp.ClientSession, url: str, body: bytes, tally: Tally) -> bool:
    """Send once, note what came of it, and wait a little if it failed."""
    began = time.monotonic()
    try:
        async with session.post(f"{url}/v1/articles", data=body) as answer:
            if answer.status != 202:  # noqa: PLR2004
                return await failed(tally, f"{answer.status}")
            ids = [entry["article_id"].encode() for entry in (await answer.json())["accepted"]]
    except aiohttp.ClientError as error:
        return await failed(tally, type(error).__name__)
    now = time.monotonic()
    tally.answered.append((now, now - began))
    tally.acknowledged.update((key, sha256(body).digest()) for key in ids)
    return True


async def failed(tally: Tally, how: str) -> bool:
    """Note it and wait; returns False."""
    tally.failures[how] += 1
    await asyncio.sleep(RETRY_SECONDS)
    return False


def report_speed(tally: Tally, load: Load) -> None:
    """Requests a second and how long they took, once warm."""
    cold = load.seconds / WARM_SHARE
    took = sorted(latency for moment, latency in tally.answered if moment > tally.began + cold)
    print(f"{load.senders} senders, {load.seconds:g} s: {len(took) / (load.seconds - cold):.0f} requests/s")
    for share in (0.5, 0.99):
        print(f"p{100 * share:g} {1000 * took[int(share * len(took))]:.1f} ms")


def report_truth(acknowledged: set[Written], written: Collection[Written], kills: int) -> None:
    """Whether all that was answered 202 is on the topic; and that the counting would have told if it were not."""
    on_topic = set(written)
    missing = acknowledged - on_topic
    victim = next(iter(acknowledged))
    if acknowledged - (on_topic - {victim}) != missing | {victim}:
        raise RuntimeError("a record was taken off the list and not missed: the counting is wrong")
    print(f"{len(acknowledged)} articles answered 202, {len(missing)} of them not on the topic")
    print(f"{len(written)} records on the topic, {len(written) - len(on_topic)} of them written before ({kills} kills)")
    print("counter check: one record taken off the list was missed, as it must be")
    if missing:
        sys.exit("articles were lost")


async def run_server(port: int, sources: Path) -> None:
    """What the server's process does."""
    options = PushOptions("127.0.0.1", port, sources)
    await serve(Settings(), options, on_ready=lambda url: print(url, flush=True))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bootstrap", metavar="HOST:PORT", help="a Kafka to use; else the embedded broker")
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--senders", type=int, default=64, help="requests at once")
    parser.add_argument("--sentences", type=int, default=SENTENCES)
    parser.add_argument("--content-type", default="application/octet-stream")
    parser.add_argument("--kill", action="store_true", help="kill the server at random moments")
    parser.add_argument("--serve", type=int, help=argparse.SUPPRESS)
    parser.add_argument("--sources", type=Path, help=argparse.SUPPRESS)
    arguments = vars(parser.parse_args())
    port, sources, bootstrap = (arguments.pop(name) for name in ("serve", "sources", "bootstrap"))
    asyncio.run(main(bootstrap, Load(**arguments)) if port is None else run_server(port, sources))
