"""Whether a process lives."""

import psutil

__all__ = ["is_alive"]


def is_alive(process: psutil.Process) -> bool:
    """A zombie does not: it waits for its parent to read how it ended, and some parents in containers never do."""
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
