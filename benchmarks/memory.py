"""Proportional set size of a whole worker, pool processes and fork server included, over many articles. Linux.

The articles are full of new names, so that what remembers words fills up.

    python -m benchmarks.memory --articles 10000
"""

import argparse
import asyncio

import psutil

from benchmarks.installation import installation
from benchmarks.written import written
from tests.faults.audit import committed, produce

STEPS = 10
MIB = 1 << 20
ROW_BYTES = 4 * (96 + 3 * 288)
"""Of the embedding cache, for a model of width 96, three pieces and a window of one, as the default one is."""


async def main(count: int) -> None:
    """Print the table."""
    async with installation() as where:
        await produce(where.settings, written(count))
        worker = psutil.Process((await where.start_worker()).pid)
        sizes = []
        for step in range(1, STEPS + 1):
            while sum((await committed(where.settings)).values()) < step * count // STEPS:  # noqa: ASYNC110 - Kafka's
                await asyncio.sleep(0.5)
            sizes.append(proportional_set_size(worker))
            print(f"{step * count // STEPS:8} articles {sizes[-1] / MIB:8.0f} MiB", flush=True)
        own = max(int(process.memory_full_info().uss) for process in worker.children(recursive=True))
    half = sizes[STEPS // 2 - 1]
    print(
        f"at the end {sizes[-1] / MIB:.0f} MiB (under 500), {100 * (sizes[-1] / half - 1):+.1f} % over the second half"
    )
    cache = ROW_BYTES * where.settings.ner_cache_rows
    print(
        f"a pool process {own / MIB:.0f} MiB of its own, "
        f"{(own - cache) / MIB:.0f} MiB beyond an embedding cache of {cache / MIB:.0f} MiB (under 60)"
    )


def proportional_set_size(worker: psutil.Process) -> int:
    """Bytes, each shared page counted in parts, of the worker and all processes below it."""
    processes = [worker, *worker.children(recursive=True)]
    return sum(int(process.memory_full_info().pss) for process in processes)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--articles", type=int, default=10_000)
    asyncio.run(main(parser.parse_args().articles))
