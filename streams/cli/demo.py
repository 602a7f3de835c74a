"""`copytaster demo`."""

import asyncio
from typing import Annotated

import typer

from streams.cli.options import Bootstrap, Routes, read_settings

__all__ = ["EXAMPLE", "demo"]

EXAMPLE = "Example: copytaster demo --once"


def demo(
    once: Annotated[bool, typer.Option("--once", help="End when every article is delivered.")] = False,
    bootstrap: Bootstrap = None,
    routes: Routes = None,
) -> None:
    """See all of it with nothing installed: an embedded broker, a worker, the seeds, and what arrives on the wires.

    With --bootstrap it uses that broker, under a prefix of its own; the topics stay there.
    """
    from rich.console import Console

    from streams.demo import run
    from streams.logs import configure

    settings = read_settings(bootstrap=bootstrap, routes_file=routes)
    configure("ERROR", settings.log_format)
    if not asyncio.run(run(settings, once=once, embedded=bootstrap is None, console=Console())):
        raise typer.Exit(1)
