import logging

import pytest

from schemas.topics import TOPICS
from streams.broker.admin import create_topics
from streams.broker.cluster import administer
from streams.broker.embedded import EmbeddedBroker
from streams.errors import BrokerError, SettingsError
from streams.settings import Settings
from tests.brokers.kafka import KafkaServer


async def test_topics_that_no_record_could_be_written_to_are_not_created() -> None:
    with pytest.raises(SettingsError, match="min_insync_replicas is above replication_factor"):
        await create_topics(Settings(min_insync_replicas=2), TOPICS)


async def test_a_brokers_refusal_names_the_topic_and_the_reason(kafka_broker: KafkaServer, prefix: str) -> None:
    settings = Settings(bootstrap=kafka_broker.bootstrap, prefix=prefix, replication_factor=3)
    with pytest.raises(BrokerError, match=rf"^cannot create {prefix}[a-z-]+: .*replication factor of 3 .*1 broker"):
        await create_topics(settings, TOPICS)


async def test_a_topic_name_kafka_refuses_is_one_line(kafka_broker: KafkaServer) -> None:
    settings = Settings(bootstrap=kafka_broker.bootstrap, prefix="x" * 250)
    with pytest.raises(BrokerError, match=r"^cannot create x+[a-z-]+: .*longer"):
        await create_topics(settings, TOPICS)


async def test_tenants_do_not_see_each_other(embedded_broker: EmbeddedBroker, prefix: str) -> None:
    mine = Settings(bootstrap=embedded_broker.bootstrap, prefix=prefix + "mine-")
    await create_topics(mine, TOPICS)
    created = await create_topics(mine.model_copy(update={"prefix": prefix + "yours-"}), TOPICS)
    assert len(created) == len(TOPICS)


async def test_the_library_is_heard_again_when_the_last_of_several_is_done(embedded_broker: EmbeddedBroker) -> None:
    settings = Settings(bootstrap=embedded_broker.bootstrap)
    first, second = administer(settings), administer(settings)
    await first.__aenter__()
    await second.__aenter__()
    await first.__aexit__(None, None, None)
    assert not logging.getLogger("aiokafka").propagate
    await second.__aexit__(None, None, None)
    assert logging.getLogger("aiokafka").propagate
