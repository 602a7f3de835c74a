import asyncio
import gc
import ssl
import subprocess
import traceback
import warnings
from contextlib import suppress
from pathlib import Path

import pytest

from schemas.topics import ARTICLES_RAW
from streams.broker.connection import client_options, connect, consumer, group_id, topic_name
from streams.broker.embedded import EmbeddedBroker
from streams.errors import SettingsError
from streams.settings import Settings

PASSWORD = "correct horse battery staple"


@pytest.fixture
def password_file(tmp_path: Path) -> Path:
    file = tmp_path / "password"
    file.write_text(PASSWORD + "\n")
    return file


@pytest.fixture
def certificate(tmp_path: Path) -> tuple[Path, Path]:
    certfile, keyfile = tmp_path / "client.pem", tmp_path / "client.key"
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=test", "-keyout"]
    subprocess.run([*command, str(keyfile), "-out", str(certfile)], check=True, capture_output=True)
    return certfile, keyfile


def test_all_servers_of_the_bootstrap_are_tried() -> None:
    settings = Settings(bootstrap="one:9092, two:9093,[::1]:9094")
    assert client_options(settings)["bootstrap_servers"] == ["one:9092", "two:9093", "[::1]:9094"]


@pytest.mark.parametrize("bootstrap", ["", "localhost", ":9092", "host:", "host:x", "host:70000", "host:9092,"])
def test_an_address_that_cannot_work_is_named(bootstrap: str) -> None:
    with pytest.raises(SettingsError, match="bootstrap must be HOST:PORT"):
        client_options(Settings(bootstrap=bootstrap))


def test_a_password_in_the_address_is_refused_and_not_repeated() -> None:
    with pytest.raises(SettingsError) as caught:
        client_options(Settings(bootstrap=f"kafka://me:{PASSWORD}@host:9092"))
    assert PASSWORD not in str(caught.value)


def test_the_password_file_is_read_and_the_password_never_shown(password_file: Path) -> None:
    settings = Settings(security_protocol="SASL_SSL", sasl_username="desk", sasl_password_file=password_file)
    options = client_options(settings)
    assert options["sasl_plain_password"] == PASSWORD
    assert options["sasl_plain_username"] == "desk"
    assert PASSWORD not in repr(options)
    assert PASSWORD not in repr(settings)


def test_sasl_ssl_verifies_the_broker(password_file: Path) -> None:
    settings = Settings(security_protocol="SASL_SSL", sasl_username="desk", sasl_password_file=password_file)
    context = client_options(settings)["ssl_context"]
    assert context.verify_mode is ssl.CERT_REQUIRED
    assert context.check_hostname


def test_a_client_certificate_and_its_ca_are_loaded(certificate: tuple[Path, Path]) -> None:
    certfile, keyfile = certificate
    settings = Settings(security_protocol="SSL", ssl_cafile=certfile, ssl_certfile=certfile, ssl_keyfile=keyfile)
    assert client_options(settings)["ssl_context"].cert_store_stats()["x509"] == 1


def test_an_encrypted_key_is_refused_without_asking_the_terminal(
    certificate: tuple[Path, Path], tmp_path: Path
) -> None:
    certfile, keyfile = certificate
    locked = tmp_path / "locked.key"
    subprocess.run(
        ["openssl", "rsa", "-aes256", "-passout", "pass:secret", "-in", str(keyfile), "-out", str(locked)],
        check=True,
        capture_output=True,
    )
    with pytest.raises(SettingsError, match=r"ssl_certfile: .* unencrypted"):
        client_options(Settings(security_protocol="SSL", ssl_certfile=certfile, ssl_keyfile=locked))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"security_protocol": "SASL_SSL"}, "SASL_SSL needs sasl_username and sasl_password_file"),
        ({"sasl_username": "desk"}, "sasl_username is set, which needs security_protocol SASL_SSL"),
        ({"ssl_cafile": "/ca.pem"}, "ssl_cafile is set, which needs security_protocol SSL or SASL_SSL"),
        ({"security_protocol": "SSL", "ssl_keyfile": "/key.pem"}, "ssl_keyfile is set, which needs ssl_certfile"),
        ({"security_protocol": "SSL", "ssl_cafile": "/no/ca.pem"}, "ssl_cafile: no such file: /no/ca.pem"),
        ({"security_protocol": "SSL", "ssl_certfile": "/no/c.pem"}, "ssl_certfile: no such file: /no/c.pem"),
        (
            {"security_protocol": "SASL_SSL", "sasl_username": "desk", "sasl_password_file": "/no/password"},
            "sasl_password_file: no such file: /no/password",
        ),
    ],
)
def test_half_a_security_set_up_is_one_line(options: dict[str, str], message: str) -> None:
    with pytest.raises(SettingsError) as caught:
        client_options(Settings.model_validate(options))
    assert str(caught.value) == message


@pytest.mark.parametrize("content", [b"", b"\n"])
def test_an_empty_password_file_is_an_error(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "password"
    file.write_bytes(content)
    with pytest.raises(SettingsError, match="is empty"):
        client_options(Settings(security_protocol="SASL_SSL", sasl_username="desk", sasl_password_file=file))


def test_a_password_that_is_no_text_stays_out_of_the_traceback(tmp_path: Path) -> None:
    file = tmp_path / "password"
    file.write_bytes(b"secret-part-\xff")
    settings = Settings(security_protocol="SASL_SSL", sasl_username="desk", sasl_password_file=file)
    with pytest.raises(SettingsError) as caught:
        client_options(settings)
    assert "secret-part" not in "".join(traceback.format_exception(caught.value))


def test_a_file_that_is_no_certificate_is_named(tmp_path: Path) -> None:
    file = tmp_path / "ca.pem"
    file.write_text("not a certificate")
    with pytest.raises(SettingsError, match=r"ssl_cafile: .*ca\.pem is not what it should be"):
        client_options(Settings(security_protocol="SSL", ssl_cafile=file))


def test_a_tenant_has_topics_groups_and_clients_of_its_own() -> None:
    settings = Settings(prefix="tenant-")
    assert topic_name(settings, ARTICLES_RAW) == topic_name(settings, "articles-raw") == "tenant-articles-raw"
    assert group_id(settings, "enrichment") == "tenant-copytaster-enrichment"
    assert client_options(settings)["client_id"] == "tenant-copytaster"


async def test_given_up_at_any_moment_a_client_leaves_no_connection_open(embedded_broker: EmbeddedBroker) -> None:
    settings = Settings(bootstrap=embedded_broker.bootstrap)

    async def use() -> None:
        client = consumer(settings)
        try:
            await connect(client)
            await asyncio.sleep(60)
        finally:
            await client.stop()

    with warnings.catch_warnings(record=True) as unclosed:
        warnings.simplefilter("always", ResourceWarning)
        for turn in range(40):
            task = asyncio.create_task(use())
            await asyncio.sleep(turn * 0.0004)
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
            gc.collect()
    assert [str(each.message) for each in unclosed] == []


async def test_a_broker_that_never_answers_can_be_given_up() -> None:
    async def silent(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await asked.wait()
        writer.close()

    asked = asyncio.Event()
    async with await asyncio.start_server(silent, "127.0.0.1", 0) as server:
        host, port = server.sockets[0].getsockname()
        client = consumer(Settings(bootstrap=f"{host}:{port}"))
        task = asyncio.create_task(connect(client))
        await asyncio.sleep(0.1)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asyncio.wait_for(task, 10)
        asked.set()
        await client.stop()
