"""The whole hostile afternoon: kills, pauses, departures and a broker restart while workers are busy.

    python -m tests.faults.scenario --articles 5000 --kills 10 --kills-in-transaction 3

Prints a table and ends with 1 when a record is missing, doubled or out of order, or when no fault bit.
"""

import argparse
import asyncio
import itertools
import logging
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import BaseModel

from schemas.topics import ARTICLES_ENRICHED, ARTICLES_RAW, TOPICS
from streams.broker.admin import create_topics
from streams.engine.ending import EXIT_BROKEN
from streams.settings import Settings
from tests.brokers.kafka import KafkaServer
from tests.faults.articles import articles
from tests.faults.audit import StallWatch, audit, committed, ends, produce, read
from tests.faults.fleet import Fleet, LiveWorker

__all__ = ["Plan", "Report", "Scenario", "out_of_order", "run"]

FENCED = "fenced out of"
BROKER_RESTART = "broker restart"


@dataclass(frozen=True, slots=True)
class Plan:
    """How much of what; seconds where it says so."""

    articles: int
    versions: int = 4
    workers: int = 2
    kills: int = 10
    kills_in_transaction: int = 3
    pauses: int = 1
    pause_seconds: float = 20
    departures: int = 1
    broker_restarts: int = 1
    session_timeout_seconds: float = 10
    settle_seconds: float = 60
    seed: int = 1


@dataclass
class Report:
    """What happened. `stalls` holds, for each fault, the longest wait of a reader for a partition's next record."""

    faults: Counter[str] = field(default_factory=Counter)
    stalls: list[tuple[str, float]] = field(default_factory=list)
    aborted_records: int = 0
    fenced: int = 0
    missing: int = 0
    duplicated: int = 0
    versions_out_of_order: int = 0
    discrepancies: list[str] = field(default_factory=list)
    broker_downtime_seconds: float = 0
    seconds: float = 0

    @property
    def nothing_lost_nothing_twice(self) -> bool:
        """The promise."""
        return not (self.missing or self.duplicated or self.versions_out_of_order or self.discrepancies)

    def longest_stall(self, *, broker: bool) -> float:
        """Over all faults but broker restarts, or over those alone."""
        return max((wait for name, wait in self.stalls if (name == BROKER_RESTART) is broker), default=0.0)


class Scenario:
    """Carries out a plan against a broker of its own."""

    def __init__(self, plan: Plan, server: KafkaServer, folder: Path) -> None:
        self._plan = plan
        self._server = server
        self._dice = random.Random(plan.seed)
        self._report = Report()
        self._articles = articles(plan.articles, versions=plan.versions)
        session = plan.session_timeout_seconds
        self._settings = Settings(bootstrap=server.bootstrap)
        self._watch = StallWatch(self._settings)
        self._struck = 0.0
        self._fleet = Fleet(
            folder,
            {
                "COPYTASTER_BOOTSTRAP": server.bootstrap,
                "COPYTASTER_SESSION_TIMEOUT_SECONDS": str(session),
                "COPYTASTER_HEARTBEAT_INTERVAL_SECONDS": str(session / 10),
                "COPYTASTER_REBALANCE_TIMEOUT_SECONDS": "30",
                "COPYTASTER_PROCESSES": "1",
                # Many small transactions, so that faults meet them.
                "COPYTASTER_BATCH_RECORDS": "4",
                "COPYTASTER_TRANSACTION_RECORDS": "4",
            },
        )

    async def run(self) -> Report:
        """Everything in a shuffled order, each fault in the middle of fresh work."""
        began = time.monotonic()
        await create_topics(self._settings, TOPICS)
        with self._fleet:
            self._reader = asyncio.create_task(self._watch.run())
            self._revive()
            await self._apply_faults()
            await self._feed(self._plan.articles)
            await self._until(lambda: self._watch.satisfied)
            self._reader.cancel()
            for worker in self._fleet.running:
                await self._drain(worker)
            self._report.fenced = self._fleet.logs.count(f"error: {FENCED}")
        await self._count()
        self._report.seconds = time.monotonic() - began
        return self._report

    async def _apply_faults(self) -> None:
        plan, watch = self._plan, self._watch
        faults: list[tuple[str, Callable[[LiveWorker], Awaitable[None]]]] = [
            *[("kill -9", self._kill)] * (plan.kills - plan.kills_in_transaction),
            *[("kill -9 in a transaction", self._kill_in_transaction)] * plan.kills_in_transaction,
            *[("pause", self._pause)] * plan.pauses,
            *[("leave and rejoin", self._leave)] * plan.departures,
            *[(BROKER_RESTART, self._restart_broker)] * plan.broker_restarts,
        ]
        self._dice.shuffle(faults)
        self._share = plan.articles // (len(faults) + 1)
        for name, apply in faults:
            await self._until(lambda: all("lane opened" in worker.log for worker in self._fleet.running))
            watch.restart()
            await apply(self._dice.choice(self._fleet.running))
            await self._until(lambda: watch.all_moved(self._struck))
            self._report.faults[name] += 1
            self._report.stalls.append((name, watch.longest()))

    async def _feed(self, count: int) -> None:
        portion = list(itertools.islice(self._articles, count))
        self._watch.expect(article.article_id.encode() for article in portion)
        await produce(self._settings, portion)

    async def _busy(self) -> None:
        """Feed fresh work and wait until it has begun: a fault that meets an idle worker shows nothing."""
        seen = self._watch.seen
        await self._feed(self._share)
        await self._until(lambda: self._watch.seen > seen)

    async def _trapped(self, worker: LiveWorker) -> None:
        worker.set_trap()
        await self._feed(self._share)
        self._require(await asyncio.to_thread(worker.trapped), f"{worker.name} was to be met in a transaction")

    async def _kill(self, worker: LiveWorker) -> None:
        await self._busy()
        self._struck = time.monotonic()
        worker.kill()

    async def _kill_in_transaction(self, worker: LiveWorker) -> None:
        await self._trapped(worker)
        self._struck = time.monotonic()
        worker.kill()

    async def _pause(self, worker: LiveWorker) -> None:
        await self._trapped(worker)
        self._struck = time.monotonic()
        worker.pause()
        await asyncio.sleep(self._plan.pause_seconds)
        worker.resume()
        await self._until(lambda: worker.exit_code is not None)
        self._require(worker.exit_code == EXIT_BROKEN, f"the zombie ended with {worker.exit_code}")

    async def _leave(self, worker: LiveWorker) -> None:
        await self._busy()
        self._struck = time.monotonic()
        await self._drain(worker)

    async def _drain(self, worker: LiveWorker) -> None:
        code = await asyncio.to_thread(worker.drain)
        self._require(code == 0, f"{worker.name} drained with exit code {code}")

    async def _restart_broker(self, _: LiveWorker) -> None:
        await self._busy()
        self._struck = time.monotonic()
        await asyncio.to_thread(self._server.restart)
        self._report.broker_downtime_seconds = time.monotonic() - self._struck

    def _require(self, condition: bool, otherwise: str) -> None:  # noqa: FBT001 - reads as an assertion
        if not condition:
            self._report.discrepancies.append(otherwise)

    def _revive(self) -> None:
        """What a supervisor does."""
        while len(self._fleet.running) < self._plan.workers:
            self._fleet.start()

    async def _until(self, condition: Callable[[], bool]) -> None:
        deadline = time.monotonic() + self._plan.settle_seconds
        while not condition() and not self._reader.done():
            self._revive()
            await asyncio.wait({self._reader}, timeout=0.2)
            if time.monotonic() > deadline:
                stable = await ends(self._settings, ARTICLES_ENRICHED)
                written = await ends(self._settings, ARTICLES_ENRICHED, isolation_level="read_uncommitted")
                state = f"committed {await committed(self._settings)}, readable {stable}, written {written}"
                raise TimeoutError(f"{self._fleet.logs[-8000:]}\nstuck: {state}, {self._watch}")
        if self._reader.done():
            self._reader.result()

    async def _count(self) -> None:
        report, settings = self._report, self._settings
        produced = Counter(_version(record.value) for record in await read(settings, ARTICLES_RAW))
        enriched = await read(settings, ARTICLES_ENRICHED)
        arrived = Counter(_version(record.value) for record in enriched)
        report.missing = (produced - arrived).total()
        report.duplicated = (arrived - produced).total()
        report.versions_out_of_order = out_of_order([_version(record.value) for record in enriched])
        report.discrepancies += [f"{each.kind}: {each.detail}" for each in await audit(settings)]
        unfinished = sum((await committed(settings)).values()) - self._plan.articles
        report.discrepancies += [f"{-unfinished} records not committed"] if unfinished else []
        seen = await read(settings, ARTICLES_ENRICHED, isolation_level="read_uncommitted")
        report.aborted_records = len(seen) - len(enriched)


class _Version(BaseModel):
    article_id: str
    version: int


def _version(value: bytes | None) -> tuple[str, int]:
    read_back = _Version.model_validate_json(value or b"")
    return read_back.article_id, read_back.version


def out_of_order(versions: list[tuple[str, int]]) -> int:
    """How often an article's version does not follow its earlier one."""
    last: dict[str, int] = {}
    wrong = 0
    for article_id, version in versions:
        wrong += version <= last.get(article_id, 0)
        last[article_id] = version
    return wrong


async def run(plan: Plan, folder: Path) -> Report:
    """Carry out a plan on Apache Kafka."""
    with KafkaServer(folder / "kafka") as server:
        return await Scenario(plan, server, folder).run()


def _print(plan: Plan, report: Report) -> bool:
    limit = plan.session_timeout_seconds + 5
    broker_limit = report.broker_downtime_seconds + plan.session_timeout_seconds + 10
    stall, broker_stall = report.longest_stall(broker=False), report.longest_stall(broker=True)
    rows = [
        ("articles", str(plan.articles)),
        *((name, str(count)) for name, count in sorted(report.faults.items())),
        ("missing", str(report.missing)),
        ("duplicated", str(report.duplicated)),
        ("versions out of order", str(report.versions_out_of_order)),
        ("discrepancies in the books", str(len(report.discrepancies))),
        ("aborted records", f"{report.aborted_records} (only read_uncommitted sees them)"),
        ("zombies fenced", str(report.fenced)),
        ("longest stall", f"{stall:.1f} s (limit {limit:.0f})"),
        ("stall at broker restart", f"{broker_stall:.1f} s (limit {broker_limit:.0f})"),
        ("seconds", f"{report.seconds:.0f}"),
    ]
    for name, value in rows:
        print(f"{name:32} {value}")
    for name, wait in report.stalls:
        print(f"  stall {wait:5.1f} s  {name}")
    for each in report.discrepancies[:20]:
        print(f"  {each}")
    bitten = report.aborted_records > 0 and (report.fenced > 0 or not plan.pauses)
    return report.nothing_lost_nothing_twice and bitten and stall <= limit and broker_stall <= broker_limit


def _main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--articles", type=int, default=5000)
    parser.add_argument("--kills", type=int, default=10)
    parser.add_argument("--kills-in-transaction", type=int, default=3)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep", type=Path, help="folder for the logs of the workers and the broker")
    arguments = parser.parse_args()
    keep = vars(arguments).pop("keep")
    plan = Plan(**vars(arguments))
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)  # a broker restart is part of the plan
    with tempfile.TemporaryDirectory(prefix="copytaster-faults-") as folder:
        return 0 if _print(plan, asyncio.run(run(plan, keep or Path(folder)))) else 1


if __name__ == "__main__":
    sys.exit(_main())
