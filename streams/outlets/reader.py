"""Reads a wire as it comes, without a group: nobody else's reading is touched, and nothing is committed."""

import difflib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Literal

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from aiokafka.errors import KafkaError
from pydantic import ValidationError

from schemas.topics import wire as wire_topic
from schemas.wire_change import WireChange
from streams.broker.cluster import administer
from streams.broker.connection import connected, consumer, topic_name
from streams.errors import BrokerError, ContractError, SettingsError
from streams.settings import Settings

__all__ = ["Arrival", "Start", "WireReader", "open_wire"]

Start = Literal["beginning", "now"]


@dataclass(frozen=True, slots=True)
class Arrival:
    """One change and where it lay."""

    change: WireChange
    partition: int
    offset: int
    timestamp: int
    """When the article was sent to us, in milliseconds since the epoch."""
    lag: int
    """Offsets between this change and the newest committed one of all partitions; 0: this was the last for now."""


class WireReader:
    """An endless iterator over a wire's changes. Within a partition they come in order."""

    def __init__(self, kafka: AIOKafkaConsumer, partitions: list[TopicPartition]) -> None:
        self._kafka = kafka
        self._next = dict.fromkeys(partitions, 0)

    def __aiter__(self) -> "WireReader":
        return self

    async def __anext__(self) -> Arrival:
        """Wait for the next change.

        Raises:
            BrokerError: Kafka refused to go on.
            ContractError: a record of the wire is no WireChange; the next call reads on behind it.
        """
        try:
            record = await self._kafka.getone()
        except KafkaError as error:
            raise BrokerError(f"reading stopped: {error}") from error
        self._next[TopicPartition(record.topic, record.partition)] = record.offset + 1
        return Arrival(_change(record), record.partition, record.offset, record.timestamp, self._lag())

    async def start(self, start: Start) -> None:
        """Fix where reading begins: what is committed from now on will be seen, whenever it is asked for."""
        if start == "now":
            await self._kafka.seek_to_end(*self._next)
        else:
            await self._kafka.seek_to_beginning(*self._next)
        for partition in self._next:
            self._next[partition] = await self._kafka.position(partition)

    def _lag(self) -> int:
        ends = {partition: self._kafka.last_stable_offset(partition) or 0 for partition in self._next}
        return sum(max(0, ends[partition] - position) for partition, position in self._next.items())


@asynccontextmanager
async def open_wire(settings: Settings, wire: str, *, start: Start) -> AsyncIterator[WireReader]:
    """Open a wire by its name; once inside, the place where reading begins is fixed.

    Raises:
        SettingsError: there is no such wire, or the connection settings cannot work.
        BrokerError: Kafka cannot be reached.
    """
    topic = topic_name(settings, wire_topic(wire))
    partitions = [TopicPartition(topic, number) for number in range(await _partition_count(settings, wire, topic))]
    kafka = consumer(settings)
    try:
        async with connected(kafka):
            kafka.assign(partitions)
            reader = WireReader(kafka, partitions)
            await reader.start(start)
            yield reader
    except KafkaError as error:
        raise BrokerError(f"cannot read wire {wire}: {error}") from error


async def _partition_count(settings: Settings, wire: str, topic: str) -> int:
    # All topics are asked for: naming a missing one would make some brokers create it.
    async with administer(settings) as admin:
        counts = {each["topic"]: len(each["partitions"]) for each in await admin.describe_topics()}
    if topic not in counts:
        prefix = topic_name(settings, "wire-")
        wires = sorted(name.removeprefix(prefix) for name in counts if name.startswith(prefix))
        raise SettingsError(_no_such_wire(wire, wires))
    return counts[topic]


def _no_such_wire(wire: str, wires: list[str]) -> str:
    if not wires:
        return f"there is no wire {wire!r}, nor any other: run `copytaster topics create`"
    close = difflib.get_close_matches(wire.removeprefix("wire-"), wires, n=1)
    hint = f"did you mean {close[0]!r}?" if close else f"there are: {', '.join(wires)}"
    return f"there is no wire {wire!r}; {hint}"


def _change(record: ConsumerRecord) -> WireChange:
    try:
        return WireChange.model_validate_json(record.value or b"")
    except ValidationError as error:
        where = f"{record.topic}, partition {record.partition}, offset {record.offset}"
        raise ContractError(f"not a change of a wire: {where}") from error
