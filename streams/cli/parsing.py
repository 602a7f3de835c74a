"""Values of options that typer has no type for."""

import re
from datetime import UTC, datetime

from streams.errors import SettingsError

__all__ = ["moment", "place", "run_name"]

RUN = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")
"""As schemas/replay_run.py has it, without loading pydantic."""

PLACE = re.compile(r"(\d{1,9}):(\d{1,18})", re.ASCII)


def moment(option: str, text: str) -> datetime:
    """An RFC 3339 time.

    Raises:
        SettingsError: it is none, or has no offset and would mean something else on another machine.
    """
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        raise SettingsError(f"{option}: {text!r} is no time like 2024-05-03T12:00:00Z") from None
    if time.tzinfo is None:
        raise SettingsError(f"{option}: {text!r} needs its offset from UTC: {text}Z, or {text}+02:00")
    return time.astimezone(UTC)


def run_name(option: str, text: str) -> str:
    """The name of a replay, which is part of the names of topics and groups.

    Raises:
        SettingsError: it cannot be.
    """
    if not RUN.fullmatch(text):
        raise SettingsError(f"{option}: {text!r} is not lower-case letters, digits and hyphens, at most 63")
    return text


def place(option: str, text: str) -> tuple[int, int]:
    """A partition and an offset, as in `3:1024`.

    Raises:
        SettingsError: it is not that.
    """
    found = PLACE.fullmatch(text)
    if found is None:
        raise SettingsError(f"{option}: {text!r} is not PARTITION:OFFSET, as in 3:1024")
    return int(found[1]), int(found[2])
