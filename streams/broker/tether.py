"""Child processes that end when their starter does, however that one ends.

A small Python process stands between: it ends the command once its standard input, a pipe from the starter,
is closed, which the kernel does even after a `kill -9`. PR_SET_PDEATHSIG would need Linux, and a starting
thread that lives as long as the process.
"""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path

__all__ = ["kill", "start", "stop"]

GRACE_SECONDS = 10.0
"""A command has this long to end after SIGTERM; then it is killed."""


def start(command: Sequence[str], *, log: Path, env: Mapping[str, str] | None = None) -> subprocess.Popen[bytes]:
    """Start a command tethered to this process, its output appended to `log`.

    It has a session of its own, so Ctrl-C on the terminal reaches only us and we decide the order of the end.
    """
    with log.open("ab") as output:
        return subprocess.Popen(  # noqa: S603 - the caller's own command
            [sys.executable, "-I", "-S", str(Path(__file__)), *command],
            stdin=subprocess.PIPE,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=env,
            start_new_session=True,
        )


def stop(process: subprocess.Popen[bytes], *, patience_seconds: float = GRACE_SECONDS + 5) -> None:
    """Let go of the tether, wait for the command's end, and force it when it takes too long."""
    if process.stdin:
        process.stdin.close()
    try:
        process.wait(patience_seconds)
    except subprocess.TimeoutExpired:
        kill(process)


def kill(process: subprocess.Popen[bytes]) -> None:
    """End the command at once, tether and all, as a power cut would."""
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    if process.stdin:
        process.stdin.close()


def _run(command: list[str]) -> int:
    child = subprocess.Popen(command, stdin=subprocess.DEVNULL)  # noqa: S603
    signal.signal(signal.SIGTERM, lambda _signal, _frame: child.terminate())
    threading.Thread(target=_end_with_starter, args=(child,), daemon=True).start()
    return child.wait()


def _end_with_starter(child: subprocess.Popen[bytes]) -> None:
    os.read(0, 1)  # not sys.stdin: a thread that holds its lock would break the interpreter's own end
    child.terminate()
    try:
        child.wait(GRACE_SECONDS)
    except subprocess.TimeoutExpired:
        child.kill()


if __name__ == "__main__":
    sys.exit(_run(sys.argv[1:]))
