import json
import signal
from datetime import UTC, datetime, timedelta

import pytest

from schemas.topics import TOPICS, replay_dead_letters, replay_enriched
from streams.broker.admin import create_topics
from streams.broker.embedded import EmbeddedBroker
from streams.settings import Settings
from tests.commands import copytaster, environment, started
from tests.faults.articles import articles
from tests.faults.audit import produce, produce_bytes, read

COUNT = 60


@pytest.fixture
async def settings(embedded_broker: EmbeddedBroker, prefix: str) -> Settings:
    settings = Settings(bootstrap=embedded_broker.bootstrap, prefix=prefix, partitions=2)
    await create_topics(settings, TOPICS)
    return settings


@pytest.fixture
def env(embedded_broker: EmbeddedBroker, prefix: str) -> dict[str, str]:
    # Slow enough to be met while it runs.
    slow = {"COPYTASTER_PROCESSES": "1", "COPYTASTER_TRANSACTION_RECORDS": "1", "COPYTASTER_INFLIGHT_RECORDS": "1"}
    return environment(embedded_broker, prefix, **slow)


async def test_a_run_that_is_stopped_says_how_to_go_on_and_does(settings: Settings, env: dict[str, str]) -> None:
    await produce(settings, articles(COUNT))
    await produce_bytes(settings, [(b"urn:x", b"{")])
    yesterday = (datetime.now(UTC) - timedelta(days=1)).isoformat()
    command = started("replay", "run", "--from", yesterday, env=env)
    assert command.stderr
    begun = command.stderr.readline()
    assert f": {COUNT + 1} of {COUNT + 1} offsets to go, to {settings.prefix}replay-" in begun
    command.send_signal(signal.SIGINT)
    _, told = command.communicate(timeout=60)
    name = begun.split()[1].rstrip(":")
    assert (command.returncode, told) == (130, f"stopped; to go on: copytaster replay run --run {name}\n")

    [line] = copytaster("replay", "status", env=env).stdout.splitlines()
    assert line.split()[:2] == [name, "running"]
    done = copytaster("replay", "run", "--run", name, env=env)
    letters = f"{settings.prefix}replay-{name}-dlq"
    assert done.stdout.endswith(f" records to {settings.prefix}replay-{name}-enriched, 1 dead letters in {letters}\n")
    assert (done.returncode, len(await read(settings, replay_enriched(name)))) == (0, COUNT)
    assert len(await read(settings, replay_dead_letters(name))) == 1

    status = copytaster("replay", "status", name, env=env).stdout
    assert "100.0%" in status
    assert "  partition 1: 0 to " in status
    [group] = copytaster("dlq", "list", "--run", name, "--json", env=env).stdout.splitlines()
    assert json.loads(group)["count"] == 1


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        ([], "what is to be replayed? --from TIME, --from-offset PARTITION:OFFSET or --run NAME"),
        (["--from", "yesterday"], "--from: 'yesterday' is no time like 2024-05-03T12:00:00Z"),
        (["--from", "2024-05-03T12:00:00"], "needs its offset from UTC: 2024-05-03T12:00:00Z, or"),
        (["--from-offset", "12"], "--from-offset: '12' is not PARTITION:OFFSET, as in 3:1024"),
        (["--to", "2024-05-03T12:00:00Z"], "--to needs a --from"),
        (["--from", "2024-05-03T12:00:00Z", "--to-offset", "0:1"], "a range is of times or of offsets, not both"),
        (["--from", "2024-05-03T12:00:00Z"], "no such topic: "),
        (["--run", "Nobody"], "--run: 'Nobody' is not lower-case letters, digits and hyphens"),
    ],
)
def test_what_cannot_be_replayed_is_one_line(arguments: list[str], complaint: str, env: dict[str, str]) -> None:
    done = copytaster("replay", "run", *arguments, env=env)
    assert (done.returncode, done.stdout) == (2, "")
    assert complaint in done.stderr
    assert done.stderr.startswith("error: ")
    assert done.stderr.count("\n") == 1


@pytest.mark.usefixtures("settings")
def test_a_run_nobody_knows_is_one_line(env: dict[str, str]) -> None:
    for command in (["run", "--run", "nobody"], ["status", "nobody"]):
        done = copytaster("replay", *command, env=env)
        assert (done.returncode, done.stderr.count("\n")) == (2, 1)
        assert done.stderr.startswith("error: there is no replay 'nobody'")
    assert copytaster("replay", "status", env=env).stdout == "no replay has been run\n"
