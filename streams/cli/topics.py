"""`copytaster topics`: makes, lists and checks the topics of schemas/topics.py and of the wires."""

import asyncio
import json
from typing import TYPE_CHECKING

import typer

from streams.cli.options import Bootstrap, Json, Routes, read_settings

if TYPE_CHECKING:
    from schemas.topics import Topic
    from streams.settings import Settings

__all__ = ["app"]

app = typer.Typer(
    help="Make, list and check the topics.",
    epilog="Example: copytaster topics create --routes routes.toml --partitions 12",
    no_args_is_help=True,
)


@app.command(epilog="Example: copytaster topics create --routes routes.toml --partitions 12 --replication-factor 3")
def create(
    bootstrap: Bootstrap = None,
    routes: Routes = None,
    partitions: int | None = typer.Option(None, help="Of articles-raw and its outputs; fixed for life."),
    replication_factor: int | None = typer.Option(None, help="3 in production."),
) -> None:
    """Create the topics that are missing; those that exist stay as they are."""
    from streams.broker.admin import create_topics

    settings = read_settings(
        bootstrap=bootstrap, routes_file=routes, partitions=partitions, replication_factor=replication_factor
    )
    created = asyncio.run(create_topics(settings, _wanted(settings)))
    for name in created:
        typer.echo(f"created {name}")
    if not created:
        typer.echo("all topics exist")


@app.command("list", epilog="Example: copytaster topics list --json")
def list_(bootstrap: Bootstrap = None, routes: Routes = None, as_json: Json = False) -> None:
    """List the topics that exist."""
    from streams.broker.admin import list_topics

    settings = read_settings(bootstrap=bootstrap, routes_file=routes)
    for state in asyncio.run(list_topics(settings, _wanted(settings))):
        if as_json:
            fields = {"name": state.name, "partitions": state.partitions, "replicas": state.replicas}
            typer.echo(json.dumps({**fields, "configs": dict(state.configs)}))
        else:
            typer.echo(f"{state.name:<40} {state.partitions:>4} partitions  {state.replicas} replicas")


@app.command(epilog="Example: copytaster topics check --routes routes.toml")
def check(bootstrap: Bootstrap = None, routes: Routes = None, as_json: Json = False) -> None:
    """Say what differs on the broker; exit 1 if anything does."""
    from streams.broker.admin import check_topics

    settings = read_settings(bootstrap=bootstrap, routes_file=routes)
    differences = asyncio.run(check_topics(settings, _wanted(settings)))
    for difference in differences:
        if as_json:
            typer.echo(json.dumps({"topic": difference.topic, "says": difference.says}))
        else:
            typer.echo(f"error: {difference.topic} {difference.says}", err=True)
    if differences:
        raise typer.Exit(1)
    if not as_json:
        typer.echo("all topics are as they should be")


def _wanted(settings: "Settings") -> "tuple[Topic, ...]":
    from schemas.topics import TOPICS
    from streams.desk.routing import load_routing, wire_topics

    return tuple(dict.fromkeys((*TOPICS, *wire_topics(load_routing(settings.routes_file)))))
