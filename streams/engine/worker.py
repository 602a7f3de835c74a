"""The parent's handle on one pool process."""

import asyncio
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerContext, ForkServerProcess
from threading import Event, Lock
from typing import Any

import structlog

from streams.engine.fork_server import starter
from streams.engine.process import Notice, NotStarted, Started, serve
from streams.engine.work import Result
from streams.errors import SettingsError
from streams.nlp.load import ModelSpec
from streams.records import Record

__all__ = ["ProcessDied", "TimeBudgetExceeded", "Worker"]

log = structlog.get_logger(__name__)


class ProcessDied(Exception):  # noqa: N818 - named for what a dead letter says
    """The process ended while it held a batch."""


class TimeBudgetExceeded(Exception):  # noqa: N818 - likewise
    """The process was killed because its batch took too long."""


class Worker:
    """One process that answers one batch at a time; started again when it dies.

    Args:
        spec: the models it loads.
        partitions: partition count of the topic its records come from.
        renew: whether it reads the user's own list of entities again when that changes.
    """

    def __init__(self, context: ForkServerContext, spec: ModelSpec, partitions: int, *, renew: bool) -> None:
        self._context = context
        self._spec = spec
        self._partitions = partitions
        self._renew = renew
        self._talker = ThreadPoolExecutor(1, thread_name_prefix="pool-talker")
        self._process: ForkServerProcess | None = None
        self._connection: Connection | None = None
        self._closed = Event()
        self._disconnecting = Lock()

    @property
    def pid(self) -> int | None:
        """The process id, while there is one."""
        return self._process.pid if self._process else None

    async def start(self) -> Started:
        """Start the process and wait until its models are loaded.

        Raises:
            SettingsError: the models cannot be loaded.
            ProcessDied: it ended before it was ready.
        """
        loop = asyncio.get_running_loop()
        try:
            await loop.run_in_executor(starter(), self._spawn)
            first = await loop.run_in_executor(self._talker, self._receive_first)
        except (EOFError, OSError) as error:
            raise ProcessDied("a pool process ended while it was loading its models") from error
        if isinstance(first, NotStarted):
            raise SettingsError(first.reason)
        return first

    async def run(self, records: Sequence[Record], budget_seconds: float) -> list[Result]:
        """Have a batch processed.

        Raises:
            ProcessDied: the process ended on it.
            TimeBudgetExceeded: it took longer than the budget; the process was killed.
        """
        exchange = asyncio.get_running_loop().run_in_executor(self._talker, self._exchange, records)
        done, _ = await asyncio.wait({exchange}, timeout=budget_seconds)
        if not done:
            self.kill()
        try:
            results = await exchange
        except (EOFError, OSError) as error:
            if not done:
                raise TimeBudgetExceeded(f"processing took longer than {budget_seconds:g} s") from error
            raise ProcessDied(f"the process ended while processing (exit code {self._exit_code()})") from error
        return results

    def kill(self) -> None:
        """End the process now; whoever waits for its answer gets an error."""
        if self._process is not None:
            self._process.kill()

    def close(self) -> None:
        """End the process and forget it, also one that another thread is starting."""
        self._closed.set()
        self._end()
        self._talker.shutdown(wait=False, cancel_futures=True)

    def _end(self) -> None:
        self.kill()
        self._disconnect()

    def _disconnect(self) -> None:
        with self._disconnecting:  # two threads that close one connection at once may close another's
            if self._connection is not None:
                self._connection.close()

    def _spawn(self) -> None:
        if self._closed.is_set():
            raise ConnectionAbortedError("the pool was stopped")
        self._disconnect()  # from the one that died, if this is not the first
        self._connection, theirs = self._context.Pipe()
        process = self._context.Process(
            target=serve, args=(theirs, self._spec, self._partitions, self._renew), daemon=True, name="copytaster-pool"
        )
        with _main_module_hidden():
            process.start()
        self._process = process  # not before: a process that has not started cannot be killed
        theirs.close()
        if self._closed.is_set():  # meanwhile, when there was no process to end yet
            self._end()

    def _exchange(self, records: Sequence[Record]) -> list[Result]:
        assert self._connection is not None
        self._connection.send(records)
        while isinstance(answer := self._connection.recv(), Notice):
            log.warning("the models have something to say", notice=answer.text)
        results: list[Result] = answer
        return results

    def _receive_first(self) -> Started | NotStarted:
        assert self._connection is not None
        first: Started | NotStarted = self._connection.recv()
        return first

    def _exit_code(self) -> int | None:
        assert self._process is not None
        self._process.join(1)
        return self._process.exitcode


@contextmanager
def _main_module_hidden() -> Iterator[None]:
    """Keep multiprocessing from importing the program's main module in each new process.

    Under `faust worker` or the console script that would import Faust, typer and all they bring (seconds,
    and 40 MB a process), and `serve` needs none of it.
    """
    main = sys.modules["__main__"]
    names = vars(main)
    hidden: dict[str, Any] = {name: names.pop(name) for name in ("__file__", "__spec__") if name in names}
    try:
        main.__spec__ = None
        yield
    finally:
        names.update(hidden)
