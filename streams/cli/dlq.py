"""`copytaster dlq`: what could not be processed, why, and back with it."""

import asyncio
import base64
import codecs
import json
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from streams.cli.ending import FAILED
from streams.cli.options import Bootstrap, Json, read_settings
from streams.cli.parsing import moment, place, run_name
from streams.errors import SettingsError

if TYPE_CHECKING:
    from schemas.topics import Topic
    from streams.ops.dead_letters import Group, Letter, Selection
    from streams.ops.redrive import Redrive, Way
    from streams.settings import Settings

__all__ = ["app"]

REDRIVE_EXAMPLE = "Example: copytaster dlq redrive --stage misrouted --since 2024-05-03T00:00:00Z --dry-run"

app = typer.Typer(
    help="What could not be processed, why, and back with it.",
    epilog="Example: copytaster dlq list",
    no_args_is_help=True,
)

OfRun = Annotated[str | None, typer.Option("--run", metavar="NAME", help="The dead letters of this replay instead.")]
OfIngest = Annotated[bool, typer.Option("--ingest", help="Of ingest-dlq: bytes that no format could read.")]

_SHOWN_BYTES = 4096
"""Of bytes that nobody could read, which may be any number of pages."""


@app.command("list", epilog="Example: copytaster dlq list --json")
def list_(run: OfRun = None, ingest: OfIngest = False, bootstrap: Bootstrap = None, as_json: Json = False) -> None:
    """Count the dead letters by the stage that failed and its error; those of ingest by their source and the reason."""
    topic = _topic(run, ingest=ingest)
    groups = asyncio.run(_groups(read_settings(bootstrap=bootstrap), topic, ingest=ingest))
    if as_json:
        for group in groups:
            typer.echo(json.dumps(_group_as_json(group, ingest=ingest)))
    elif groups:
        _echo_groups(groups, ingest=ingest)
    else:
        typer.echo("no dead letters")


@app.command(epilog="Example: copytaster dlq show 3:1024")
def show(
    at: Annotated[str, typer.Argument(metavar="PARTITION:OFFSET", help="As `dlq list` names them.")],
    run: OfRun = None,
    ingest: OfIngest = False,
    bootstrap: Bootstrap = None,
    as_json: Json = False,
) -> None:
    """Show one dead letter: why it is one, its headers and its original bytes; of those of ingest the first 4 KiB."""
    from streams.ops.dead_letters import find_letter

    partition, offset = place("PARTITION:OFFSET", at)
    topic = _topic(run, ingest=ingest)
    letter = asyncio.run(find_letter(read_settings(bootstrap=bootstrap), topic, partition, offset))
    if as_json:
        typer.echo(json.dumps(_letter_as_json(letter, ingest=ingest)))
    elif ingest:
        _echo_arrival(letter)
    else:
        _echo_letter(letter)


@app.command(epilog=REDRIVE_EXAMPLE)
def redrive(
    stage: Annotated[list[str] | None, typer.Option(help="Only of this stage; may be repeated.")] = None,
    error: Annotated[list[str] | None, typer.Option(help="Only with this error; may be repeated.")] = None,
    since: Annotated[str | None, typer.Option(metavar="TIME", help="Only sent to us at or after it, RFC 3339.")] = None,
    ids: Annotated[
        list[str] | None, typer.Option("--id", metavar="PARTITION:OFFSET", help="Only this one; may be repeated.")
    ] = None,
    everything: Annotated[bool, typer.Option("--all", help="All there are.")] = False,
    ingest: OfIngest = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be sent; send nothing.")] = False,
    bootstrap: Bootstrap = None,
    as_json: Json = False,
) -> None:
    """Send dead letters back to articles-raw, on the partition of their article, each of them once.

    Do it after the cause is gone. Filters add up. One that fails again is a new dead letter, whose headers say
    how often it went round. Those of ingest are parsed again, and their articles sent. Exit 1 if any of those
    selected cannot be sent.
    """
    from streams.ops.redrive import preview
    from streams.ops.redrive import redrive as send

    if everything == bool(stage or error or since or ids):
        raise SettingsError("which dead letters? --stage, --error, --since, --id, or --all of them")
    selection = _selection(stage or [], error or [], since, ids or [])
    settings = read_settings(bootstrap=bootstrap)
    outcome = asyncio.run((preview if dry_run else send)(settings, selection, _way(ingest=ingest)))
    _echo_outcome(outcome, dry_run=dry_run, as_json=as_json)
    if outcome.refused:
        raise typer.Exit(FAILED)


async def _groups(settings: "Settings", topic: "Topic", *, ingest: bool) -> "tuple[Group, ...]":
    from streams.ops.dead_letters import group_letters, read_redriven

    redriven = await read_redriven(settings, topic)
    if not ingest:
        return await group_letters(settings, topic, redriven)
    from streams.ops.redrive_ingest import source_and_reason

    return await group_letters(settings, topic, redriven, source_and_reason)


def _topic(run: str | None, *, ingest: bool) -> "Topic":
    from schemas.topics import ARTICLES_RAW_DLQ, INGEST_DLQ, replay_dead_letters

    if run and ingest:
        raise SettingsError("--run or --ingest, not both: a replay reads what was ingested before")
    if run:
        return replay_dead_letters(run_name("--run", run))
    return INGEST_DLQ if ingest else ARTICLES_RAW_DLQ


def _way(*, ingest: bool) -> "Way":
    """Formats are loaded only where bytes are parsed again."""
    if ingest:
        from streams.ops.redrive_ingest import BYTES

        return BYTES
    from streams.ops.redrive import RECORDS

    return RECORDS


def _selection(stages: list[str], errors: list[str], since: str | None, ids: list[str]) -> "Selection":
    from streams.ops.dead_letters import Selection

    places = (place("--id", each) for each in ids)
    return Selection(
        stages=frozenset(stages),
        errors=frozenset(errors),
        since=moment("--since", since) if since else None,
        places=frozenset(f"{partition}:{offset}" for partition, offset in places),
    )


def _echo_groups(groups: "tuple[Group, ...]", *, ingest: bool) -> None:
    from streams.ops.display import safe

    kind = "source: reason" if ingest else "stage: error"
    typer.echo(f"{'count':>7}  {'redriven':>8}  {'first':<16}  {'last':<16}  {kind}")
    for group in groups:
        kind, example = _told_of_ingest(group) if ingest else _told(group)
        times = f"{_local(group.first)}  {_local(group.last)}"
        typer.echo(safe(f"{group.count:>7}  {group.redriven:>8}  {times}  {kind}"))
        typer.echo(safe(f"{'':19}{group.example.place}  {example}"))


def _told(group: "Group") -> tuple[str, str]:
    return f"{group.stage}: {group.error}", group.example.reason.message


def _told_of_ingest(group: "Group") -> tuple[str, str]:
    from streams.ops.redrive_ingest import arrival_of, source_and_reason

    hint = arrival_of(group.example).hint
    return ": ".join(source_and_reason(group.example)), hint.url or hint.name


def _echo_letter(letter: "Letter") -> None:
    from streams.ops.display import legible

    record, reason = letter.record, letter.reason
    origin = f"{reason.topic} {reason.partition}:{reason.offset}"
    lines = {
        "dead letter": letter.place,
        "came from": f"{origin}, {letter.time.isoformat(timespec='milliseconds')}",
        "failed in": f"{reason.stage} ({reason.error}), attempts: {reason.attempts}",
        "because": reason.message,
        "pipeline": reason.pipeline,
        "key": _text(record.key),
    }
    _echo_head(lines, letter)
    typer.echo("no value: a tombstone" if record.value is None else legible(record.value))


def _echo_arrival(letter: "Letter") -> None:
    from streams.ops.display import legible
    from streams.ops.redrive_ingest import arrival_of

    arrival, value = arrival_of(letter), letter.record.value
    lines = {
        "dead letter": letter.place,
        "came from": f"{arrival.hint.source}, {letter.time.isoformat(timespec='milliseconds')}",
        "named": arrival.hint.name,
        "url": arrival.hint.url or "none",
        "said to be": arrival.hint.format_name or "nothing, its content decides",
        "because": letter.reason.message,
        "sha256": arrival.sha256,
    }
    _echo_head(lines, letter)
    typer.echo("not kept: it was too large" if value is None else legible(_beginning(value)))
    if value is not None and len(value) > _SHOWN_BYTES:
        typer.echo(f"... of {len(value)} bytes")


def _echo_head(lines: dict[str, str], letter: "Letter") -> None:
    """What is known of it, and the headers that came with it; then its bytes follow."""
    from streams.ops.display import safe

    for name, text in lines.items():
        typer.echo(f"{name + ':':<13}{safe(text)}")
    for header, value in letter.record.headers:
        if not header.startswith("dlq-"):
            typer.echo(safe(f"header:      {header}: {_text(value)}"))
    typer.echo()


def _beginning(value: bytes) -> bytes:
    """The first bytes; of text without the piece of a character at the end, which would make it look like none."""
    head = value[:_SHOWN_BYTES]
    try:
        _, whole = codecs.utf_8_decode(head, "strict", len(value) <= _SHOWN_BYTES)
    except UnicodeDecodeError:
        return head
    return head[:whole]


def _echo_outcome(outcome: "Redrive", *, dry_run: bool, as_json: bool) -> None:
    if as_json:
        refused = [{"id": each.place, "reason": each.reason} for each in outcome.refused]
        counts = {"sent": outcome.sent, "records": outcome.records, "already": outcome.already}
        typer.echo(json.dumps({**counts, "refused": refused, "dry_run": dry_run}))
        return
    for each in outcome.refused:
        typer.echo(f"error: {each.place} not sent: {each.reason}", err=True)
    before = f"; {outcome.already} had been sent before" if outcome.already else ""
    several = f" ({outcome.records} articles)" if outcome.records != outcome.sent else ""
    typer.echo(f"{'would send' if dry_run else 'sent'} {outcome.sent}{several} to articles-raw{before}")


def _group_as_json(group: "Group", *, ingest: bool) -> dict[str, Any]:
    return {
        **(_kind_of_ingest(group) if ingest else {"stage": group.stage, "error": group.error}),
        "count": group.count,
        "redriven": group.redriven,
        "first": group.first.isoformat(),
        "last": group.last.isoformat(),
        "example": {"id": group.example.place, "message": group.example.reason.message},
    }


def _kind_of_ingest(group: "Group") -> dict[str, str]:
    from streams.ops.redrive_ingest import source_and_reason

    return dict(zip(("source", "reason"), source_and_reason(group.example), strict=True))


def _arrival_as_json(letter: "Letter") -> dict[str, str | None]:
    from streams.ops.redrive_ingest import arrival_of

    arrival = arrival_of(letter)
    hint = {"source": arrival.hint.source, "name": arrival.hint.name, "format": arrival.hint.format_name}
    return {**hint, "url": arrival.hint.url, "message": letter.reason.message, "sha256": arrival.sha256}


def _letter_as_json(letter: "Letter", *, ingest: bool) -> dict[str, Any]:
    record = letter.record
    return {
        "id": letter.place,
        "reason": _arrival_as_json(letter) if ingest else json.loads(letter.reason.model_dump_json()),
        "key": None if record.key is None else _text(record.key),
        "headers": [[name, None if value is None else _text(value)] for name, value in record.headers],
        "value_base64": None if record.value is None else base64.b64encode(record.value).decode(),
    }


def _text(value: bytes | None) -> str:
    return "none" if value is None else value.decode(errors="backslashreplace")


def _local(time: datetime) -> str:
    return f"{time.astimezone():%Y-%m-%d %H:%M}"
