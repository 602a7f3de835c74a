import re
from pathlib import Path
from typing import Any

import compose_spec
import pytest
import typer.core
import typer.main
import yaml

from streams.cli import app
from streams.settings import Settings
from tests.brokers import kafka

ROOT = Path(__file__).parents[1]
TEXT = (ROOT / "docker-compose.yml").read_text()
SERVICES: dict[str, dict[str, Any]] = yaml.safe_load(TEXT)["services"]
OURS = {name: service for name, service in SERVICES.items() if service["image"] == "copytaster"}
DOCKERFILE = (ROOT / "Dockerfile").read_text()
PREFIX = "COPYTASTER_"


def command_lines() -> list[list[str]]:
    lines = [service["command"] for service in OURS.values()]
    checks = [service["healthcheck"]["test"] for service in OURS.values() if "healthcheck" in service]
    lines += [test[2:] for test in checks if test[:2] == ["CMD", "copytaster"]]
    lines += [re.findall(r'"(.+?)"', line) for line in DOCKERFILE.splitlines() if line.startswith("CMD")]
    return lines


def test_the_file_follows_the_compose_specification() -> None:
    compose_spec.PyOptions(apply_merge=True).from_yaml(TEXT).validate()


def test_what_the_specification_does_not_know_is_refused() -> None:
    with pytest.raises(ValueError, match="intervall"):
        compose_spec.PyOptions(apply_merge=True).from_yaml(TEXT.replace("interval:", "intervall:"))


def test_services_wait_for_services_that_exist_in_the_way_that_fits() -> None:
    for service in SERVICES.values():
        for name, wait in service.get("depends_on", {}).items():
            ends = SERVICES[name].get("restart") == "no"
            assert wait["condition"] == ("service_completed_successfully" if ends else "service_healthy")
            assert ends or "healthcheck" in SERVICES[name]


@pytest.mark.parametrize("line", command_lines(), ids=" ".join)
def test_each_command_exists(line: list[str]) -> None:
    command = typer.main.get_command(app)
    for word in line:
        assert isinstance(command, typer.core.TyperGroup)
        command = command.commands[word]
    assert not isinstance(command, typer.core.TyperGroup)


@pytest.mark.parametrize("name", OURS)
def test_each_setting_exists_and_is_valid(name: str) -> None:
    environment = OURS[name]["environment"]
    assert all(variable.startswith(PREFIX) for variable in environment)
    settings = {variable.removeprefix(PREFIX).lower(): value for variable, value in environment.items()}
    assert set(settings) <= set(Settings.model_fields)
    Settings.model_validate(settings)


@pytest.mark.parametrize("name", OURS)
def test_the_broker_is_reached_at_a_listener_it_advertises(name: str) -> None:
    advertised = SERVICES["kafka"]["environment"]["KAFKA_ADVERTISED_LISTENERS"].split(",")
    assert f"INSIDE://{OURS[name]['environment']['COPYTASTER_BOOTSTRAP']}" in advertised


def test_the_broker_is_the_version_that_is_tested() -> None:
    assert SERVICES["kafka"]["image"] == f"apache/kafka:{kafka.VERSION}"


def test_the_broker_keeps_its_data_and_only_this_machine_reaches_it() -> None:
    broker = SERVICES["kafka"]
    [volume] = broker["volumes"]
    assert volume.split(":") == ["kafka", broker["environment"]["KAFKA_LOG_DIRS"]]
    assert all(port.startswith("127.0.0.1:") for port in broker["ports"])


def test_workers_can_be_scaled() -> None:
    assert not {"container_name", "ports", "volumes"} & set(SERVICES["worker"])


def test_a_worker_has_the_time_to_drain() -> None:
    grace_seconds = compose_spec.parse_duration(SERVICES["worker"]["stop_grace_period"])
    assert grace_seconds > Settings().rebalance_timeout_seconds


def test_no_password_is_written_down() -> None:
    variables = [variable for service in SERVICES.values() for variable in service["environment"]]
    variables += re.findall(r"^(?:ENV|ARG) (\w+)", DOCKERFILE, re.MULTILINE)
    assert [variable for variable in variables if re.search("PASSWORD|SECRET|JAAS", variable)] == []


def test_our_containers_run_without_privileges() -> None:
    user = re.findall(r"^USER (.+)$", DOCKERFILE, re.MULTILINE)[-1]
    assert user not in {"root", "0"}
    assert all(service["read_only"] and service["cap_drop"] == ["ALL"] for service in OURS.values())


def test_what_the_image_is_built_from_is_there_and_not_ignored() -> None:
    copied = [
        name for names in re.findall(r"^COPY (?!--from)(.+) \S+$", DOCKERFILE, re.MULTILINE) for name in names.split()
    ]
    kept = re.findall(r"^!(.+)$", (ROOT / ".dockerignore").read_text(), re.MULTILINE)
    assert sorted(copied) == sorted(kept)
    assert [name for name in copied if not (ROOT / name).exists()] == []
