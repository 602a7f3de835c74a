import re

import pytest

from schemas import topics
from schemas.generate import MODELS
from schemas.topics import TOPICS, Topic

MIB = 1 << 20
EVERY = (*TOPICS, topics.wire("world-cup"), topics.replay_enriched("r1"), topics.replay_dead_letters("r1"))


@pytest.mark.parametrize("topic", EVERY, ids=lambda topic: topic.name)
def test_names_are_kebab_case(topic: Topic) -> None:
    # A dot collides with an underscore in Kafka's metric names; we use neither.
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", topic.name)


def test_names_are_the_contract() -> None:
    assert [topic.name for topic in EVERY] == [
        "articles-raw",
        "articles-raw-dlq",
        "articles-raw-dlq-redriven",
        "articles-enriched",
        "articles-dispositions",
        "ingest-dlq",
        "replay-runs",
        "wire-all",
        "wire-world-cup",
        "replay-r1-enriched",
        "replay-r1-dlq",
    ]


def test_sizes_are_the_contract() -> None:
    assert topics.ARTICLES_RAW.max_message_bytes == 8 * MIB
    assert topics.ARTICLES_RAW_DLQ.max_message_bytes == 9 * MIB
    for output in (
        topics.ARTICLES_ENRICHED,
        topics.ARTICLES_DISPOSITIONS,
        topics.WIRE_ALL,
        topics.wire("x"),
        topics.replay_enriched("r1"),
    ):
        assert output.max_message_bytes == 16 * MIB


def test_a_dead_letter_always_fits() -> None:
    by_name = {topic.name: topic for topic in TOPICS}
    pairs = [(topic, by_name[topic.dead_letters]) for topic in TOPICS if topic.dead_letters]
    assert pairs
    for topic, dead_letters in pairs:
        assert dead_letters.max_message_bytes > topic.max_message_bytes
        assert dead_letters.retention_ms >= topic.retention_ms
        assert dead_letters.key == topic.key
    assert topics.replay_dead_letters("r1").max_message_bytes > topics.ARTICLES_RAW.max_message_bytes


def test_what_came_of_a_record_is_kept_as_long_as_the_record() -> None:
    for topic in EVERY:
        if topic.cleanup_policy == "delete":
            assert topic.retention_ms >= topics.ARTICLES_RAW.retention_ms


def test_only_what_is_remembered_for_good_is_compacted() -> None:
    compacted = [topic.name for topic in EVERY if topic.cleanup_policy == "compact"]
    assert compacted == ["articles-raw-dlq-redriven", "replay-runs"]
    assert "retention.ms" not in topics.REPLAY_RUNS.configs()


def test_every_model_of_a_topic_has_a_schema_and_the_key_is_its_field() -> None:
    for topic in EVERY:
        if topic.model is not None:
            assert topic.model in MODELS
            assert topic.key in topic.model.model_fields


def test_configs_are_kafkas() -> None:
    assert topics.ARTICLES_RAW.configs() == {
        "cleanup.policy": "delete",
        "max.message.bytes": "8388608",
        "retention.ms": "1209600000",
    }
