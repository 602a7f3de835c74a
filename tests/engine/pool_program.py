"""A program with a pool, to be sent signals: prints its processes, then answers each line of stdin with a result."""

import asyncio
import signal
import sys

from streams.engine.ending import end_process
from streams.engine.pool import Pool, PoolSpec
from streams.logs import configure
from streams.settings import Settings
from tests.engine.built import raw_record

__all__: list[str] = []


async def _main() -> None:
    configure("ERROR", "console")  # stdout is for the test
    pool = Pool(PoolSpec.of(Settings(processes=2), partitions=1), on_fatal=end_process)
    pool.start()
    await pool.ready()
    while len(pool.process_ids) < 2:  # noqa: ASYNC110 - ready() speaks of the first only
        await asyncio.sleep(0.05)
    # Not before: what a program ignores, the programs that it starts ignore, too.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    print(*pool.process_ids, flush=True)  # noqa: T201 - read by the test
    while line := await asyncio.to_thread(sys.stdin.readline):
        results = await asyncio.gather(*(pool.submit(raw_record(offset, body=line)) for offset in range(8)))
        print(*{type(result).__name__ for result in results}, flush=True)  # noqa: T201 - likewise


if __name__ == "__main__":
    asyncio.run(_main())
