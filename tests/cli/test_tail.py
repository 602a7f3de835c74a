import re
import signal

import pytest

from schemas.topics import WIRE_ALL
from schemas.wire_change import WireChange
from streams.broker.admin import create_topics
from streams.broker.connection import idempotent_producer, topic_name
from streams.broker.embedded import EmbeddedBroker
from streams.records import encode
from streams.settings import Settings
from tests.articles import wire_change
from tests.commands import copytaster, environment, started

CHANGES = [wire_change(article_id=name, sequence=number) for number, name in enumerate("abc", start=1)]


@pytest.fixture
async def env(embedded_broker: EmbeddedBroker, prefix: str) -> dict[str, str]:
    """A wire with three changes on it."""
    settings = Settings(bootstrap=embedded_broker.bootstrap, prefix=prefix, partitions=1)
    await create_topics(settings, [WIRE_ALL])
    async with idempotent_producer(settings) as producer:
        for change in CHANGES:
            await producer.send_and_wait(topic_name(settings, WIRE_ALL), encode(change))
    return environment(embedded_broker, prefix)


def test_a_program_reads_changes(env: dict[str, str]) -> None:
    done = copytaster("tail", "all", "--json", "--from-beginning", "--max", "2", env=env)
    assert done.returncode == 0
    assert [WireChange.model_validate_json(line) for line in done.stdout.splitlines()] == CHANGES[:2]


def test_a_person_without_a_terminal_reads_lines(env: dict[str, str]) -> None:
    done = copytaster("tail", "all", "--from-beginning", "--max", "3", env=env)
    assert done.returncode == 0
    first, *_ = done.stdout.splitlines()
    assert re.match(r"\d\d:\d\d:\d\d \| ADDED \| ap \| European Central Bank raises rates \| central bank 91%", first)
    assert len(done.stdout.splitlines()) == 3


def test_it_waits_for_what_comes_until_ctrl_c(env: dict[str, str]) -> None:
    command = started("tail", "all", env=env)
    assert command.stderr is not None
    assert command.stderr.readline() == "reading wire all from now; Ctrl-C ends\n"
    command.send_signal(signal.SIGINT)
    out, err = command.communicate(timeout=30)
    assert (command.returncode, out, err) == (130, "", "")


def test_a_wire_that_is_not_there_is_told(env: dict[str, str]) -> None:
    done = copytaster("tail", "al", env=env)
    assert (done.returncode, done.stderr) == (2, "error: there is no wire 'al'; did you mean 'all'?\n")
