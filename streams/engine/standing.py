"""Where a live partition stands: the next offset to take, and how far each of its wires has counted."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import structlog
from aiokafka import AIOKafkaConsumer, TopicPartition

from schemas.disposition import Disposition
from schemas.topics import ARTICLES_DISPOSITIONS, ARTICLES_RAW, Topic, wire
from streams.broker.connection import topic_name
from streams.desk.routing import Routing, wire_topics
from streams.engine.positions import Last, committed_offsets, last_records, lost_records, sequence_of
from streams.errors import InvariantError
from streams.settings import Settings

__all__ = ["Standing", "read_standings"]

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Standing:
    """One partition of `articles-raw`; `sequences` by wire."""

    next_offset: int
    sequences: Mapping[str, int]


async def read_standings(
    settings: Settings, routing: Routing, reader: AIOKafkaConsumer, sources: Sequence[TopicPartition]
) -> dict[TopicPartition, Standing]:
    """Read it off the topics, once the earlier owners are fenced out; the reader must be of their group.

    The committed offset tells where to go on; so does the last disposition, which was written in the same
    transaction. Both are asked, because Kafka forgets the offsets of a group that nobody was in for
    `offsets.retention.minutes` (a week), and would have everything since the log start processed again.

    Raises:
        InvariantError: retention removed records that were never processed, or a topic is not as we write it.
    """
    committed = await committed_offsets(reader, sources)
    beside = [_beside(settings, source, topic) for source in sources for topic in _read_back(routing)]
    last = await last_records(reader, beside)
    standings = {source: _standing(settings, routing, committed[source], source, last) for source in sources}
    await _refuse_lost(settings, reader, standings)
    return standings


def _standing(
    settings: Settings,
    routing: Routing,
    committed: int,
    source: TopicPartition,
    last: Mapping[TopicPartition, Last],
) -> Standing:
    disposed = last.get(_beside(settings, source, ARTICLES_DISPOSITIONS))
    changes = {each.name: last.get(_beside(settings, source, wire(each.name))) for each in routing.wires}
    return Standing(
        next_offset=max(committed, _after(disposed) if disposed else 0),
        sequences={name: sequence_of(change) if change else 0 for name, change in changes.items()},
    )


def _after(disposition: Last) -> int:
    return Disposition.model_validate_json(disposition.value or b"").offset + 1


def _read_back(routing: Routing) -> tuple[Topic, ...]:
    return (ARTICLES_DISPOSITIONS, *wire_topics(routing))


def _beside(settings: Settings, source: TopicPartition, topic: Topic) -> TopicPartition:
    """The partition of another topic that the lane of this one writes to."""
    return TopicPartition(topic_name(settings, topic), source.partition)


async def _refuse_lost(
    settings: Settings, reader: AIOKafkaConsumer, standings: Mapping[TopicPartition, Standing]
) -> None:
    lost = await lost_records(reader, {source: standing.next_offset for source, standing in standings.items()})
    topic = topic_name(settings, ARTICLES_RAW)
    if lost and not settings.accept_lost_offsets:
        raise InvariantError(
            f"{lost} records of {topic} were removed by retention before they were processed; "
            "set COPYTASTER_ACCEPT_LOST_OFFSETS=true to go on without them"
        )
    if lost:
        log.warning("records lost to retention", topic=topic, lost_count=lost)
