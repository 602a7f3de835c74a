"""The dead letters there are: read, found by their place, and counted by what went wrong."""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import aclosing
from dataclasses import dataclass
from datetime import UTC, datetime

from pydantic import ValidationError

from schemas.dead_letter import DeadLetter
from schemas.redriven import Redriven
from schemas.replay_run import PartitionRange
from schemas.topics import ARTICLES_RAW_DLQ, ARTICLES_RAW_DLQ_REDRIVEN, Topic
from streams.broker.admin import list_topics
from streams.broker.connection import topic_name
from streams.broker.reading import open_reader, read_ranges, whole_log
from streams.errors import SettingsError
from streams.records import LAST_TIMESTAMP, Record, digest
from streams.settings import Settings

__all__ = [
    "Group",
    "Letter",
    "Selection",
    "find_letter",
    "group_letters",
    "partition_count_of",
    "read_letters",
    "read_redriven",
]

PREFIX = "dlq-"
UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Letter:
    """A dead letter: the record with its original bytes, and why it is one."""

    record: Record
    reason: DeadLetter

    @property
    def place(self) -> str:
        """Where it lies, `PARTITION:OFFSET`."""
        return f"{self.record.partition}:{self.record.offset}"

    @property
    def time(self) -> datetime:
        """When the original was sent to us: a dead letter keeps its time."""
        return datetime.fromtimestamp(min(max(self.record.timestamp, 0), LAST_TIMESTAMP) / 1000, UTC)

    @property
    def identity(self) -> str:
        """Tells it from another dead letter at the same place, in a topic of the same name that was made anew."""
        reason = self.reason
        return digest(self.place, self.record.timestamp, reason.topic, reason.partition, reason.offset)


@dataclass(frozen=True, slots=True)
class Selection:
    """Which dead letters are meant; what is empty or None selects nothing and excludes nothing."""

    stages: frozenset[str] = frozenset()
    errors: frozenset[str] = frozenset()
    since: datetime | None = None
    places: frozenset[str] = frozenset()

    def takes(self, letter: Letter) -> bool:
        """Whether the dead letter is meant."""
        return (
            (not self.stages or letter.reason.stage in self.stages)
            and (not self.errors or letter.reason.error in self.errors)
            and (self.since is None or letter.time >= self.since)
            and (not self.places or letter.place in self.places)
        )


@dataclass(frozen=True, slots=True)
class Group:
    """Dead letters of one kind, by default of one stage and one error."""

    count: int
    redriven: int
    first: datetime
    last: datetime
    example: Letter
    """The newest."""

    @property
    def stage(self) -> str:
        """What failed."""
        return self.example.reason.stage

    @property
    def error(self) -> str:
        """The class of its error."""
        return self.example.reason.error


def _stage_and_error(letter: Letter) -> tuple[str, str]:
    return letter.reason.stage, letter.reason.error


async def read_letters(settings: Settings, topic: Topic) -> AsyncIterator[Letter]:
    """All dead letters as of now, in order within a partition.

    Raises:
        SettingsError: there is no such topic.
        BrokerError: the broker cannot be reached.
    """
    count, name = await partition_count_of(settings, topic), topic_name(settings, topic)
    async with open_reader(settings) as reader:
        async for record in read_ranges(reader, name, await whole_log(reader, name, count)):
            yield Letter(record, _reason(record))


async def find_letter(settings: Settings, topic: Topic, partition: int, offset: int) -> Letter:
    """The dead letter at a place.

    Raises:
        SettingsError: there is none, or no such topic.
        BrokerError: the broker cannot be reached.
    """
    count, name = await partition_count_of(settings, topic), topic_name(settings, topic)
    async with open_reader(settings) as reader:
        logs = {log.partition: log for log in await whole_log(reader, name, count)}
        log = logs.get(partition)
        if log is not None and log.start <= offset < log.end:
            span = PartitionRange(partition=partition, start=offset, end=offset + 1)
            async with aclosing(read_ranges(reader, name, [span])) as records:
                async for record in records:
                    return Letter(record, _reason(record))
    where = f", which holds {log.start} to {log.end - 1}" if log is not None and log.start < log.end else ""
    raise SettingsError(f"there is no dead letter at {partition}:{offset} of {name}{where}")


async def group_letters(
    settings: Settings,
    topic: Topic,
    redriven: Mapping[str, str],
    kind_of: Callable[[Letter], tuple[str, str]] = _stage_and_error,
) -> tuple[Group, ...]:
    """Count the dead letters by their kind, the most frequent first.

    Args:
        settings: the installation.
        topic: where they lie.
        redriven: as `read_redriven` gives it.
        kind_of: what they are grouped by.

    Raises:
        SettingsError: there is no such topic.
        BrokerError: the broker cannot be reached.
    """
    groups: dict[tuple[str, str], Group] = {}
    async for letter in read_letters(settings, topic):
        kind, sent = kind_of(letter), int(redriven.get(letter.place) == letter.identity)
        alone = Group(1, sent, letter.time, letter.time, letter)
        groups[kind] = _joined(groups[kind], alone) if kind in groups else alone
    return tuple(groups[kind] for kind in sorted(groups, key=lambda kind: (-groups[kind].count, kind)))


async def read_redriven(settings: Settings, topic: Topic = ARTICLES_RAW_DLQ) -> dict[str, str]:
    """The identity of each dead letter of a topic that was sent back, by its place.

    Raises:
        BrokerError: the broker cannot be reached.
    """
    if not await list_topics(settings, [ARTICLES_RAW_DLQ_REDRIVEN]):
        return {}
    name = topic_name(settings, ARTICLES_RAW_DLQ_REDRIVEN)
    latest: dict[bytes | None, bytes | None] = {}
    async with open_reader(settings) as reader:
        async for record in read_ranges(reader, name, await whole_log(reader, name, 1)):
            latest[record.key] = record.value
    marks = (Redriven.model_validate_json(value) for value in latest.values() if value is not None)
    return {mark.place: mark.dead_letter for mark in marks if mark.topic == topic.name}


async def partition_count_of(settings: Settings, topic: Topic) -> int:
    """How many partitions a topic has.

    Raises:
        SettingsError: there is no such topic.
        BrokerError: the broker cannot be reached.
    """
    states = await list_topics(settings, [topic])
    if not states:
        raise SettingsError(f"no such topic: {topic_name(settings, topic)}; run `copytaster topics create`")
    return states[0].partitions


def _joined(group: Group, other: Group) -> Group:
    return Group(
        group.count + other.count,
        group.redriven + other.redriven,
        first=min(group.first, other.first),
        last=max(group.last, other.last),
        example=other.example if other.last >= group.last else group.example,
    )


def _reason(record: Record) -> DeadLetter:
    """What the headers say. Others may have put a record here: it is shown, and not understood."""
    told = {
        name.removeprefix(PREFIX): (value or b"").decode(errors="backslashreplace")
        for name, value in record.headers
        if name.startswith(PREFIX)
    }
    try:
        return DeadLetter.model_validate_strings(
            {name: text for name, text in told.items() if name in DeadLetter.model_fields}
        )
    except ValidationError:
        return DeadLetter(
            topic=UNKNOWN,
            partition=record.partition,
            offset=record.offset,
            timestamp=None,
            stage=told.get("stage", UNKNOWN),
            error=told.get("error", UNKNOWN),
            message=told.get("message", "it has no headers that say why"),
            pipeline=told.get("pipeline", UNKNOWN),
        )
