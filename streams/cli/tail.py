"""`copytaster tail`."""

import asyncio
import sys
from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer

from streams.cli.options import Bootstrap, Json, read_settings

if TYPE_CHECKING:
    from streams.outlets.reader import Arrival, Start
    from streams.settings import Settings

__all__ = ["EXAMPLE", "tail"]

EXAMPLE = "Example: copytaster tail business --from-beginning --max 20"

Show = Callable[["Arrival"], None]


def tail(
    wire: Annotated[str, typer.Argument(help="Name of the wire, without wire-; all has every article.")],
    bootstrap: Bootstrap = None,
    as_json: Json = False,
    from_beginning: Annotated[bool, typer.Option("--from-beginning", help="Not only from now.")] = False,
    most: Annotated[int | None, typer.Option("--max", min=1, help="End after so many changes.")] = None,
) -> None:
    """Watch a wire: every change as it comes, until Ctrl-C."""
    from streams.logs import configure

    configure("WARNING", "console")
    settings = read_settings(bootstrap=bootstrap)
    show = _show_json if as_json else _shower()
    asyncio.run(_tail(settings, wire, "beginning" if from_beginning else "now", show, most))


async def _tail(settings: "Settings", wire: str, start: "Start", show: Show, most: int | None) -> None:
    from streams.outlets.reader import open_wire

    async with open_wire(settings, wire, start=start) as reader:
        typer.echo(f"reading wire {wire} from {start}; Ctrl-C ends", err=True)
        count = 0
        async for arrival in reader:
            show(arrival)
            count += 1
            if count == most:
                return


def _show_json(arrival: "Arrival") -> None:
    sys.stdout.write(arrival.change.model_dump_json() + "\n")
    sys.stdout.flush()


def _shower() -> Show:
    """Lines that suit where they go: coloured and several a change on a terminal, one plain line elsewhere."""
    from rich.console import Console

    from streams.outlets.render import one_line, panel

    console, zone = Console(), datetime.now().astimezone().tzinfo
    assert zone is not None
    if console.is_terminal:
        return lambda arrival: console.print(panel(arrival, width=console.width, zone=zone))
    return lambda arrival: print(one_line(arrival, zone=zone), flush=True)  # noqa: T201 -- its output
