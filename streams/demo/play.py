"""The order of the demo, and the watch over it."""

import asyncio
import time
import uuid
from collections.abc import AsyncIterator, Coroutine
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from rich.console import Console

from schemas.disposition import Disposition
from schemas.topics import ARTICLES_DISPOSITIONS, ARTICLES_RAW, TOPICS
from streams.broker.admin import create_topics
from streams.broker.connection import topic_name
from streams.broker.embedded import EmbeddedBroker
from streams.broker.reading import open_reader, read_ranges, whole_log
from streams.demo.seeds import seed_files, seeds_folder
from streams.demo.tally import Tally, summary
from streams.demo.worker import WorkerProcess, running_worker
from streams.desk.routing import ALL, Routing, load_routing, wire_topics
from streams.errors import StreamsError
from streams.ingest.files import ingest
from streams.outlets.reader import WireReader, open_wire
from streams.outlets.render import one_line, panel
from streams.settings import Settings

__all__ = ["run"]

ROUTES = Path(__file__).with_name("routes.toml")
STUCK_SECONDS = 60.0
"""Without a new disposition for so long, the worker is stuck; its first takes the longest, models and all."""
POLL_SECONDS = 0.2


@dataclass(slots=True)
class _Stage:
    """What the parts of one run share."""

    settings: Settings
    routing: Routing
    console: Console
    tally: Tally = field(default_factory=Tally)
    shown: int = 0
    began: float = field(default_factory=time.monotonic)


async def run(settings: Settings, *, once: bool, embedded: bool, console: Console) -> bool:
    """Play the demo; True when every record that went in is accounted for.

    Args:
        settings: of the worker; the demo gives them a prefix of its own, so nobody's topics are touched.
        once: end when all is accounted for, instead of staying up until Ctrl-C.
        embedded: start a broker, instead of using the one of the settings.
        console: where to show what arrives.

    Raises:
        SettingsError: the embedded broker is not installed, or the settings cannot work.
        StreamsError: the worker ended or is stuck; with the last lines of its log.
        BrokerError: the broker cannot be reached.
    """
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="copytaster-demo-")))
        settings = await _installed(settings, folder, stack, console, embedded=embedded)
        stage = _Stage(settings, load_routing(settings.routes_file), console)
        worker = stack.enter_context(running_worker(settings, folder / "worker.log"))
        console.print(f"[bold]worker[/]  {settings.processes} processes; the models load")
        async with open_wire(settings, ALL, start="beginning") as wire, _beside(worker.watch(), _show(stage, wire)):
            await _play(stage, worker)
            if not once:
                await _stay(stage)
    console.print(
        summary(stage.tally, tuple(wire.name for wire in stage.routing.wires), time.monotonic() - stage.began)
    )
    return stage.tally.adds_up


async def _installed(
    settings: Settings, folder: Path, stack: AsyncExitStack, console: Console, *, embedded: bool
) -> Settings:
    """A broker with the demo's topics, and the settings to find them."""
    changes: dict[str, object] = {"routes_file": settings.routes_file or ROUTES}
    if embedded:
        broker = await stack.enter_async_context(EmbeddedBroker(folder / "broker"))
        changes["bootstrap"] = broker.bootstrap
    else:
        changes["prefix"] = f"{settings.prefix}demo-{uuid.uuid4().hex[:8]}-"
    settings = settings.model_copy(update=changes)
    kind = "embedded Kafka" if embedded else f"topics {settings.prefix}…"
    console.print(f"[bold]broker[/]  {kind} at {settings.bootstrap}")
    wanted = dict.fromkeys((*TOPICS, *wire_topics(load_routing(settings.routes_file))))
    await create_topics(settings, wanted)
    console.print(f"[bold]wires[/]   {', '.join(topic.name for topic in wanted if topic.name.startswith('wire-'))}")
    return settings


async def _play(stage: _Stage, worker: WorkerProcess) -> None:
    """Send the seeds in, and wait until each is accounted for and shown."""
    report = await ingest(
        seed_files(seeds_folder()), settings=stage.settings, source="demo", on_progress=lambda _: None
    )
    unreadable = f", {len(report.failures)} that nobody could read" if report.failures else ""
    stage.console.print(f"[bold]ingest[/]  {report.articles} articles of {report.files} files{unreadable}\n")
    stage.tally.inputs.update([place async for place, _ in _records(stage.settings, ARTICLES_RAW.name)])
    if len(stage.tally.inputs) != report.articles:
        raise StreamsError(f"{report.articles} articles were sent and {len(stage.tally.inputs)} are in Kafka")
    changed, known = time.monotonic(), 0
    while stage.tally.missing or stage.shown < stage.tally.wires()[ALL]:
        await _account(stage)
        if (progress := len(stage.tally.dispositions) + stage.shown) != known:
            changed, known = time.monotonic(), progress
        elif time.monotonic() - changed > STUCK_SECONDS:
            raise StreamsError(_stuck(stage, worker))
        await asyncio.sleep(POLL_SECONDS)


async def _account(stage: _Stage) -> None:
    tally = Tally(stage.tally.inputs)
    async for _, value in _records(stage.settings, ARTICLES_DISPOSITIONS.name):
        tally.add(Disposition.model_validate_json(value or b""))
    stage.tally = tally


async def _records(settings: Settings, topic: str) -> AsyncIterator[tuple[tuple[int, int], bytes | None]]:
    name = topic_name(settings, topic)
    async with open_reader(settings) as reader:
        async for record in read_ranges(reader, name, await whole_log(reader, name, settings.partitions)):
            yield (record.partition, record.offset), record.value


def _stuck(stage: _Stage, worker: WorkerProcess) -> str:
    missing = f"{len(stage.tally.missing)} of {len(stage.tally.inputs)} records are not accounted for"
    return f"{missing} and nothing happened for {STUCK_SECONDS:.0f} s; the worker's last lines:\n{worker.last_lines()}"


async def _stay(stage: _Stage) -> None:
    """Until Ctrl-C."""
    address = f"--bootstrap {stage.settings.bootstrap}"
    stage.console.print(
        f"all {len(stage.tally.inputs)} accounted for; it stays up until Ctrl-C. In another terminal:\n"
        f"  copytaster tail {ALL} --from-beginning {address}\n  copytaster ingest FILE… {address}"
    )
    await asyncio.Event().wait()


async def _show(stage: _Stage, wire: WireReader) -> None:
    zone = datetime.now().astimezone().tzinfo
    assert zone is not None
    async for arrival in wire:
        if stage.console.is_terminal:
            stage.console.print(panel(arrival, width=stage.console.width, zone=zone))
        else:
            stage.console.out(one_line(arrival, zone=zone), highlight=False)
        stage.shown += 1


@asynccontextmanager
async def _beside(*watches: Coroutine[object, object, None]) -> AsyncIterator[None]:
    """Run these while the body runs; one that fails ends the body with its error, and they end with the body."""
    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(watch) for watch in watches]
            yield
            for task in tasks:
                task.cancel()
    except BaseExceptionGroup as errors:
        raise errors.exceptions[0] from None
