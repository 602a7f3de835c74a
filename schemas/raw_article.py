"""What a wire sent, before anyone judged it."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from schemas.model import Digest, Timestamp

__all__ = [
    "LARGEST_VERSION",
    "LONGEST_ARTICLE_ID",
    "ArticleId",
    "BodyType",
    "Link",
    "Original",
    "PubStatus",
    "RawArticle",
    "Urgency",
    "Version",
    "WireSubject",
]

LONGEST_ARTICLE_ID = 512
ArticleId = Annotated[str, Field(min_length=1, max_length=LONGEST_ARTICLE_ID)]
"""Stable over all versions of one article; also the record key."""

BodyType = Literal["text/plain", "text/html"]

PubStatus = Literal["usable", "withheld", "canceled"]
"""The pubStatus of ninjs 3.1; `canceled` is a kill."""

Urgency = Annotated[int, Field(ge=1, le=9)]
"""IPTC urgency: 1 is a flash, 9 the least urgent."""


LARGEST_VERSION = 2**53 - 1
Version = Annotated[int, Field(ge=1, le=LARGEST_VERSION)]
"""Higher is newer. Bounded as in RFC 7493: beyond, JSON readers in other languages would round it."""


class _Read(BaseModel):
    """Others write these too: a field we do not know is passed over, a wrong type is not.

    An error never quotes its input: unpublished copy must not reach a log.
    """

    model_config = ConfigDict(frozen=True, extra="ignore", strict=True, hide_input_in_errors=True)


class Original(_Read):
    """The bytes of the wire, so that a better parser can be run over them later."""

    media_type: str
    sha256: Digest
    payload: str | None = Field(default=None, description="base64, or null when the bytes are kept elsewhere")


class WireSubject(_Read):
    """A subject as the wire coded it, in whatever scheme it uses."""

    code: str
    name: str | None = None
    scheme: str | None = None


class Link(_Read):
    """Another article this one has to do with, as its wire names it."""

    relation: Literal["corrects", "replaces", "updates", "kills", "adds_to", "translates", "part_of", "see_also"]
    article_id: ArticleId
    version: Version | None = None


class RawArticle(_Read):
    """One version of one article. Record of `articles-raw`, key `article_id`."""

    article_id: ArticleId
    version: Version = 1
    source: str = Field(min_length=1, description="who published it")
    headline: str = ""
    body: str
    body_type: BodyType = "text/plain"
    language: str | None = Field(default=None, description="BCP 47, as declared by the wire")
    published_at: Timestamp | None = None
    first_created_at: Timestamp | None = None
    version_created_at: Timestamp | None = None
    fetched_at: Timestamp | None = None
    byline: str | None = None
    dateline: str | None = None
    slugline: str | None = None
    ed_note: str | None = None
    credit_line: str | None = None
    copyright: str | None = None
    usage_terms: str | None = None
    url: str | None = None
    located: str | None = None
    urgency: Urgency | None = None
    pub_status: PubStatus = "usable"
    signal: str | None = Field(default=None, description="correction, update, kill, ...")
    embargoed_until: Timestamp | None = None
    expires_at: Timestamp | None = None
    subjects: tuple[WireSubject, ...] = Field(default=(), description="the wire's own codes")
    keywords: tuple[str, ...] = ()
    item_type: str | None = Field(default=None, description="text, picture, video, ...; null where the wire is silent")
    take: str | None = Field(
        default=None, description="which part or writing of a running story: 1stLd-Writethru, ADD 2"
    )
    links: tuple[Link, ...] = Field(default=(), description="what it corrects, replaces, adds to")
    notices: tuple[str, ...] = Field(default=(), description="words that made status, signal or embargo, as they stood")
    repairs: tuple[str, ...] = Field(default=(), description="what had to be mended to read it")
    original: Original | None = None
