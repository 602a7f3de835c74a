"""How soon a worker can work: its pool after a start, one of its processes after a crash.

    python -m benchmarks.start --rounds 3

The pool is ready for its first article when its first process has loaded the models. Joining the group goes on at the
same time and is listed apart: it depends on the group.
"""

import argparse
import asyncio
import os
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

from benchmarks.installation import installation
from streams.engine.ending import end_process
from streams.engine.pool import Pool, PoolSpec
from streams.settings import Settings
from tests.engine.built import raw_record

POLL_SECONDS = 0.01
PATIENCE_SECONDS = 60.0


async def main(rounds: int) -> None:
    """Print the table."""
    async with installation() as where:
        starts = [start(where.settings) for _ in range(rounds)]
    rebuilds = await rebuild(where.settings, rounds)
    print(f"the longest of {rounds}, in seconds")
    for name, values, limit in (
        ("pool ready after the start", [pool for pool, _ in starts], " (under 4)"),
        ("lanes open after the start", [lanes for _, lanes in starts], ""),
        ("process rebuilt after a kill", rebuilds, " (under 0.5)"),
    ):
        print(f"{name:30} {max(values):6.2f}{limit}")


def start(settings: Settings) -> tuple[float, float]:
    """Seconds until a new worker's pool was ready, and until its lanes were open."""
    with tempfile.NamedTemporaryFile() as log:
        began = time.monotonic()
        worker = subprocess.Popen(
            [sys.executable, "-m", "streams", "worker"],
            env=os.environ | {"COPYTASTER_BOOTSTRAP": settings.bootstrap},
            stdout=log,
            stderr=log,
        )
        try:
            pool = seconds_until("pool ready", Path(log.name), began)
            lanes = seconds_until("lane opened", Path(log.name), began)
        finally:
            worker.terminate()
            worker.wait(PATIENCE_SECONDS)
    return pool, lanes


def seconds_until(said: str, log: Path, began: float) -> float:
    """Since `began`."""
    while said not in log.read_text(errors="replace"):
        if time.monotonic() > began + PATIENCE_SECONDS:
            raise RuntimeError(log.read_text(errors="replace"))
        time.sleep(POLL_SECONDS)
    return time.monotonic() - began


async def rebuild(settings: Settings, rounds: int) -> list[float]:
    """Seconds from the kill of a process to the result of the article that met with it."""
    pool = Pool(replace(PoolSpec.of(settings, partitions=1), processes=1), on_fatal=end_process)
    pool.start()
    await pool.ready()
    article = raw_record(body="Rates rose in Lisbon.")
    await pool.submit(article)
    took = []
    for _ in range(rounds):
        (pid,) = pool.process_ids
        began = time.monotonic()
        os.kill(pid, signal.SIGKILL)
        await pool.submit(article)
        took.append(time.monotonic() - began)
    await pool.stop()
    return took


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    asyncio.run(main(parser.parse_args().rounds))
