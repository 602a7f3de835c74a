"""What a replay promises, on the embedded broker; `test_faults.py` kills it on Apache Kafka."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import pytest_asyncio
from aiokafka import TopicPartition

from schemas.replay_run import PartitionRange, ReplayRun
from schemas.topics import (
    ARTICLES_DISPOSITIONS,
    ARTICLES_ENRICHED,
    ARTICLES_RAW,
    ARTICLES_RAW_DLQ,
    TOPICS,
    WIRE_ALL,
    Topic,
    replay_dead_letters,
    replay_enriched,
)
from streams.broker.admin import create_topics
from streams.broker.connection import topic_name, transactional_producer
from streams.broker.embedded import EmbeddedBroker
from streams.broker.reading import open_reader, whole_log
from streams.desk.routing import load_routing
from streams.engine.lanes import Lanes
from streams.engine.pool import Pool, PoolSpec
from streams.errors import InvariantError, SettingsError
from streams.records import Record, encode
from streams.replay.passage import Breakage
from streams.replay.plan import Offsets, Times
from streams.replay.run import Order, Report, replay
from streams.replay.runs import claim_run, find_run, group_of
from streams.replay.status import run_statuses
from streams.settings import Settings
from tests.engine.owners import OnlyUser
from tests.faults.articles import articles
from tests.faults.audit import committed, produce, produce_bytes, read

pytestmark = pytest.mark.asyncio(loop_scope="module")

PARTITIONS = 2
EVER = Times(datetime(2000, 1, 1, tzinfo=UTC))


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def pool() -> AsyncIterator[Pool]:
    """One for all tests: its models take seconds."""
    broken = Breakage()
    pool = Pool(PoolSpec.of(Settings(processes=1), PARTITIONS), on_fatal=broken.tell)
    pool.start()
    await pool.ready()
    yield pool
    await pool.stop()
    assert not broken.happened


@pytest_asyncio.fixture(loop_scope="module")
async def settings(embedded_broker: EmbeddedBroker, prefix: str) -> Settings:
    # Few at once and one a transaction: every record is a place where a run may end.
    settings = Settings(
        bootstrap=embedded_broker.bootstrap,
        prefix=prefix,
        partitions=PARTITIONS,
        inflight_records=4,
        transaction_records=1,
    )
    await create_topics(settings, TOPICS)
    return settings


class Watch:
    """Runs `react` once so many records are committed."""

    def __init__(self, at: int = 0, react: Callable[[], object] | None = None) -> None:
        self.moves: list[int] = []
        self.total = 0
        self._at = at
        self.react = react

    def begun(self, run: ReplayRun, done: int, total: int) -> None:
        del run
        self.moves.append(done)
        self.total = total

    def moved(self, done: int, records: int) -> None:
        self.moves.append(done)
        if self.react and records >= self._at:
            self.react()


async def run(settings: Settings, pool: Pool, order: Order, watch: Watch | None = None) -> Report:
    return await replay(settings, order, pool=pool, broken=Breakage(), watch=watch or Watch())


async def stopped(settings: Settings, pool: Pool, order: Order, *, after: int) -> None:
    """Ctrl-C."""
    watch = Watch(after)
    task = asyncio.ensure_future(run(settings, pool, order, watch))
    watch.react = task.cancel
    with pytest.raises(asyncio.CancelledError):
        await task


async def go_live(settings: Settings, pool: Pool, records: Iterable[Record]) -> None:
    """What a worker does with these records, without the fetching."""

    def fail(error: BaseException) -> None:
        raise error

    routing = load_routing(settings.routes_file)
    group = f"{settings.prefix}copytaster-live"
    lanes = Lanes(settings, routing=routing, pool=pool, group_id=group, membership=OnlyUser(settings), on_fatal=fail)
    await lanes.open(range(PARTITIONS))
    for record in records:
        assert lanes.accept(record)
    await asyncio.sleep(0.5)
    await lanes.close()


async def ends(settings: Settings, *topics: Topic) -> list[tuple[PartitionRange, ...]]:
    async with open_reader(settings) as reader:
        return [await whole_log(reader, topic_name(settings, topic), PARTITIONS) for topic in topics]


def contents(records: Iterable[Record]) -> list[tuple[object, ...]]:
    fields = ((each.partition, each.timestamp, each.key, each.value, each.headers) for each in records)
    return sorted(fields, key=repr)


def ids(records: Iterable[Record]) -> Counter[bytes | None]:
    return Counter(record.key for record in records)


async def test_a_replay_writes_the_bytes_that_live_wrote(settings: Settings, pool: Pool, tmp_path: Path) -> None:
    routes = tmp_path / "routes.toml"
    routes.write_text('[[wire]]\nname = "urgent"\nurgency_at_most = 4\n')
    settings = settings.model_copy(update={"routes_file": routes})
    await create_topics(settings, [Topic("wire-urgent", "article_id", None, -1, 1 << 24)])
    await produce(settings, articles(12))
    await produce_bytes(settings, [(b"urn:test:0", None), (b"urn:x", b"{"), (None, b"no key")])
    raw = await read(settings, ARTICLES_RAW)
    await go_live(settings, pool, raw)
    report = await run(settings, pool, Order(EVER, "again"))
    enriched, letters = await read(settings, ARTICLES_ENRICHED), await read(settings, ARTICLES_RAW_DLQ)
    assert contents(await read(settings, replay_enriched("again"))) == contents(enriched)
    assert contents(await read(settings, replay_dead_letters("again"))) == contents(letters)
    assert (len(enriched), len(letters)) == (13, 2)
    assert report.counts == {"enriched": 12, "forgotten": 1, "dead_lettered": 2}
    assert any(b'"routes":["all","urgent"]' in (record.value or b"") for record in enriched)


async def test_what_is_live_is_only_read(settings: Settings, pool: Pool) -> None:
    await produce(settings, articles(6))
    live = (ARTICLES_RAW, ARTICLES_ENRICHED, ARTICLES_RAW_DLQ, ARTICLES_DISPOSITIONS, WIRE_ALL)
    before = await ends(settings, *live)
    await run(settings, pool, Order(EVER))
    assert await ends(settings, *live) == before
    assert await committed(settings) == {}


async def test_a_range_of_times_leaves_out_what_is_before_and_after(settings: Settings, pool: Pool) -> None:
    start = datetime.now(UTC).replace(minute=0, second=0, microsecond=0) - timedelta(days=2)  # not expired yet
    topic = topic_name(settings, ARTICLES_RAW)
    async with transactional_producer(settings, settings.prefix + "ingest") as producer, producer.transaction():
        for hour, article in enumerate(articles(10)):
            at = round((start + timedelta(hours=hour)).timestamp() * 1000)
            await producer.send(topic, encode(article), key=article.article_id.encode(), timestamp_ms=at)
    order = Order(Times(start + timedelta(hours=3), start + timedelta(hours=7)), "morning")
    await run(settings, pool, order)
    replayed = await read(settings, replay_enriched("morning"))
    assert ids(replayed) == Counter(f"urn:test:{number}".encode() for number in range(3, 7))


async def test_a_range_of_offsets_is_half_open(settings: Settings, pool: Pool) -> None:
    await produce(settings, articles(20))
    raw = [record for record in await read(settings, ARTICLES_RAW) if record.partition == 1]
    await run(settings, pool, Order(Offsets({1: 2}, {1: 5}), "some"))
    assert ids(await read(settings, replay_enriched("some"))) == ids(raw[2:5])


async def test_a_range_that_ends_in_markers_and_aborted_records_ends(settings: Settings, pool: Pool) -> None:
    topic = topic_name(settings, ARTICLES_RAW)
    async with transactional_producer(settings, settings.prefix + "ingest") as producer:
        async with producer.transaction():
            for article in articles(4):
                await producer.send(topic, encode(article), key=article.article_id.encode(), partition=0)
        await producer.begin_transaction()
        await producer.send_and_wait(topic, b"{}", key=b"never", partition=0)
        await producer.abort_transaction()
    async with asyncio.timeout(20):
        report = await run(settings, pool, Order(EVER))
    assert sum(report.counts.values()) == 4
    [status] = await run_statuses(settings)
    assert status.done == 1
    assert status.committed == {each.partition: each.end for each in status.run.ranges}


async def test_a_stopped_run_goes_on_without_gap_or_repeat(settings: Settings, pool: Pool) -> None:
    await produce(settings, articles(30))
    order = Order(EVER, "stop-and-go")
    for after in (1, 5):
        await stopped(settings, pool, order, after=after)
        [status] = await run_statuses(settings)
        assert status.run.status == "running"
        assert status.done is not None
        assert 0 < status.done < 1
    watch = Watch()
    await run(settings, pool, Order(None, "stop-and-go"), watch)
    assert ids(await read(settings, replay_enriched("stop-and-go"))) == ids(await read(settings, ARTICLES_RAW))
    assert watch.moves == sorted(watch.moves), "progress never goes back"
    assert (watch.moves[0] > 0, watch.moves[-1]) == (True, watch.total)


async def test_what_arrives_after_the_start_is_not_chased(settings: Settings, pool: Pool) -> None:
    await produce(settings, articles(10))
    order = Order(EVER, "fixed")
    await stopped(settings, pool, order, after=1)
    await produce(settings, articles(10, prefix="later-"))
    await run(settings, pool, order)
    assert len(await read(settings, replay_enriched("fixed"))) == 10


async def test_a_complete_run_is_not_run_again(settings: Settings, pool: Pool) -> None:
    await produce(settings, articles(5))
    order = Order(Times(EVER.start, datetime.now(UTC) + timedelta(days=1)))
    first = await run(settings, pool, order)
    again = await run(settings, pool, order)
    assert (again.run, again.counts) == (first.run, {})
    assert len(await read(settings, replay_enriched(first.run.run))) == 5


async def test_the_one_who_comes_second_takes_the_run_over(settings: Settings, pool: Pool) -> None:
    await produce(settings, articles(30))
    order = Order(EVER, "twins")
    twins: list[asyncio.Task[Report]] = []

    def start_another() -> None:
        if len(twins) == 1:
            twins.append(asyncio.ensure_future(run(settings, pool, order)))

    twins.append(asyncio.ensure_future(run(settings, pool, order, Watch(3, start_another))))
    with pytest.raises(InvariantError, match="replay twins was taken over by another"):
        await twins[0]
    await twins[1]
    assert ids(await read(settings, replay_enriched("twins"))) == ids(await read(settings, ARTICLES_RAW))


async def test_a_run_is_not_mixed_with_another_range_or_other_wires(
    settings: Settings, pool: Pool, tmp_path: Path
) -> None:
    await produce(settings, articles(10))
    await stopped(settings, pool, Order(EVER, "mine"), after=1)
    with pytest.raises(SettingsError, match="replay mine is of 2000-01-01T00:00:00Z/now, not 0:0-now"):
        await run(settings, pool, Order(Offsets({0: 0}, {}), "mine"))
    routes = tmp_path / "routes.toml"
    routes.write_text('[[wire]]\nname = "urgent"\nurgency_at_most = 4\n')
    with pytest.raises(SettingsError, match="replay mine was begun with other wires"):
        await run(settings.model_copy(update={"routes_file": routes}), pool, Order(EVER, "mine"))


async def store(settings: Settings, **fields: object) -> ReplayRun:
    """A run as an earlier process may have left it."""
    template = ReplayRun(
        run="left",
        topic=topic_name(settings, ARTICLES_RAW),
        output=topic_name(settings, replay_enriched("left")),
        ranges=tuple(PartitionRange(partition=number, start=0, end=5) for number in range(PARTITIONS)),
        pipeline="f" * 64,
        rules=load_routing(None).rules,
        requested=str(EVER),
        created_at=datetime.now(UTC),
        status="running",
    )
    stored = template.model_copy(update=fields)
    async with claim_run(settings, "left") as claim:
        await claim.store(stored, {0: 0})
    return stored


async def test_a_run_of_another_pipeline_is_not_gone_on_with(settings: Settings, pool: Pool) -> None:
    await store(settings)
    with pytest.raises(SettingsError, match=r"replay left was begun by pipeline ffffffffffff, this is \w{12}:"):
        await run(settings, pool, Order(None, "left"))


async def test_a_run_whose_topics_are_gone_is_not_gone_on_with(settings: Settings, pool: Pool) -> None:
    await store(settings, pipeline=await pool.ready())
    with pytest.raises(SettingsError, match="the topics of replay left are gone"):
        await run(settings, pool, Order(None, "left"))


async def test_a_run_whose_progress_kafka_forgot_is_not_begun_anew(settings: Settings, pool: Pool) -> None:
    await store(settings, pipeline=await pool.ready())
    await create_topics(settings, [replay_enriched("left"), replay_dead_letters("left")])
    with pytest.raises(InvariantError, match="Kafka no longer keeps how far replay left has come"):
        await run(settings, pool, Order(None, "left"))
    [status] = await run_statuses(settings)
    assert status.done is None


async def test_a_name_alone_needs_a_run_to_go_on_with(settings: Settings, pool: Pool) -> None:
    with pytest.raises(SettingsError, match="there is no replay 'nobody'; to begin one, say --from"):
        await run(settings, pool, Order(None, "nobody"))


async def test_an_empty_range_is_complete_at_once(settings: Settings, pool: Pool) -> None:
    report = await run(settings, pool, Order(EVER, "nothing"))
    assert report.run.status == "done"
    assert await find_run(settings, "nothing") == report.run


async def test_a_deleted_run_is_forgotten(settings: Settings) -> None:
    await store(settings)
    async with transactional_producer(settings, settings.prefix + "admin") as producer, producer.transaction():
        await producer.send(topic_name(settings, "replay-runs"), None, key=b"left")
    assert await run_statuses(settings) == ()
    group = group_of(settings, "left")
    async with open_reader(settings, group) as reader:
        assert await reader.committed(TopicPartition(topic_name(settings, ARTICLES_RAW), 0)) == 0
