"""A worker in a process of its own, as an installation would run it."""

import asyncio
import os
import subprocess
import sys
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from streams.broker import tether
from streams.errors import StreamsError
from streams.settings import Settings

__all__ = ["WorkerProcess", "running_worker"]

LAST_LINES = 15
POLL_SECONDS = 0.2


class WorkerProcess:
    """A worker that was started, and its log."""

    def __init__(self, process: subprocess.Popen[bytes], log: Path) -> None:
        self._process = process
        self._log = log

    async def watch(self) -> None:
        """Return never.

        Raises:
            StreamsError: the worker ended; with the last lines of its log.
        """
        while (code := self._process.poll()) is None:  # noqa: ASYNC110 - a process has no event to wait for
            await asyncio.sleep(POLL_SECONDS)
        raise StreamsError(f"the worker ended with exit code {code}; its last lines:\n{self.last_lines()}")

    def last_lines(self) -> str:
        """The end of its log."""
        with self._log.open(encoding="utf-8", errors="replace") as lines:
            return "".join(deque(lines, LAST_LINES)).rstrip() or "(it said nothing)"


@contextmanager
def running_worker(settings: Settings, log: Path) -> Iterator[WorkerProcess]:
    """Start `copytaster worker` with these settings; it drains and ends when the context, or this process, does."""
    log.touch()
    process = tether.start([sys.executable, "-m", "streams", "worker"], log=log, env=_environment(settings))
    try:
        yield WorkerProcess(process, log)
    finally:
        tether.stop(process)


def _environment(settings: Settings) -> dict[str, str]:
    chosen = settings.model_dump(mode="json", exclude_defaults=True)
    return {**os.environ, **{f"COPYTASTER_{name.upper()}": str(value) for name, value in chosen.items()}}
