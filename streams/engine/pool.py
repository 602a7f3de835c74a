"""Enrichment processes, and the queue of records that wait for one."""

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Self

import structlog

from streams.engine.fork_server import begin_loading, model_spec
from streams.engine.process import Started
from streams.engine.work import Result, dead_letter
from streams.engine.worker import ProcessDied, TimeBudgetExceeded, Worker
from streams.errors import InvariantError
from streams.nlp.load import ModelSpec
from streams.records import Record
from streams.settings import Settings

__all__ = ["Pool", "PoolSpec"]

Queue = OrderedDict[asyncio.Future[Result], Record]
"""The records of one partition that wait for a process, oldest first."""

log = structlog.get_logger(__name__)

START_ATTEMPTS = 3

COMPANY = 4
"""Records that a process takes if they are there, whoever else is free: alone, each costs it a fourth more."""


@dataclass(frozen=True, slots=True)
class PoolSpec:
    """What a pool is made of; `partitions` is the count of the topic its records come from."""

    models: ModelSpec
    partitions: int
    processes: int
    batch_records: int
    time_budget_seconds: float
    renew: bool = True
    """Whether its processes read the user's own list of entities again when that changes."""

    @classmethod
    def of(cls, settings: Settings, partitions: int, *, renew: bool = True) -> Self:
        """The pool an installation's settings ask for."""
        return cls(
            models=model_spec(settings),
            partitions=partitions,
            processes=settings.processes,
            batch_records=settings.batch_records,
            time_budget_seconds=settings.time_budget_seconds,
            renew=renew,
        )


class Pool:
    """Runs enrich() on all cores. Each record gets its result, whatever its neighbours do to their process.

    A free process takes a share of all that waits, or a few, so nothing waits for a batch to fill. A batch that kills
    its process or overruns its time is tried again record by record; the record that does it twice becomes
    a DeadLetter, the others their results.
    """

    def __init__(self, spec: PoolSpec, on_fatal: Callable[[BaseException], None]) -> None:
        self._spec = spec
        self._on_fatal = on_fatal
        self._waiting: OrderedDict[int, Queue] = OrderedDict()
        self._arrival = asyncio.Event()
        self._workers: list[Worker] = []
        self._tasks: list[asyncio.Task[None]] = []
        self._started: asyncio.Future[Started] | None = None
        self.broken_count = 0
        """Processes that died or were killed for overrunning their time."""

    @property
    def process_ids(self) -> tuple[int, ...]:
        """The ids of the processes that live now."""
        return tuple(worker.pid for worker in self._workers if worker.pid is not None)

    def start(self) -> None:
        """Begin starting the processes; records may be submitted at once."""
        context = begin_loading(self._spec.models)
        self._started = asyncio.get_running_loop().create_future()
        for _ in range(self._spec.processes):
            worker = Worker(context, self._spec.models, self._spec.partitions, renew=self._spec.renew)
            self._workers.append(worker)
            self._tasks.append(asyncio.create_task(self._guarded(worker)))

    async def ready(self) -> str:
        """Wait for the first process; returns the digest of the pipeline it runs.

        Raises:
            SettingsError: the models cannot be loaded.
        """
        assert self._started is not None
        return (await asyncio.shield(self._started)).pipeline

    def submit(self, record: Record) -> asyncio.Future[Result]:
        """Queue a record; the future holds its result and never an exception."""
        future: asyncio.Future[Result] = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(record.partition, OrderedDict())[future] = record
        self._arrival.set()
        return future

    def withdraw(self, future: asyncio.Future[Result]) -> bool:
        """Take a record back if no process has it yet; True when it was taken back."""
        for partition, queue in self._waiting.items():
            if queue.pop(future, None) is not None:
                future.cancel()
                if not queue:
                    del self._waiting[partition]
                return True
        return False

    async def stop(self) -> None:
        """End all processes; what still waits is cancelled."""
        for task in self._tasks:
            task.cancel()
        for worker in self._workers:
            worker.close()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for queue in self._waiting.values():
            for future in queue:
                future.cancel()
        self._waiting.clear()

    async def _guarded(self, worker: Worker) -> None:
        try:
            await self._start(worker)
            await self._feed(worker)
        except asyncio.CancelledError:
            raise
        except BaseException as error:  # noqa: BLE001 - a pool that cannot go on must not look alive
            assert self._started is not None
            if self._started.done():
                self._on_fatal(error)
            else:
                self._started.set_exception(error)

    async def _start(self, worker: Worker) -> None:
        for attempt in range(1, START_ATTEMPTS + 1):
            try:
                started = await worker.start()
            except ProcessDied:
                log.warning("pool process ended while starting", attempt=attempt)
                continue
            assert self._started is not None
            if not self._started.done():
                self._started.set_result(started)
                log.info("pool ready", pipeline=started.pipeline)
                for notice in started.notices:
                    log.warning("the models have something to say", notice=notice)
            return
        raise InvariantError(f"a pool process died {START_ATTEMPTS} times while starting; is there enough memory?")

    async def _feed(self, worker: Worker) -> None:
        while True:
            while not self._waiting:
                self._arrival.clear()
                await self._arrival.wait()
            batch = self._take()
            results = await self._process(worker, list(batch.values()))
            for future, result in zip(batch, results, strict=True):
                if not future.done():
                    future.set_result(result)

    def _take(self) -> dict[asyncio.Future[Result], Record]:
        """A share of all that waits, from each partition in turn: a backlog on one holds up no other."""
        share = max(COMPANY, -(-sum(map(len, self._waiting.values())) // self._spec.processes))
        batch: dict[asyncio.Future[Result], Record] = {}
        while self._waiting and len(batch) < min(self._spec.batch_records, share):
            partition, queue = self._waiting.popitem(last=False)
            future, record = queue.popitem(last=False)
            batch[future] = record
            if queue:
                self._waiting[partition] = queue
        return batch

    async def _process(self, worker: Worker, records: Sequence[Record]) -> list[Result]:
        try:
            return await worker.run(records, self._spec.time_budget_seconds)
        except (ProcessDied, TimeBudgetExceeded) as error:
            await self._replace(worker, error, len(records))
        return [await self._isolated(worker, record) for record in records]

    async def _isolated(self, worker: Worker, record: Record) -> Result:
        try:
            (result,) = await worker.run([record], self._spec.time_budget_seconds)
        except (ProcessDied, TimeBudgetExceeded) as error:
            await self._replace(worker, error, 1)
            return dead_letter(record, error, stage="process", pipeline=await self.ready(), attempts=2)
        return result

    async def _replace(self, worker: Worker, error: Exception, records: int) -> None:
        self.broken_count += 1
        log.warning("pool process replaced", reason=str(error), records=records, broken_count=self.broken_count)
        await self._start(worker)
