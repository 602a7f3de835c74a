"""What processes spend, between two moments of a benchmark."""

from collections.abc import Mapping

import psutil

__all__ = ["Meter", "own_seconds", "tree_seconds"]


class Meter:
    """CPU seconds of a broker and of a worker since `start`, the worker's pool apart."""

    def __init__(self, broker: psutil.Process, worker: psutil.Process) -> None:
        self._broker = broker
        self._worker = worker
        self._at_start: Mapping[str, float] = {}

    def start(self) -> None:
        """Count from now."""
        self._at_start = self._read()

    def per_record(self, count: int) -> dict[str, float]:
        """Milliseconds a record."""
        return {name: 1000 * (now - self._at_start[name]) / count for name, now in self._read().items()}

    def _read(self) -> dict[str, float]:
        main = own_seconds(self._worker)
        return {
            "main process": main,
            "pool": tree_seconds(self._worker) - main,
            "broker": tree_seconds(self._broker),
        }


def own_seconds(process: psutil.Process) -> float:
    """User and system time of this process alone."""
    times = process.cpu_times()
    return float(times.user + times.system)


def tree_seconds(process: psutil.Process) -> float:
    """The same, of all that it started as well and that still lives."""
    return sum(own_seconds(each) for each in (process, *process.children(recursive=True)))
