import socket
from pathlib import Path

import pytest

from streams.broker.cluster import administer, describe_cluster
from streams.broker.embedded import EmbeddedBroker
from streams.errors import BrokerError
from streams.settings import Settings


async def test_a_broker_that_is_not_there_is_one_line_and_nothing_else(
    capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = f"127.0.0.1:{server.getsockname()[1]}"
    with pytest.raises(BrokerError) as caught:
        await describe_cluster(Settings(bootstrap=address))
    assert str(caught.value) == f"cannot reach Kafka at {address}: start it or set --bootstrap"
    assert capfd.readouterr() == ("", "")
    assert not caplog.records


async def test_a_broker_that_does_not_know_the_user_says_so(embedded_broker: EmbeddedBroker, tmp_path: Path) -> None:
    password = tmp_path / "password"
    password.write_text("secret\n")
    settings = Settings(
        bootstrap=embedded_broker.bootstrap,
        security_protocol="SASL_PLAINTEXT",
        sasl_username="desk",
        sasl_password_file=password,
    )
    with pytest.raises(BrokerError, match=r"over SASL_PLAINTEXT: .*SCRAM-SHA-512"):
        await describe_cluster(settings)


async def test_a_broker_that_speaks_clear_text_does_not_pass_for_a_safe_one(embedded_broker: EmbeddedBroker) -> None:
    with pytest.raises(BrokerError, match="over SSL"):
        await describe_cluster(Settings(bootstrap=embedded_broker.bootstrap, security_protocol="SSL"))


async def test_advertised_listeners_out_of_reach_are_named(tmp_path: Path) -> None:
    broker = EmbeddedBroker(tmp_path)
    with broker, pytest.raises(BrokerError) as caught:  # noqa: PT012 - the broker must go between the two requests
        async with administer(Settings(bootstrap=broker.bootstrap)) as admin:
            broker.stop()
            await admin.describe_cluster()
    assert f"answered, but not at the listeners it advertises: {broker.bootstrap}" in str(caught.value)


async def test_a_cluster_tells_its_brokers_and_what_they_can_do(embedded_broker: EmbeddedBroker) -> None:
    cluster = await describe_cluster(Settings(bootstrap=embedded_broker.bootstrap))
    assert cluster.brokers == (embedded_broker.bootstrap,)
    assert cluster.apis[18] >= 0
