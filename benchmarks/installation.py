"""Apache Kafka, topics and workers for one benchmark."""

import asyncio
import contextlib
import os
import tempfile
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil

from schemas.topics import TOPICS
from streams.broker.admin import create_topics
from streams.settings import Settings
from tests.brokers.kafka import JVM_OPTIONS, KafkaServer
from tests.faults.fleet import Fleet, LiveWorker

__all__ = ["Installation", "installation"]


@dataclass(frozen=True, slots=True)
class Installation:
    """A broker with all topics, and workers to be started."""

    settings: Settings
    fleet: Fleet
    broker: psutil.Process

    async def start_worker(self) -> LiveWorker:
        """A worker that has joined and opened its lanes."""
        worker = self.fleet.start()
        while "lane opened" not in worker.log:
            await asyncio.sleep(0.1)
            if worker.exit_code is not None:
                raise RuntimeError(worker.log)
        return worker


@contextlib.asynccontextmanager
async def installation(jvm_options: Sequence[str] = JVM_OPTIONS) -> AsyncIterator[Installation]:
    """One of each, gone when the block ends; what COPYTASTER_ variables say holds for all of them."""
    with (
        tempfile.TemporaryDirectory(prefix="copytaster-bench-") as folder,
        KafkaServer(Path(folder, "kafka"), jvm_options) as server,
    ):
        settings = Settings(bootstrap=server.bootstrap)
        await create_topics(settings, TOPICS)
        variables = {name: value for name, value in os.environ.items() if name.startswith("COPYTASTER_")}
        with Fleet(Path(folder), {**variables, "COPYTASTER_BOOTSTRAP": server.bootstrap}) as fleet:
            yield Installation(settings, fleet, psutil.Process(server.pid))
