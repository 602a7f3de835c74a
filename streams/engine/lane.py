"""One input partition's way out: results in the order of their records, each batch of them one transaction."""

import asyncio
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice, takewhile
from typing import NamedTuple, Protocol, Self

from aiokafka import AIOKafkaProducer, TopicPartition
from aiokafka.errors import ProducerFenced

from streams.engine.work import Result
from streams.errors import InvariantError
from streams.records import Outgoing, Record
from streams.settings import Settings

__all__ = ["LEAVE_SECONDS", "Lane", "Outputs", "TransactionLimits"]

LEAVE_SECONDS = 15
"""For aborting and closing; a broker that does not answer by then has to be met again by a new process."""


class Outputs(Protocol):
    """Turns results into records to write. Called once per record, in offset order."""

    def of(self, record: Record, result: Result) -> tuple[Outgoing, ...]:
        """All that the record leads to, the book-keeping included."""
        ...


@dataclass(frozen=True, slots=True)
class TransactionLimits:
    """A transaction ends at whichever comes first; bytes are those of the input.

    One costs the same whatever it holds, so with a backlog finished records wait for each other, up to `wait_seconds`.
    """

    records: int
    bytes: int
    wait_seconds: float

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """Those of an installation."""
        return cls(settings.transaction_records, settings.transaction_bytes, settings.transaction_wait_seconds)


class Pending(NamedTuple):
    """A record on its way."""

    record: Record
    result: asyncio.Future[Result]


class Lane:
    """Commits the ready prefix of its records: outputs and input offset in one transaction.

    Results are awaited before the transaction begins, so it stays open for milliseconds. The producer's
    transactional id belongs to the input partition, so a new owner fences the old one out
    (kafka.md section 2.2: without KIP-447 a per-process id would not).

    Args:
        source: topic and partition of the input.
        group_id: consumer group whose offset is committed.
        producer: transactional, already started, hence the only one alive with its id.
        next_offset: first offset to accept; what lies before is committed already.
        on_done: told the number of records committed or given back.
        on_fatal: told what broke; it must end the process.
    """

    def __init__(  # noqa: PLR0913 - wiring, all by keyword
        self,
        *,
        source: TopicPartition,
        group_id: str,
        producer: AIOKafkaProducer,
        outputs: Outputs,
        limits: TransactionLimits,
        next_offset: int,
        on_done: Callable[[int], None] = lambda _count: None,
        on_fatal: Callable[[BaseException], None],
    ) -> None:
        self._source = source
        self._group_id = group_id
        self._producer = producer
        self._outputs = outputs
        self._limits = limits
        self._next_offset = next_offset
        self._on_done = on_done
        self._on_fatal = on_fatal
        self._pending: deque[Pending] = deque()
        self._wake = asyncio.Event()
        self._idle = asyncio.Event()
        self._idle.set()
        self._closing = False
        self._task = asyncio.create_task(self._guarded())

    @property
    def next_offset(self) -> int:
        """The first offset this lane has not been given yet."""
        return self._next_offset

    @property
    def pending_count(self) -> int:
        """Records taken and not committed yet."""
        return len(self._pending)

    def add(self, record: Record, result: asyncio.Future[Result]) -> None:
        """Take the next record of the partition.

        Raises:
            InvariantError: its offset was given before; committing it again would repeat its outputs.
        """
        if record.offset < self._next_offset:
            raise InvariantError(
                f"{self._source.topic}-{self._source.partition} went back from offset "
                f"{self._next_offset} to {record.offset}"
            )
        self._next_offset = record.offset + 1
        self._pending.append(Pending(record, result))
        self._idle.clear()
        self._wake.set()

    async def drained(self) -> None:
        """Wait until all records given so far are committed."""
        await self._idle.wait()

    async def close(self, withdraw: Callable[[asyncio.Future[Result]], bool], timeout_seconds: float) -> None:
        """Give back what no process has taken, commit the rest in time, or leave it to the next owner."""
        self._closing = True
        self._wake.set()
        while self._pending and withdraw(self._pending[-1].result):
            self._pending.pop()
            self._on_done(1)
        await asyncio.wait({self._task}, timeout=timeout_seconds)
        if not self._task.done():
            self._task.cancel()
            await asyncio.wait({self._task})
        self._on_done(len(self._pending))
        self._pending.clear()
        try:
            await asyncio.wait_for(self._leave(), LEAVE_SECONDS)
        except Exception as error:  # noqa: BLE001 - whatever it is, this producer's state is unknown
            self._on_fatal(error)

    async def _leave(self) -> None:
        if self._producer._txn_manager.is_in_transaction():  # noqa: SLF001 - the public API does not tell
            await self._producer.abort_transaction()
        await self._producer.stop()

    async def _guarded(self) -> None:
        try:
            await self._run()
        except asyncio.CancelledError:
            raise
        except ProducerFenced as error:
            self._on_fatal(_fenced(self._source, error))
        except BaseException as error:  # noqa: BLE001 - any failure here could lose or repeat a record
            self._on_fatal(error)

    async def _run(self) -> None:
        while True:
            while not self._pending:
                self._idle.set()
                if self._closing:
                    return
                self._wake.clear()
                await self._wake.wait()
            head = self._pending[0]
            await asyncio.wait({head.result})
            if not self._pending or self._pending[0] is not head:
                continue  # given back meanwhile, see close()
            await self._company()
            ready = self._ready()
            await self._commit(ready)
            for _ in ready:
                self._pending.popleft()
            self._on_done(len(ready))

    async def _company(self) -> None:
        """Wait until half of what the lane holds, or all that fits, can go together; who is alone need not wait."""
        half = -(-len(self._pending) // 2)
        unfinished = {pending.result for pending in islice(self._fitting(), half) if not pending.result.done()}
        if unfinished and not self._closing:
            await asyncio.wait(unfinished, timeout=self._limits.wait_seconds)

    def _ready(self) -> list[Pending]:
        """The prefix of finished records that fits one transaction; they stay pending until committed."""
        if self._pending[0].result.cancelled():
            raise InvariantError("a record was taken from the pool while its lane waited for it")
        return list(takewhile(lambda pending: _finished(pending.result), self._fitting()))

    def _fitting(self) -> Iterator[Pending]:
        """The longest prefix that fits one transaction, finished or not."""
        size = 0
        for count, pending in enumerate(self._pending):
            size += len(pending.record.value or b"")
            if count == self._limits.records or (count and size > self._limits.bytes):
                return
            yield pending

    async def _commit(self, ready: Sequence[Pending]) -> None:
        outgoing = [out for pending in ready for out in self._outputs.of(pending.record, pending.result.result())]
        position = {self._source: ready[-1].record.offset + 1}
        await self._producer.begin_transaction()
        sent = [await self._send(out) for out in outgoing]
        await asyncio.gather(*sent)
        # Not sooner: the broker verifies each of the two with the transaction's coordinator, refuses one when they
        # come together (KIP-890), and aiokafka then waits a tenth of a second.
        await self._producer.send_offsets_to_transaction(position, self._group_id)
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


def _finished(result: asyncio.Future[Result]) -> bool:
    return result.done() and not result.cancelled()


def _fenced(source: TopicPartition, cause: ProducerFenced) -> InvariantError:
    error = InvariantError(
        f"fenced out of {source.topic}-{source.partition}: another worker owns it now (this one was paused or "
        "cut off for longer than the session timeout); nothing is lost, start it again"
    )
    error.__cause__ = cause
    return error
