"""What polling remembers over a restart: when each feed is due, and which versions of which articles Kafka has."""

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple, Self

from schemas.raw_article import RawArticle
from streams.errors import SettingsError
from streams.ingest.fetch import Validators

__all__ = ["FeedState", "Judged", "Known", "PollState", "digest_of", "newest_of_each"]

_KEPT_SECONDS = 60 * 24 * 60 * 60.0
_BUSY_SECONDS = 1.0

_SCHEMA_VERSION = 1
_SCHEMA = f"""
BEGIN EXCLUSIVE;
CREATE TABLE IF NOT EXISTS feeds (
    url TEXT PRIMARY KEY, etag TEXT, last_modified TEXT, next_at REAL NOT NULL, failures INTEGER NOT NULL,
    moved_to TEXT, gone INTEGER NOT NULL, read_at REAL NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS items (
    source TEXT NOT NULL, article_id TEXT NOT NULL, feed TEXT NOT NULL, version INTEGER NOT NULL, digest TEXT NOT NULL,
    seen_at REAL NOT NULL, PRIMARY KEY (source, article_id, feed)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS items_by_age ON items (seen_at);
PRAGMA user_version = {_SCHEMA_VERSION};
COMMIT;
"""


@dataclass(frozen=True, slots=True)
class FeedState:
    """One feed; times in seconds since the epoch. `failures` were the last ones, without a success in between."""

    validators: Validators = field(default_factory=Validators)
    next_at: float = 0.0
    failures: int = 0
    moved_to: str | None = None
    gone: bool = False
    read_at: float = 0.0
    """When its articles were last read, rather than not modified."""


@dataclass(frozen=True, slots=True)
class Judged:
    """An article under the version that Kafka has it, or is to have it, and whether it is still to be sent."""

    article: RawArticle
    digest: str
    fresh: bool


class _Item(NamedTuple):
    feed: str
    version: int
    digest: str


class PollState:
    """An SQLite file, of one process at a time. What a method has written is on the disk when it returns."""

    def __init__(self, path: Path) -> None:
        """Open it, or make it.

        Raises:
            SettingsError: it cannot be opened, is in use by another process, or is not ours.
        """
        self._path = path
        with self._errors():
            self._db = sqlite3.connect(path, timeout=_BUSY_SECONDS)
            try:
                self._prepare()
            except BaseException:
                self._db.close()
                raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self._db.close()

    def feed(self, url: str) -> FeedState:
        """What is known of a feed; one that was never polled is due."""
        columns = "etag, last_modified, next_at, failures, moved_to, gone, read_at"
        with self._errors():
            row = self._db.execute(f"SELECT {columns} FROM feeds WHERE url = ?", (url,)).fetchone()  # noqa: S608 - ours
        if row is None:
            return FeedState()
        etag, last_modified, next_at, failures, moved_to, gone, read_at = row
        return FeedState(Validators(etag, last_modified), next_at, failures, moved_to, bool(gone), read_at)

    def items(self, article: RawArticle) -> list[_Item]:
        """An article as each feed of its source last had it, the newest version first."""
        query = (
            "SELECT feed, version, digest FROM items WHERE source = ? AND article_id = ? ORDER BY version DESC, feed"
        )
        with self._errors():
            return [_Item(*row) for row in self._db.execute(query, (article.source, article.article_id))]

    def keep(self, url: str, feed: FeedState, judged: Iterable[Judged] = (), *, now: float) -> None:
        """Write what a poll has come to, all of it or nothing; articles not seen for 60 days are forgotten.

        Only for articles that Kafka has acknowledged.

        Raises:
            SettingsError: the file cannot be written.
        """
        seen = [
            (each.article.source, each.article.article_id, url, each.article.version, each.digest, now)
            for each in judged
        ]
        row = (
            url,
            feed.validators.etag,
            feed.validators.last_modified,
            feed.next_at,
            feed.failures,
            feed.moved_to,
            feed.gone,
            feed.read_at,
        )
        with self._errors(), self._db:
            self._db.execute("REPLACE INTO feeds VALUES (?, ?, ?, ?, ?, ?, ?, ?)", row)
            self._db.executemany("REPLACE INTO items VALUES (?, ?, ?, ?, ?, ?)", seen)
            self._db.execute("DELETE FROM items WHERE seen_at < ?", (now - _KEPT_SECONDS,))

    def _prepare(self) -> None:
        # A second process would send everything again, so the lock is held until the end.
        self._db.execute("PRAGMA locking_mode = EXCLUSIVE")
        self._db.execute("PRAGMA journal_mode = WAL")
        self._db.execute("PRAGMA synchronous = FULL")
        found = self._db.execute("PRAGMA user_version").fetchone()[0]
        if found not in {0, _SCHEMA_VERSION}:
            raise SettingsError(f"state file {self._path}: of another version of copytaster")
        self._db.executescript(_SCHEMA)

    @contextmanager
    def _errors(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            raise SettingsError(f"state file {self._path}: {error}") from error


class Known:
    """Tells new and changed articles of a feed from those that Kafka already has."""

    def __init__(self, state: PollState, url: str) -> None:
        self._state = state
        self._url = url

    def judge(self, article: RawArticle, digest: str) -> Judged:
        """Whether an article is to be sent, and under which version; `digest` is its `digest_of`.

        A changed one has a version higher than all before it, the wire's own if that is. One that several feeds of a
        source have, each in its own form, is changed where a feed no longer has it as it had it itself: compared with
        one another, they would make a new version with every poll.
        """
        items = self._state.items(article)
        if not items:
            return Judged(article, digest, fresh=True)
        own = [item for item in items if item.feed == self._url]
        same = next((item for item in [*(own or items), items[0]] if item.digest == digest), None)
        version = same.version if same else max(article.version, items[0].version + 1)
        return Judged(article.model_copy(update={"version": version}), digest, fresh=same is None)


def digest_of(article: RawArticle) -> str:
    """A sha256 of all that a publisher could have changed.

    What has its default value is left out, so that a field that is new in RawArticle does not change every article.
    """
    dumped = article.model_dump_json(exclude={"fetched_at", "original", "version"}, exclude_defaults=True)
    return sha256(dumped.encode()).hexdigest()


def newest_of_each(articles: Iterable[RawArticle]) -> tuple[RawArticle, ...]:
    """Of several versions of an article only the highest, and of equal ones the first: feeds begin with the newest.

    The older ones would look like changes of the newest, with every poll again.
    """
    newest: dict[tuple[str, str], RawArticle] = {}
    for article in articles:
        key = (article.source, article.article_id)
        if key not in newest or article.version > newest[key].version:
            newest[key] = article
    return tuple(newest.values())
