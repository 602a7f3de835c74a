"""`copytaster replay`, killed at a moment of the test's choice.

COPYTASTER_TEST_KILL is `before:N` or `after:N`: with the Nth transaction written and not committed, or
committed and nobody told. Chance rarely meets either.
"""

import os
import signal
import sys

from aiokafka import AIOKafkaProducer

from streams.cli.ending import run

__all__ = ["KILL", "set_trap"]

KILL = "COPYTASTER_TEST_KILL"


def set_trap(when: str) -> None:
    moment, _, number = when.partition(":")
    commit = AIOKafkaProducer.commit_transaction
    left = int(number)

    async def trapped(self: AIOKafkaProducer) -> None:
        nonlocal left
        left -= 1
        if left == 0 and moment == "before":
            await self.flush()
            os.kill(os.getpid(), signal.SIGKILL)
        await commit(self)
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    AIOKafkaProducer.commit_transaction = trapped  # type: ignore[method-assign]


if __name__ == "__main__":
    if KILL in os.environ:
        set_trap(os.environ[KILL])
    sys.exit(run(sys.argv[1:]))
