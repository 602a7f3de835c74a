"""Plain text: one article a file. The headline stays empty; the cleaner finds it, as it does for every wire."""

from schemas.raw_article import RawArticle
from streams.errors import WireError
from streams.formats.charset import read_text
from streams.formats.item import Item, assemble
from streams.formats.origin import Hint, original

__all__ = ["MEDIA_TYPE", "parse_text"]

MEDIA_TYPE = "text/plain"


def parse_text(data: bytes, hint: Hint) -> tuple[RawArticle, ...]:
    """The text of a file as one article.

    Raises:
        WireError: there is nothing but white space in it.
    """
    body, repairs = read_text(data)
    if not body.strip():
        raise WireError("empty file")
    return (assemble(Item(body=body, repairs=repairs), hint, original(data, MEDIA_TYPE)),)
