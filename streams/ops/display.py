"""Strangers' bytes as text that is safe to show: no control character of theirs reaches a terminal. Pure."""

import json

__all__ = ["legible", "safe"]

DUMPED_BYTES = 4096
ROW_BYTES = 16


def safe(text: str) -> str:
    r"""The text with all that is not to be seen written out, but for line breaks.

    Covers what moves a cursor, rings a bell or turns the direction of writing, and lone surrogates.

    >>> safe("a\x1b[2Jb")
    'a\\x1b[2Jb'
    """
    return "".join(char if char.isprintable() or char == "\n" else _escaped(char) for char in text)


def legible(value: bytes) -> str:
    """JSON laid out, other text as it is, anything else as a hexadecimal dump of its beginning; all of it safe."""
    try:
        return safe(json.dumps(json.loads(value), indent=2, ensure_ascii=False))
    except (ValueError, RecursionError):  # of no encoding, no JSON, or JSON made to hurt
        pass
    try:
        return safe(value.decode())
    except UnicodeDecodeError:
        return _dump(value)


def _escaped(char: str) -> str:
    code = ord(char)
    return f"\\x{code:02x}" if code <= 0xFF else f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"  # noqa: PLR2004 -- Python's own notation


def _dump(value: bytes) -> str:
    starts = range(0, min(len(value), DUMPED_BYTES), ROW_BYTES)
    rows = (f"{start:08x}  {_row(value[start : start + ROW_BYTES])}" for start in starts)
    more = [f"... of {len(value)} bytes"] if len(value) > DUMPED_BYTES else []
    return "\n".join([*rows, *more])


def _row(row: bytes) -> str:
    text = "".join(chr(byte) if 0x20 <= byte < 0x7F else "." for byte in row)  # noqa: PLR2004 -- ASCII
    return f"{row.hex(' '):<{ROW_BYTES * 3 - 1}}  {text}"
