import json
from pathlib import Path

from schemas.topics import TOPICS, wire
from streams.broker.embedded import EmbeddedBroker
from tests.commands import copytaster, environment

ROUTES = '[[wire]]\nname = "sport"\nsubjects = ["medtop:15000000"]\n'


def test_topics_are_created_once_listed_and_checked(
    embedded_broker: EmbeddedBroker, prefix: str, tmp_path: Path
) -> None:
    routes = tmp_path / "routes.toml"
    routes.write_text(ROUTES)
    env = environment(embedded_broker, prefix, COPYTASTER_ROUTES_FILE=str(routes))

    missing = copytaster("topics", "check", env=env)
    assert missing.returncode == 1
    assert f"error: {prefix}wire-sport does not exist" in missing.stderr.splitlines()

    created = copytaster("topics", "create", "--partitions", "3", env=env)
    assert (created.returncode, created.stderr) == (0, "")
    assert f"created {prefix}wire-sport" in created.stdout.splitlines()
    assert f"created {prefix}articles-raw" in created.stdout.splitlines()
    assert copytaster("topics", "create", env=env).stdout == "all topics exist\n"

    listed = [json.loads(line) for line in copytaster("topics", "list", "--json", env=env).stdout.splitlines()]
    assert {topic["name"]: topic["partitions"] for topic in listed} == {
        f"{prefix}{topic.name}": 3 if topic.partitioned else 1 for topic in (*TOPICS, wire("sport"))
    }
    assert f"{prefix}wire-sport" in copytaster("topics", "list", env=env).stdout


def test_check_tells_a_program_too(embedded_broker: EmbeddedBroker, prefix: str) -> None:
    done = copytaster("topics", "check", "--json", env=environment(embedded_broker, prefix))
    assert done.returncode == 1
    assert {"topic": f"{prefix}wire-all", "says": "does not exist"} in map(json.loads, done.stdout.splitlines())
