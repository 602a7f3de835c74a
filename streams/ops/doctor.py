"""What is wrong with an installation, and what to do about it."""

import importlib.util
import os
from collections.abc import Callable, Iterator, Sized
from dataclasses import dataclass
from pathlib import Path

from aiokafka import TopicPartition
from aiokafka.errors import KafkaError

from schemas.topics import ARTICLES_RAW, TOPICS
from streams.broker.admin import check_topics, list_topics
from streams.broker.cluster import Cluster, describe_cluster
from streams.broker.connection import connected, consumer, group_id, topic_name
from streams.desk.routing import Routing, load_routing, wire_topics
from streams.engine.positions import committed_offsets, lost_records
from streams.enrich.rules import read_rules
from streams.errors import SettingsError, StreamsError
from streams.nlp.knowledge_file import read_own_list
from streams.nlp.media_topics import load_media_topics
from streams.nlp.pipelines import pipeline_path
from streams.settings import Settings

__all__ = ["Finding", "examine"]

LIVE = "live"
"""The purpose of the live workers' group. Rooms beside each other do not import each other; a test compares."""

NEEDED_APIS = {  # https://kafka.apache.org/protocol#protocol_api_keys
    "reading committed records": (1, 4),
    "finding offsets by time": (2, 1),
    "static membership": (11, 5),
    "idempotent producers": (22, 0),
    "transactions": (26, 0),
    "offsets in transactions": (28, 0),
    "reading topic configurations": (32, 0),
}
"""What a broker must offer: the key of the API and its lowest version that will do."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at: whether it is well, what was seen, and what to do when it is not."""

    name: str
    ok: bool
    says: str
    todo: str = ""


async def examine(settings: Settings) -> list[Finding]:
    """Look at settings, files, model, broker, topics and offsets; what cannot be looked at is a finding, too."""
    routing, routes = _examine_routes(settings)
    local = [
        *_examine_settings(settings),
        _examine_model(settings.spacy_model),
        *_examine_own("entities", settings.knowledge_file, lambda path: read_own_list(path).entries),
        *_examine_own("rules", settings.rules_file, lambda path: read_rules(path, load_media_topics()).rules),
        routes,
    ]
    return [*local, *await _examine_broker(settings, routing)]


def _examine_settings(settings: Settings) -> list[Finding]:
    mistakes = [Finding("settings", ok=False, says=says, todo=todo) for says, todo in _mistakes(settings)]
    return mistakes or [Finding("settings", ok=True, says="fit together")]


def _mistakes(settings: Settings) -> Iterator[tuple[str, str]]:
    cores = _cores()
    if settings.heartbeat_interval_seconds > settings.session_timeout_seconds / 3:
        yield (
            "heartbeat_interval_seconds is above a third of session_timeout_seconds: two late ones end a worker",
            f"set COPYTASTER_HEARTBEAT_INTERVAL_SECONDS to {settings.session_timeout_seconds / 3:g} or less",
        )
    if settings.request_timeout_seconds < settings.session_timeout_seconds:
        yield (
            "request_timeout_seconds is below session_timeout_seconds: joining the group can time out",
            f"set COPYTASTER_REQUEST_TIMEOUT_SECONDS to {settings.session_timeout_seconds:g} or more",
        )
    if settings.rebalance_timeout_seconds <= settings.time_budget_seconds:
        yield (
            "rebalance_timeout_seconds is not above time_budget_seconds: one slow article and a worker cannot drain",
            f"set COPYTASTER_REBALANCE_TIMEOUT_SECONDS above {settings.time_budget_seconds:g}",
        )
    if settings.processes > cores:
        yield f"{settings.processes} processes share {cores} cores", f"set COPYTASTER_PROCESSES to {cores} or less"
    if (settings.security_protocol, settings.sasl_mechanism) == ("SASL_PLAINTEXT", "PLAIN"):
        yield "the password travels in clear text", "set COPYTASTER_SECURITY_PROTOCOL to SASL_SSL"


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _examine_model(pipeline: str) -> Finding:
    # Found, not loaded: that takes seconds, and the worker says it anyway.
    if not importlib.util.find_spec("spacy"):
        return Finding("model", ok=False, says="spaCy is not installed", todo="pip install 'copytaster[worker]'")
    if Path(pipeline_path(pipeline)).is_dir() or (pipeline.isidentifier() and importlib.util.find_spec(pipeline)):
        return Finding("model", ok=True, says=f"{pipeline} is installed")
    todo = "install the package, or set COPYTASTER_SPACY_MODEL to one that is"
    return Finding("model", ok=False, says=f"no such spaCy pipeline: {pipeline}", todo=todo)


def _examine_own(thing: str, path: Path | None, read: Callable[[Path], Sized]) -> Iterator[Finding]:
    """A file that its user writes; `read` gives what it lists."""
    if path is None:
        return
    try:
        own = read(path)
    except SettingsError as error:
        yield Finding(thing, ok=False, says=str(error), todo=f"correct the file of your own {thing}")
    else:
        yield Finding(thing, ok=True, says=f"{len(own)} of your own")


def _examine_routes(settings: Settings) -> tuple[Routing, Finding]:
    try:
        routing = load_routing(settings.routes_file)
    except SettingsError as error:
        return load_routing(None), Finding("routes", ok=False, says=str(error), todo="correct the routing file")
    names = ", ".join(wire.name for wire in routing.wires)
    return routing, Finding("routes", ok=True, says=f"wires: {names}")


async def _examine_broker(settings: Settings, routing: Routing) -> list[Finding]:
    findings: list[Finding] = []
    try:
        cluster = await describe_cluster(settings)
        findings += [_examine_features(settings, cluster), _examine_replication(settings, cluster)]
        findings += await _examine_topics(settings, routing)
        findings.append(await _examine_offsets(settings))
    except (StreamsError, KafkaError) as error:
        todo = "put this right first: what comes after it could not be looked at"
        findings.append(Finding("broker", ok=False, says=str(error) or type(error).__name__, todo=todo))
    return findings


def _examine_features(settings: Settings, cluster: Cluster) -> Finding:
    missing = [name for name, (key, version) in NEEDED_APIS.items() if cluster.apis.get(key, -1) < version]
    if missing:
        says = f"{settings.bootstrap} cannot do {', '.join(missing)}"
        return Finding("broker", ok=False, says=says, todo="use Apache Kafka 2.3 or newer")
    return Finding("broker", ok=True, says=f"{settings.bootstrap} answers, brokers: {', '.join(cluster.brokers)}")


def _examine_replication(settings: Settings, cluster: Cluster) -> Finding:
    brokers, replicas = len(cluster.brokers), settings.replication_factor
    says = f"replication_factor is {replicas}, min_insync_replicas {settings.min_insync_replicas}, brokers {brokers}"
    if replicas > brokers:
        todo = "start more brokers, or lower COPYTASTER_REPLICATION_FACTOR"
    elif replicas == 1 and brokers > 1:
        todo = "one lost broker loses news: set COPYTASTER_REPLICATION_FACTOR=3 and COPYTASTER_MIN_INSYNC_REPLICAS=2"
    else:
        return Finding("replication", ok=True, says=says)
    return Finding("replication", ok=False, says=says, todo=todo)


async def _examine_topics(settings: Settings, routing: Routing) -> list[Finding]:
    topics = (*TOPICS, *wire_topics(routing))
    differences = await check_topics(settings, topics)
    if not differences:
        return [Finding("topics", ok=True, says="are all there, as they should be")]
    return [
        Finding("topics", ok=False, says=f"{difference.topic} {difference.says}", todo=difference.todo)
        for difference in differences
    ]


async def _examine_offsets(settings: Settings) -> Finding:
    count = sum(state.partitions for state in await list_topics(settings, [ARTICLES_RAW]))
    partitions = [TopicPartition(topic_name(settings, ARTICLES_RAW), number) for number in range(count)]
    async with connected(consumer(settings, group_id=group_id(settings, LIVE))) as reader:
        lost = await lost_records(reader, await committed_offsets(reader, partitions))
    if not lost:
        return Finding("offsets", ok=True, says="no record was lost to retention before it was processed")
    todo = "raise the retention; to go on without them, set COPYTASTER_ACCEPT_LOST_OFFSETS=true"
    return Finding("offsets", ok=False, says=f"retention removed {lost} records that were never processed", todo=todo)
