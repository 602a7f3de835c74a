from pathlib import Path

import pytest
from aiokafka import TopicPartition
from aiokafka.admin import RecordsToDelete

from schemas.topics import ARTICLES_RAW, TOPICS, wire
from streams.broker.admin import create_topics
from streams.broker.cluster import administer
from streams.broker.connection import group_id, idempotent_producer, topic_name, transactional_producer
from streams.broker.embedded import EmbeddedBroker
from streams.live.app import PURPOSE
from streams.ops.doctor import LIVE, Finding, examine
from streams.settings import Settings
from tests.brokers.kafka import KafkaServer

NOWHERE = "127.0.0.1:1"


@pytest.fixture
async def settings(embedded_broker: EmbeddedBroker, prefix: str) -> Settings:
    settings = Settings(bootstrap=embedded_broker.bootstrap, prefix=prefix, processes=1)
    await create_topics(settings, TOPICS)
    return settings


def faults(findings: list[Finding]) -> list[tuple[str, str]]:
    assert all(finding.todo for finding in findings if not finding.ok), "a fault must say what to do"
    return [(finding.name, finding.says) for finding in findings if not finding.ok]


async def test_nothing_is_wrong_with_a_fresh_installation(settings: Settings) -> None:
    findings = await examine(settings)
    assert faults(findings) == []
    assert [finding.name for finding in findings] == [
        "settings",
        "model",
        "routes",
        "broker",
        "replication",
        "topics",
        "offsets",
    ]


async def test_without_a_broker_the_rest_is_still_looked_at() -> None:
    findings = await examine(Settings(bootstrap=NOWHERE, processes=1))
    assert faults(findings) == [("broker", f"cannot reach Kafka at {NOWHERE}: start it or set --bootstrap")]
    assert {"settings", "model", "routes"} <= {finding.name for finding in findings}


async def test_connection_settings_that_cannot_work_are_a_finding(tmp_path: Path) -> None:
    findings = await examine(Settings(bootstrap=NOWHERE, processes=1, sasl_password_file=tmp_path))
    assert faults(findings) == [("broker", "sasl_password_file is set, which needs security_protocol SASL_SSL")]


@pytest.mark.parametrize(
    ("options", "fault"),
    [
        ({"heartbeat_interval_seconds": 11}, "heartbeat_interval_seconds is above a third"),
        ({"request_timeout_seconds": 29}, "request_timeout_seconds is below session_timeout_seconds"),
        ({"rebalance_timeout_seconds": 30}, "rebalance_timeout_seconds is not above time_budget_seconds"),
        ({"processes": 10_000}, "10000 processes share"),
        ({"security_protocol": "SASL_PLAINTEXT", "sasl_mechanism": "PLAIN"}, "the password travels in clear text"),
    ],
)
async def test_settings_that_do_not_fit_together_are_named(options: dict[str, object], fault: str) -> None:
    findings = await examine(Settings.model_validate({"bootstrap": NOWHERE, "processes": 1, **options}))
    assert [says for name, says in faults(findings) if name == "settings" and says.startswith(fault)]


@pytest.mark.parametrize("pipeline", ["en_core_web_typo", "/no/such/pipeline", "en.core.web"])
async def test_a_pipeline_that_is_not_installed_is_named(pipeline: str) -> None:
    findings = await examine(Settings(bootstrap=NOWHERE, processes=1, spacy_model=pipeline))
    assert ("model", f"no such spaCy pipeline: {pipeline}") in faults(findings)


async def test_a_routing_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    findings = await examine(Settings(bootstrap=NOWHERE, processes=1, routes_file=tmp_path / "routes.toml"))
    assert [says for name, says in faults(findings) if name == "routes" and "routes.toml" in says]


async def test_a_list_of_own_entities_is_read(tmp_path: Path) -> None:
    path = tmp_path / "own.toml"
    settings = Settings(bootstrap=NOWHERE, processes=1, knowledge_file=path)
    assert [says for name, says in faults(await examine(settings)) if name == "entities" and "own.toml" in says]
    path.write_text('[[entity]]\nname = "Acme"\ntype = "organisation"\n')
    findings = await examine(settings)
    assert [each.says for each in findings if each.name == "entities"] == ["1 of your own"]


async def test_each_missing_topic_is_named_wires_of_the_routing_file_too(settings: Settings, tmp_path: Path) -> None:
    routes = tmp_path / "routes.toml"
    routes.write_text('[[wire]]\nname = "sport"\nsubjects = ["medtop:15000000"]\n')
    findings = await examine(settings.model_copy(update={"routes_file": routes}))
    assert faults(findings) == [("topics", f"{topic_name(settings, wire('sport'))} does not exist")]


async def test_more_replicas_than_brokers_is_a_fault(settings: Settings) -> None:
    findings = await examine(settings.model_copy(update={"replication_factor": 3}))
    assert ("replication", "replication_factor is 3, min_insync_replicas 1, brokers 1") in faults(findings)


async def test_records_lost_to_retention_are_counted(kafka_broker: KafkaServer, prefix: str) -> None:
    settings = Settings(bootstrap=kafka_broker.bootstrap, prefix=prefix, processes=1, partitions=1)
    await create_topics(settings, TOPICS)
    partition = TopicPartition(topic_name(settings, ARTICLES_RAW), 0)
    async with idempotent_producer(settings) as producer:
        for _ in range(5):
            await producer.send_and_wait(partition.topic, b"value", key=b"key")
    async with transactional_producer(settings, prefix + "lane") as producer, producer.transaction():
        await producer.send_offsets_to_transaction({partition: 1}, group_id(settings, LIVE))
    async with administer(settings) as admin:
        await admin.delete_records({partition: RecordsToDelete(before_offset=4)})
    assert faults(await examine(settings)) == [
        ("offsets", "retention removed 3 records that were never processed"),
    ]


def test_the_doctor_looks_at_the_group_of_the_live_workers() -> None:
    assert LIVE == PURPOSE
