"""Plain text: one article a file. The headline stays empty; the cleaner finds it, as it does for every wire."""

from schemas.raw_article import RawArticle
from streams.errors import WireError
from streams.formats.charset import decode
from streams.formats.origin import content_id, original

__all__ = ["MEDIA_TYPE", "parse_text"]

MEDIA_TYPE = "text/plain"


def parse_text(data: bytes, source: str) -> tuple[RawArticle, ...]:
    """The text of a file as one article.

    Raises:
        WireError: there is nothing but white space in it.
    """
    body = decode(data)
    if not body.strip():
        raise WireError("empty file")
    article = RawArticle(
        article_id=content_id(source, body),
        source=source,
        body=body,
        original=original(data, MEDIA_TYPE),
    )
    return (article,)
