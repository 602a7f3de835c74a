"""Reaching a cluster's administration, with errors a person can act on and nothing else on stderr."""

import logging
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaConnectionError, KafkaError, NodeNotReadyError
from aiokafka.protocol.admin import ApiVersionRequest

from streams.broker.connection import client_options, connect
from streams.errors import BrokerError
from streams.settings import Settings

__all__ = ["Cluster", "administer", "describe_cluster"]

REQUEST_TIMEOUT_MS = 20_000


@dataclass(frozen=True, slots=True)
class Cluster:
    """The brokers, HOST:PORT as they advertise themselves, and the newest version of each API by its key."""

    brokers: tuple[str, ...]
    apis: Mapping[int, int]


async def describe_cluster(settings: Settings) -> Cluster:
    """What the cluster at the configured address is.

    Raises:
        SettingsError: the connection settings cannot work.
        BrokerError: it cannot be reached.
    """
    async with administer(settings) as admin:
        described = await admin.describe_cluster()
        answer = await admin._send_request(ApiVersionRequest())  # noqa: SLF001 - aiokafka, pinned, offers no other way
    brokers = tuple(f"{broker['host']}:{broker['port']}" for broker in described["brokers"])
    return Cluster(brokers, {key: newest for key, _oldest, newest in answer.api_versions})


@asynccontextmanager
async def administer(settings: Settings) -> AsyncIterator[AIOKafkaAdminClient]:
    """An admin client, connected; what goes wrong inside becomes a BrokerError.

    Raises:
        SettingsError: the connection settings cannot work.
        BrokerError: the cluster cannot be reached, or refused what was asked.
    """
    client = AIOKafkaAdminClient(**client_options(settings), request_timeout_ms=REQUEST_TIMEOUT_MS)
    with _overheard() as heard:
        try:
            await connect(client)
            yield client
        except (KafkaError, OSError, TimeoutError) as error:
            raise BrokerError(_explain(error, settings, _advertised(client), heard)) from error
        finally:
            await client.close()


def _explain(error: Exception, settings: Settings, advertised: list[str], heard: list[str]) -> str:
    place = f"Kafka at {settings.bootstrap}"
    if advertised and isinstance(error, NodeNotReadyError | KafkaConnectionError):
        return f"{place} answered, but not at the listeners it advertises: {', '.join(advertised)}"
    if not isinstance(error, KafkaConnectionError):
        return f"{place} refused: {str(error) or type(error).__name__}"
    if settings.security_protocol != "PLAINTEXT" and heard:
        reason = heard[-1].partition('": ')[2] or "it closed the connection"
        return f"cannot reach {place} over {settings.security_protocol}: {reason}"
    return f"cannot reach {place}: start it or set --bootstrap"


def _advertised(client: AIOKafkaAdminClient) -> list[str]:
    # Before the first answer, the client takes the bootstrap servers themselves for brokers.
    brokers = client._client.cluster.brokers()  # noqa: SLF001
    return [f"{broker.host}:{broker.port}" for broker in brokers if not str(broker.nodeId).startswith("bootstrap")]


class _Listener(logging.Handler):
    def __init__(self, heard: list[str]) -> None:
        super().__init__(logging.WARNING)
        self._heard = heard

    def emit(self, record: logging.LogRecord) -> None:
        self._heard.append(record.getMessage())


@contextmanager
def _overheard() -> Iterator[list[str]]:
    # aiokafka logs why a connection failed and raises without the reason; heard here, it is said once, by us.
    logger = logging.getLogger("aiokafka")
    heard: list[str] = []
    listener = _Listener(heard)
    logger.addHandler(listener)
    logger.propagate = False
    try:
        yield heard
    finally:
        logger.removeHandler(listener)
        # Others may be listening still: the last to go lets the library be heard again.
        logger.propagate = not any(isinstance(handler, _Listener) for handler in logger.handlers)
