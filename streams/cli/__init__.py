"""The commands: one module each, registered here. A module imports what is heavy inside its command."""

import typer

from streams.cli import demo, dlq, doctor, enrich, ingest, parse, replay, rules, tail, topics, worker

__all__ = ["app"]

app = typer.Typer(
    name="copytaster",
    help="Reads a newsroom's incoming wires: cleans, understands and sorts every article, exactly once, on Kafka.",
    epilog="Start with: copytaster demo",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

app.command(epilog=demo.EXAMPLE)(demo.demo)
app.add_typer(topics.app, name="topics")
app.command(epilog=worker.EXAMPLE)(worker.worker)
app.add_typer(ingest.app, name="ingest")
app.command(epilog=parse.EXAMPLE)(parse.parse)
app.command(epilog=enrich.EXAMPLE)(enrich.enrich)
app.command(epilog=tail.EXAMPLE)(tail.tail)
app.command(epilog=doctor.EXAMPLE)(doctor.doctor)
app.add_typer(replay.app, name="replay")
app.add_typer(dlq.app, name="dlq")
app.add_typer(rules.app, name="rules")
