"""Topics on the broker: made, listed and compared with what schemas/topics.py says."""

import asyncio
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import for_code

from schemas.topics import ARTICLES_RAW, Topic
from streams.broker.cluster import administer
from streams.broker.connection import topic_name
from streams.errors import BrokerError, SettingsError
from streams.settings import Settings

__all__ = ["Difference", "TopicState", "check_topics", "create_topics", "list_topics"]

LEADER_SECONDS = 30.0
POLL_SECONDS = 0.05
TOPIC_ALREADY_EXISTS = 36
MIN_INSYNC_REPLICAS = "min.insync.replicas"


@dataclass(frozen=True, slots=True)
class TopicState:
    """A topic as it is on the broker; `replicas` of the partition that has fewest."""

    name: str
    partitions: int
    replicas: int
    configs: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Difference:
    """One way in which the broker is not what schemas/topics.py and the settings say, and what puts it right."""

    topic: str
    says: str
    todo: str


async def create_topics(settings: Settings, topics: Iterable[Topic]) -> tuple[str, ...]:
    """Create the topics that are missing and return their names once they have leaders. The others stay as they are.

    Partitioned topics get as many partitions as `articles-raw` has, the setting counting only for the first of them.

    Raises:
        SettingsError: the settings cannot work.
        BrokerError: the broker cannot be reached, or refused a topic.
    """
    if settings.min_insync_replicas > settings.replication_factor:
        raise SettingsError("min_insync_replicas is above replication_factor: no record could ever be written")
    wanted = {topic_name(settings, topic): topic for topic in topics}
    async with administer(settings) as admin:
        existing = await _partition_counts(admin)
        count = existing.get(topic_name(settings, ARTICLES_RAW), settings.partitions)
        missing = [_new_topic(settings, topic, count) for name, topic in wanted.items() if name not in existing]
        created = await _create(admin, missing)
        await _wait_for_leaders(admin, created)
    return created


async def list_topics(settings: Settings, topics: Iterable[Topic]) -> tuple[TopicState, ...]:
    """Those of the topics that exist, as they are.

    Raises:
        SettingsError: the settings cannot work.
        BrokerError: the broker cannot be reached.
    """
    async with administer(settings) as admin:
        return await _states(admin, [(topic_name(settings, topic), topic) for topic in topics])


async def check_topics(settings: Settings, topics: Iterable[Topic]) -> tuple[Difference, ...]:
    """What differs on the broker, in the order of the topics; empty when all is well.

    Raises:
        SettingsError: the settings cannot work.
        BrokerError: the broker cannot be reached.
    """
    wanted = {topic_name(settings, topic): topic for topic in (ARTICLES_RAW, *topics)}
    async with administer(settings) as admin:
        states = {state.name: state for state in await _states(admin, list(wanted.items()))}
    raw = states.get(topic_name(settings, ARTICLES_RAW))
    count = raw.partitions if raw else settings.partitions
    return tuple(
        difference
        for name, topic in wanted.items()
        for difference in (
            _differences(settings, topic, states[name], count)
            if name in states
            else [Difference(name, "does not exist", "copytaster topics create")]
        )
    )


def _differences(settings: Settings, topic: Topic, state: TopicState, count: int) -> list[Difference]:
    found = []
    expected = _partitions(topic, count)
    if state.partitions != expected:
        reason = f", as many as {ARTICLES_RAW.name} has" if topic.partitioned else ""
        says = f"has {state.partitions} partitions, must have {expected}{reason}"
        found.append(Difference(state.name, says, "delete and create it, or start anew under another prefix"))
    if state.replicas < settings.replication_factor:
        says = f"has {state.replicas} replicas, must have {settings.replication_factor}"
        found.append(Difference(state.name, says, "kafka-reassign-partitions.sh, or lower replication_factor"))
    found += [
        _misconfigured(state, name, value)
        for name, value in topic.configs().items()
        if state.configs.get(name) != value
    ]
    if int(state.configs.get(MIN_INSYNC_REPLICAS, 1)) < settings.min_insync_replicas:
        found.append(_misconfigured(state, MIN_INSYNC_REPLICAS, str(settings.min_insync_replicas)))
    return found


def _misconfigured(state: TopicState, name: str, value: str) -> Difference:
    says = f"{name} is {state.configs.get(name, 'not set')}, must be {value}"
    todo = f"kafka-configs.sh --alter --entity-type topics --entity-name {state.name} --add-config {name}={value}"
    return Difference(state.name, says, todo)


def _partitions(topic: Topic, count: int) -> int:
    return count if topic.partitioned else 1


def _new_topic(settings: Settings, topic: Topic, count: int) -> NewTopic:
    configs = {**topic.configs(), MIN_INSYNC_REPLICAS: str(settings.min_insync_replicas)}
    partitions, replicas = _partitions(topic, count), settings.replication_factor
    return NewTopic(topic_name(settings, topic), partitions, replicas, topic_configs=configs)


async def _create(admin: AIOKafkaAdminClient, new: Sequence[NewTopic]) -> tuple[str, ...]:
    if not new:
        return ()
    answer = await admin.create_topics(list(new))
    for name, code, *message in answer.topic_errors:
        if code not in {0, TOPIC_ALREADY_EXISTS}:  # another `topics create` may have been quicker
            raise BrokerError(f"cannot create {name}: {message[0] if message and message[0] else for_code(code)()}")
    return tuple(topic.name for topic in new)


async def _wait_for_leaders(admin: AIOKafkaAdminClient, names: Sequence[str]) -> None:
    deadline = time.monotonic() + LEADER_SECONDS
    waiting = set(names)
    while waiting:
        # All topics are asked for: naming a missing one would make some brokers create it.
        waiting -= {topic["topic"] for topic in await admin.describe_topics() if _has_leaders(topic)}
        if waiting and time.monotonic() > deadline:
            raise BrokerError(f"{min(waiting)} has no leader after {LEADER_SECONDS:.0f} s: are enough brokers up?")
        await asyncio.sleep(POLL_SECONDS if waiting else 0)


def _has_leaders(described: Mapping[str, object]) -> bool:
    partitions = described["partitions"]
    assert isinstance(partitions, list)
    return bool(partitions) and all(partition["leader"] >= 0 for partition in partitions)


async def _partition_counts(admin: AIOKafkaAdminClient) -> dict[str, int]:
    return {topic["topic"]: len(topic["partitions"]) for topic in await admin.describe_topics()}


async def _states(admin: AIOKafkaAdminClient, wanted: Sequence[tuple[str, Topic]]) -> tuple[TopicState, ...]:
    described = {topic["topic"]: topic["partitions"] for topic in await admin.describe_topics()}
    names = [name for name, _ in wanted if name in described]
    configs = await _configs(admin, names)
    return tuple(
        TopicState(
            name,
            partitions=len(described[name]),
            replicas=min((len(partition["replicas"]) for partition in described[name]), default=0),
            configs=configs.get(name, {}),
        )
        for name in names
    )


async def _configs(admin: AIOKafkaAdminClient, names: Sequence[str]) -> dict[str, dict[str, str]]:
    if not names:
        return {}
    answers = await admin.describe_configs([ConfigResource(ConfigResourceType.TOPIC, name) for name in names])
    configs = {}
    for answer in answers:
        for code, message, _kind, name, entries in answer.resources:
            if code:
                raise BrokerError(f"cannot read the configuration of {name}: {message or for_code(code)()}")
            configs[name] = {entry[0]: entry[1] for entry in entries}
    return configs
