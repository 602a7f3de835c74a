"""Files and folders into `articles-raw`."""

import asyncio
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from schemas.raw_article import RawArticle
from streams.errors import WireError
from streams.formats import FORMATS, Hint, parse
from streams.ingest.intake import send_all
from streams.ingest.sender import Sender, open_sender
from streams.settings import Settings

__all__ = [
    "LARGEST_BYTES",
    "STANDARD_INPUT",
    "TOO_LARGE",
    "Failure",
    "FileRead",
    "IngestReport",
    "ingest",
    "read_files",
    "why",
]

STANDARD_INPUT = Path("-")
LARGEST_BYTES = 256 << 20
"""A file is read whole; a larger one is split by who sends it, not by guessing where its articles end."""

TOO_LARGE = f"larger than {LARGEST_BYTES >> 20} MiB; split it"

_SUFFIXES = frozenset(suffix for wire in FORMATS.values() for suffix in wire.suffixes)


@dataclass(frozen=True, slots=True)
class Failure:
    """A file that could not be read, or an article in it that Kafka would not take, and why, in one line."""

    path: Path
    reason: str


@dataclass(frozen=True, slots=True)
class FileRead:
    """What came of one file: its articles, or why there are none, with the bytes if it was for them."""

    path: Path
    articles: tuple[RawArticle, ...] = ()
    failure: Failure | None = None
    unread: bytes | None = None


@dataclass(frozen=True, slots=True)
class IngestReport:
    """Files read, articles handed to Kafka, and what failed on the way."""

    files: int = 0
    articles: int = 0
    failures: tuple[Failure, ...] = ()


async def ingest(
    paths: Iterable[Path], *, settings: Settings, source: str, on_progress: Callable[[IngestReport], None]
) -> IngestReport:
    """Send the articles of files, and of the files in folders, in sorted order.

    A file that cannot be read is reported and the others go on; bytes that no format can read are on `ingest-dlq`
    besides. When this returns, every article counted is in Kafka.

    Raises:
        BrokerError: Kafka cannot be reached, or refused an article.
        SettingsError: the connection settings cannot work.
    """
    tally = _Tally()
    async with open_sender(settings) as sender:
        files = read_files(paths, source=source)
        # In a thread: parsing a large file must not keep the producer from its heartbeat.
        while (file := await asyncio.to_thread(next, files, None)) is not None:
            await _send(file, source, sender, tally)
            on_progress(tally.report())
        await sender.delivered()
    return tally.report()


def read_files(paths: Iterable[Path], *, source: str) -> Iterator[FileRead]:
    """Each file with its articles or its failure, one in memory at a time."""
    for path in paths:
        for file in _files(path):
            yield file if isinstance(file, FileRead) else _read(file, source)


def why(error: OSError) -> str:
    """What the system said, without the path, which stands beside it."""
    return (error.strerror or str(error)).lower()


@dataclass(slots=True)
class _Tally:
    files: int = 0
    articles: int = 0
    failures: list[Failure] = field(default_factory=list)

    def report(self) -> IngestReport:
        return IngestReport(self.files, self.articles, tuple(self.failures))


async def _send(file: FileRead, source: str, sender: Sender, tally: _Tally) -> None:
    tally.files += 1
    if file.failure is not None:
        tally.failures.append(file.failure)
        if file.unread is not None:
            await sender.refuse(file.unread, _hint(file.path, source), file.failure.reason)
    taken = await send_all(file.articles, sender)
    tally.articles += len(taken.articles)
    tally.failures += [Failure(file.path, reason) for reason in taken.failures]


def _files(path: Path) -> Iterator[Path | FileRead]:
    """The file itself, whatever its name; of a folder those named like a wire format, since READMEs are no articles."""
    if not path.is_dir():
        yield path
        return
    try:
        inside = sorted(file for file in path.iterdir() if file.suffix.lower() in _SUFFIXES and file.name[0] != ".")
    except OSError as error:
        yield _failed(path, why(error))
        return
    if not inside:
        yield _failed(path, f"no file named {', '.join(sorted(_SUFFIXES))} in this folder")
    yield from inside


def _read(path: Path, source: str) -> FileRead:
    try:
        data = _bytes(path)
    except OSError as error:
        return _failed(path, why(error))
    except WireError as error:
        return _failed(path, str(error))
    try:
        return FileRead(path, parse(data, _hint(path, source)))
    except WireError as error:
        return _failed(path, str(error), unread=data)


def _bytes(path: Path) -> bytes:
    """All of a file, or of standard input.

    Raises:
        OSError: it cannot be read.
        WireError: it is too large, or no file.
    """
    if path == STANDARD_INPUT:
        data = sys.stdin.buffer.read(LARGEST_BYTES + 1)
        size = len(data)
    elif path.exists() and not path.is_file():
        raise WireError("not a file")
    else:
        size = path.stat().st_size
        data = b"" if size > LARGEST_BYTES else path.read_bytes()
    if size > LARGEST_BYTES:
        raise WireError(TOO_LARGE)
    return data


def _hint(path: Path, source: str) -> Hint:
    return Hint(name=path.name, source=source)


def _failed(path: Path, reason: str, unread: bytes | None = None) -> FileRead:
    return FileRead(path, failure=Failure(path, reason), unread=unread)
