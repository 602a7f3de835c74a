"""`copytaster ingest`: files and folders, feeds, and a server that articles are pushed to."""

import asyncio
import json
from collections.abc import Coroutine
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

from streams.cli.options import Bootstrap, Json, LogFormat, LogLevel, read_settings
from streams.errors import SettingsError

if TYPE_CHECKING:
    from streams.ingest.files import IngestReport
    from streams.ingest.poll import Feed, PollReport
    from streams.settings import Settings

__all__ = ["app"]

Source = Annotated[str, typer.Option(help="Who published what the bytes do not say it of.")]


class _FilesUnlessNamed(TyperGroup):
    """`ingest PATH...` and `ingest --feed URL` are what is wanted nearly always, so `files` need not be said."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:  # noqa: ANN401 - typer's own click
        """Put `files` where no command is named."""
        if args and args[0] not in self.commands and args[0] not in ctx.help_option_names:
            args = ["files", *args]
        return super().parse_args(ctx, args)


app = typer.Typer(
    cls=_FilesUnlessNamed,
    help="Bring articles into articles-raw: from files, folders and feeds, or pushed by HTTP.\n\n"
    "`copytaster ingest PATH...` and `copytaster ingest --feed URL` are `ingest files` with these options.",
    epilog="Example: copytaster ingest --source reuters /var/spool/wire",
    no_args_is_help=True,
)


@app.command(epilog="Example: copytaster ingest files --source dpa --watch /var/spool/dpa")
def files(
    paths: Annotated[
        list[Path] | None, typer.Argument(metavar="[PATH]...", help="Files, folders of files, or - for standard input.")
    ] = None,
    source: Source = "file",
    watch: Annotated[bool, typer.Option("--watch", help="Stay, and read what appears in the folders.")] = False,
    feeds: Annotated[
        list[str] | None, typer.Option("--feed", metavar="URL", help="Poll this feed or page; may be repeated.")
    ] = None,
    interval: Annotated[float, typer.Option(metavar="SECONDS", help="From one poll of a feed to the next.")] = 300,
    once: Annotated[bool, typer.Option("--once", help="Poll the feeds that are due, and end.")] = False,
    state: Annotated[Path, typer.Option(metavar="FILE", help="What was polled and sent; survives restarts.")] = Path(
        "copytaster-feeds.sqlite"
    ),
    allow_private: Annotated[
        bool, typer.Option("--allow-private", help="Poll addresses of inner networks, too.")
    ] = False,
    bootstrap: Bootstrap = None,
    as_json: Json = False,
) -> None:
    """Send the articles of files, folders or feeds to articles-raw.

    The format is read off the content. What cannot be read is told and kept in ingest-dlq, the rest is sent, and the
    command exits 1 in the end. With --watch, files go to done/ or failed/ inside their folder once Kafka has them.
    """
    if bool(paths) == bool(feeds):
        raise SettingsError("give files or folders, or --feed URL" + ("; not both" if paths else ""))
    settings = _settings(bootstrap, "ERROR", None)
    if feeds:
        from streams.ingest.poll import Feed

        polled = [Feed(url, source, interval) for url in feeds]
        report = _poll(settings, polled, state, allow_private=allow_private, once=once)
        _tell_of_feeds(report, as_json=as_json)
    elif watch:
        _watch(settings, paths or [], source)
    else:
        _tell_of_files(_send(settings, paths or [], source), as_json=as_json)


@app.command(epilog="Example: copytaster ingest serve --sources sources.toml --port 8085")
def serve(
    sources: Annotated[Path, typer.Option(metavar="FILE", help="TOML file of who may push, and with which secret.")],
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen on; 0 takes a free one.", min=0, max=65535)] = 8085,
    bootstrap: Bootstrap = None,
    log_level: LogLevel = None,
    log_format: LogFormat = None,
) -> None:
    """Take articles that are pushed by HTTP.

    POST /v1/articles with a bearer token or a signature answers 202 once Kafka has them; /docs and /openapi.json say
    the rest. Put a proxy with TLS before it. SIGTERM or Ctrl-C answers what is under way and ends it.
    """
    from streams.ingest.push import PushOptions
    from streams.ingest.push import serve as serve_push

    settings = _settings(bootstrap, log_level, log_format)
    options = PushOptions(host=host, port=port, tokens_file=sources)
    _until_stopped(
        serve_push(settings, options, on_ready=lambda url: typer.echo(f"taking articles at {url}/v1/articles"))
    )


def _settings(bootstrap: str | None, log_level: str | None, log_format: str | None) -> "Settings":
    from streams.logs import configure

    settings = read_settings(bootstrap=bootstrap, log_level=log_level, log_format=log_format)
    configure(settings.log_level, settings.log_format)
    return settings


def _send(settings: "Settings", paths: list[Path], source: str) -> "IngestReport":
    from streams.cli.progress import status
    from streams.ingest.files import ingest

    with status("sending") as shown:
        return asyncio.run(
            ingest(paths, settings=settings, source=source, on_progress=lambda report: shown.update(_counts(report)))
        )


def _watch(settings: "Settings", folders: list[Path], source: str) -> None:
    from streams.cli.progress import status
    from streams.ingest.watch import watch

    with status("watching") as shown:

        def tell(report: "IngestReport") -> None:
            _tell_failures(report)
            shown.update(f"watching; {_counts(report)}")

        _until_stopped(watch(folders, settings=settings, source=source, on_progress=tell))


def _poll(settings: "Settings", feeds: "list[Feed]", state: Path, *, allow_private: bool, once: bool) -> "PollReport":
    from streams.cli.progress import status
    from streams.ingest.poll import PollReport, poll

    last = PollReport()
    with status("sending") as shown:

        def tell(report: PollReport) -> None:
            nonlocal last
            _tell_new_failures(last, report)
            last = report
            shown.update(f"{report.polls} polls, {report.articles} articles")

        _until_stopped(
            poll(feeds, settings=settings, state=state, allow_private=allow_private, once=once, on_progress=tell)
        )
    return last


def _tell_new_failures(before: "PollReport", now: "PollReport") -> None:
    for failure in now.failures:
        if failure not in before.failures:
            typer.echo(f"error: {failure.url}: {failure.reason}", err=True)


def _tell_failures(report: "IngestReport") -> None:
    for failure in report.failures:
        typer.echo(f"error: {failure.path}: {failure.reason}", err=True)


def _tell_of_files(report: "IngestReport", *, as_json: bool) -> None:
    _tell_failures(report)
    counts = {"files": report.files, "articles": report.articles, "failures": len(report.failures)}
    typer.echo(json.dumps(counts) if as_json else f"{report.articles} articles of {report.files} files are in Kafka")
    if report.failures:
        raise typer.Exit(1)


def _tell_of_feeds(report: "PollReport", *, as_json: bool) -> None:
    counts = {
        "polls": report.polls,
        "not_modified": report.not_modified,
        "articles": report.articles,
        "failures": len(report.failures),
        "gone": list(report.gone),
    }
    typer.echo(json.dumps(counts) if as_json else f"{report.articles} articles of {report.polls} polls are in Kafka")
    if report.failures:
        raise typer.Exit(1)


def _counts(report: "IngestReport") -> str:
    return f"{report.files} files, {report.articles} articles"


def _until_stopped(work: Coroutine[Any, Any, object]) -> None:
    """Run until it ends, or SIGTERM or Ctrl-C cancels it, which is how it is meant to end."""
    import signal

    async def run() -> None:
        task = asyncio.ensure_future(work)
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, task.cancel)
        try:
            await task
        except asyncio.CancelledError:
            return

    asyncio.run(run())
