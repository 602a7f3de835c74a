"""`copytaster enrich`."""

import asyncio
import contextlib
import itertools
import sys
import threading
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Annotated

import typer

from streams.cli.options import Routes, read_settings

if TYPE_CHECKING:
    from streams.settings import Settings

__all__ = ["EXAMPLE", "enrich"]

EXAMPLE = "Example: copytaster parse wire/*.xml | copytaster enrich --processes 4 > enriched.jsonl"

LINES_PER_PROCESS = 64
"""Lines in hand for each process: enough that none waits, few enough that memory stays flat."""


def enrich(
    processes: Annotated[int, typer.Option(min=1, help="Enrichment processes; one per core.")] = 1,
    routes: Routes = None,
) -> None:
    """Enrich articles without Kafka: RawArticle JSON lines on stdin, EnrichedArticle JSON lines on stdout.

    One line each, in the same order. A line that cannot be enriched is a DeadLetter as JSON on stderr, its
    offset the number of the line from 0, and the command exits 1 in the end.
    """
    from streams.logs import configure

    settings = read_settings(processes=processes, routes_file=routes)
    configure("ERROR", settings.log_format)  # stderr is for dead letters
    if asyncio.run(_enrich(settings)):
        raise typer.Exit(1)


async def _enrich(settings: "Settings") -> int:
    """Answer every line of stdin; returns how many are dead letters."""
    from schemas.dead_letter import DeadLetter
    from streams.desk.routing import load_routing
    from streams.engine.lines import enrich_lines
    from streams.engine.pool import Pool, PoolSpec

    dead = 0
    routing = load_routing(settings.routes_file)
    pool = Pool(PoolSpec.of(settings, partitions=1), on_fatal=_give_up)
    pool.start()
    try:
        async for answer in enrich_lines(_stdin(), pool, routing, ahead=LINES_PER_PROCESS * settings.processes):
            if isinstance(answer, DeadLetter):
                dead += 1
                print(answer.model_dump_json(), file=sys.stderr)  # noqa: T201 -- its output
            else:
                sys.stdout.buffer.write(answer + b"\n")
                sys.stdout.buffer.flush()
    finally:
        await pool.stop()
    return dead


def _give_up(error: BaseException) -> None:
    from streams.engine.ending import end_process

    end_process(error)


async def _stdin() -> AsyncIterator[bytes]:
    """The lines of stdin, read by a thread that no Ctrl-C has to wait for."""
    loop = asyncio.get_running_loop()
    lines: asyncio.Queue[bytes] = asyncio.Queue()
    room = threading.Semaphore(LINES_PER_PROCESS)

    def read() -> None:
        # Not sys.stdin: the interpreter cannot end while a thread waits inside it.
        with open(0, "rb", closefd=False) as file, contextlib.suppress(RuntimeError):
            for line in itertools.chain(file, [b""]):
                room.acquire()
                loop.call_soon_threadsafe(lines.put_nowait, line)  # RuntimeError: the command has ended

    threading.Thread(target=read, daemon=True).start()
    while line := await lines.get():
        room.release()
        yield line.rstrip(b"\r\n")
