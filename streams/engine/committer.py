"""The way out: what all lanes of a process have ready, outputs and input offsets, in one transaction."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Self

from aiokafka import AIOKafkaProducer, TopicPartition
from aiokafka.errors import ProducerFenced
from aiokafka.structs import OffsetAndMetadata

from streams.engine.lane import Lane, Outputs, Pending
from streams.engine.work import Result
from streams.errors import InvariantError
from streams.records import Outgoing
from streams.settings import Settings

__all__ = ["LEAVE_SECONDS", "Committer", "TransactionLimits"]

LEAVE_SECONDS = 15
"""For aborting and closing; a broker that does not answer by then has to be met again by a new process."""

REST_SECONDS = 0.03
"""Between two transactions. A broker says that one has ended before it has written its markers, and refuses the next
until then (`CONCURRENT_TRANSACTIONS`), for which aiokafka waits as long; what is finished meanwhile goes along."""


@dataclass(frozen=True, slots=True)
class TransactionLimits:
    """A transaction ends at whichever comes first; bytes are those of the input.

    One costs much the same whatever it holds, so with a backlog finished records wait for each other, up to
    `wait_seconds`.
    """

    records: int
    bytes: int
    wait_seconds: float

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """Those of an installation."""
        return cls(settings.transaction_records, settings.transaction_bytes, settings.transaction_wait_seconds)


class _Load:
    """What goes into one transaction, by lane."""

    def __init__(self, limits: TransactionLimits) -> None:
        self.parts: dict[Lane, list[Pending]] = {}
        self.count = 0
        self.is_full = False
        self._limits = limits
        self._bytes = 0

    def take(self, lane: Lane) -> None:
        """As much of a lane as fits; one record fits always."""
        for pending in lane.ready():
            self._bytes += len(pending.record.value or b"")
            self.is_full = self.count == self._limits.records or (self.count > 0 and self._bytes > self._limits.bytes)
            if self.is_full:
                return
            self.parts.setdefault(lane, []).append(pending)
            self.count += 1

    def is_enough(self) -> bool:
        """Whether it holds half of what its lanes do; who is alone need not wait."""
        held = min(self._limits.records, sum(lane.pending_count for lane in self.parts))
        return self.is_full or 2 * self.count >= held


class Committer:
    """Commits the ready prefix of every lane: outputs and input offsets in one transaction.

    Results are awaited before a transaction begins, so it stays open for milliseconds.

    Args:
        producer: transactional and started; it stays the caller's to stop.
        group_id: consumer group whose offsets are committed.
        metadata: written beside each committed offset.
        limits: of each transaction.
        on_done: told the number of records committed or given back.
        on_fatal: told what broke; it must end the process.
    """

    def __init__(
        self,
        producer: AIOKafkaProducer,
        *,
        group_id: str,
        metadata: str = "",
        limits: TransactionLimits,
        on_done: Callable[[int], None] = lambda _count: None,
        on_fatal: Callable[[BaseException], None],
    ) -> None:
        self._producer = producer
        self._group_id = group_id
        self._metadata = metadata
        self._limits = limits
        self._on_done = on_done
        self._on_fatal = on_fatal
        self._lanes: list[Lane] = []
        self._change = asyncio.Event()
        self._idle = asyncio.Event()
        self._closing = False
        self._task = asyncio.create_task(self._guarded())

    def open(self, source: TopicPartition, *, outputs: Outputs, next_offset: int) -> Lane:
        """A lane for one more input partition."""
        lane = Lane(source, outputs=outputs, next_offset=next_offset, on_result=self._change.set)
        self._lanes.append(lane)
        return lane

    async def drained(self) -> None:
        """Wait until all records given so far are committed."""
        while any(lane.pending_count for lane in self._lanes):
            self._idle.clear()
            await self._idle.wait()

    async def close(self, withdraw: Callable[[asyncio.Future[Result]], bool], timeout_seconds: float) -> None:
        """Give back what no process has taken, commit the rest in time, or leave it to the next owner."""
        self._closing = True
        self._on_done(sum(lane.give_back(withdraw) for lane in self._lanes))
        self._change.set()
        await asyncio.wait({self._task}, timeout=timeout_seconds)
        if not self._task.done():
            self._task.cancel()
            await asyncio.wait({self._task})
        self._on_done(sum(lane.clear() for lane in self._lanes))
        try:
            await asyncio.wait_for(self._abort(), LEAVE_SECONDS)
        except Exception as error:  # noqa: BLE001 - whatever it is, this producer's state is unknown
            self._fail(error)

    async def _abort(self) -> None:
        if self._producer._txn_manager.is_in_transaction():  # noqa: SLF001 - the public API does not tell
            await self._producer.abort_transaction()

    async def _guarded(self) -> None:
        try:
            await self._run()
        except asyncio.CancelledError:
            raise
        except BaseException as error:  # noqa: BLE001 - any failure here could lose or repeat a record
            self._fail(error)

    def _fail(self, error: BaseException) -> None:
        self._on_fatal(self._fenced(error) if isinstance(error, ProducerFenced) else error)

    async def _run(self) -> None:
        while await self._something_ready():
            load = await self._load()
            await self._commit(load)
            for lane, ready in load.parts.items():
                lane.settle(len(ready))
            self._on_done(load.count)
            self._idle.set()
            if not self._closing:
                await asyncio.sleep(REST_SECONDS)

    async def _something_ready(self) -> bool:
        """Wait for it; False when closing and there is nothing left to wait for."""
        while not any(lane.is_ready for lane in self._lanes):
            if self._closing and not any(lane.pending_count for lane in self._lanes):
                return False
            self._change.clear()
            await self._change.wait()
        return True

    async def _load(self) -> _Load:
        """Wait, as long as it may, until what is ready is enough to go."""
        load = self._ready()
        with suppress(TimeoutError):
            async with asyncio.timeout(self._limits.wait_seconds):
                while not self._closing and not load.is_enough():
                    self._change.clear()
                    await self._change.wait()
                    load = self._ready()
        return load

    def _ready(self) -> _Load:
        load = _Load(self._limits)
        for lane in self._lanes:
            load.take(lane)
        return load

    async def _commit(self, load: _Load) -> None:
        outgoing = [out for lane, ready in load.parts.items() for pending in ready for out in lane.outgoing(pending)]
        positions = {
            lane.source: OffsetAndMetadata(ready[-1].record.offset + 1, self._metadata)
            for lane, ready in load.parts.items()
        }
        # Whose turn it was is last next time: a lane of large records must not fill every transaction.
        self._lanes.sort(key=lambda lane: lane in load.parts)
        await self._producer.begin_transaction()
        sent = [await self._send(out) for out in outgoing]
        await asyncio.gather(*sent)
        # Not sooner: the broker verifies each of the two with the transaction's coordinator, refuses one when they
        # come together (KIP-890), and aiokafka then waits a tenth of a second.
        await self._producer.send_offsets_to_transaction(positions, self._group_id)
        await self._producer.commit_transaction()

    async def _send(self, out: Outgoing) -> asyncio.Future[object]:
        future: asyncio.Future[object] = await self._producer.send(
            out.topic,
            out.value,
            key=out.key,
            partition=out.partition,
            timestamp_ms=max(out.timestamp, 0),
            headers=list(out.headers),
        )
        return future

    def _fenced(self, cause: ProducerFenced) -> InvariantError:
        names = ", ".join(sorted(f"{lane.source.topic}-{lane.source.partition}" for lane in self._lanes))
        error = InvariantError(
            f"fenced out of {names}: another worker owns what this one did (it was paused or cut off for longer "
            "than the session timeout); nothing is lost, start it again"
        )
        error.__cause__ = cause
        return error
