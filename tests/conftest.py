"""The brokers tests run on. Each is started once in a process, when first asked for; tests keep apart by prefix."""

import os
import signal
import uuid
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings

from streams.broker.embedded import EmbeddedBroker
from streams.engine.fork_server import thread_limits
from streams.enrich.models import Models
from tests.brokers import kafka

# As in a pool process. Before numpy is imported, or it comes too late.
os.environ.update(thread_limits())

pytest.register_assert_rewrite("tests.broker_contract")

# No test depends on a time: on a busy machine any example may take long.
settings.register_profile("copytaster", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("copytaster")

REQUIRE_KAFKA = "COPYTASTER_REQUIRE_KAFKA"


@pytest.fixture(scope="session", autouse=True)
def _settings_of_the_test_alone() -> Iterator[None]:
    """What a developer has exported for a broker of theirs must not reach a test."""
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith("COPYTASTER_") and name != REQUIRE_KAFKA]:
            patch.delenv(name)
        yield


@pytest.fixture(scope="session", autouse=True)
def _ctrl_c_reaches_our_children() -> None:
    """A shell that runs the tests in the background has SIGINT ignored, and whatever we start would inherit that."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def embedded_broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedBroker]:
    """The demo's broker, up within 0.1 s. Forgives too much to be the proof of anything."""
    with EmbeddedBroker(tmp_path_factory.mktemp("embedded")) as broker:
        yield broker


@pytest.fixture(scope="session")
def kafka_broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[kafka.KafkaServer]:
    """Apache Kafka, shared: a test that stops or kills its broker starts one of its own."""
    require_kafka()
    with kafka.KafkaServer(tmp_path_factory.mktemp("kafka")) as server:
        yield server


@pytest.fixture
def own_kafka_broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[kafka.KafkaServer]:
    """Apache Kafka for one test alone, to be stopped, killed and restarted at will."""
    require_kafka()
    with kafka.KafkaServer(tmp_path_factory.mktemp("kafka")) as server:
        yield server


@pytest.fixture(scope="session")
def models() -> Models:
    """The real models, loaded once: some seconds and 300 MB."""
    from streams.nlp.load import ModelSpec, load_models

    return load_models(ModelSpec())


@pytest.fixture
def prefix() -> str:
    """A tenant of one test's own, so that tests can share a broker."""
    return f"test-{uuid.uuid4().hex[:8]}-"


def require_kafka() -> None:
    """Skip the test where Apache Kafka cannot run, or fail it where it must."""
    reason = kafka.why_not()
    if not reason:
        return
    if os.environ.get(REQUIRE_KAFKA):
        pytest.fail(f"{reason}, and {REQUIRE_KAFKA} is set", pytrace=False)
    pytest.skip(reason)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what needs Apache Kafka, and run it last: what is quick to fail fails first."""
    for item in items:
        if {"kafka_broker", "own_kafka_broker"} & set(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.kafka)
    items.sort(key=lambda item: item.get_closest_marker("kafka") is not None)
