"""Wire formats: bytes to articles, without a file, a socket or a clock. A new format is a module and a line here."""

from collections.abc import Callable
from dataclasses import dataclass

from pydantic import ValidationError

from schemas.raw_article import RawArticle
from streams.errors import WireError
from streams.formats import jsonl, text, webpage
from streams.formats.charset import decode

__all__ = ["FORMATS", "MEDIA_TYPES", "Format", "parse", "sniff"]


@dataclass(frozen=True, slots=True)
class Format:
    """One wire format. `fits` judges the decoded beginning of a file, `parse` takes its bytes and the source."""

    media_type: str
    suffixes: tuple[str, ...]
    fits: Callable[[str], bool]
    parse: Callable[[bytes, str], tuple[RawArticle, ...]]


FORMATS = {
    "jsonl": Format(jsonl.MEDIA_TYPE, (".json", ".jsonl", ".ndjson"), jsonl.is_jsonl, jsonl.parse_jsonl),
    "html": Format(webpage.MEDIA_TYPE, (".html", ".htm", ".xhtml"), webpage.is_html, webpage.parse_html),
    "text": Format(text.MEDIA_TYPE, (".txt",), lambda _head: True, text.parse_text),
}
"""By name, in the order in which `sniff` asks them; text, which everything fits, is the last."""

MEDIA_TYPES = {
    "application/json": "jsonl",
    "application/x-ndjson": "jsonl",
    "application/xhtml+xml": "html",
    "text/html": "html",
    "text/plain": "text",
}

_HEAD_BYTES = 4096
_MOST_CONTROLS = 0.1
_SIGNATURES = {b"%PDF-": "PDF", b"PK\x03\x04": "ZIP", b"\x1f\x8b": "gzip", b"\x89PNG": "PNG", b"\xff\xd8\xff": "JPEG"}


def parse(data: bytes, *, name: str, format_name: str | None = None, source: str = "file") -> tuple[RawArticle, ...]:
    """Read the articles of one file.

    `format_name` is a name or a media type; without one the content decides. `name` is for the one who reads the
    error: what a file is called says nothing about what is in it.

    Raises:
        WireError: whatever is wrong with the bytes; nothing else is raised for any bytes.
    """
    if not data:
        raise WireError("empty file")
    wire = FORMATS.get(_known(format_name) if format_name else sniff(data))
    if wire is None:
        raise WireError(f"no format {format_name!r} for {name}; there are {', '.join(FORMATS)}")
    try:
        return wire.parse(data, source)
    except ValidationError as error:
        problem = error.errors(include_input=False, include_url=False, include_context=False)[0]
        raise WireError(f"{'.'.join(map(str, problem['loc']))}: {problem['msg']}") from error


def sniff(data: bytes) -> str:
    """The name of the format that the content speaks for.

    Raises:
        WireError: it speaks for something that is not read here, rather than for text.
    """
    kind = next((kind for signature, kind in _SIGNATURES.items() if data.startswith(signature)), None)
    if kind is not None:
        raise WireError(f"{kind}, which is not read here")
    head = decode(data[:_HEAD_BYTES])
    controls = sum(character < " " and character not in "\t\n\r\f" for character in head)
    if controls > _MOST_CONTROLS * len(head):
        raise WireError("binary data, not text")
    name = next(name for name, wire in FORMATS.items() if wire.fits(head))
    if name == "text" and head.lstrip().startswith("<?xml"):
        raise WireError("XML in a format that is not read here")
    return name


def _known(format_name: str) -> str:
    return MEDIA_TYPES.get(format_name.partition(";")[0].strip().lower(), format_name)
