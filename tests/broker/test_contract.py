import pytest

from streams.broker.embedded import EmbeddedBroker
from streams.settings import Settings
from tests.broker_contract import BrokerContract
from tests.brokers.kafka import KafkaServer


class TestApacheKafka(BrokerContract):
    @pytest.fixture
    def broker(self, kafka_broker: KafkaServer) -> KafkaServer:
        return kafka_broker


class TestEmbedded(BrokerContract):
    margin_seconds = 2  # its two faults that show as waiting need not be waited for long

    @pytest.fixture
    def broker(self, embedded_broker: EmbeddedBroker) -> EmbeddedBroker:
        return embedded_broker

    @pytest.mark.xfail(reason="it creates whatever topic it is asked for, with one partition", strict=True)
    async def test_sending_to_a_missing_topic_does_not_create_it(self, settings: Settings) -> None:
        await super().test_sending_to_a_missing_topic_does_not_create_it(settings)

    @pytest.mark.xfail(reason="it never ends an orphaned transaction", raises=TimeoutError, strict=True)
    async def test_an_orphaned_transaction_holds_readers_back_for_its_timeout_only(self, settings: Settings) -> None:
        await super().test_an_orphaned_transaction_holds_readers_back_for_its_timeout_only(settings)

    @pytest.mark.xfail(reason="it never expires a dead member of a group", raises=TimeoutError, strict=True)
    async def test_the_partitions_of_a_dead_member_move_after_its_session(self, settings: Settings) -> None:
        await super().test_the_partitions_of_a_dead_member_move_after_its_session(settings)
