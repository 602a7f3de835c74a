import asyncio
import sqlite3
from collections.abc import AsyncIterator, Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from aiohttp import web

from schemas.raw_article import Original, RawArticle
from schemas.topics import ARTICLES_RAW, INGEST_DLQ
from streams.broker.admin import create_topics
from streams.broker.embedded import EmbeddedBroker
from streams.errors import BrokerError, SettingsError
from streams.ingest.fetch import Validators
from streams.ingest.poll import Feed, Pace, PollReport, poll
from streams.ingest.poll_state import FeedState, Judged, Known, PollState, digest_of, newest_of_each
from streams.ingest.sender import Sender
from streams.ops.dead_letters import read_letters
from streams.records import encode
from streams.settings import Settings
from tests.articles import raw_article
from tests.ingest.test_fetch import serve
from tests.ingest.test_ingest import PARTITIONS, raw_records

DAY = 24 * 60 * 60
START = 1_700_000_000.0
Answer = web.Response | Callable[[web.BaseRequest], web.Response]


@dataclass
class Clock:
    """Time passes only when someone sleeps."""

    time: float = START
    slept: list[float] = field(default_factory=list)

    def now(self) -> float:
        return self.time

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.time += seconds
        await asyncio.sleep(0)


@dataclass
class Server:
    """What it answers to each path: of several answers the next, and the last one for ever."""

    url: str = ""
    answers: dict[str, list[Answer]] = field(default_factory=dict)
    asked: list[web.BaseRequest] = field(default_factory=list)

    async def handle(self, request: web.BaseRequest) -> web.StreamResponse:
        self.asked.append(request)
        answers = self.answers[request.path]
        answer = answers.pop(0) if len(answers) > 1 else answers[0]
        return answer(request) if callable(answer) else copy(answer)

    def say(self, path: str, *answers: Answer) -> None:
        self.answers[path] = list(answers)

    def paths(self) -> list[str]:
        return [request.path for request in self.asked]


def copy(answer: web.Response) -> web.Response:
    """A response of aiohttp can be sent once."""
    return web.Response(body=answer.body, status=answer.status, headers=answer.headers)


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    server = Server()
    async with serve(server.handle) as server.url:
        yield server


@pytest.fixture
async def settings(embedded_broker: EmbeddedBroker, prefix: str) -> Settings:
    settings = Settings(bootstrap=embedded_broker.bootstrap, prefix=prefix, partitions=PARTITIONS)
    await create_topics(settings, (ARTICLES_RAW, INGEST_DLQ))
    return settings


@dataclass
class Desk:
    """Polls the feeds of a server, each time as a new process would: only the state file is left of the time before."""

    server: Server
    settings: Settings
    state: Path
    clock: Clock = field(default_factory=Clock)
    feeds: list[Feed] = field(default_factory=list)

    async def poll(self, *, later: float = 300.0) -> PollReport:
        self.clock.time += later
        feeds = self.feeds or [Feed(f"{self.server.url}/feed", "desk")]
        return await poll(
            feeds,
            settings=self.settings,
            state=self.state,
            allow_private=True,
            once=True,
            on_progress=lambda _report: None,
            pace=self.pace(),
        )

    def pace(self) -> Pace:
        return Pace(clock=self.clock, jitter=lambda _low, high: high)

    async def sent(self) -> list[tuple[str, int, str]]:
        return sorted((a.article_id, a.version, a.body) for _, a, _ in await raw_records(self.settings))

    def known(self, path: str = "/feed") -> FeedState:
        with PollState(self.state) as state:
            return state.feed(self.server.url + path)

    def due_in(self, path: str = "/feed") -> float:
        return self.known(path).next_at - self.clock.time


@pytest.fixture
def desk(server: Server, settings: Settings, tmp_path: Path) -> Desk:
    return Desk(server, settings, tmp_path / "poll.db")


def jsonl(articles: Iterable[RawArticle], media_type: str = "application/x-ndjson", **headers: str) -> web.Response:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return web.Response(body=b"\n".join(map(encode, articles)), headers={"Content-Type": media_type, **named})


def article(number: int = 1, body: str = "Rates rose.", **fields: object) -> RawArticle:
    return raw_article(article_id=f"urn:{number}", body=body, **fields)


def unless_same(answer: web.Response, etag: str) -> Answer:
    def handler(request: web.BaseRequest) -> web.Response:
        if request.headers.get("If-None-Match") == etag:
            return web.Response(status=304)
        response = copy(answer)
        response.headers["ETag"] = etag
        return response

    return handler


async def test_articles_are_sent_with_the_time_they_were_fetched(desk: Desk) -> None:
    desk.server.say("/feed", jsonl([article(1), article(2)]))
    report = await desk.poll()
    assert report == PollReport(polls=1, articles=2)
    records = [record for _, record, _ in await raw_records(desk.settings)]
    assert {record.fetched_at for record in records} == {datetime.fromtimestamp(START + 300, UTC)}
    assert [
        record.model_copy(update={"fetched_at": None}) for record in sorted(records, key=lambda r: r.article_id)
    ] == [
        article(1),
        article(2),
    ]


async def test_what_is_not_modified_is_not_sent_again(desk: Desk) -> None:
    desk.server.say("/feed", unless_same(jsonl([article()]), '"1"'))
    await desk.poll()
    assert await desk.poll() == PollReport(polls=1, not_modified=1)
    assert "If-None-Match" not in desk.server.asked[0].headers
    assert await desk.sent() == [("urn:1", 1, "Rates rose.")]


async def test_the_same_articles_under_another_etag_are_not_sent_again(desk: Desk) -> None:
    desk.server.say("/feed", jsonl([article()], ETag='"1"'), jsonl([article()], ETag='"2"'))
    await desk.poll()
    assert await desk.poll() == PollReport(polls=1)
    assert desk.known().validators.etag == '"2"'
    assert len(await desk.sent()) == 1


async def test_a_changed_article_is_sent_as_its_next_version(desk: Desk) -> None:
    before, after = [article(1), article(2)], [article(1), article(2, "Rates fell."), article(3)]
    desk.server.say("/feed", jsonl(before), jsonl(after))
    await desk.poll()
    assert await desk.poll() == PollReport(polls=1, articles=2)
    assert await desk.poll() == PollReport(polls=1)
    assert await desk.sent() == [
        ("urn:1", 1, "Rates rose."),
        ("urn:2", 1, "Rates rose."),
        ("urn:2", 2, "Rates fell."),
        ("urn:3", 1, "Rates rose."),
    ]


async def test_after_a_crash_articles_are_sent_again_as_the_same_versions(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    def crash(*_args: object, **_kwargs: object) -> None:
        raise OSError("power cut")

    desk.server.say("/feed", jsonl([article(1)]), jsonl([article(1, "Rates fell."), article(2)]))
    await desk.poll()
    with monkeypatch.context() as patch:
        patch.setattr(PollState, "keep", crash)
        with pytest.raises(OSError, match="power cut"):
            await desk.poll()
    await desk.poll()
    again = [("urn:1", 2, "Rates fell."), ("urn:2", 1, "Rates rose.")]
    assert await desk.sent() == sorted([("urn:1", 1, "Rates rose."), *again, *again])


async def test_nothing_is_remembered_that_kafka_has_not_acknowledged(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refuse(_sender: Sender) -> None:
        raise BrokerError("cannot write to Kafka")

    desk.server.say("/feed", unless_same(jsonl([article()]), '"1"'))
    with monkeypatch.context() as patch:
        patch.setattr(Sender, "delivered", refuse)
        with pytest.raises(BrokerError, match="cannot write to Kafka"):
            await desk.poll()
    assert desk.known() == FeedState()
    assert (await desk.poll()).articles == 1


async def test_without_a_broker_nobody_is_asked(desk: Desk) -> None:
    desk.settings = Settings(bootstrap="127.0.0.1:9")
    with pytest.raises(BrokerError, match=r"^cannot reach Kafka"):
        await desk.poll()
    assert not desk.server.asked


@pytest.mark.parametrize(
    "media_type",
    [
        "application/x-ndjson; charset=utf-8",
        "application/json",
        "text/plain",
        "text/xml; charset=iso-8859-1",
        "application/xml",
        "application/octet-stream",
        "application/vnd.news.unheard-of",
        "text/html",
        "nonsense",
        "text",
        ";;",
    ],
)
async def test_the_wrong_media_type_does_no_harm(desk: Desk, media_type: str) -> None:
    desk.server.say("/feed", jsonl([article()], media_type))
    assert (await desk.poll()).articles == 1


def rss(*items: tuple[str, str], media_type: str) -> web.Response:
    listed = "".join(f"<item><guid>{guid}</guid><title>{title}</title></item>" for guid, title in items)
    body = f'<?xml version="1.0"?><rss version="2.0"><channel><title>Desk</title>{listed}</channel></rss>'
    return web.Response(body=body.encode(), headers={"Content-Type": media_type})


@pytest.mark.parametrize("media_type", ["application/rss+xml; charset=utf-8", "text/html; charset=utf-8"])
async def test_an_rss_feed_is_read_and_its_changes_are_seen(desk: Desk, media_type: str) -> None:
    before = [("1", "Rates rise"), ("2", "Ship leaves")]
    after = [("3", "Vote nears"), ("1", "Rates fall"), ("2", "Ship leaves")]
    desk.server.say("/feed", *(rss(*items, media_type=media_type) for items in (before, before, after)))
    assert [(await desk.poll()).articles for _ in range(3)] == [2, 0, 2]
    records = [record for _, record, _ in await raw_records(desk.settings)]
    assert sorted((record.headline, record.version) for record in records) == [
        ("Rates fall", 2),
        ("Rates rise", 1),
        ("Ship leaves", 1),
        ("Vote nears", 1),
    ]


async def test_a_page_that_robots_may_not_have_is_not_read(desk: Desk) -> None:
    desk.server.say("/feed", web.Response(text="<p>Rates rose.</p>", content_type="text/html"))
    desk.server.say("/robots.txt", web.Response(text="User-agent: *\nDisallow: /"))
    report = await desk.poll()
    assert report.articles == 0
    assert [failure.reason for failure in report.failures] == ["its robots.txt forbids to fetch this page"]


async def test_a_page_is_read_as_one(desk: Desk) -> None:
    page = web.Response(text="<p>Rates rose <b>again</b>.</p>", content_type="text/html")
    desk.server.say("/feed", page)
    desk.server.say("/robots.txt", web.Response(status=404))
    assert (await desk.poll()).articles == 1
    (record,) = [record for _, record, _ in await raw_records(desk.settings)]
    assert (record.source, record.body_type) == ("desk", "text/html")


async def test_what_cannot_be_read_is_kept_and_asked_for_again(desk: Desk) -> None:
    broken = web.Response(body=b'{"article_id": 1}', headers={"ETag": '"2"', "Content-Type": "application/x-ndjson"})
    desk.server.say("/feed", jsonl([article()], ETag='"1"'), broken)
    await desk.poll()
    report = await desk.poll()
    (failure,) = report.failures
    assert (failure.url, report.articles) == (f"{desk.server.url}/feed", 0)
    [letter] = [each async for each in read_letters(desk.settings, INGEST_DLQ)]
    headers = {name: (value or b"").decode() for name, value in letter.record.headers}
    assert (letter.record.value, letter.reason.message) == (broken.body, failure.reason)
    assert (headers["dlq-source"], headers["dlq-media-type"]) == ("desk", "application/x-ndjson")
    assert headers["dlq-hint"] == headers["dlq-url"] == f"{desk.server.url}/feed"
    assert desk.known().validators.etag == '"1"'
    assert (desk.known().failures, desk.due_in()) == (1, 60)


async def test_an_article_too_large_for_kafka_does_not_keep_the_others(desk: Desk) -> None:
    desk.server.say("/feed", jsonl([article(1, "Rates rose. " * 800_000), article(2)]))
    report = await desk.poll()
    assert (report.articles, len(report.failures)) == (1, 1)
    assert report.failures[0].reason.endswith("more than articles-raw's 8 MiB")
    assert (desk.known().failures, desk.due_in()) == (0, 300)
    assert await desk.poll() == replace(report, articles=0)


async def test_a_feed_that_fails_is_asked_later_and_later_until_it_works(desk: Desk) -> None:
    broken = [web.Response(status=500)] * 9
    desk.server.say("/feed", *broken, jsonl([article()]))
    waits = []
    for _ in broken:
        report = await desk.poll(later=max(desk.due_in(), 0))
        assert report.failures[0].reason == f"{desk.server.url}/feed: HTTP 500 Internal Server Error"
        waits.append(desk.due_in())
    assert waits == [60, 120, 240, 480, 960, 1920, 3600, 3600, 3600]
    assert await desk.poll(later=3600) == PollReport(polls=1, articles=1)
    assert (desk.known().failures, desk.due_in()) == (0, 300)


async def test_a_failure_waits_for_a_random_time_of_half_a_minute_at_least(desk: Desk) -> None:
    bounds: list[tuple[float, float]] = []

    def jitter(low: float, high: float) -> float:
        bounds.append((low, high))
        return low

    desk.server.say("/feed", web.Response(status=404))
    for _ in range(2):
        await poll(
            [Feed(f"{desk.server.url}/feed", "desk")],
            settings=desk.settings,
            state=desk.state,
            allow_private=True,
            once=True,
            on_progress=lambda _report: None,
            pace=Pace(clock=desk.clock, jitter=jitter),
        )
        assert desk.due_in() == 30
        desk.clock.time += 30
    assert bounds == [(30, 60), (30, 120)]


@pytest.mark.parametrize(
    ("status", "headers", "wait"),
    [
        (200, {}, 300),
        (200, {"Cache-Control": "max-age=900"}, 900),
        (200, {"Cache-Control": "no-cache, max-age=10"}, 300),
        (200, {"Cache-Control": "max-age=99999999"}, DAY),
        (200, {"Retry-After": "1000"}, 1000),
        (304, {"Cache-Control": "max-age=900"}, 900),
        (429, {"Retry-After": "7200"}, 7200),
        (503, {"Retry-After": "7200"}, 7200),
        (503, {"Retry-After": "1"}, 60),
        (503, {"Retry-After": "99999999"}, DAY),
    ],
)
async def test_a_server_says_when_to_come_again(desk: Desk, status: int, headers: dict[str, str], wait: float) -> None:
    desk.server.say(
        "/feed", web.Response(body=encode(article()) if status == 200 else None, status=status, headers=headers)
    )
    await desk.poll()
    assert desk.due_in() == wait
    assert (await desk.poll(later=wait - 1)).polls == 0
    assert (await desk.poll(later=1)).polls == 1


async def test_an_interval_of_more_than_a_day_is_kept(desk: Desk) -> None:
    desk.feeds = [Feed(f"{desk.server.url}/feed", "desk", interval_seconds=3 * DAY)]
    desk.server.say("/feed", jsonl([article()]))
    await desk.poll()
    assert (await desk.poll(later=2 * DAY)).polls == 0
    assert (await desk.poll(later=DAY)).polls == 1


async def test_a_clock_that_was_wrong_does_not_silence_a_feed(desk: Desk) -> None:
    desk.server.say("/feed", jsonl([article()]))
    await desk.poll(later=1000 * DAY)
    assert (await desk.poll(later=-1000 * DAY)).polls == 1


@pytest.mark.parametrize(("status", "paths"), [(301, ["/feed", "/new", "/new"]), (302, ["/feed", "/new"] * 2)])
async def test_a_feed_that_has_moved_for_good_is_asked_where_it_is(desk: Desk, status: int, paths: list[str]) -> None:
    desk.server.say("/feed", web.Response(status=status, headers={"Location": "/new"}))
    desk.server.say("/new", unless_same(jsonl([article()]), '"1"'))
    await desk.poll()
    assert (await desk.poll()).not_modified == 1
    assert desk.server.paths() == paths


async def test_a_feed_that_moved_to_a_bad_place_is_asked_where_it_was(desk: Desk) -> None:
    desk.server.say("/feed", web.Response(status=301, headers={"Location": "/new"}), jsonl([article(2)]))
    desk.server.say("/new", jsonl([article(1)]), web.Response(status=404))
    for _ in range(3):
        await desk.poll()
    assert desk.server.paths() == ["/feed", "/new", "/new", "/feed"]
    assert len(await desk.sent()) == 2


async def test_a_feed_that_is_gone_is_not_asked_again(desk: Desk) -> None:
    desk.server.say("/feed", web.Response(status=410))
    gone = (f"{desk.server.url}/feed",)
    assert await desk.poll() == PollReport(polls=1, gone=gone)
    assert await desk.poll(later=100 * DAY) == PollReport(gone=gone)


async def test_once_a_week_a_feed_is_read_whole(desk: Desk) -> None:
    desk.server.say("/feed", unless_same(jsonl([article()]), '"1"'))
    reports = [await desk.poll(later=DAY) for _ in range(9)]
    assert [report.not_modified for report in reports] == [0, 1, 1, 1, 1, 1, 1, 0, 1]
    assert sum(report.articles for report in reports) == 1


async def test_a_feed_that_fails_does_not_keep_the_others(desk: Desk) -> None:
    paths = ["/good", "/broken", "/binary", "/cut"]
    desk.feeds = [Feed(desk.server.url + path, "desk") for path in paths]
    desk.feeds.append(Feed("http://127.0.0.1:9/", "desk"))
    desk.server.say("/good", jsonl([article()]))
    desk.server.say("/broken", web.Response(status=500))
    desk.server.say("/binary", web.Response(body=bytes(100)))
    desk.server.say("/cut", web.Response(body=b"News.", headers={"Content-Encoding": "gzip"}))
    report = await desk.poll()
    assert (report.polls, report.articles) == (5, 1)
    assert {failure.url for failure in report.failures} == {feed.url for feed in desk.feeds[1:]}


async def test_a_host_is_asked_once_at_a_time_and_not_at_once_again(desk: Desk) -> None:
    desk.feeds = [Feed(f"{desk.server.url}/{number}", "desk") for number in range(4)]
    for number in range(4):
        desk.server.say(f"/{number}", jsonl([article(number)]))
    await desk.poll()
    assert [seconds for seconds in desk.clock.slept if seconds] == [1.0] * 3


async def test_a_slow_host_does_not_keep_the_others(settings: Settings, tmp_path: Path) -> None:
    quick = asyncio.Event()
    together = most = 0

    async def handler(request: web.BaseRequest) -> web.StreamResponse:
        nonlocal together, most
        together += 1
        most = max(most, together)
        if request.path == "/slow":
            await quick.wait()
        else:
            quick.set()
        together -= 1
        return jsonl([article()])

    async with serve(handler) as slow, serve(handler) as other:
        quick_url = other.replace("127.0.0.1", "localhost")
        report = await poll(
            [Feed(f"{slow}/slow", "desk"), Feed(f"{quick_url}/a", "desk"), Feed(f"{quick_url}/b", "desk")],
            settings=settings,
            state=tmp_path / "poll.db",
            allow_private=True,
            once=True,
            on_progress=lambda _report: None,
            pace=Pace(gap_seconds=0.01),
        )
    assert (report.polls, report.articles, report.failures) == (3, 1, ())
    assert most == 2


async def test_inner_networks_are_asked_only_if_that_is_allowed(desk: Desk) -> None:
    report = await poll(
        [Feed(f"{desk.server.url}/feed", "desk")],
        settings=desk.settings,
        state=desk.state,
        allow_private=False,
        once=True,
        on_progress=lambda _report: None,
    )
    assert "127.0.0.1 is no public address" in report.failures[0].reason
    assert not desk.server.asked


async def test_it_goes_on_until_it_is_stopped_and_tells_how_far_it_is(desk: Desk) -> None:
    numbers = iter(range(1000))
    desk.server.say("/feed", lambda _request: jsonl([article(next(numbers))]))
    desk.feeds = [Feed(f"{desk.server.url}/feed", "desk", interval_seconds=60)]
    enough = asyncio.Event()
    reports: list[PollReport] = []

    def on_progress(report: PollReport) -> None:
        reports.append(report)
        if report.polls == 3:
            enough.set()

    running = asyncio.create_task(
        poll(
            desk.feeds,
            settings=desk.settings,
            state=desk.state,
            allow_private=True,
            once=False,
            on_progress=on_progress,
            pace=desk.pace(),
        )
    )
    await enough.wait()
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert reports[:3] == [PollReport(polls=polls, articles=polls) for polls in (1, 2, 3)]
    assert desk.clock.slept[:4] == [0, 60, 0, 60]
    assert len(await desk.sent()) >= 3


async def test_it_ends_when_all_feeds_are_gone(desk: Desk) -> None:
    desk.server.say("/feed", jsonl([article()]), web.Response(status=410))
    report = await poll(
        [Feed(f"{desk.server.url}/feed", "desk")],
        settings=desk.settings,
        state=desk.state,
        allow_private=True,
        once=False,
        on_progress=lambda _report: None,
        pace=desk.pace(),
    )
    assert report == PollReport(polls=2, articles=1, gone=(f"{desk.server.url}/feed",))


@pytest.mark.parametrize(
    ("urls", "reason"),
    [
        (["file:///etc/passwd"], r"feed 1 of desk: no URL of http or https$"),
        (["http://a.example/", "http://me:secret@a.example/"], r"feed 2 of desk: a password in a URL .*$"),
        (["http://a.example/", "http://a.example/"], r"feed http://a\.example/ is given twice$"),
    ],
)
async def test_feeds_that_cannot_work_are_told_before_any_is_asked(
    urls: list[str], reason: str, tmp_path: Path
) -> None:
    with pytest.raises(SettingsError, match=reason) as caught:
        await poll(
            [Feed(url, "desk") for url in urls],
            settings=Settings(bootstrap="127.0.0.1:9"),
            state=tmp_path / "poll.db",
            allow_private=False,
            once=True,
            on_progress=lambda _report: None,
        )
    assert "secret" not in str(caught.value)


def judge(state: PollState, feed: str, *articles: RawArticle, now: float = START) -> list[tuple[int, bool]]:
    """What a poll of a feed does with its articles, Kafka aside: the version of each, and whether it would be sent."""
    judged = [Known(state, feed).judge(each, digest_of(each)) for each in articles]
    state.keep(feed, FeedState(), judged, now=now)
    return [(each.article.version, each.fresh) for each in judged]


@pytest.fixture
def state(tmp_path: Path) -> Iterable[PollState]:
    with PollState(tmp_path / "poll.db") as state:
        yield state


def test_a_version_of_the_wire_stands_where_it_is_higher(state: PollState) -> None:
    assert judge(state, "a", article(version=3)) == [(3, True)]
    assert judge(state, "a", article(version=3)) == [(3, False)]
    assert judge(state, "a", article(body="Rates fell.", version=7)) == [(7, True)]
    assert judge(state, "a", article(body="Rates fell more.", version=7)) == [(8, True)]
    assert judge(state, "a", article(body="Rates stood.", version=2)) == [(9, True)]
    assert judge(state, "a", article(body="Rates stood.", version=10)) == [(9, False)]


def test_when_and_as_what_bytes_it_came_makes_no_change(state: PollState) -> None:
    first = article(fetched_at=datetime(2024, 5, 3, tzinfo=UTC))
    bytes_of_it = Original(media_type="text/plain", sha256="a" * 64)
    again = article(fetched_at=datetime(2024, 5, 4, tzinfo=UTC), original=bytes_of_it)
    assert judge(state, "a", first) + judge(state, "a", again) == [(1, True), (1, False)]
    assert judge(state, "a", article(headline="Rates")) == [(2, True)]


def test_a_field_that_is_new_in_the_contract_changes_no_article() -> None:
    class Later(RawArticle):
        mood: str | None = None

    assert digest_of(Later(**article().model_dump())) == digest_of(article())


def test_articles_of_two_sources_are_two(state: PollState) -> None:
    assert judge(state, "a", article(source="ap"), article(source="dpa")) == [(1, True), (1, True)]


def test_feeds_that_have_an_article_each_in_its_own_form_do_not_take_turns(state: PollState) -> None:
    long, short = article(body="Rates rose again."), article(body="Rates rose.")
    assert judge(state, "long", long) == [(1, True)]
    assert judge(state, "short", short) == [(2, True)]
    for _ in range(3):
        assert judge(state, "long", long) == [(1, False)]
        assert judge(state, "short", short) == [(2, False)]
    assert judge(state, "long", article(body="Rates fell again.")) == [(3, True)]
    assert judge(state, "short", short) == [(2, False)]


def test_what_one_feed_has_sent_another_does_not_send_again(state: PollState) -> None:
    before, after = article(), article(body="Rates fell.")
    assert judge(state, "quick", before) + judge(state, "slow", before) == [(1, True), (1, False)]
    assert judge(state, "quick", after) + judge(state, "slow", before) == [(2, True), (1, False)]
    assert judge(state, "slow", after) + judge(state, "new", before) == [(2, False), (3, True)]


def test_of_several_versions_in_one_feed_the_newest_counts() -> None:
    newest, same, old, other = article(version=2), article(body="As old.", version=2), article(body="Old."), article(2)
    assert newest_of_each([old, newest, same, other, old]) == (newest, other)


def test_articles_not_seen_for_sixty_days_are_forgotten(state: PollState) -> None:
    judge(state, "a", article(1), article(2))
    assert judge(state, "a", article(1), now=START + 59 * DAY) == [(1, False)]
    judge(state, "a", now=START + 61 * DAY)
    assert judge(state, "a", article(1), article(2), now=START + 61 * DAY) == [(1, False), (1, True)]


def test_the_state_of_a_feed_is_read_as_it_was_written(tmp_path: Path) -> None:
    written = FeedState(Validators('"1"', "Mon"), 1.5, 2, "http://b.example/", gone=True, read_at=2.5)
    with PollState(tmp_path / "poll.db") as state:
        assert state.feed("http://a.example/") == FeedState()
        state.keep("http://a.example/", written, now=START)
    with PollState(tmp_path / "poll.db") as state:
        assert state.feed("http://a.example/") == written


def test_it_is_on_the_disk_when_it_is_written(state: PollState) -> None:
    pragmas = [state._db.execute(f"PRAGMA {name}").fetchone()[0] for name in ("journal_mode", "synchronous")]
    assert pragmas == ["wal", 2]


def test_all_of_a_poll_is_written_or_nothing(state: PollState) -> None:
    broken = Judged(article(2), None, fresh=True)  # type: ignore[arg-type]
    with pytest.raises(SettingsError, match=r"^state file .*poll\.db: NOT NULL"):
        state.keep("a", FeedState(failures=1), [Judged(article(1), "d", fresh=True), broken], now=START)
    assert state.feed("a") == FeedState()
    assert judge(state, "a", article(1)) == [(1, True)]


def open_state(path: Path) -> str:
    try:
        with PollState(path):
            return "opened"
    except SettingsError as error:
        return str(error)


def test_only_one_poller_has_it(tmp_path: Path) -> None:
    with PollState(tmp_path / "poll.db"):
        assert open_state(tmp_path / "poll.db").endswith("poll.db: database is locked")
    assert open_state(tmp_path / "poll.db") == "opened"


def test_what_is_no_state_file_is_told(tmp_path: Path) -> None:
    (tmp_path / "text.db").write_text("no database at all, " * 100)
    with sqlite3.connect(tmp_path / "later.db") as later:
        later.execute("PRAGMA user_version = 2")
    later.close()
    for name, reason in (
        ("text.db", "file is not a database"),
        ("later.db", "of another version of copytaster"),
        ("nowhere/poll.db", "unable to open database file"),
    ):
        assert open_state(tmp_path / name) == f"state file {tmp_path / name}: {reason}"
