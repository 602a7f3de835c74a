"""How far a command is, on stderr, where a person watches; of a replay, a line now and then elsewhere, too."""

import sys
import time
from typing import TYPE_CHECKING, Self

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TaskProgressColumn, TextColumn, TimeRemainingColumn
from rich.status import Status

if TYPE_CHECKING:
    from schemas.replay_run import ReplayRun

__all__ = ["ReplayProgress", "status"]

LINE_SECONDS = 10.0


def status(begun: str) -> Status:
    """A context manager: a line on stderr that counts; nothing is shown where no person sees it."""
    return Console(stderr=True).status(begun)


class ReplayProgress:
    """A context manager that a replay tells how far it is."""

    def __init__(self) -> None:
        console = Console(stderr=True, highlight=False)
        columns = (BarColumn(), TaskProgressColumn(), TextColumn("{task.fields[told]}"), TimeRemainingColumn())
        self._bar = Progress(*columns, console=console) if console.is_terminal else None
        self._task = TaskID(0)
        self._began = self._told_at = time.monotonic()
        self._total = 0
        self.run: str | None = None
        """Name of the run, once it has begun."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._bar:
            self._bar.stop()

    def begun(self, run: "ReplayRun", done: int, total: int) -> None:
        """Show the bar: only now there is something to wait for."""
        self.run, self._total = run.run, total
        self._began = self._told_at = time.monotonic()
        self._print(f"replay {run.run}: {total - done} of {total} offsets to go, to {run.output}")
        if self._bar:
            self._task = self._bar.add_task(run.run, completed=done, total=total, told="")
            self._bar.start()

    def moved(self, done: int, records: int) -> None:
        """Show how far it is."""
        now = time.monotonic()
        told = f"{records} records, {records / max(now - self._began, 0.001):.0f}/s"
        if self._bar:
            self._bar.update(self._task, completed=done, told=told)
        elif now - self._told_at > LINE_SECONDS:
            self._told_at = now
            self._print(f"{done / max(self._total, 1):.0%}, {told}")

    def _print(self, line: str) -> None:
        print(line, file=sys.stderr, flush=True)  # noqa: T201 -- a command speaks to its user
