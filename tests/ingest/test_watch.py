import asyncio
import hashlib
import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest

from schemas.topics import ARTICLES_RAW, INGEST_DLQ
from streams.broker.admin import create_topics
from streams.broker.embedded import EmbeddedBroker
from streams.errors import BrokerError, SettingsError
from streams.ingest import watch as module
from streams.ingest.files import Failure, IngestReport
from streams.ingest.watch import watch
from streams.ops.dead_letters import Letter, read_letters
from streams.records import decode_raw_article, encode
from streams.settings import Settings
from tests.articles import raw_article
from tests.faults.audit import read

POLL_SECONDS = 0.02
SETTLE_SECONDS = 0.1
PATIENCE_SECONDS = 60
DAY_SECONDS = 24 * 60 * 60


@pytest.fixture
async def settings(embedded_broker: EmbeddedBroker, prefix: str) -> Settings:
    """One partition: what was sent can be read in the order in which it was."""
    settings = Settings(bootstrap=embedded_broker.bootstrap, prefix=prefix, partitions=1)
    await create_topics(settings, (ARTICLES_RAW, INGEST_DLQ))
    return settings


@asynccontextmanager
async def watching(
    settings: Settings, *folders: Path, settle_seconds: float = SETTLE_SECONDS
) -> AsyncIterator[list[IngestReport]]:
    """What was told so far; when the test is done with it the watch is cancelled, as the command is by Ctrl-C."""
    reports: list[IngestReport] = []
    task = asyncio.create_task(
        watch(
            folders,
            settings=settings,
            source="desk",
            on_progress=reports.append,
            poll_seconds=POLL_SECONDS,
            settle_seconds=settle_seconds,
        )
    )
    try:
        yield reports
        assert not task.done()
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def until(holds: Callable[[], object]) -> None:
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not holds():  # noqa: ASYNC110 -- no event tells of a file
            await asyncio.sleep(POLL_SECONDS)


async def sent(settings: Settings) -> list[str]:
    return [decode_raw_article(record.value or b"").body for record in await read(settings, ARTICLES_RAW)]


async def refused(settings: Settings) -> list[Letter]:
    return [letter async for letter in read_letters(settings, INGEST_DLQ)]


def written(path: Path, content: str, *, day: int = 0) -> Path:
    """A file last written so many days after the year 2000."""
    path.write_text(content)
    os.utime(path, (946_684_800 + day * DAY_SECONDS,) * 2)
    return path


class _Ended(Exception):  # noqa: N818 -- no error
    pass


def _end(_: IngestReport) -> None:
    raise _Ended


def listed(path: Path) -> module._File:
    return module._File(path, module._stamp(path.lstat()), 0.0)


# What is sent, and where it goes


async def test_a_file_is_sent_and_moved(settings: Settings, tmp_path: Path) -> None:
    async with watching(settings, tmp_path) as reports:
        await until((tmp_path / "done").exists)
        (tmp_path / "a.jsonl").write_bytes(encode(raw_article(body="One.")) + b"\n" + encode(raw_article(body="Two.")))
        await until((tmp_path / "done" / "a.jsonl").exists)
    assert await sent(settings) == ["One.", "Two."]
    assert reports == [IngestReport(files=1, articles=2)]
    assert not (tmp_path / "a.jsonl").exists()


async def test_each_folder_keeps_its_own(settings: Settings, tmp_path: Path) -> None:
    first, second = tmp_path / "1", tmp_path / "2"
    for folder in (first, second):
        folder.mkdir()
        written(folder / "a.txt", folder.name)
    async with watching(settings, first, second):
        await until((second / "done" / "a.txt").exists)
    assert (await sent(settings), (first / "done" / "a.txt").read_text()) == (["1", "2"], "1")


async def test_what_cannot_be_read_fails_with_the_reason_and_its_bytes_are_kept(
    settings: Settings, tmp_path: Path
) -> None:
    written(tmp_path / "a.txt", "%PDF-1.7", day=1)
    written(tmp_path / "b.txt", "Up.", day=2)
    async with watching(settings, tmp_path) as reports:
        await until((tmp_path / "done" / "b.txt").exists)
    failed = tmp_path / "failed"
    assert (failed / "a.txt").read_text() == "%PDF-1.7"
    assert (failed / "a.txt.error").read_text() == "PDF, which is not read here\n"
    [letter] = await refused(settings)
    assert (letter.record.value, letter.reason.message) == (b"%PDF-1.7", "PDF, which is not read here")
    refusal = Failure(tmp_path / "a.txt", "PDF, which is not read here")
    assert reports == [IngestReport(files=1, failures=(refusal,)), IngestReport(files=2, articles=1)]
    assert await sent(settings) == ["Up."]


async def test_a_file_of_which_an_article_is_too_large_fails_and_the_others_are_sent(
    settings: Settings, tmp_path: Path
) -> None:
    large = [raw_article(article_id=name, body="The ship left. " * 600_000) for name in ("a", "b")]
    (tmp_path / "a.jsonl").write_bytes(b"\n".join(map(encode, [*large, raw_article(body="Up.")])))
    async with watching(settings, tmp_path) as reports:
        await until((tmp_path / "failed" / "a.jsonl").exists)
    reason = (tmp_path / "failed" / "a.jsonl.error").read_text()
    assert reason.startswith("article a takes ")
    assert reason.endswith("more than articles-raw's 8 MiB (and 1 more)\n")
    assert (reports[0].articles, len(reports[0].failures), await sent(settings)) == (1, 2, ["Up."])


async def test_a_file_too_large_for_memory_fails_unread(settings: Settings, tmp_path: Path) -> None:
    with (tmp_path / "a.jsonl").open("wb") as sparse:
        sparse.truncate((256 << 20) + 1)
    async with watching(settings, tmp_path):
        await until((tmp_path / "failed" / "a.jsonl").exists)
    assert (tmp_path / "failed" / "a.jsonl.error").read_text() == "larger than 256 MiB; split it\n"


@pytest.mark.parametrize(("content", "folder"), [("New.", "done"), ("%PDF-new", "failed")])
async def test_a_name_that_is_taken_gets_the_digest(
    settings: Settings, tmp_path: Path, content: str, folder: str
) -> None:
    (tmp_path / folder).mkdir()
    (tmp_path / folder / "a.txt").write_text("Old.")
    (tmp_path / "a.txt").write_text(content)
    moved = tmp_path / folder / f"a-{hashlib.sha256(content.encode()).hexdigest()[:12]}.txt"
    async with watching(settings, tmp_path):
        await until(moved.exists)
    assert (moved.read_text(), (tmp_path / folder / "a.txt").read_text()) == (content, "Old.")
    assert moved.with_name(moved.name + ".error").exists() is (folder == "failed")


async def test_a_reason_overwrites_no_file_that_failed(settings: Settings, tmp_path: Path) -> None:
    written(tmp_path / "a.txt.error", "%PDF-1", day=1)
    written(tmp_path / "a.txt", "%PDF-2", day=2)
    async with watching(settings, tmp_path) as reports:
        await until(lambda: len(reports) == 2 and not (tmp_path / "a.txt").exists())
    digest = hashlib.sha256(b"%PDF-2").hexdigest()[:12]
    names = ["a.txt.error", "a.txt.error.error", f"a-{digest}.txt", f"a-{digest}.txt.error"]
    assert sorted(path.name for path in (tmp_path / "failed").iterdir()) == sorted(names)
    assert (tmp_path / "failed" / "a.txt.error").read_text() == "%PDF-1"


# What is not read


async def test_a_half_written_file_is_not_read_until_it_stands_still(settings: Settings, tmp_path: Path) -> None:
    async with watching(settings, tmp_path, settle_seconds=1.0) as reports:
        with (tmp_path / "a.txt").open("w") as file:
            for _ in range(20):
                file.write("And on. ")
                file.flush()
                await asyncio.sleep(0.1)
            assert reports == []
        await until((tmp_path / "done" / "a.txt").exists)
    assert await sent(settings) == ["And on. " * 20]


async def test_what_is_no_finished_file_of_the_folder_stays(settings: Settings, tmp_path: Path) -> None:
    outside = tmp_path / "outside.txt"
    outside.write_text("Secret.")
    folder = tmp_path / "folder"
    for name in (".a.txt", "a.tmp", "a.txt.part", "a.filepart", "A.CRDOWNLOAD", "sub/a.txt", "done/a.txt"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text("Not me.")
    (folder / "link.txt").symlink_to(outside)
    os.mkfifo(folder / "pipe.txt")
    before = sorted(folder.rglob("*"))
    async with watching(settings, folder) as reports:
        written(folder / "z.txt", "Me.")
        await until((folder / "done" / "z.txt").exists)
        await asyncio.sleep(4 * SETTLE_SECONDS)
    assert (await sent(settings), len(reports)) == (["Me."], 1)
    assert sorted(folder.rglob("*")) == sorted([*before, folder / "done" / "z.txt", folder / "failed"])


def test_a_file_that_vanished_or_was_written_to_is_not_read(tmp_path: Path) -> None:
    gone, longer, newer, same = (written(tmp_path / name, "Up.") for name in ("gone", "longer", "newer", "same"))
    files = [listed(path) for path in (gone, longer, newer, same)]
    gone.unlink()
    written(longer, "Up and on.")
    newer.touch()
    assert [module._read(file) for file in files] == [None, None, None, b"Up."]


def test_what_took_the_place_of_a_file_is_neither_followed_nor_waited_for(tmp_path: Path) -> None:
    path = written(tmp_path / "a.txt", "Up.")
    file = listed(path)
    path.rename(tmp_path / "b.txt")
    path.symlink_to(tmp_path / "b.txt")
    with pytest.raises(OSError, match="symbolic links"):
        module._read(file)
    path.unlink()
    os.mkfifo(path)
    assert module._read(file) is None


def test_a_file_that_was_written_to_after_it_was_sent_is_not_put_aside(tmp_path: Path) -> None:
    path = written(tmp_path / "a.txt", "Up.")
    file = listed(path)
    file.failures = ()
    written(path, "Up and on.")
    module._move(file)
    assert path.exists()
    path.unlink()
    module._move(file)


# In which order


async def test_a_correction_comes_after_its_story_whatever_their_names(settings: Settings, tmp_path: Path) -> None:
    written(tmp_path / "a.txt", "Correction.", day=3)
    written(tmp_path / "z.txt", "Story.", day=1)
    written(tmp_path / "c.txt", "Aside, later by name.", day=2)
    written(tmp_path / "b.txt", "Aside.", day=2)
    async with watching(settings, tmp_path):
        await until((tmp_path / "done" / "a.txt").exists)
    assert await sent(settings) == ["Story.", "Aside.", "Aside, later by name.", "Correction."]


def test_an_older_file_that_was_found_later_is_waited_for_but_not_for_ever() -> None:
    correction = module._File(Path("a"), (2, 9), since=10.0)
    story = module._File(Path("b"), (1, 9), since=11.0)
    newer = module._File(Path("c"), (3, 9), since=11.0)

    def ready(now: float) -> list[module._File]:
        return module._ready([correction, story, newer], now, settle_seconds=2.0)

    assert [ready(now) for now in (12.0, 13.0)] == [[], [story, correction, newer]]
    story.since = 13.0  # written to again and again, or one of many
    assert [ready(now) for now in (13.9, 14.0)] == [[], [correction]]


# What goes wrong


async def test_ended_between_delivery_and_move_it_sends_again_and_loses_nothing(
    settings: Settings, tmp_path: Path
) -> None:
    for day, text in enumerate(("One.", "%PDF-two", "Three.")):
        written(tmp_path / f"{day}.txt", text, day=day)
    with pytest.raises(_Ended):
        await watch([tmp_path], settings=settings, source="desk", on_progress=_end, settle_seconds=0)
    assert (await sent(settings), (tmp_path / "0.txt").exists()) == (["One."], True)
    async with watching(settings, tmp_path):
        await until((tmp_path / "done" / "2.txt").exists)
    assert await sent(settings) == ["One.", "One.", "Three."]
    assert (len(await refused(settings)), (tmp_path / "failed" / "1.txt").exists()) == (1, True)


async def test_cancelled_at_any_moment_it_loses_nothing(settings: Settings, tmp_path: Path) -> None:
    names = [f"{number}.txt" for number in range(30)]
    for name in names:
        written(tmp_path / name, name)
    for milliseconds in (5, 20, 40, 60, 80):
        async with watching(settings, tmp_path, settle_seconds=0):
            await asyncio.sleep(milliseconds / 1000)
    async with watching(settings, tmp_path):
        await until(lambda: len(list((tmp_path / "done").iterdir())) == len(names))
    assert set(await sent(settings)) == set(names)


async def test_what_cannot_be_moved_is_told_once_and_not_sent_again(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_aside: Path, _path: Path) -> Path:
        raise OSError(28, "No space left on device")

    async with watching(settings, tmp_path) as reports:
        await until((tmp_path / "failed").exists)
        with monkeypatch.context() as patch:
            patch.setattr(module, "_free_place", full)
            (tmp_path / "a.txt").write_text("Up.")
            await until(lambda: len(reports) == 2)
            await asyncio.sleep(4 * SETTLE_SECONDS)
        await until((tmp_path / "done" / "a.txt").exists)
    assert reports == [
        IngestReport(files=1, articles=1),
        IngestReport(files=1, articles=1, failures=(Failure(tmp_path / "a.txt", "no space left on device"),)),
    ]
    assert await sent(settings) == ["Up."]


async def test_a_folder_that_goes_away_is_told_once_and_read_again_when_it_is_back(
    settings: Settings, tmp_path: Path
) -> None:
    folder = tmp_path / "drive"
    folder.mkdir()
    async with watching(settings, folder) as reports:
        await until((folder / "failed").exists)
        folder.rename(tmp_path / "away")
        await until(lambda: reports)
        await asyncio.sleep(4 * POLL_SECONDS)
        (tmp_path / "away").rename(folder)
        (folder / "a.txt").write_text("Up.")
        await until((folder / "done" / "a.txt").exists)
    gone = IngestReport(failures=(Failure(folder, "no such file or directory"),))
    assert reports == [gone, IngestReport(files=1, articles=1)]


async def complaint(settings: Settings, folder: Path) -> str:
    with pytest.raises(SettingsError) as raised:
        await watch([folder], settings=settings, source="desk", on_progress=_end)
    return str(raised.value)


async def test_a_folder_that_cannot_be_worked_in_is_one_line_and_nothing_is_sent(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def read_only(*_: object) -> None:
        raise OSError(30, "Read-only file system")

    nowhere = Settings(bootstrap="127.0.0.1:9")  # to be found out before anything is connected
    written(tmp_path / "a.txt", "Up.")
    cannot = f"cannot watch {tmp_path}"
    assert await complaint(nowhere, tmp_path / "b") == f"cannot watch {tmp_path / 'b'}: there is no such folder"
    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", read_only)  # root, who runs tests in a container, may write anywhere
        moved = ", whose files are moved inside it: read-only file system"
        assert await complaint(nowhere, tmp_path) == cannot + moved
    (tmp_path / "done").rmdir()
    (tmp_path / "done").touch()
    assert await complaint(nowhere, tmp_path) == f"{cannot}, whose files are moved inside it: file exists"
    (tmp_path / "done").unlink()
    (tmp_path / "done").symlink_to(tmp_path.parent)
    assert await complaint(nowhere, tmp_path) == f"{cannot}: done is a link, and files must stay in the folder"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
async def test_a_folder_without_the_right_to_write_is_one_line(tmp_path: Path) -> None:
    locked = tmp_path / "locked"
    locked.mkdir(0o555)
    told = await complaint(Settings(bootstrap="127.0.0.1:9"), locked)
    assert told == f"cannot watch {locked}, whose files are moved inside it: permission denied"


async def test_without_a_broker_the_error_is_one_line(tmp_path: Path) -> None:
    nowhere = Settings(bootstrap="127.0.0.1:9")
    with pytest.raises(BrokerError, match=r"^cannot reach Kafka at 127\.0\.0\.1:9: .*$"):
        await watch([tmp_path], settings=nowhere, source="desk", on_progress=_end)
