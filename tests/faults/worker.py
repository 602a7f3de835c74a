"""The worker under test: `copytaster worker`, but it can be made to stop inside a transaction.

Where a kill hurts most is between begin and commit, with outputs written and the offset not. Chance rarely
meets those milliseconds, so: when the file named by COPYTASTER_TEST_TRAP appears, the next transaction writes
its outputs, renames the file to `<file>.sprung`, and waits there to be killed, or until it is gone.
"""

import os
import time
from pathlib import Path

from aiokafka import AIOKafkaProducer

from streams.live.app import run_worker
from streams.settings import Settings


def set_trap(trap: Path) -> None:
    commit = AIOKafkaProducer.commit_transaction

    def spring() -> None:
        if not trap.exists():
            return
        sprung = trap.rename(f"{trap}.sprung")
        while sprung.exists():
            time.sleep(0.05)  # the whole process stands still, as if stopped between two instructions

    async def trapped(self: AIOKafkaProducer) -> None:
        spring()
        await commit(self)

    AIOKafkaProducer.commit_transaction = trapped  # type: ignore[method-assign]


if __name__ == "__main__":
    set_trap(Path(os.environ["COPYTASTER_TEST_TRAP"]))
    run_worker(Settings())
