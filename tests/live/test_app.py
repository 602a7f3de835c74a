"""The Faust app as it is built; in processes of its own, for building it sets up logging and Faust keeps state."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]

DESCRIBE = """
import json
from streams.live.app import build_app
from streams.settings import Settings

app = build_app(Settings())
conf = app.conf
credentials = conf.broker_credentials
print(json.dumps({
    **{name: getattr(conf, name) for name in NAMES},
    "id": conf.id,
    "broker": [str(url) for url in conf.broker],
    "agent_supervisor": conf.agent_supervisor.__name__,
    "processing_guarantee": conf.processing_guarantee.value,
    "topics": sorted(topic.get_topic_name() for agent in app.agents.values() for topic in [agent.channel]),
    "acknowledged": [topic.acks for agent in app.agents.values() for topic in [agent.channel]],
    "tables": len(app.tables),
    "credentials": credentials and [
        credentials.protocol.value, credentials.mechanism.value, credentials.username, credentials.password
    ],
}))
"""

# What kafka.md 3.3 found to be right. The settings' own defaults are meant to be seen here.
EXPECTED = {
    "broker_max_poll_interval": 2_592_000,
    "broker_session_timeout": 30,
    "broker_heartbeat_interval": 5,
    "broker_rebalance_timeout": 90,
    "broker_request_timeout": 120,
    "broker_max_poll_records": 50,
    "broker_client_id": "copytaster",
    "stream_buffer_maxsize": 256,
    "stream_wait_empty": False,
    "consumer_max_fetch_size": 1 << 20,
    "consumer_auto_offset_reset": "earliest",
    "consumer_group_instance_id": None,
    "table_standby_replicas": 0,
    "topic_disable_leader": True,
    "topic_allow_declare": False,
    "web_enabled": False,
    "worker_redirect_stdouts": False,
}


def python(program: str, **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        cwd=ROOT,
        env={**os.environ, **variables},
        timeout=120,
        check=False,
    )


def described(**variables: str) -> dict[str, Any]:
    done = python(f"NAMES = {list(EXPECTED)}\n{DESCRIBE}", **variables)
    assert done.returncode == 0, done.stderr
    conf: dict[str, Any] = json.loads(done.stdout)
    return conf


def test_importing_the_module_has_no_effect_and_its_app_is_built_when_asked_for() -> None:
    done = python(
        """
import logging, threading
import streams.live.app as module

assert "app" not in vars(module)
assert not logging.getLogger().handlers
assert threading.active_count() == 1
try:
    module.app
except Exception as error:
    print(type(error).__name__)  # the settings are read now
import os
del os.environ["COPYTASTER_BOOTSTRAP"]
print(module.app is module.app, module.app.conf.id)
try:
    module.other
except AttributeError as error:
    print(error)
""",
        COPYTASTER_BOOTSTRAP="kafka://not-an-address",
    )
    assert done.stdout.splitlines() == [
        "SettingsError",
        "True copytaster-live",
        "module 'streams.live.app' has no attribute 'other'",
    ], done.stderr


@pytest.fixture(scope="module")
def plain() -> dict[str, Any]:
    return described(COPYTASTER_BOOTSTRAP="kafka-1:9092,kafka-2:9093")


@pytest.mark.parametrize(("name", "value"), EXPECTED.items(), ids=EXPECTED)
def test_faust_is_set_up_so_that_it_neither_stalls_nor_meddles(plain: dict[str, Any], name: str, value: object) -> None:
    assert plain[name] == value


def test_faust_takes_no_part_in_what_is_committed(plain: dict[str, Any]) -> None:
    assert plain["acknowledged"] == [False]
    assert plain["processing_guarantee"] == "at_least_once"
    assert plain["tables"] == 0


def test_an_agent_that_fails_ends_the_worker(plain: dict[str, Any]) -> None:
    assert plain["agent_supervisor"] == "CrashingSupervisor"


def test_it_talks_to_the_brokers_of_the_settings_in_the_group_of_its_purpose(plain: dict[str, Any]) -> None:
    assert plain["broker"] == ["kafka://kafka-1:9092", "kafka://kafka-2:9093"]
    assert (plain["id"], plain["topics"], plain["credentials"]) == ("copytaster-live", ["articles-raw"], None)


def test_settings_reach_faust(tmp_path: Path) -> None:
    password = tmp_path / "password"
    password.write_text("secret\n")
    conf = described(
        COPYTASTER_PREFIX="tenant-",
        COPYTASTER_SECURITY_PROTOCOL="SASL_PLAINTEXT",
        COPYTASTER_SASL_USERNAME="desk",
        COPYTASTER_SASL_PASSWORD_FILE=str(password),
        COPYTASTER_GROUP_INSTANCE_ID="pod-3",
        COPYTASTER_SESSION_TIMEOUT_SECONDS="11",
        COPYTASTER_STREAM_BUFFER_RECORDS="99",
    )
    assert (conf["id"], conf["topics"]) == ("tenant-copytaster-live", ["tenant-articles-raw"])
    assert conf["credentials"] == ["SASL_PLAINTEXT", "SCRAM-SHA-512", "desk", "secret"]
    assert (conf["consumer_group_instance_id"], conf["broker_session_timeout"]) == ("pod-3", 11)
    assert conf["stream_buffer_maxsize"] == 99
