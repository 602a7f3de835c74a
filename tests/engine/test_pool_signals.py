"""What signals do to a program with a pool, and to its processes."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from tests.engine.alive import is_alive
from tests.faults.fleet import wait_until

ROOT = Path(__file__).parents[2]


@pytest.fixture
def program() -> Iterator[subprocess.Popen[str]]:
    """A program with a pool, in a process group of its own."""
    with subprocess.Popen(
        [sys.executable, "-m", "tests.engine.pool_program"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        start_new_session=True,
    ) as program:
        yield program
        program.kill()


def pool_of(program: subprocess.Popen[str]) -> list[psutil.Process]:
    assert program.stdout
    processes = [psutil.Process(int(word)) for word in program.stdout.readline().split()]
    assert len(processes) == 2
    return processes


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_to_the_whole_group_ends_no_work(program: subprocess.Popen[str], number: signal.Signals) -> None:
    """A terminal and some supervisors send it to all: the main process decides, after what is in hand."""
    assert program.stdin
    assert program.stdout
    processes = pool_of(program)
    os.killpg(program.pid, number)
    print("Rain fell on Lisbon.", file=program.stdin, flush=True)
    assert program.stdout.readline() == "Enriched\n"
    assert all(map(is_alive, processes))


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere they end when they next read from the pipe")
def test_no_process_outlives_a_program_that_is_killed(program: subprocess.Popen[str]) -> None:
    processes = [*pool_of(program), *psutil.Process(program.pid).children(recursive=True)]
    program.kill()
    assert wait_until(lambda: not any(map(is_alive, processes)), timeout_seconds=10)
