"""Logs to stderr, for people or as one JSON object a line. Never a payload: news may be under embargo."""

import logging
import logging.config
import sys
import time
from collections.abc import Callable, Sequence
from typing import Any, Literal

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

__all__ = ["FalseAlarms", "Format", "Level", "Repetitions", "configure", "logging_config"]

Level = Literal["DEBUG", "INFO", "WARNING", "ERROR"]
Format = Literal["console", "json"]

LONGEST_VALUE = 500
"""Characters of a field; an error message may end up here, an article must not."""

CHATTY = ("aiokafka", "asyncio", "faust", "kafka", "mode", "trafilatura")
"""Libraries whose INFO is of no use to a newsroom and whose DEBUG prints whole records."""

FALSE_ALARMS = (
    # Compares two different clocks on idle partitions: https://github.com/faust-streaming/faust/issues/166
    "Aiokafka has not sent fetch request",
    "Aiokafka stopped fetching",
    # Offsets are committed in our own transactions, which Faust does not see.
    "Has not committed",
    # A worker without partitions is a standby.
    "No active partitions for",
)


class FalseAlarms(logging.Filter):
    """Makes DEBUG of what Faust takes for errors and is none."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether the record is still to be logged."""
        if record.name.startswith("faust.") and any(alarm in str(record.msg) for alarm in FALSE_ALARMS):
            record.levelno, record.levelname = logging.DEBUG, "DEBUG"
        return record.levelno >= logging.getLogger().level


class Repetitions(logging.Filter):
    """Lets the same message of a library through once in ten seconds; without a broker aiokafka has ten a second."""

    def __init__(self, seconds: float = 10.0, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._seconds = seconds
        self._clock = clock
        self._last: dict[tuple[str, str], float] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether the record is still to be logged."""
        if not record.name.startswith(CHATTY):
            return True
        key, now = (record.name, str(record.msg)), self._clock()
        if now - self._last.get(key, -self._seconds) < self._seconds:
            return False
        self._last[key] = now
        return True


def configure(level: Level, format: Format) -> None:  # noqa: A002 -- what the setting is called
    """Log through structlog, the standard library's records included, from now on and in this process."""
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            structlog.contextvars.merge_contextvars,
            *_fields(),
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
    )
    logging.config.dictConfig(logging_config(level, format))


def logging_config(level: Level, format: Format) -> dict[str, Any]:  # noqa: A002
    """The same as a `logging.config` dictionary, for Faust, which sets up logging once more when it starts."""
    quiet = "INFO" if level == "DEBUG" else "ERROR" if level == "ERROR" else "WARNING"
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "filters": {"false_alarms": {"()": FalseAlarms}, "repetitions": {"()": Repetitions}},
        "formatters": {
            "structlog": {
                "()": structlog.stdlib.ProcessorFormatter,
                "foreign_pre_chain": _fields(),
                "processors": [structlog.stdlib.ProcessorFormatter.remove_processors_meta, *_renderers(format)],
            }
        },
        "handlers": {
            "stderr": {
                "class": "logging.StreamHandler",
                "stream": "ext://sys.stderr",
                "formatter": "structlog",
                "filters": ["false_alarms", "repetitions"],
            }
        },
        "root": {"level": level, "handlers": ["stderr"]},
        "loggers": {name: {"level": quiet} for name in CHATTY},
    }


def _fields() -> Sequence[Processor]:
    return [
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _without_payloads,
    ]


def _renderers(format: Format) -> Sequence[Processor]:  # noqa: A002
    # Neither shows the local variables of a traceback: articles and passwords are among them.
    if format == "json":
        return [structlog.processors.format_exc_info, structlog.processors.JSONRenderer(ensure_ascii=False)]
    plain = structlog.dev.plain_traceback
    return [structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), exception_formatter=plain)]


def _without_payloads(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    return {name: _shortened(value) if name != "exc_info" else value for name, value in event.items()}


def _shortened(value: object) -> object:
    if isinstance(value, bytes | bytearray | memoryview):
        return f"<{len(value)} bytes>"
    if isinstance(value, str) and len(value) > LONGEST_VALUE:
        return f"{value[:LONGEST_VALUE]}… ({len(value)} characters)"
    return value
