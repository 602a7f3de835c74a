"""Feeds that have to be asked for their news, each when it is due, into `articles-raw`."""

import asyncio
import random
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

from aiohttp import ClientSession
from yarl import URL

from schemas.raw_article import RawArticle
from streams.errors import SettingsError, WireError
from streams.formats import Hint, parse, sniff
from streams.formats.feed import time_to_live_seconds
from streams.ingest.fetch import Fetched, FetchError, Validators, allowed_by_robots, fetch, http_url, open_session
from streams.ingest.intake import send_all
from streams.ingest.poll_state import FeedState, Judged, Known, PollState, digest_of, newest_of_each
from streams.ingest.sender import Sender, open_sender
from streams.settings import Settings

__all__ = ["Clock", "Feed", "FeedFailure", "Pace", "PollReport", "SystemClock", "poll"]

_DAY_SECONDS = 24 * 60 * 60.0
_FIRST_RETRY_SECONDS = 30.0
_LAST_RETRY_SECONDS = 60 * 60.0
_MOST_DOUBLINGS = 10

_WHOLE_AFTER_SECONDS = 7 * _DAY_SECONDS
"""So long a server may say that nothing has changed: its validators may be stuck, and articles that nobody sees for 60
days are forgotten."""


@dataclass(frozen=True, slots=True)
class Feed:
    """A URL to be asked, the publisher of what is found there, and the seconds between two times at least."""

    url: str
    source: str
    interval_seconds: float = 300


@dataclass(frozen=True, slots=True)
class FeedFailure:
    """A feed whose last poll failed, or an article of it that Kafka would not take, and why, in one line."""

    url: str
    reason: str


@dataclass(frozen=True, slots=True)
class PollReport:
    """Requests answered or failed, those that were not modified, articles that are in Kafka, and what is wrong now.

    `gone` are the feeds that are not asked any more, since their server said so.
    """

    polls: int = 0
    not_modified: int = 0
    articles: int = 0
    failures: tuple[FeedFailure, ...] = ()
    gone: tuple[str, ...] = ()


class Clock(Protocol):
    """What time it is, in seconds since the epoch, and how to let it pass."""

    def now(self) -> float:
        """Seconds since the epoch."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Return that much later."""
        ...


class SystemClock:
    """The one of the machine."""

    def now(self) -> float:
        """Seconds since the epoch."""
        return time.time()

    async def sleep(self, seconds: float) -> None:
        """Return that much later."""
        await asyncio.sleep(seconds)


@dataclass(frozen=True, slots=True)
class Pace:
    """How hard servers are asked: seconds between two requests to a host, and hosts asked at the same time.

    `jitter` gives a number between two, so that feeds that failed together do not come again together.
    """

    gap_seconds: float = 1.0
    hosts: int = 16
    clock: Clock = field(default_factory=SystemClock)
    jitter: Callable[[float, float], float] = random.uniform


async def poll(  # noqa: PLR0913 - wiring, all by keyword
    feeds: Sequence[Feed],
    *,
    settings: Settings,
    state: Path,
    allow_private: bool,
    once: bool,
    on_progress: Callable[[PollReport], None],
    pace: Pace = Pace(),
) -> PollReport:
    """Ask each feed whenever it is due, until cancelled or all of them are gone; with `once`, those due now, once.

    An article is sent when it is new or has changed since it was sent last, which the file `state` remembers. It does
    so once Kafka has acknowledged it: after a crash in between the article is sent again, as the same version. A feed
    that fails is asked again later and later, and does not keep the others. `allow_private` lets addresses of inner
    networks be asked.

    Raises:
        SettingsError: two feeds have the same URL, one has none of HTTP, or the state file or the connection settings
            cannot work.
        BrokerError: Kafka cannot be reached, or refused an article.
    """
    _check(feeds)
    with PollState(state) as remembered:
        async with open_sender(settings) as sender, open_session(allow_private=allow_private) as session:
            poller = _Poller(remembered, sender, session, pace)
            try:
                async with asyncio.TaskGroup() as group:
                    for feed in feeds:
                        group.create_task(poller.follow(feed, once=once, on_progress=on_progress))
            except BaseExceptionGroup as errors:
                raise errors.exceptions[0] from None
    return poller.tally.report()


def _check(feeds: Sequence[Feed]) -> None:
    seen = set()
    for number, feed in enumerate(feeds, start=1):
        try:
            http_url(feed.url)
        except ValueError as error:
            raise SettingsError(f"feed {number} of {feed.source}: {error}") from error
        if feed.url in seen:
            raise SettingsError(f"feed {feed.url} is given twice")
        seen.add(feed.url)


class _Tally:
    def __init__(self) -> None:
        self._counts = PollReport()
        self._failures: dict[str, str] = {}
        self._gone: list[str] = []

    def count(self, url: str, *, not_modified: int = 0, articles: int = 0, failure: str | None = None) -> None:
        """One more poll of a feed; what was wrong with it before no longer counts."""
        self._failures.pop(url, None)
        if failure is not None:
            self._failures[url] = failure
        counts = self._counts
        self._counts = PollReport(counts.polls + 1, counts.not_modified + not_modified, counts.articles + articles)

    def give_up(self, url: str) -> None:
        self._gone.append(url)

    def report(self) -> PollReport:
        failures = tuple(FeedFailure(url, reason) for url, reason in self._failures.items())
        return replace(self._counts, failures=failures, gone=tuple(self._gone))


class _Hosts:
    """One request at a time to a host, with a gap after it, and to a bounded number of hosts."""

    def __init__(self, pace: Pace) -> None:
        self._pace = pace
        self._turns: defaultdict[str | None, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._asked_at: dict[str | None, float] = {}
        self._slots = asyncio.Semaphore(pace.hosts)

    @asynccontextmanager
    async def turn(self, host: str | None) -> AsyncIterator[None]:
        async with self._turns[host]:
            if host in self._asked_at:
                await self._pace.clock.sleep(self._gap_left(self._asked_at[host]))
            # After the gap: who waits for it must not keep another host from being asked.
            async with self._slots:
                try:
                    yield
                finally:
                    self._asked_at[host] = self._pace.clock.now()

    def _gap_left(self, asked_at: float) -> float:
        """Never more than the gap, however the clock was set in between."""
        gap = self._pace.gap_seconds
        return min(gap, max(0.0, asked_at + gap - self._pace.clock.now()))


class _Poller:
    def __init__(self, state: PollState, sender: Sender, session: ClientSession, pace: Pace) -> None:
        self._state = state
        self._sender = sender
        self._session = session
        self._pace = pace
        self._hosts = _Hosts(pace)
        self._intake = asyncio.Lock()
        """Feeds of one source judge one after the other, and `delivered` waits for what its own caller has sent."""
        self.tally = _Tally()

    async def follow(self, feed: Feed, *, once: bool, on_progress: Callable[[PollReport], None]) -> None:
        """Poll a feed whenever it is due, or once if it is now."""
        state = self._state.feed(feed.url)
        left = self._seconds_left(feed, state)
        while not state.gone and not (once and left > 0):
            await self._pace.clock.sleep(left)
            async with self._hosts.turn(URL(state.moved_to or feed.url).host):
                state = await self._poll(feed, state)
            on_progress(self.tally.report())
            if once:
                break
            left = self._seconds_left(feed, state)
        if state.gone:
            self.tally.give_up(feed.url)

    def _seconds_left(self, feed: Feed, state: FeedState) -> float:
        """Until it is due. A time further away than any that is written was written by a clock that was wrong."""
        left = state.next_at - self._pace.clock.now()
        return left if 0 < left <= max(feed.interval_seconds, _DAY_SECONDS) else 0.0

    async def _poll(self, feed: Feed, state: FeedState) -> FeedState:
        fresh = self._pace.clock.now() < state.read_at + _WHOLE_AFTER_SECONDS
        validators = state.validators if fresh else Validators()
        try:
            fetched = await fetch(self._session, state.moved_to or feed.url, validators=validators)
        except FetchError as error:
            return self._failed(feed, state, str(error), error.retry_after_seconds or 0.0)
        if fetched.gone:
            self.tally.count(feed.url)
            return self._keep(feed, replace(state, gone=True))
        if fetched.not_modified:
            self.tally.count(feed.url, not_modified=1)
            return self._keep(feed, self._answered(feed, state, fetched))
        return await self._take(feed, state, fetched)

    async def _take(self, feed: Feed, state: FeedState, fetched: Fetched) -> FeedState:
        # Whatever else a server says there is no media type, and might be the name of a format of ours.
        media_type = fetched.media_type if "/" in (fetched.media_type or "") else None
        hint = Hint(source=feed.source, name=feed.url, format_name=media_type, url=fetched.url)
        if _is_page(fetched.body, media_type) and not await allowed_by_robots(self._session, fetched.url):
            return self._failed(feed, state, "its robots.txt forbids to fetch this page")
        try:
            # In a thread: parsing a large body must keep neither the other feeds nor the producer's heartbeat.
            articles = await asyncio.to_thread(_read, fetched.body, hint, self._pace.clock.now())
        except WireError as error:
            async with self._intake:
                await self._sender.refuse(fetched.body, hint, str(error))
                await self._sender.delivered()
            return self._failed(feed, state, str(error))
        async with self._intake:
            known = Known(self._state, feed.url)
            judged = [known.judge(article, digest) for article, digest in articles]
            taken = await send_all(tuple(each.article for each in judged if each.fresh), self._sender)
            await self._sender.delivered()
            sent = {article.article_id for article in taken.articles}
            kept = [each for each in judged if not each.fresh or each.article.article_id in sent]
            after = replace(
                self._answered(feed, state, fetched, time_to_live_seconds(fetched.body)), read_at=self._pace.clock.now()
            )
            self._keep(feed, after, kept)
        self.tally.count(feed.url, articles=len(sent), failure=_summary(taken.failures))
        return after

    def _answered(self, feed: Feed, state: FeedState, fetched: Fetched, ttl_seconds: float = 0.0) -> FeedState:
        hints = (fetched.max_age_seconds or 0.0, fetched.retry_after_seconds or 0.0, ttl_seconds)
        wait = max(feed.interval_seconds, min(max(hints), _DAY_SECONDS))
        return replace(
            state,
            validators=fetched.validators,
            next_at=self._pace.clock.now() + wait,
            failures=0,
            moved_to=fetched.moved_to or state.moved_to,
        )

    def _failed(self, feed: Feed, state: FeedState, reason: str, retry_after_seconds: float = 0.0) -> FeedState:
        """Later and later; and from where the feed was at first, in case it has not moved to a good place."""
        self.tally.count(feed.url, failure=reason)
        failures = state.failures + 1
        longest = min(_LAST_RETRY_SECONDS, _FIRST_RETRY_SECONDS * 2 ** min(failures, _MOST_DOUBLINGS))
        wait = max(self._pace.jitter(_FIRST_RETRY_SECONDS, longest), min(retry_after_seconds, _DAY_SECONDS))
        next_at = self._pace.clock.now() + wait
        return self._keep(feed, replace(state, failures=failures, next_at=next_at, moved_to=None))

    def _keep(self, feed: Feed, state: FeedState, judged: Iterable[Judged] = ()) -> FeedState:
        self._state.keep(feed.url, state, judged, now=self._pace.clock.now())
        return state


def _is_page(data: bytes, media_type: str | None) -> bool:
    """Feeds are there to be polled; pages only where the site's robots.txt lets them be."""
    try:
        return "html" in (media_type or "") and sniff(data) == "html"
    except WireError:
        return False


def _read(data: bytes, hint: Hint, now: float) -> list[tuple[RawArticle, str]]:
    """The articles in an answer, with their digests."""
    fetched_at = {"fetched_at": datetime.fromtimestamp(now, UTC)}
    articles = newest_of_each(parse(data, hint))
    return [(article.model_copy(update=fetched_at), digest_of(article)) for article in articles]


def _summary(failures: Sequence[str]) -> str | None:
    if not failures:
        return None
    return failures[0] if len(failures) == 1 else f"{failures[0]} (and {len(failures) - 1} more)"
