"""`copytaster ingest`."""

import asyncio
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from streams.cli.options import Bootstrap, Json, read_settings

if TYPE_CHECKING:
    from streams.ingest.files import IngestReport
    from streams.settings import Settings

__all__ = ["EXAMPLE", "ingest"]

EXAMPLE = "Example: copytaster ingest --source reuters /var/spool/wire"


def ingest(
    paths: Annotated[list[Path], typer.Argument(metavar="PATH...", help="Files, or folders of files.")],
    source: Annotated[str, typer.Option(help="Who published what the files do not say it of.")] = "file",
    bootstrap: Bootstrap = None,
    as_json: Json = False,
) -> None:
    """Send the articles of wire files to articles-raw.

    The format is read off the content. A file that cannot be read is told, the others are sent, and the
    command exits 1 in the end.
    """
    from streams.logs import configure

    settings = read_settings(bootstrap=bootstrap)
    configure("ERROR", settings.log_format)
    report = asyncio.run(_ingest(paths, settings, source))
    for failure in report.failures:
        typer.echo(f"error: {failure.path}: {failure.reason}", err=True)
    counts = {"files": report.files, "articles": report.articles, "failures": len(report.failures)}
    typer.echo(json.dumps(counts) if as_json else f"{report.articles} articles of {report.files} files are in Kafka")
    if report.failures:
        raise typer.Exit(1)


async def _ingest(paths: list[Path], settings: "Settings", source: str) -> "IngestReport":
    """Send them, with a line on stderr that counts, where a person sees it."""
    from rich.console import Console

    from streams.ingest.files import ingest as send

    with Console(file=sys.stderr).status("sending") as status:
        return await send(
            paths,
            settings=settings,
            source=source,
            on_progress=lambda report: status.update(f"{report.files} files, {report.articles} articles"),
        )
