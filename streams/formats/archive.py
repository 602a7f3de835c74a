"""Files in files: gzip and zip. Nothing is written anywhere, so a path in an archive leads nowhere.

What comes out is bounded by what went in, while it is unpacked and not by what a header promises.
"""

import zlib
from collections.abc import Iterator
from dataclasses import replace
from io import BytesIO
from typing import IO
from zipfile import BadZipFile, ZipFile, ZipInfo

from streams.errors import WireError
from streams.formats.origin import Hint

__all__ = ["Allowance", "read_within", "unpack_gzip", "unpack_zip"]

_FREE_BYTES = 4 << 20
_RATIO = 15
"""News compresses to a third or a tenth; a bomb to a thousandth."""
_STEP_BYTES = 256 << 10
_MOST_FILES = 10_000
_ENCRYPTED = 0x1
_GZIP_HEADER = 16 + zlib.MAX_WBITS


class Allowance:
    """How many bytes may still be unpacked."""

    def __init__(self, packed: int) -> None:
        self._left = _FREE_BYTES + _RATIO * packed

    def spend(self, size: int) -> None:
        """Count bytes that were unpacked.

        Raises:
            WireError: there are too many.
        """
        self._left -= size
        if self._left < 0:
            raise WireError(f"unpacks to more than {_FREE_BYTES >> 20} MiB and {_RATIO} times its size")


def unpack_gzip(data: bytes, hint: Hint) -> Iterator[tuple[bytes, Hint]]:
    """The one file in a gzip file, of all its members.

    Raises:
        WireError: it is damaged, cut off, or unpacks to too much.
    """
    allowance, parts, rest = Allowance(len(data)), [], data
    while rest.startswith(b"\x1f\x8b"):
        member = zlib.decompressobj(wbits=_GZIP_HEADER)
        while not member.eof:
            try:
                part = member.decompress(rest, _STEP_BYTES)
            except zlib.error as error:
                raise WireError(f"damaged gzip: {error}") from error
            if not part and not member.unconsumed_tail and not member.eof:
                raise WireError("damaged gzip: it is cut off")
            allowance.spend(len(part))
            parts.append(part)
            rest = member.unconsumed_tail
        rest = member.unused_data
    yield b"".join(parts), replace(hint, name=hint.name.removesuffix(".gz"), format_name=None)


def unpack_zip(data: bytes, hint: Hint) -> Iterator[tuple[bytes, Hint]]:
    """The files in a zip file, in its order.

    Raises:
        WireError: it is damaged, encrypted, or unpacks to too much.
    """
    try:
        with ZipFile(BytesIO(data)) as archive:
            yield from _files(archive, Allowance(len(data)), hint)
    except (
        BadZipFile,
        zlib.error,
        EOFError,
        NotImplementedError,
        RuntimeError,
        ValueError,
        OSError,
        IndexError,
    ) as error:
        raise WireError(f"damaged zip: {' '.join(str(error).split())[:120]}") from error


def _files(archive: ZipFile, allowance: Allowance, hint: Hint) -> Iterator[tuple[bytes, Hint]]:
    inside = [each for each in archive.infolist() if not each.is_dir()]
    if len(inside) > _MOST_FILES:
        raise WireError(f"a zip of more than {_MOST_FILES} files")
    for each in inside:
        if each.flag_bits & _ENCRYPTED:
            raise WireError(f"{_named(each)} in the zip is encrypted")
        yield _unpacked(archive, each, allowance), replace(hint, name=f"{hint.name}/{_named(each)}", format_name=None)


def _unpacked(archive: ZipFile, each: ZipInfo, allowance: Allowance) -> bytes:
    with archive.open(each) as file:
        return read_within(allowance, file)


def read_within(allowance: Allowance, file: IO[bytes]) -> bytes:
    """All of a file that unpacks as it is read.

    Raises:
        WireError: it is more than is allowed.
    """
    parts = []
    while part := file.read(_STEP_BYTES):
        allowance.spend(len(part))
        parts.append(part)
    return b"".join(parts)


def _named(each: ZipInfo) -> str:
    """Its name for a message: on one line, and short."""
    return "".join(character if character.isprintable() else "?" for character in each.filename)[:120]
