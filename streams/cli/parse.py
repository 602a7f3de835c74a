"""`copytaster parse`."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from streams.errors import WireError

__all__ = ["EXAMPLE", "parse"]

EXAMPLE = "Example: copytaster parse --source reuters wire/*.xml | copytaster enrich"


def parse(
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="- is standard input.")],
    format_name: Annotated[str | None, typer.Option("--format", help="Instead of reading it off the content.")] = None,
    source: Annotated[str, typer.Option(help="Who published what the files do not say it of.")] = "file",
) -> None:
    """Print the articles of wire files as RawArticle JSON lines, without Kafka.

    A file that cannot be read is told on stderr, the others are still printed, and the command exits 1 in the end.
    """
    from streams.formats import Hint
    from streams.formats import parse as read
    from streams.records import encode

    failed = False
    for file in files:
        try:
            articles = read(
                sys.stdin.buffer.read() if file == Path("-") else file.read_bytes(),
                Hint(name=file.name, format_name=format_name, source=source),
            )
        except (OSError, WireError) as error:
            reason = (error.strerror or str(error)).lower() if isinstance(error, OSError) else str(error)
            typer.echo(f"error: {file}: {reason}", err=True)
            failed = True
            continue
        for article in articles:
            sys.stdout.buffer.write(encode(article) + b"\n")
    sys.stdout.flush()
    if failed:
        raise typer.Exit(1)
