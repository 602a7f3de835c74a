"""The way of a run's records: from `articles-raw` through the pool and out, as a live worker's go."""

import asyncio
from collections import Counter
from collections.abc import Coroutine, Iterable
from typing import Any, Protocol

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.errors import ProducerFenced

from schemas.replay_run import PartitionRange, ReplayRun
from schemas.topics import ARTICLES_ENRICHED, ARTICLES_RAW_DLQ, replay_dead_letters, replay_enriched
from streams.broker.connection import topic_name
from streams.broker.reading import open_reader, read_ranges
from streams.desk.routing import Routing
from streams.engine.committer import Committer, TransactionLimits
from streams.engine.lane import Lane
from streams.engine.outputs import LiveOutputs
from streams.engine.pool import Pool
from streams.errors import InvariantError
from streams.replay.outputs import ReplayOutputs
from streams.replay.plan import Lost, refuse_lost
from streams.replay.runs import committed_positions, group_of, taken_over
from streams.settings import Settings

__all__ = ["Breakage", "Passage", "Watch"]


class Watch(Protocol):
    """Is told how far a run is; in offsets, for only those are known before they are read."""

    def begun(self, run: ReplayRun, done: int, total: int) -> None:
        """It goes on from here."""
        ...

    def moved(self, done: int, records: int) -> None:
        """So much of the total is committed, by so many records of this process."""
        ...


class Breakage:
    """The first thing that broke behind the back of whoever waits. Made inside the event loop."""

    def __init__(self) -> None:
        self._first: asyncio.Future[BaseException] = asyncio.get_running_loop().create_future()

    def tell(self, error: BaseException) -> None:
        """Report it; later ones follow from the first."""
        if not self._first.done():
            self._first.set_result(error)

    @property
    def happened(self) -> bool:
        """Whether anything broke."""
        return self._first.done()

    async def or_done(self, work: Coroutine[None, None, None]) -> None:
        """Do the work; give it up and raise what broke, as soon as anything does."""
        task = asyncio.create_task(work)
        try:
            either: set[asyncio.Future[Any]] = {task, self._first}
            await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
            if self._first.done():
                raise self._first.result()
            task.result()
        finally:
            task.cancel()
            await asyncio.wait({task})


class Passage:
    """Takes a run from where it stands to its end.

    Args:
        settings: the installation.
        routing: the wires, for the routes of each article.
        pool: started.
        broken: ends the passage when it is told of anything.
        watch: is told how far it is.
    """

    def __init__(self, settings: Settings, *, routing: Routing, pool: Pool, broken: Breakage, watch: Watch) -> None:
        self._settings = settings
        self._routing = routing
        self._pool = pool
        self._broken = broken
        self._watch = watch
        self._lanes: dict[int, Lane] = {}
        self._slots = asyncio.Semaphore(settings.inflight_records)
        self._in_flight = 0
        self._records = 0
        self._closing = False
        self._already = 0
        self._tally: Counter[str] = Counter()

    async def go(self, run: ReplayRun, producer: AIOKafkaProducer, *, accept_lost: bool) -> Counter[str]:
        """Replay what the run has left, and count it.

        Args:
            run: as it is stored.
            producer: of who has claimed the run, so that nobody else can write to it.
            accept_lost: pass over what retention removed.

        Raises:
            InvariantError: another process took the run over, or Kafka has forgotten its progress.
            SettingsError: retention removed records that were not replayed yet, and that is not accepted.
            BrokerError: the broker refused.
        """
        group = group_of(self._settings, run.run)
        async with open_reader(self._settings, group) as reader:
            left = await _what_is_left(reader, run, accept_lost=accept_lost)
            committer = Committer(
                producer,
                group_id=group,
                limits=TransactionLimits.of(self._settings),
                on_done=self._on_done,
                on_fatal=self._broken.tell,
            )
            try:
                await self._open_lanes(run, committer, left)
                await self._broken.or_done(self._feed(reader, committer, run, left))
            except InvariantError as error:
                raise (taken_over(run.run) if isinstance(error.__cause__, ProducerFenced) else error) from error
            finally:
                await self._close(committer)
        return self._tally

    async def _open_lanes(self, run: ReplayRun, committer: Committer, left: Iterable[PartitionRange]) -> None:
        pipeline = await self._pool.ready()
        for each in left:
            self._lanes[each.partition] = committer.open(
                TopicPartition(run.topic, each.partition),
                outputs=self._outputs(run.run, pipeline),
                next_offset=each.start,
            )

    def _outputs(self, run: str, pipeline: str) -> ReplayOutputs:
        live = LiveOutputs(
            routing=self._routing,
            sequences={},
            topic_name=lambda topic: topic_name(self._settings, topic),
            pipeline=pipeline,
        )
        dead_letters = topic_name(self._settings, replay_dead_letters(run))
        topics = {
            topic_name(self._settings, ARTICLES_ENRICHED): topic_name(self._settings, replay_enriched(run)),
            topic_name(self._settings, ARTICLES_RAW_DLQ): dead_letters,
        }
        return ReplayOutputs(live, topics=topics, dead_letters=dead_letters, tally=self._tally)

    async def _feed(
        self, reader: AIOKafkaConsumer, committer: Committer, run: ReplayRun, left: tuple[PartitionRange, ...]
    ) -> None:
        total = sum(each.end - each.start for each in run.ranges)
        self._already = total - sum(each.end for each in left)
        self._watch.begun(run, self._done(), total)
        async for record in read_ranges(reader, run.topic, left):
            await self._slots.acquire()
            self._in_flight += 1
            self._lanes[record.partition].add(record, self._pool.submit(record))
        await committer.drained()
        self._watch.moved(total, self._records)

    def _on_done(self, count: int) -> None:
        self._in_flight -= count
        self._records += count
        for _ in range(count):
            self._slots.release()
        if not self._closing:  # then they may also have been given back
            self._watch.moved(self._done(), self._records)

    def _done(self) -> int:
        return self._already + sum(lane.next_offset for lane in self._lanes.values()) - self._in_flight

    async def _close(self, committer: Committer) -> None:
        """Commit what is under way, unless something broke; the next process takes up the rest."""
        self._closing = True
        budget = 0 if self._broken.happened else self._settings.time_budget_seconds
        await committer.close(self._pool.withdraw, budget)


async def _what_is_left(reader: AIOKafkaConsumer, run: ReplayRun, *, accept_lost: bool) -> tuple[PartitionRange, ...]:
    """The ranges without what is committed, and without what is lost; only after fencing is this final."""
    positions = await committed_positions(reader, run)
    if None in positions.values():
        raise InvariantError(
            f"Kafka no longer keeps how far replay {run.run} has come (offsets.retention.minutes), and going on "
            "could repeat records; replay the range under another --run"
        )
    starts = await reader.beginning_offsets([TopicPartition(run.topic, each.partition) for each in run.ranges])
    left, lost = [], []
    for each in run.ranges:
        position = positions[each.partition] or 0
        start = min(max(position, starts[TopicPartition(run.topic, each.partition)]), each.end)
        if start > max(position, each.start):
            lost.append(Lost(each.partition, start, start - position))
        left.append(each.model_copy(update={"start": start}))
    if not accept_lost:
        refuse_lost(run.topic, lost)
    return tuple(each for each in left if each.start < each.end)
