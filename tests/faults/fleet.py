"""Real worker processes that tests start, pause, drain and kill."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Self

__all__ = ["Fleet", "LiveWorker", "wait_until"]

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
SPRING_SECONDS = 60.0
"""A busy worker commits several times a second."""


class LiveWorker:
    """A worker in a process group of its own, as a container would have it; its log goes to a file."""

    def __init__(self, name: str, folder: Path, environment: Mapping[str, str]) -> None:
        self.name = name
        self.trap = folder / f"{name}.trap"
        self.log_file = folder / f"{name}.log"
        paths = [str(HERE / "poisoned"), str(ROOT)]
        inherited = {key: value for key, value in os.environ.items() if not key.startswith("COPYTASTER_")}
        variables = inherited | environment | {"PYTHONPATH": os.pathsep.join(paths)}
        with self.log_file.open("ab") as output:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tests.faults.worker"],
                env=variables | {"COPYTASTER_TEST_TRAP": str(self.trap)},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
                cwd=ROOT,
            )
        self.pid = self._process.pid

    @property
    def exit_code(self) -> int | None:
        """None while it runs; minus the signal where one ended it."""
        return self._process.poll()

    @property
    def log(self) -> str:
        """All it wrote so far."""
        return self.log_file.read_text(errors="replace")

    def kill(self) -> None:
        """End the whole process group at once."""
        self._signal(signal.SIGKILL)
        self._process.wait()

    def set_trap(self) -> None:
        """Have it stand still in its next transaction, with outputs written and nothing committed."""
        self.trap.touch()

    def trapped(self) -> bool:
        """Wait until it stands there; False when no transaction came along."""
        wait_until(lambda: self._sprung.exists() or self.exit_code is not None, SPRING_SECONDS)
        self.trap.unlink(missing_ok=True)
        return self._sprung.exists() and self.exit_code is None

    def pause(self) -> None:
        """SIGSTOP for the whole group: alive, and not there."""
        self._signal(signal.SIGSTOP)

    def resume(self) -> None:
        """SIGCONT; a worker that was trapped in a transaction goes on to commit it."""
        self._sprung.unlink(missing_ok=True)
        self._signal(signal.SIGCONT)

    @property
    def _sprung(self) -> Path:
        return Path(f"{self.trap}.sprung")

    def drain(self, timeout_seconds: float = 60) -> int:
        """SIGTERM, and the exit code."""
        self._process.terminate()
        return self._process.wait(timeout_seconds)

    def _signal(self, number: signal.Signals) -> None:
        try:
            os.killpg(self.pid, number)
        except ProcessLookupError:
            return


class Fleet:
    """All workers of a test; whatever happens, none outlives it."""

    def __init__(self, folder: Path, environment: Mapping[str, str]) -> None:
        self._folder = folder
        self._environment = dict(environment)
        self.workers: list[LiveWorker] = []

    def start(self) -> LiveWorker:
        """One more worker."""
        worker = LiveWorker(f"worker-{len(self.workers)}", self._folder, self._environment)
        self.workers.append(worker)
        return worker

    @property
    def running(self) -> list[LiveWorker]:
        """Those that have not ended."""
        return [worker for worker in self.workers if worker.exit_code is None]

    @property
    def logs(self) -> str:
        """What all of them wrote."""
        return "\n".join(f"--- {worker.name} (exit {worker.exit_code})\n{worker.log}" for worker in self.workers)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for worker in self.running:
            worker.kill()


def wait_until(condition: Callable[[], bool], timeout_seconds: float, every_seconds: float = 0.1) -> bool:
    """Whether the condition became true in time."""
    deadline = time.monotonic() + timeout_seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(every_seconds)
    return True
