"""`copytaster dlq`: what could not be processed, why, and back with it."""

import asyncio
import base64
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
    from streams.ops.redrive import Redrive
    from streams.settings import Settings

__all__ = ["app"]

REDRIVE_EXAMPLE = "Example: copytaster dlq redrive --stage misrouted --since 2024-05-03T00:00:00Z --dry-run"

app = typer.Typer(
    help="What could not be processed, why, and back with it.",
    epilog="Example: copytaster dlq list",
    no_args_is_help=True,
)

OfRun = Annotated[str | None, typer.Option("--run", metavar="NAME", help="The dead letters of this replay instead.")]


@app.command("list", epilog="Example: copytaster dlq list --json")
def list_(run: OfRun = None, bootstrap: Bootstrap = None, as_json: Json = False) -> None:
    """Count the dead letters by the stage that failed and its error."""
    settings = read_settings(bootstrap=bootstrap)
    groups = asyncio.run(_groups(settings, _topic(run)))
    if as_json:
        for group in groups:
            typer.echo(json.dumps(_group_as_json(group)))
    elif groups:
        _echo_groups(groups)
    else:
        typer.echo("no dead letters")


@app.command(epilog="Example: copytaster dlq show 3:1024")
def show(
    at: Annotated[str, typer.Argument(metavar="PARTITION:OFFSET", help="As `dlq list` names them.")],
    run: OfRun = None,
    bootstrap: Bootstrap = None,
    as_json: Json = False,
) -> None:
    """Show one dead letter: why it is one, its headers and its original bytes."""
    from streams.ops.dead_letters import find_letter

    partition, offset = place("PARTITION:OFFSET", at)
    letter = asyncio.run(find_letter(read_settings(bootstrap=bootstrap), _topic(run), partition, offset))
    if as_json:
        typer.echo(json.dumps(_letter_as_json(letter)))
    else:
        _echo_letter(letter)


@app.command(epilog=REDRIVE_EXAMPLE)
def redrive(  # noqa: PLR0917 -- a command's options
    stage: Annotated[list[str] | None, typer.Option(help="Only of this stage; may be repeated.")] = None,
    error: Annotated[list[str] | None, typer.Option(help="Only with this error; may be repeated.")] = None,
    since: Annotated[str | None, typer.Option(metavar="TIME", help="Only sent to us at or after it, RFC 3339.")] = None,
    ids: Annotated[
        list[str] | None, typer.Option("--id", metavar="PARTITION:OFFSET", help="Only this one; may be repeated.")
    ] = None,
    everything: Annotated[bool, typer.Option("--all", help="All there are.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be sent; send nothing.")] = False,
    bootstrap: Bootstrap = None,
    as_json: Json = False,
) -> None:
    """Send dead letters back to articles-raw, on the partition of their article, each of them once.

    Do it after the cause is gone. Filters add up. One that fails again is a new dead letter, whose headers say
    how often it went round. Exit 1 if any of those selected cannot be sent.
    """
    from streams.ops.redrive import preview
    from streams.ops.redrive import redrive as send

    if everything == bool(stage or error or since or ids):
        raise SettingsError("which dead letters? --stage, --error, --since, --id, or --all of them")
    selection = _selection(stage or [], error or [], since, ids or [])
    settings = read_settings(bootstrap=bootstrap)
    outcome = asyncio.run((preview if dry_run else send)(settings, selection))
    _echo_outcome(outcome, dry_run=dry_run, as_json=as_json)
    if outcome.refused:
        raise typer.Exit(FAILED)


async def _groups(settings: "Settings", topic: "Topic") -> "tuple[Group, ...]":
    from schemas.topics import ARTICLES_RAW_DLQ
    from streams.ops.dead_letters import group_letters, read_redriven

    return await group_letters(settings, topic, await read_redriven(settings) if topic is ARTICLES_RAW_DLQ else {})


def _topic(run: str | None) -> "Topic":
    from schemas.topics import ARTICLES_RAW_DLQ, replay_dead_letters

    return replay_dead_letters(run_name("--run", run)) if run else ARTICLES_RAW_DLQ


def _selection(stages: list[str], errors: list[str], since: str | None, ids: list[str]) -> "Selection":
    from streams.ops.dead_letters import Selection

    places = (place("--id", each) for each in ids)
    return Selection(
        stages=frozenset(stages),
        errors=frozenset(errors),
        since=moment("--since", since) if since else None,
        places=frozenset(f"{partition}:{offset}" for partition, offset in places),
    )


def _echo_groups(groups: "tuple[Group, ...]") -> None:
    from streams.ops.display import safe

    typer.echo(f"{'count':>7}  {'redriven':>8}  {'first':<16}  {'last':<16}  stage: error")
    for group in groups:
        times = f"{_local(group.first)}  {_local(group.last)}"
        typer.echo(safe(f"{group.count:>7}  {group.redriven:>8}  {times}  {group.stage}: {group.error}"))
        typer.echo(safe(f"{'':19}{group.example.place}  {group.example.reason.message}"))


def _echo_letter(letter: "Letter") -> None:
    from streams.ops.display import legible, safe

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
    for name, text in lines.items():
        typer.echo(f"{name + ':':<13}{safe(text)}")
    for header, value in record.headers:
        if not header.startswith("dlq-"):
            typer.echo(safe(f"header:      {header}: {_text(value)}"))
    typer.echo()
    typer.echo("no value: a tombstone" if record.value is None else legible(record.value))


def _echo_outcome(outcome: "Redrive", *, dry_run: bool, as_json: bool) -> None:
    if as_json:
        refused = [{"id": each.place, "reason": each.reason} for each in outcome.refused]
        typer.echo(
            json.dumps({"sent": outcome.sent, "already": outcome.already, "refused": refused, "dry_run": dry_run})
        )
        return
    for each in outcome.refused:
        typer.echo(f"error: {each.place} not sent: {each.reason}", err=True)
    before = f"; {outcome.already} had been sent before" if outcome.already else ""
    typer.echo(f"{'would send' if dry_run else 'sent'} {outcome.sent} to articles-raw{before}")


def _group_as_json(group: "Group") -> dict[str, Any]:
    return {
        "stage": group.stage,
        "error": group.error,
        "count": group.count,
        "redriven": group.redriven,
        "first": group.first.isoformat(),
        "last": group.last.isoformat(),
        "example": {"id": group.example.place, "message": group.example.reason.message},
    }


def _letter_as_json(letter: "Letter") -> dict[str, Any]:
    record = letter.record
    return {
        "id": letter.place,
        "reason": json.loads(letter.reason.model_dump_json()),
        "key": None if record.key is None else _text(record.key),
        "headers": [[name, None if value is None else _text(value)] for name, value in record.headers],
        "value_base64": None if record.value is None else base64.b64encode(record.value).decode(),
    }


def _text(value: bytes | None) -> str:
    return "none" if value is None else value.decode(errors="backslashreplace")


def _local(time: datetime) -> str:
    return f"{time.astimezone():%Y-%m-%d %H:%M}"
