"""How every Kafka client of ours is connected and what it promises: one place for security and guarantees."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any, TypeVar

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient

from schemas.topics import Topic
from streams.errors import SettingsError
from streams.settings import Settings

__all__ = [
    "client_options",
    "connect",
    "connected",
    "consumer",
    "group_id",
    "idempotent_producer",
    "topic_name",
    "transactional_producer",
]

KIB = 1 << 10
MIB = 1 << 20
LARGEST_PORT = 65_535

Client = TypeVar("Client", AIOKafkaConsumer, AIOKafkaProducer)

GRACE_SECONDS = 2
"""How long a start that is cancelled may go on: more than a broker that works needs to answer."""

PRODUCER_OPTIONS = {
    "acks": "all",
    "enable_idempotence": True,
    "linger_ms": 0,
    "compression_type": "zstd",
    "max_batch_size": 256 * KIB,
    "max_request_size": 16 * MIB,
}
"""A record larger than a batch travels alone in one of its own."""


class _Secret(str):
    """A password that tracebacks, logs and `repr` of the options do not show."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "'********'"


def topic_name(settings: Settings, topic: Topic | str) -> str:
    """The name of a topic on the broker: the tenant's prefix, then ours."""
    return settings.prefix + (topic if isinstance(topic, str) else topic.name)


def group_id(settings: Settings, purpose: str) -> str:
    """The consumer group of one purpose, `<prefix>copytaster-<purpose>`."""
    return f"{settings.prefix}copytaster-{purpose}"


def client_options(settings: Settings) -> dict[str, Any]:
    """Keyword arguments that every aiokafka client (producer, consumer, admin) takes.

    Raises:
        SettingsError: an address, a security setting or a file it names cannot work.
    """
    return {
        "bootstrap_servers": _servers(settings.bootstrap),
        "client_id": f"{settings.prefix}copytaster",
        "security_protocol": settings.security_protocol,
        "ssl_context": _ssl_context(settings),
        **_sasl_options(settings),
    }


def idempotent_producer(settings: Settings, **options: Any) -> AIOKafkaProducer:  # noqa: ANN401 - aiokafka's own options
    """A producer whose retries write no record twice; not started yet.

    Raises:
        SettingsError: as `client_options`.
    """
    return AIOKafkaProducer(**{**client_options(settings), **PRODUCER_OPTIONS, **options})


def transactional_producer(settings: Settings, transactional_id: str, **options: Any) -> AIOKafkaProducer:  # noqa: ANN401
    """A producer whose start fences the earlier owner of the id and ends what that one left open; not started yet.

    Raises:
        SettingsError: as `client_options`.
    """
    timeout_ms = round(settings.transaction_timeout_seconds * 1000)
    return idempotent_producer(
        settings, transactional_id=transactional_id, transaction_timeout_ms=timeout_ms, **options
    )


def consumer(settings: Settings, *topics: Topic | str, **options: Any) -> AIOKafkaConsumer:  # noqa: ANN401
    """A consumer of committed records only, which commits nothing by itself; not started yet.

    Topics are named without the tenant's prefix. Without a topic, `assign()` it partitions. An offset that
    retention removed is an error, unless `auto_offset_reset` says where to go on instead.

    Raises:
        SettingsError: as `client_options`.
    """
    promised = {
        "isolation_level": "read_committed",
        "enable_auto_commit": False,
        "auto_offset_reset": "none",
        "max_partition_fetch_bytes": 16 * MIB,
    }
    names = (topic_name(settings, topic) for topic in topics)
    return AIOKafkaConsumer(*names, **{**client_options(settings), **promised, **options})


@asynccontextmanager
async def connected(client: Client) -> AsyncIterator[Client]:
    """Connect a client, and stop it in the end: aiokafka's own context does not when its start is cancelled."""
    try:
        await connect(client)
        yield client
    finally:
        await client.stop()


async def connect(client: AIOKafkaConsumer | AIOKafkaProducer | AIOKafkaAdminClient) -> None:
    """Connect a client; who starts one also stops it, whether that went well or not.

    aiokafka keeps no hold on its first connection while it waits for the cluster's metadata there. Cancelled at
    that moment it would leave a connection open that no `stop()` finds, so the start ends before it is given up.
    """
    starting = asyncio.ensure_future(client.start())
    try:
        await asyncio.shield(starting)
    except asyncio.CancelledError:
        with suppress(Exception):  # whatever it is, nobody waits for this client any more
            await asyncio.wait_for(starting, GRACE_SECONDS)
        raise


def _servers(bootstrap: str) -> list[str]:
    servers = [server.strip() for server in bootstrap.split(",")]
    for server in servers:
        _check_server(server)
    return servers


def _check_server(server: str) -> None:
    host, _, port = server.rpartition(":")
    if "@" in server or "/" in server:  # a URL: what it holds may be a password, so it is not repeated
        raise SettingsError("bootstrap must be HOST:PORT[,HOST:PORT], without a scheme or a user")
    if not host or not port.isascii() or not port.isdigit() or not 0 < int(port) <= LARGEST_PORT:
        raise SettingsError(f"bootstrap must be HOST:PORT[,HOST:PORT], not {server!r}")


def _ssl_context(settings: Settings) -> ssl.SSLContext | None:
    if not settings.security_protocol.endswith("SSL"):
        _refuse_unused(settings, "ssl_cafile", "ssl_certfile", "ssl_keyfile")
        return None
    context = _trusting(settings.ssl_cafile)
    _load_certificate(context, settings)
    return context


def _trusting(cafile: Path | None) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(ssl.Purpose.SERVER_AUTH, cafile=cafile)
    except OSError as error:  # SSLError is one
        raise SettingsError(f"ssl_cafile: {_why(cafile, error)}") from error


def _load_certificate(context: ssl.SSLContext, settings: Settings) -> None:
    certfile, keyfile = settings.ssl_certfile, settings.ssl_keyfile
    if certfile is None:
        _refuse_unused(settings, "ssl_keyfile", needs="ssl_certfile")
        return
    for name, file in (("ssl_certfile", certfile), ("ssl_keyfile", keyfile)):
        if file is not None and not file.is_file():
            raise SettingsError(f"{name}: no such file: {file}")
    try:
        # An empty password fails on an encrypted key; without one OpenSSL would ask the terminal and wait.
        context.load_cert_chain(certfile, keyfile, password="")
    except OSError as error:
        both = f"{certfile}" if keyfile is None else f"{certfile} with {keyfile}"
        raise SettingsError(f"ssl_certfile: {both} is not a certificate and its key, unencrypted, in PEM") from error


def _sasl_options(settings: Settings) -> dict[str, Any]:
    if not settings.security_protocol.startswith("SASL"):
        _refuse_unused(settings, "sasl_username", "sasl_password_file")
        return {}
    if not settings.sasl_username or settings.sasl_password_file is None:
        raise SettingsError(f"{settings.security_protocol} needs sasl_username and sasl_password_file")
    return {
        "sasl_mechanism": settings.sasl_mechanism,
        "sasl_plain_username": settings.sasl_username,
        "sasl_plain_password": _password(settings.sasl_password_file),
    }


def _password(file: Path) -> _Secret:
    try:
        password = file.read_text(encoding="utf-8").rstrip("\r\n")
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"sasl_password_file: {_why(file, error)}") from None  # no bytes of it in a traceback
    if not password:
        raise SettingsError(f"sasl_password_file: {file} is empty")
    return _Secret(password)


def _refuse_unused(settings: Settings, *names: str, needs: str = "") -> None:
    # Half a security set-up is a mistake; going on in clear text would hide it.
    for name in names:
        if getattr(settings, name) is not None:
            wanted = needs or f"security_protocol {'SASL_SSL' if name.startswith('sasl') else 'SSL or SASL_SSL'}"
            raise SettingsError(f"{name} is set, which needs {wanted}")


def _why(file: Path | None, error: Exception) -> str:
    if isinstance(error, FileNotFoundError):
        return f"no such file: {file}"
    if isinstance(error, ssl.SSLError | UnicodeDecodeError):
        return f"{file} is not what it should be (PEM certificates, or UTF-8 text)"
    return f"cannot read {file}: {getattr(error, 'strerror', None) or error}"
