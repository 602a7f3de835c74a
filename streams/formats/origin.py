"""Where an article comes from: what a transport knows of its bytes, the bytes, and a name if they give none."""

from base64 import b64encode
from dataclasses import dataclass
from hashlib import sha256

from schemas.raw_article import Original
from streams.errors import WireError

__all__ = ["Hint", "content_id", "original", "refuse_crowd"]

_FREE_COUNT = 1000
_LEAST_BYTES = 256
LARGEST_PAYLOAD_BYTES = 2 << 20
"""With its base64 and its text a larger one would not fit into a record of `articles-raw`."""


@dataclass(frozen=True, slots=True)
class Hint:
    """What a transport knows of some bytes without looking inside.

    `name` is for whoever reads an error: what a file is called says nothing about what is in it. `format_name` is a
    format or a media type, as an HTTP header has it; without one the content decides. `url` is where a page or feed was
    fetched, which its relative links count from.
    """

    source: str = "file"
    name: str = "input"
    format_name: str | None = None
    url: str | None = None


def refuse_crowd(what: str, count: int, size: int) -> None:
    """Refuse a file of so many small things that reading it would take more time and memory than news ever needs.

    A thousand are always read; beyond, one for each 256 bytes, which is less than a headline and its names take.

    Raises:
        WireError: there are too many.
    """
    most = _FREE_COUNT + size // _LEAST_BYTES
    if count > most:
        raise WireError(f"{count} {what} in {size} bytes, more than {most}: split it")


def original(data: bytes, media_type: str) -> Original:
    """The bytes as they came; of very large ones only the sha256."""
    payload = b64encode(data).decode() if len(data) <= LARGEST_PAYLOAD_BYTES else None
    return Original(media_type=media_type, sha256=sha256(data).hexdigest(), payload=payload)


def content_id(source: str, text: str) -> str:
    """A name for an article that brings none: the same text from the same source is the same article.

    It goes by the whole text, not by its first line or its file's name: a slug such as "MARKETS" opens a new
    article every day, and two articles under one name would mean that one of them is lost. White space does not count.
    """
    return f"{source}:{sha256(' '.join(text.split()).encode()).hexdigest()}"
