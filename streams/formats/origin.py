"""Where an article comes from: its original bytes, and its name where the wire gives none."""

from base64 import b64encode
from hashlib import sha256

from schemas.raw_article import Original

__all__ = ["content_id", "original"]

LARGEST_PAYLOAD_BYTES = 2 << 20
"""With its base64 and its text a larger one would not fit into a record of `articles-raw`."""


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
