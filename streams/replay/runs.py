"""The runs there are: `replay-runs`, and the offsets that each run's group has committed."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.errors import KafkaError, ProducerFenced
from pydantic import ValidationError

from schemas.replay_run import ReplayRun
from schemas.topics import REPLAY_RUNS
from streams.broker.admin import list_topics
from streams.broker.connection import connected, group_id, topic_name, transactional_producer
from streams.broker.reading import open_reader, read_ranges, whole_log
from streams.errors import BrokerError, ContractError, InvariantError
from streams.records import Record, encode
from streams.settings import Settings

__all__ = ["Claim", "claim_run", "committed_positions", "find_run", "group_of", "stored_runs", "taken_over"]


def group_of(settings: Settings, run: str) -> str:
    """The consumer group that holds a run's progress; nobody joins it."""
    return group_id(settings, f"replay-{run}")


async def stored_runs(settings: Settings) -> dict[str, ReplayRun]:
    """The latest state of every run, in the order of their making.

    Raises:
        BrokerError: the broker cannot be reached.
        ContractError: a state is none that this version can read.
    """
    if not await list_topics(settings, [REPLAY_RUNS]):
        return {}
    latest: dict[bytes | None, ReplayRun | None] = {}
    topic = topic_name(settings, REPLAY_RUNS)
    async with open_reader(settings) as reader:
        async for record in read_ranges(reader, topic, await whole_log(reader, topic, 1)):
            latest[record.key] = _decoded(record)
    runs = [run for run in latest.values() if run is not None]
    return {run.run: run for run in sorted(runs, key=lambda run: run.created_at)}


async def find_run(settings: Settings, name: str) -> ReplayRun | None:
    """The latest state of one run; None when there is no such run."""
    return (await stored_runs(settings)).get(name)


async def committed_positions(reader: AIOKafkaConsumer, run: ReplayRun) -> dict[int, int | None]:
    """The next offset of each partition of a run; the reader must be of the run's group.

    None where Kafka has forgotten it: it keeps the offsets of a group without members for a week
    (`offsets.retention.minutes`).
    """
    return {each.partition: await reader.committed(TopicPartition(run.topic, each.partition)) for each in run.ranges}


class Claim:
    """The right to write a run, held by one process at a time: whoever starts `producer` anew has taken it over."""

    def __init__(self, settings: Settings, name: str, producer: AIOKafkaProducer) -> None:
        self._settings = settings
        self._name = name
        self.producer = producer

    async def store(self, run: ReplayRun, positions: Mapping[int, int]) -> None:
        """Write the state and the progress that belongs to it, both or neither.

        Raises:
            InvariantError: another process has claimed the run since.
            BrokerError: the broker refused.
        """
        offsets = {TopicPartition(run.topic, partition): offset for partition, offset in positions.items()}
        topic = topic_name(self._settings, REPLAY_RUNS)
        try:
            async with self.producer.transaction():
                await self.producer.send_and_wait(topic, encode(run), key=run.run.encode(), partition=0)
                await self.producer.send_offsets_to_transaction(offsets, group_of(self._settings, self._name))
        except ProducerFenced as error:
            raise taken_over(self._name) from error


@asynccontextmanager
async def claim_run(settings: Settings, name: str) -> AsyncIterator[Claim]:
    """Take a run over: a process that still works on it is fenced out.

    Raises:
        BrokerError: the broker cannot be reached, or refused.
    """
    producer = transactional_producer(settings, f"{group_of(settings, name)}-run")
    try:
        async with connected(producer):
            yield Claim(settings, name, producer)
    except KafkaError as error:
        raise BrokerError(f"replay {name}: Kafka at {settings.bootstrap} refused: {error!r}") from error


def taken_over(name: str) -> InvariantError:
    """The error of a process whose run another one has claimed."""
    return InvariantError(f"replay {name} was taken over by another `replay run`; that one goes on with it")


def _decoded(record: Record) -> ReplayRun | None:
    if record.value is None:
        return None
    try:
        return ReplayRun.model_validate_json(record.value)
    except ValidationError as error:
        # Taking it for a run that never was would replay the range a second time into the same topics.
        name = (record.key or b"").decode(errors="replace")
        raise ContractError(f"replay {name!r} was written by another version of copytaster; use that one") from error
