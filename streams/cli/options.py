"""Options that several commands share, and the settings they override."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from streams.errors import SettingsError

if TYPE_CHECKING:
    from streams.settings import Settings

__all__ = ["Bootstrap", "Json", "LogFormat", "LogLevel", "Routes", "read_settings"]

Bootstrap = Annotated[
    str | None,
    typer.Option(metavar="HOST:PORT", help="Kafka bootstrap servers; else COPYTASTER_BOOTSTRAP, else 127.0.0.1:9092."),
]
Routes = Annotated[
    Path | None,
    typer.Option(metavar="FILE", help="TOML file of the wires; else COPYTASTER_ROUTES_FILE, else wire-all only."),
]
Json = Annotated[bool, typer.Option("--json", help="One JSON object a line, for programs.")]
LogLevel = Annotated[
    str | None, typer.Option(metavar="LEVEL", help="Least severe logged: DEBUG, INFO, WARNING or ERROR.")
]
LogFormat = Annotated[str | None, typer.Option(metavar="FORMAT", help="console, for people, or json.")]


def read_settings(**options: object) -> "Settings":
    """The settings of the environment, with the options that were given in their place.

    Raises:
        SettingsError: one line for each setting that is not what it should be.
    """
    from pydantic import ValidationError

    from streams.settings import Settings

    given = {name: value for name, value in options.items() if value is not None}
    try:
        return Settings(**given)  # type: ignore[arg-type]
    except ValidationError as error:
        problems = error.errors(include_url=False, include_input=False)
        lines = (_complaint(str(problem["loc"][0]), problem["msg"], given) for problem in problems)
        raise SettingsError("\n".join(lines)) from error


def _complaint(setting: str, message: str, given: dict[str, object]) -> str:
    name = f"--{setting.replace('_', '-')}" if setting in given else f"COPYTASTER_{setting.upper()}"
    return f"{name}: {message.replace('Input should be', 'must be')}"
