"""One input partition: its records on their way, in their order."""

import asyncio
from collections import deque
from collections.abc import Callable, Iterator
from itertools import takewhile
from typing import NamedTuple, Protocol

from aiokafka import TopicPartition

from streams.engine.work import Result
from streams.errors import InvariantError
from streams.records import Outgoing, Record

__all__ = ["Lane", "Outputs", "Pending"]


class Outputs(Protocol):
    """Turns results into records to write. Called once per record, in offset order."""

    def of(self, record: Record, result: Result) -> tuple[Outgoing, ...]:
        """All that the record leads to, the book-keeping included."""
        ...


class Pending(NamedTuple):
    """A record on its way."""

    record: Record
    result: asyncio.Future[Result]


class Lane:
    """Keeps the records of a partition in order until they are committed, however their results come.

    Args:
        source: topic and partition of the input.
        outputs: of this partition.
        next_offset: first offset to accept; what lies before is committed already.
        on_result: called when a record has its result.
    """

    def __init__(
        self, source: TopicPartition, *, outputs: Outputs, next_offset: int, on_result: Callable[[], None]
    ) -> None:
        self.source = source
        self._outputs = outputs
        self._next_offset = next_offset
        self._on_result = on_result
        self._pending: deque[Pending] = deque()

    @property
    def next_offset(self) -> int:
        """The first offset this lane has not been given yet."""
        return self._next_offset

    @property
    def pending_count(self) -> int:
        """Records taken and not committed yet."""
        return len(self._pending)

    @property
    def is_ready(self) -> bool:
        """Whether its first record has its result."""
        return bool(self._pending) and self._pending[0].result.done()

    def add(self, record: Record, result: asyncio.Future[Result]) -> None:
        """Take the next record of the partition.

        Raises:
            InvariantError: its offset was given before; committing it again would repeat its outputs.
        """
        if record.offset < self._next_offset:
            raise InvariantError(
                f"{self.source.topic}-{self.source.partition} went back from offset "
                f"{self._next_offset} to {record.offset}"
            )
        self._next_offset = record.offset + 1
        self._pending.append(Pending(record, result))
        result.add_done_callback(lambda _: self._on_result())

    def ready(self) -> Iterator[Pending]:
        """The prefix of records that have their results; they stay pending until settled.

        Raises:
            InvariantError: a result was taken back from before its end; to commit past it would lose its record.
        """
        for pending in takewhile(lambda pending: pending.result.done(), self._pending):
            if pending.result.cancelled():
                raise InvariantError("a record was taken from the pool while its lane waited for it")
            yield pending

    def outgoing(self, pending: Pending) -> tuple[Outgoing, ...]:
        """What a record that has its result leads to."""
        return self._outputs.of(pending.record, pending.result.result())

    def settle(self, count: int) -> None:
        """Forget the first records: they are committed."""
        for _ in range(count):
            self._pending.popleft()

    def give_back(self, withdraw: Callable[[asyncio.Future[Result]], bool]) -> int:
        """Take back from the end what no process has taken, and forget it; returns how many."""
        count = 0
        while self._pending and withdraw(self._pending[-1].result):
            self._pending.pop()
            count += 1
        return count

    def clear(self) -> int:
        """Leave all that is pending to the next owner; returns how many."""
        count = len(self._pending)
        self._pending.clear()
        return count
