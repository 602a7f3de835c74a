"""`copytaster worker`."""

import typer

from streams.cli.options import Bootstrap, LogFormat, LogLevel, Routes, read_settings

__all__ = ["EXAMPLE", "worker"]

EXAMPLE = "Example: copytaster worker --bootstrap kafka-1:9092,kafka-2:9092 --routes routes.toml --processes 8"


def worker(
    bootstrap: Bootstrap = None,
    routes: Routes = None,
    processes: int | None = typer.Option(None, help="Enrichment processes; one per core."),
    log_level: LogLevel = None,
    log_format: LogFormat = None,
) -> None:
    """Run one enrichment worker.

    Start as many as there are partitions to share, on any machine: they join one group. SIGTERM or Ctrl-C
    finishes what is in hand and ends it; a crash loses nothing. Other options are COPYTASTER_… variables.
    """
    settings = read_settings(
        bootstrap=bootstrap, routes_file=routes, processes=processes, log_level=log_level, log_format=log_format
    )
    from streams.engine.fork_server import begin_loading, model_spec

    begin_loading(model_spec(settings))  # while this process imports Faust and joins the group

    from streams.live.app import run_worker
    from streams.logs import configure

    configure(settings.log_level, settings.log_format)
    run_worker(settings)
