"""`copytaster replay`: enriches a range of the past again, beside what is live."""

import asyncio
import json
import signal
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from streams.cli.ending import INTERRUPTED
from streams.cli.options import Bootstrap, Json, Routes, read_settings
from streams.cli.parsing import moment, place, run_name
from streams.cli.progress import ReplayProgress
from streams.errors import SettingsError

if TYPE_CHECKING:
    from streams.replay.plan import Request
    from streams.replay.run import Order, Report
    from streams.replay.status import RunStatus
    from streams.settings import Settings

__all__ = ["app"]

RUN_EXAMPLE = "Example: copytaster replay run --from 2024-05-03T00:00:00Z --to 2024-05-04T00:00:00Z"

app = typer.Typer(
    help="Enrich a range of the past again, beside what is live.", epilog=RUN_EXAMPLE, no_args_is_help=True
)


@app.command(epilog=RUN_EXAMPLE)
def run(
    since: Annotated[
        str | None, typer.Option("--from", metavar="TIME", help="Begin with the first record at or after it, RFC 3339.")
    ] = None,
    until: Annotated[
        str | None, typer.Option("--to", metavar="TIME", help="End before the first record at or after it; else now.")
    ] = None,
    from_offset: Annotated[
        list[str] | None,
        typer.Option(metavar="PARTITION:OFFSET", help="Instead of --from, for each partition to replay."),
    ] = None,
    to_offset: Annotated[
        list[str] | None,
        typer.Option(metavar="PARTITION:OFFSET", help="End before it; else at the partition's end as of now."),
    ] = None,
    name: Annotated[
        str | None, typer.Option("--run", metavar="NAME", help="Name of the run; one that exists is taken up again.")
    ] = None,
    accept_lost: Annotated[bool, typer.Option("--accept-lost", help="Go on without what retention removed.")] = False,
    bootstrap: Bootstrap = None,
    routes: Routes = None,
    processes: Annotated[int | None, typer.Option(help="Enrichment processes; one per core.")] = None,
    as_json: Json = False,
) -> None:
    """Enrich a range of articles-raw again, into replay-NAME-enriched and replay-NAME-dlq.

    Each record ends there exactly once, as the live pipeline would write it today. Live topics are only read.
    Stopped or killed, the run is taken up where it was by --run NAME.
    """
    from streams.logs import configure
    from streams.replay.run import Order

    request = _request(since, until, from_offset or (), to_offset or ())
    if request is None and name is None:
        raise SettingsError("what is to be replayed? --from TIME, --from-offset PARTITION:OFFSET or --run NAME")
    settings = read_settings(bootstrap=bootstrap, routes_file=routes, processes=processes)
    configure("ERROR", settings.log_format)
    order = Order(request, run_name("--run", name) if name else None, accept_lost=accept_lost)
    progress = ReplayProgress()
    try:
        with progress:
            report = asyncio.run(_replay(settings, order, progress))
    except (KeyboardInterrupt, asyncio.CancelledError):
        if progress.run:
            typer.echo(f"stopped; to go on: copytaster replay run --run {progress.run}", err=True)
        raise typer.Exit(INTERRUPTED) from None
    typer.echo(json.dumps(_report(settings, report)) if as_json else _told(settings, report))


@app.command(epilog="Example: copytaster replay status 20240503-0000-20240504-0000-1a2b3c4d --json")
def status(
    name: Annotated[str | None, typer.Argument(metavar="[RUN]", help="Only this run, partition by partition.")] = None,
    bootstrap: Bootstrap = None,
    as_json: Json = False,
) -> None:
    """Say how far each replay is."""
    from streams.replay.status import run_statuses

    statuses = asyncio.run(run_statuses(read_settings(bootstrap=bootstrap)))
    wanted = [each for each in statuses if name in {None, each.run.run}]
    if name is not None and not wanted:
        raise SettingsError(f"there is no replay {name!r}")
    for each in wanted:
        typer.echo(json.dumps(_as_json(each)) if as_json else _line(each))
        if name and not as_json:
            _echo_partitions(each)
    if not wanted and not as_json:
        typer.echo("no replay has been run")


async def _replay(settings: "Settings", order: "Order", progress: ReplayProgress) -> "Report":
    from streams.engine.partitions import partition_count
    from streams.engine.pool import Pool, PoolSpec
    from streams.replay.passage import Breakage
    from streams.replay.run import replay

    task = asyncio.current_task()
    assert task is not None
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)  # as Ctrl-C: finish what is in hand
    broken = Breakage()
    # A run is of one pipeline: an own list that changes meanwhile is for the next.
    pool = Pool(PoolSpec.of(settings, await partition_count(settings, ()), renew=False), on_fatal=broken.tell)
    pool.start()
    try:
        return await replay(settings, order, pool=pool, broken=broken, watch=progress)
    finally:
        await pool.stop()


def _request(
    since: str | None, until: str | None, from_offset: Sequence[str], to_offset: Sequence[str]
) -> "Request | None":
    from streams.replay.plan import Offsets, Times

    if (since or until) and (from_offset or to_offset):
        raise SettingsError("a range is of times or of offsets, not both")
    if from_offset or to_offset:
        starts = dict(place("--from-offset", each) for each in from_offset)
        return Offsets(starts, dict(place("--to-offset", each) for each in to_offset))
    if until and not since:
        raise SettingsError("--to needs a --from")
    return Times(moment("--from", since), moment("--to", until) if until else None) if since else None


def _report(settings: "Settings", report: "Report") -> dict[str, Any]:
    return {
        "run": report.run.run,
        "status": report.run.status,
        "output": report.run.output,
        "dead_letters": _dead_letters(settings, report.run.run),
        "pipeline": report.run.pipeline,
        "ranges": [each.model_dump() for each in report.run.ranges],
        "records": sum(report.counts.values()),
        **{kind: report.counts.get(kind, 0) for kind in ("enriched", "dead_lettered", "forgotten")},
        "seconds": round(report.seconds, 1),
    }


def _told(settings: "Settings", report: "Report") -> str:
    if not sum(each.end - each.start for each in report.run.ranges):
        return f"replay {report.run.run}: no record lies in that range"
    if not report.counts:
        return f"replay {report.run.run} is complete already, in {report.run.output}"
    letters = report.counts.get("dead_lettered", 0)
    rest = f", {letters} dead letters in {_dead_letters(settings, report.run.run)}" if letters else ""
    return f"replay {report.run.run} is complete: {sum(report.counts.values())} records to {report.run.output}{rest}"


def _dead_letters(settings: "Settings", name: str) -> str:
    from schemas.topics import replay_dead_letters
    from streams.broker.connection import topic_name

    return topic_name(settings, replay_dead_letters(name))


def _as_json(each: "RunStatus") -> dict[str, Any]:
    committed = {str(partition): offset for partition, offset in each.committed.items()}
    return {**json.loads(each.run.model_dump_json()), "committed": committed, "done": each.done}


def _line(each: "RunStatus") -> str:
    done = "unknown" if each.done is None else f"{each.done:.1%}"
    return f"{each.run.run:<44} {each.run.status:<8} {done:>7}  {_local(each.run.created_at)}  {each.run.requested}"


def _echo_partitions(each: "RunStatus") -> None:
    for span in each.run.ranges:
        at = each.committed[span.partition]
        typer.echo(f"  partition {span.partition}: {span.start} to {span.end}, at {'unknown' if at is None else at}")


def _local(time: datetime) -> str:
    return f"{time.astimezone():%Y-%m-%d %H:%M}"
