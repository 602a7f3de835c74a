"""Drop folders into `articles-raw`: what appears in them is sent, and put aside once Kafka has it."""

import asyncio
import hashlib
import os
import stat
import time
from collections.abc import Callable, Collection, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import TypeVar

from streams.errors import SettingsError
from streams.formats import Hint
from streams.ingest.files import LARGEST_BYTES, TOO_LARGE, Failure, IngestReport, why
from streams.ingest.intake import Taken, take
from streams.ingest.sender import Sender, open_sender
from streams.settings import Settings

__all__ = ["watch"]

_DONE = "done"
_FAILED = "failed"
_REASON_SUFFIX = ".error"
_UNFINISHED = (".tmp", ".part", ".filepart", ".crdownload")
"""What browsers and file transfers call a file until it is whole."""

_DIGEST_CHARS = 12
_PROBE_PREFIX = ".copytaster-"

_Stamp = tuple[int, int]
"""The time a file was last written, in nanoseconds, and its size in bytes: one that stands still has the same."""

_Found = TypeVar("_Found")


async def watch(
    folders: Sequence[Path],
    *,
    settings: Settings,
    source: str,
    on_progress: Callable[[IngestReport], None],
    poll_seconds: float = 1.0,
    settle_seconds: float = 2.0,
) -> None:
    """Send the articles of files that appear in folders, until cancelled.

    The folders are listed every `poll_seconds`. That works on network drives as well, where inotify does not: it
    tells nothing of what another machine writes. Files are taken in the order in which they were last written, then
    by name. Once Kafka has all that is in a file it is moved to `done/` beside it. One of which anything could not be
    sent goes to `failed/`, with its reason in `NAME.error`; bytes that no format could read are on `ingest-dlq`
    before. Ended at any moment and started again, it sends what was not moved once more and loses nothing; the same
    article twice is the same event.

    What lies in subfolders is not read, nor are links, devices, names that begin with a dot, and names that say that
    a file is not whole (`.tmp`, `.part`, `.filepart`, `.crdownload`). What the file system refuses for the moment is
    told and tried again.

    Args:
        folders: must be writable, for files are moved inside.
        settings: the installation.
        source: who published what the files do not say it of.
        on_progress: told the files and articles so far, and failures since it was told last, for all would never end;
            after each file, when Kafka has it and before it is moved.
        poll_seconds: from one look to the next.
        settle_seconds: a file is read when size and time of it have not changed for so long; choose it longer than
            the longest pause of who writes them.

    Raises:
        SettingsError: a folder does not exist or cannot be written to, or the connection settings cannot work.
        BrokerError: Kafka cannot be reached, or refused.
    """
    for folder in folders:
        await asyncio.to_thread(_prepare, folder)
    watcher = _Watcher(folders, source, on_progress)
    async with open_sender(settings) as sender:
        while True:
            listed = await watcher.listed()
            for file in _ready(listed, time.monotonic(), settle_seconds):
                await watcher.handle(file, sender)
            await asyncio.sleep(poll_seconds)


@dataclass(slots=True, eq=False)
class _File:
    """A file as it was listed, and how long it has been so."""

    path: Path
    stamp: _Stamp
    since: float
    """Of the monotonic clock, since a file's own time may be that of another machine."""

    failures: tuple[str, ...] | None = None
    """Of what Kafka has; None as long as it does not. One that cannot be moved is not sent again for that."""

    told: str = ""


@dataclass(slots=True, eq=False)
class _Folder:
    """A folder, and what is known of its files."""

    path: Path
    files: dict[str, _File] = field(default_factory=dict)
    told: str = ""


_Item = TypeVar("_Item", _File, _Folder)


class _Watcher:
    """Knows what was seen at the last look."""

    def __init__(self, folders: Iterable[Path], source: str, on_progress: Callable[[IngestReport], None]) -> None:
        self._folders = [_Folder(path) for path in dict.fromkeys(folders)]
        self._source = source
        self._on_progress = on_progress
        self._files = self._articles = 0

    async def listed(self) -> list[_File]:
        """The files of all folders that can be listed now."""
        found: list[_File] = []
        for folder in self._folders:
            files = await self._tried(_list, folder)
            if files is not None:
                folder.told = ""
                found += files
        return found

    async def handle(self, file: _File, sender: Sender) -> None:
        """Send what is in it and move it, or what of both has not been done yet."""
        if file.failures is None:
            file.failures = await self._deliver(file, sender)
        if file.failures is not None:
            await self._tried(_move, file)

    async def _deliver(self, file: _File, sender: Sender) -> tuple[str, ...] | None:
        """Why which of it was not sent, once Kafka has the others; None if it cannot be read as it was listed."""
        taken = await self._take(file, sender)
        if taken is None:
            return None
        await sender.delivered()
        self._files += 1
        self._articles += len(taken.articles)
        self._tell(file.path, taken.failures)
        return taken.failures

    async def _take(self, file: _File, sender: Sender) -> Taken | None:
        _, size = file.stamp
        if size > LARGEST_BYTES:  # nor could ingest-dlq keep it
            return Taken(failures=(TOO_LARGE,))
        data = await self._tried(_read, file)
        return None if data is None else await take(data, Hint(name=file.path.name, source=self._source), sender)

    async def _tried(self, act: Callable[[_Item], _Found], item: _Item) -> _Found | None:
        """In a thread, since drives may be slow. A network drive comes and goes: each error is told, but once."""
        try:
            return await asyncio.to_thread(act, item)
        except OSError as error:
            if (reason := why(error)) != item.told:
                item.told = reason
                self._tell(item.path, (reason,))
            return None

    def _tell(self, path: Path, reasons: Iterable[str]) -> None:
        failures = tuple(Failure(path, reason) for reason in reasons)
        self._on_progress(IngestReport(self._files, self._articles, failures))


def _ready(files: Iterable[_File], now: float, settle_seconds: float) -> list[_File]:
    """Those that have stood still for long enough, in the order in which they were written.

    One waits for an older one that was found later, as when a batch is moved in by name: a correction must not
    overtake its story. It does not wait for ever, or an archive that is copied in would hold back the news.
    """
    files = list(files)
    settling = min((file.stamp for file in files if now - file.since < settle_seconds), default=None)
    ready = [
        file
        for file in files
        if now - file.since >= settle_seconds * (1 if settling is None or file.stamp < settling else 2)
    ]
    return sorted(ready, key=lambda file: (file.stamp[0], file.path.name, file.path))


def _prepare(folder: Path) -> None:
    """Make sure that files can be listed and moved, by doing it: what permissions say of a network drive may be wrong.

    Raises:
        SettingsError: they cannot.
    """
    if not folder.is_dir():
        raise SettingsError(f"cannot watch {folder}: there is no such folder")
    try:
        _listed(folder)
        for name in (_DONE, _FAILED):
            _try_moving(folder, folder / name)
    except OSError as error:
        raise SettingsError(f"cannot watch {folder}, whose files are moved inside it: {why(error)}") from error


def _try_moving(folder: Path, aside: Path) -> None:
    if aside.is_symlink():
        raise SettingsError(f"cannot watch {folder}: {aside.name} is a link, and files must stay in the folder")
    aside.mkdir(exist_ok=True)
    with NamedTemporaryFile(dir=folder, prefix=_PROBE_PREFIX) as probe:
        path = Path(probe.name)
        path.replace(aside / path.name).replace(path)


def _list(folder: _Folder) -> Collection[_File]:
    """Look again. A file that was written to since, or is new, stands still from now on at the earliest."""
    stamps, now = _listed(folder.path), time.monotonic()
    known = folder.files
    folder.files = {
        name: known[name] if name in known and known[name].stamp == stamp else _File(folder.path / name, stamp, now)
        for name, stamp in stamps.items()
    }
    return folder.files.values()


def _listed(folder: Path) -> dict[str, _Stamp]:
    with os.scandir(folder) as entries:
        found = ((entry.name, _status(entry)) for entry in entries if not _is_ignored(entry.name))
        return {name: _stamp(status) for name, status in found if status is not None and stat.S_ISREG(status.st_mode)}


def _is_ignored(name: str) -> bool:
    return name.startswith(".") or name.lower().endswith(_UNFINISHED)


def _status(entry: os.DirEntry[str]) -> os.stat_result | None:
    try:
        return entry.stat(follow_symlinks=False)
    except OSError:  # gone again
        return None


def _stamp(status: os.stat_result) -> _Stamp:
    return status.st_mtime_ns, status.st_size


def _read(file: _File) -> bytes | None:
    """All of it; None if it is gone, or is not what was listed any more."""
    _, size = file.stamp
    with suppress(FileNotFoundError), open(file.path, "rb", opener=_open_itself) as opened:
        before = os.fstat(opened.fileno())
        if not stat.S_ISREG(before.st_mode) or _stamp(before) != file.stamp:
            return None
        data = opened.read(size + 1)  # not after whoever writes on and on
        if len(data) == size and _stamp(os.fstat(opened.fileno())) == file.stamp:
            return data
    return None


def _open_itself(path: str, flags: int) -> int:
    """Follow no link and wait for no pipe that has taken the place of the file."""
    return os.open(path, flags | os.O_NOFOLLOW | os.O_NONBLOCK)


def _move(file: _File) -> None:
    """Put it aside, unless it is gone, or was written to again: that is not sent yet."""
    with suppress(FileNotFoundError):
        if _stamp(file.path.lstat()) != file.stamp:
            return
        aside = file.path.parent / (_FAILED if file.failures else _DONE)
        aside.mkdir(exist_ok=True)
        target = _free_place(aside, file.path)
        if file.failures:
            # Before the file: whoever finds one there finds the reason as well.
            _reason_file(target).write_text(_one_line(file.failures), encoding="utf-8", errors="backslashreplace")
        file.path.replace(target)


def _free_place(aside: Path, path: Path) -> Path:
    """Its own name; if that is taken, with a part of its sha256, under which there is nothing else but itself."""
    target = aside / path.name
    if not target.exists() and not _reason_file(target).exists():
        return target
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return aside / f"{path.stem}-{digest[:_DIGEST_CHARS]}{path.suffix}"


def _reason_file(target: Path) -> Path:
    return target.with_name(target.name + _REASON_SUFFIX)


def _one_line(failures: Sequence[str]) -> str:
    first, *others = failures
    more = f" (and {len(others)} more)" if others else ""
    return " ".join(f"{first}{more}".split()) + "\n"
