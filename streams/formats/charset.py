"""Bytes to text. What cannot be decoded becomes U+FFFD, which everything downstream keeps: it never vanishes."""

import codecs
import re
from typing import NamedTuple

from ftfy import fix_encoding

__all__ = ["Decoded", "decode", "read_text"]

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # before UTF-16, whose mark it begins with
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_UNMARKED = (
    *((b"\x00\x00\x00<", "utf-32-be"), (b"<\x00\x00\x00", "utf-32-le")),
    *((b"<\x00?\x00", "utf-16-le"), (b"\x00<\x00?", "utf-16-be")),
)
"""How XML begins in an encoding that lost its mark. https://www.w3.org/TR/xml/#sec-guessing"""
_UTF8 = "utf-8"
_SEVEN_BITS = re.compile(r"iso-2022-(?:jp|kr)(?:-[123])?$", re.IGNORECASE)
"""Escapes make their characters of ASCII, so all of it is UTF-8 as well."""
_WESTERN = "cp1252"
_REPLACEMENT = "\ufffd"

# What pages declare and Python decodes in linear time. As browsers do, Latin-1 and ASCII mean Windows-1252, and the
# older Chinese sets mean the newest. https://encoding.spec.whatwg.org/#names-and-labels
_DECLARED = {
    **{f"iso8859-{part}": f"iso8859-{part}" for part in (2, 3, 4, 5, 6, 7, 8, 10, 13, 14, 15, 16)},
    **{f"cp{page}": f"cp{page}" for page in (874, 1250, 1251, 1252, 1253, 1254, 1255, 1256, 1257, 1258)},
    **{name: name for name in ("big5", "euc_jp", "euc_kr", "koi8-r", "koi8-u", "mac-roman", "shift_jis", "utf-8")},
    **dict.fromkeys(("ascii", "iso8859-1"), _WESTERN),
    **dict.fromkeys(("gb2312", "gbk", "gb18030"), "gb18030"),
    "iso8859-9": "cp1254",
}

_TWICE = re.compile(
    r"(?:[\u00c2\u00c3\u00c5\u00d0\u00d1]|\u00e2[\u0080-\u009f\u20ac])[\u0080-\u00bf\u0152-\u0192\u02c6\u02dc\u2013-\u2122]"
)
"""Two or three characters that UTF-8 read as Windows-1252 makes of one."""


class Decoded(NamedTuple):
    """A text, and what had to be mended to read it."""

    text: str
    repairs: list[str]


def read_text(data: bytes, *, declared: str | None = None) -> Decoded:
    """Decode, undo a second encoding where lines clearly have one, and say what was done."""
    text, codec = _decoded(data, declared)
    repairs = [f"declared {declared}, read as {codec}"] if codec == _WESTERN and _codec(declared) == _UTF8 else []
    if _TWICE.search(text):
        mended = "".join(fix_encoding(line) if _TWICE.search(line) else line for line in text.splitlines(keepends=True))
        repairs += ["characters encoded twice"] if mended != text else []
        text = mended
    if _REPLACEMENT in text:
        repairs.append("bytes that are no characters replaced")
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    return Decoded(text, repairs)


def decode(data: bytes, *, declared: str | None = None) -> str:
    """Decode by byte order mark, else as UTF-8 if it is, else as declared, else by what most bytes speak for."""
    return _decoded(data, declared)[0]


def _decoded(data: bytes, declared: str | None) -> tuple[str, str]:
    """The text and the codec it was read with."""
    for mark, codec in _MARKS:
        if data.startswith(mark):
            return data[len(mark) :].decode(codec, "replace"), codec
    for start, codec in _UNMARKED:
        if data.startswith(start):
            return data.decode(codec, "replace"), codec
    if _SEVEN_BITS.match(declared or ""):
        return data.decode(declared or _UTF8, "replace"), declared or _UTF8
    try:
        return data.decode(), _UTF8  # no other text of any length passes for UTF-8, so this outweighs a declaration
    except UnicodeDecodeError:
        told = _codec(declared)
        codec = told if told and told != _UTF8 else _likelier(data)
        return data.decode(codec, "replace"), codec


def _codec(declared: str | None) -> str | None:
    try:
        return _DECLARED.get(codecs.lookup(declared).name) if declared else None
    except (LookupError, ValueError):  # ValueError: a name with a NUL in it
        return None


def _likelier(data: bytes) -> str:
    """UTF-8 with a few broken bytes is still UTF-8; read as Windows-1252 every accent in it would be two letters."""
    text = data.decode(errors="replace")
    broken = text.count(_REPLACEMENT)
    whole = sum(not character.isascii() for character in text) - broken
    return "utf-8" if whole > broken else _WESTERN
