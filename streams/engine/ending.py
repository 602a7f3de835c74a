"""How a process ends when going on could lose or repeat a record."""

import os
import sys
from typing import NoReturn

import structlog

from streams.errors import SettingsError, StreamsError

__all__ = ["EXIT_BROKEN", "EXIT_SETTINGS", "end_process"]

log = structlog.get_logger(__name__)

EXIT_BROKEN = 70  # EX_SOFTWARE of sysexits.h: start it again, it takes up where the last commit left it
EXIT_SETTINGS = 2


def end_process(error: BaseException) -> NoReturn:
    """Say why on the last line of stderr, then end at once.

    Not by an exception: Faust acknowledges, swallows or waits for ever, depending on where it is raised
    (`SystemExit` in an agent hangs the worker). What is not committed is taken up by the next start.
    """
    if not isinstance(error, SettingsError):  # which is for whoever set it, not for who wrote the code
        log.critical("process ends", exc_info=error)
    reason = str(error) if isinstance(error, StreamsError) else f"{type(error).__name__}: {error}"
    lines = "".join(f"error: {line}\n" for line in reason.splitlines())
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
    os.write(2, lines.encode("utf-8", "backslashreplace"))
    os._exit(EXIT_SETTINGS if isinstance(error, SettingsError) else EXIT_BROKEN)
