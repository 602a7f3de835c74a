"""How a command ends: its exit code, and on failure one line on stderr for each thing that is wrong."""

import os
import sys
from collections.abc import Sequence

import typer

from streams.errors import SettingsError, StreamsError

__all__ = ["FAILED", "INTERRUPTED", "MISUSED", "run"]

FAILED = 1
MISUSED = 2
"""Wrong options or settings; the same as every other command line's."""
INTERRUPTED = 130
"""128 + SIGINT, what a shell expects after Ctrl-C."""


def run(arguments: Sequence[str]) -> int:
    """Run one command line and return its exit code; what goes wrong has been told on stderr."""
    from streams.cli import app

    try:
        code = app(arguments, prog_name="copytaster", standalone_mode=False)
    except typer.TyperException as error:
        return _told(error.format_message(), MISUSED)
    except SettingsError as error:
        return _told(str(error), MISUSED)
    except StreamsError as error:
        return _told(str(error), FAILED)
    except (KeyboardInterrupt, typer.Abort):
        return INTERRUPTED
    except BrokenPipeError:
        return _unheard()
    return code if isinstance(code, int) else 0


def _told(message: str, code: int) -> int:
    for line in message.splitlines():
        print(f"error: {line}", file=sys.stderr)  # noqa: T201 -- a command speaks to its user
    return code


def _unheard() -> int:
    """The reader of our output went away, as `head` does: nothing to say, and no one to say it to."""
    # Python would complain about the rest of its buffer at exit.
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return FAILED
