"""`copytaster doctor`."""

import asyncio
import json
from dataclasses import asdict
from typing import TYPE_CHECKING

import typer

from streams.cli.options import Bootstrap, Json, Routes, read_settings

if TYPE_CHECKING:
    from streams.ops.doctor import Finding

__all__ = ["EXAMPLE", "doctor"]

EXAMPLE = "Example: copytaster doctor --bootstrap kafka-1:9092 --routes routes.toml"


def doctor(bootstrap: Bootstrap = None, routes: Routes = None, as_json: Json = False) -> None:
    """Look at settings, models, routes, broker, topics and offsets, and say what to do; exit 1 if anything is wrong."""
    from streams.ops.doctor import examine

    findings = asyncio.run(examine(read_settings(bootstrap=bootstrap, routes_file=routes)))
    for finding in findings:
        typer.echo(json.dumps(asdict(finding)) if as_json else _line(finding))
    if not all(finding.ok for finding in findings):
        raise typer.Exit(1)


def _line(finding: "Finding") -> str:
    mark = typer.style("ok   ", fg="green") if finding.ok else typer.style("wrong", fg="red", bold=True)
    todo = f"\n{'':26}-> {finding.todo}" if finding.todo else ""
    return f"{mark} {finding.name:<20}{finding.says}{todo}"
