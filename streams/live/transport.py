"""How Faust fetches here: committed records only, and of every partition that has room in turn."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, cast

import faust
from faust.transport.consumer import RecordMap
from faust.transport.drivers import aiokafka as driver
from faust.types import TP
from yarl import URL

from streams.broker.offsets import NOTHING_ASSIGNED, Assignment, Offsets, commit_as_member, is_current
from streams.errors import InvariantError

__all__ = [
    "FETCH_BYTES",
    "FETCH_REST_SECONDS",
    "LiveMembership",
    "LiveTransport",
    "assert_committed",
    "rest_between_fetches",
]

FETCH_BYTES = 1 << 20
"""Of each partition at once, so that memory follows the number of partitions; a larger record comes whole (KIP-74)."""

FETCH_REST_SECONDS = 0.015
"""After a fetch that brought something. At half of a worker's load articles come one by one, and a fetch for each costs
this process and the broker as much as a tenth of its enrichment; after an idle time nothing waits."""

HELD_BACK_SECONDS = 0.05
"""After this, look whether a partition that was held back has room again."""


class _Rested:
    """Fetches as aiokafka does, from each broker with a rest after what brought something."""

    def __init__(self, fetch: Callable[[Any, int, Any], Awaitable[bool]]) -> None:
        self._fetch = fetch
        self._rested_at: dict[int, float] = {}

    async def __call__(self, assignment: Any, node_id: int, request: Any) -> bool:  # noqa: ANN401 - aiokafka's
        loop = asyncio.get_running_loop()
        try:
            await asyncio.sleep(self._rested_at.get(node_id, 0) - loop.time())
        except asyncio.CancelledError:
            return False  # as aiokafka itself answers when the assignment is over
        brought = await self._fetch(assignment, node_id, request)
        if brought:
            self._rested_at[node_id] = loop.time() + FETCH_REST_SECONDS
        return brought


def rest_between_fetches(consumer: Any) -> None:  # noqa: ANN401 - AIOKafkaConsumer, whose type hides what this needs
    """Let a started consumer gather what arrives within 15 ms, where something has just arrived."""
    fetcher = consumer._fetcher  # noqa: SLF001 - there is no setting for it
    fetcher._proc_fetch_request = _Rested(fetcher._proc_fetch_request)  # noqa: SLF001


class _FetchThread(driver.AIOKafkaConsumerThread):
    """Faust's fetching, with promises it has no settings for."""

    _assigned = NOTHING_ASSIGNED

    def _create_worker_consumer(self, transport: driver.Transport) -> Any:  # noqa: ANN401 - Faust's
        """Read committed records only: what an aborted redrive or promotion wrote must not be seen."""
        consumer = super()._create_worker_consumer(transport)
        consumer._isolation_level = "read_committed"  # noqa: SLF001 - asserted at start, see assert_committed
        return consumer

    async def on_start(self) -> None:
        """Fetch no more often than pays off."""
        await super().on_start()
        rest_between_fetches(self._ensure_consumer())

    async def on_partitions_assigned(self, assigned: set[TP], generation_id: int = 0) -> None:
        """Note what belongs together, while it does."""
        self._assigned = Assignment(generation_id, frozenset(map(driver.ensure_aiokafka_TP, assigned)))
        await super().on_partitions_assigned(assigned, generation_id)

    async def on_partitions_revoked(self, revoked: set[TP]) -> None:
        """Claim nothing any more, however late somebody asks for it."""
        self._assigned = NOTHING_ASSIGNED
        await super().on_partitions_revoked(revoked)

    async def is_current(self) -> bool:
        """Whether what is assigned still is; runs in this thread."""
        return await is_current(self._ensure_consumer(), self._assigned)

    async def claim(self, offsets: Offsets) -> bool:
        """Commit as the member that the partitions are assigned to; runs in this thread."""
        return await commit_as_member(self._ensure_consumer(), self._assigned, offsets)

    async def _fetch_records(
        self,
        consumer: Any,  # noqa: ANN401 - Faust's
        active_partitions: set[TP],
        timeout: float | None = None,  # noqa: ASYNC109 - Faust's
        max_records: int | None = None,
    ) -> RecordMap:
        """Take a share of each partition that has room, and leave what has none where it is.

        aiokafka would empty the buffer of one partition before it looks at the next, and Faust holds back all
        partitions or none: a backlog on one made the others wait for most of a minute.
        """
        has_room = cast(LiveTransport, self.transport).has_room
        wanted = {partition for partition in active_partitions if has_room(partition.partition)}
        share = max(1, (max_records or 1) // max(1, len(wanted)))
        fetched: dict[TP, list[Any]] = {}
        for partition in sorted(wanted):
            fetched.update(await super()._fetch_records(consumer, {partition}, timeout=0, max_records=share))
        if fetched or not wanted:
            await asyncio.sleep(0 if fetched else HELD_BACK_SECONDS)
            return fetched
        soon = timeout if wanted == active_partitions else HELD_BACK_SECONDS
        return await super()._fetch_records(consumer, wanted, soon, share)


class _Consumer(driver.Consumer):
    def _new_consumer_thread(self) -> _FetchThread:
        return _FetchThread(self, loop=self.loop, beacon=self.beacon)


class LiveTransport(driver.Transport):
    """Faust's transport to Kafka.

    Args:
        url: the brokers.
        app: the app it fetches for.
        has_room: whether more of a partition should be fetched; asked from the fetching thread.
        options: Faust's own.
    """

    Consumer = _Consumer

    def __init__(
        self,
        url: list[URL],
        app: faust.App,
        *,
        has_room: Callable[[int], bool],
        **options: Any,  # noqa: ANN401 - Faust's
    ) -> None:
        super().__init__(url, app, **options)
        self.has_room = has_room


def assert_committed(app: faust.App) -> None:
    """Make sure that the running consumer reads committed records only.

    Raises:
        InvariantError: it does not, because a private hook is not what it was.
    """
    level = cast(Any, _thread_of(app))._consumer._isolation_level  # noqa: SLF001 - the effect of a private hook
    if level != "read_committed":
        raise InvariantError(f"the consumer reads {level} records; is faust-streaming pinned to the tested version?")


class LiveMembership:
    """Of Faust's consumer in the group, as `Lanes` asks for it."""

    def __init__(self, app: faust.App) -> None:
        self._app = app

    async def is_current(self) -> bool:
        """Whether the group still is in the generation that assigned to us what we have."""
        thread = _thread_of(self._app)
        return bool(await thread.call_thread(thread.is_current))

    async def claim(self, offsets: Offsets) -> bool:
        """Commit as the member that these partitions are assigned to; False when it no longer is.

        Raises:
            KafkaError: the broker refused for another reason.
        """
        thread = _thread_of(self._app)
        return bool(await thread.call_thread(thread.claim, offsets))


def _thread_of(app: faust.App) -> _FetchThread:
    return cast(_FetchThread, cast(driver.Consumer, app.consumer)._thread)  # noqa: SLF001 - where the member lives
