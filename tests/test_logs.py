import json
import logging
import subprocess
import sys
from collections.abc import Iterator

import pytest
import structlog

from streams.logs import Format, Repetitions, configure, logging_config

FORMATS: tuple[Format, ...] = ("console", "json")


@pytest.fixture(autouse=True)
def _logging_as_before() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()
    for name in logging_config("INFO", "json")["loggers"]:
        logging.getLogger(name).setLevel(logging.NOTSET)


def logged(capsys: pytest.CaptureFixture[str]) -> list[dict[str, object]]:
    captured = capsys.readouterr()
    assert captured.out == ""
    return [json.loads(line) for line in captured.err.splitlines()]


def test_ours_and_the_librarys_records_have_one_form(capsys: pytest.CaptureFixture[str]) -> None:
    configure("INFO", "json")
    structlog.get_logger("streams.engine").info("lane opened", partition=3)
    logging.getLogger("aiokafka.conn").warning("no answer from %s", "broker-1")
    ours, theirs = logged(capsys)
    assert {**ours, "timestamp": ""} == {
        "event": "lane opened",
        "partition": 3,
        "level": "info",
        "logger": "streams.engine",
        "timestamp": "",
    }
    assert str(ours["timestamp"]).endswith("Z")
    assert (theirs["event"], theirs["level"]) == ("no answer from broker-1", "warning")


def test_the_level_holds_for_ours(capsys: pytest.CaptureFixture[str]) -> None:
    configure("WARNING", "json")
    structlog.get_logger("streams.engine").info("lane opened")
    structlog.get_logger("streams.engine").warning("lane slow")
    assert [line["event"] for line in logged(capsys)] == ["lane slow"]


def test_libraries_that_print_records_at_debug_never_do(capsys: pytest.CaptureFixture[str]) -> None:
    configure("DEBUG", "json")
    logging.getLogger("aiokafka.conn").debug("Request 1: %s", b"payload")
    logging.getLogger("faust.topics").debug("send: %s", b"payload")
    structlog.get_logger("streams.engine").debug("batch done")
    assert [line["event"] for line in logged(capsys)] == ["batch done"]


def test_a_value_that_could_be_an_article_is_cut(capsys: pytest.CaptureFixture[str]) -> None:
    configure("INFO", "json")
    structlog.get_logger().info("odd", value=b"secret copy", text="x" * 10_000)
    (line,) = logged(capsys)
    assert line["value"] == "<11 bytes>"
    assert len(str(line["text"])) < 600


def test_a_traceback_shows_no_variables(capsys: pytest.CaptureFixture[str]) -> None:
    def stage(body: str) -> None:
        raise ValueError(len(body))

    for form in FORMATS:
        configure("INFO", form)
        try:
            stage("unpublished" + " copy")
        except ValueError:
            structlog.get_logger().exception("stage failed")
        text = capsys.readouterr().err
        assert "ValueError: 16" in text
        assert "unpublished copy" not in text


@pytest.mark.parametrize(
    "alarm",
    [
        "[^--AIOKafkaConsumerThread]: Aiokafka has not sent fetch request for %r since start (started %s)",
        "[^--AIOKafkaConsumerThread]: Has not committed %r at all since worker start (started %s).",
    ],
)
def test_fausts_false_alarms_are_no_errors(capsys: pytest.CaptureFixture[str], alarm: str) -> None:
    configure("INFO", "json")
    faust = logging.getLogger("faust.transport.drivers.aiokafka")
    faust.error(alarm, "articles-raw", "1 hour ago")
    assert logged(capsys) == []
    faust.error("Broker stopped responding to fetch requests for %r (last responded %s)", "articles-raw", "1 hour ago")
    (line,) = logged(capsys)
    assert line["level"] == "error"


def test_console_lines_are_for_people_and_plain_where_nobody_sees_colours(capsys: pytest.CaptureFixture[str]) -> None:
    configure("INFO", "console")
    structlog.get_logger("streams.engine").info("lane opened", partition=3)
    text = capsys.readouterr().err
    assert "lane opened" in text
    assert "partition=3" in text
    assert "\x1b" not in text


def test_faust_may_apply_the_config_again(capsys: pytest.CaptureFixture[str]) -> None:
    configure("INFO", "json")
    logging.getLogger().handlers.clear()
    logging.config.dictConfig(logging_config("INFO", "json"))
    structlog.get_logger("streams").info("lane opened")
    assert [line["event"] for line in logged(capsys)] == ["lane opened"]


def test_importing_configures_nothing() -> None:
    script = "import logging, structlog, streams.logs; print(logging.getLogger().handlers, structlog.is_configured())"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout == "[] False\n"


def test_a_library_that_repeats_itself_is_heard_once_in_ten_seconds() -> None:
    now = 0.0
    repetitions = Repetitions(clock=lambda: now)
    lines = [
        logging.LogRecord(name, logging.ERROR, "", 0, message, None, None)
        for name, message in [("aiokafka", "no broker"), ("aiokafka", "no broker"), ("aiokafka", "no leader")]
    ]
    assert [repetitions.filter(line) for line in lines] == [True, False, True]
    now = 10.0
    assert repetitions.filter(lines[0])


def test_our_own_lines_are_never_held_back() -> None:
    line = logging.LogRecord("streams.engine.lane", logging.INFO, "", 0, "lane opened", None, None)
    repetitions = Repetitions(clock=lambda: 0.0)
    assert repetitions.filter(line)
    assert repetitions.filter(line)
