"""What leaves the enrichment: the article cleaned, with its entities and subjects."""

from typing import Annotated, Literal

from pydantic import Field

from schemas.model import Digest, Ratio, Timestamp, Written
from schemas.raw_article import ArticleId, Link, PubStatus, Urgency, Version, WireSubject

__all__ = [
    "LIKELY",
    "EnrichedArticle",
    "Entity",
    "EntityType",
    "Genre",
    "GenreName",
    "Language",
    "Mention",
    "Provenance",
    "Removed",
    "Section",
    "Span",
    "Subject",
]

Offset = Annotated[int, Field(ge=0)]
"""A count of Unicode code points, as Python slices strings."""

LIKELY = 0.5
"""More likely than not."""

EntityType = Literal["person", "organisation", "place", "group", "event", "product", "work", "law"]
"""Armed groups and parties are organisations, facilities are places, peoples and religions are groups."""


class Span(Written):
    """Half open: `text[start:end]`."""

    start: Offset
    end: Offset


class Section(Written):
    """A stretch of `text` under one heading; the lead has none."""

    start: Offset
    end: Offset
    heading: Span | None


class Removed(Written):
    """Something cleaning took out, and why; nothing is dropped without a line here."""

    reason: str
    text: str


class Language(Written):
    """The language found in the text, beside the one the wire declared. `code` is null when unsure."""

    code: str | None
    confidence: Ratio
    declared: str | None


class Mention(Written):
    """`text` is exactly `article.<field>[start:end]`."""

    field: Literal["headline", "text"]
    start: Offset
    end: Offset
    text: str


class Entity(Written):
    """A person, organisation, place... with every mention of it in this article."""

    id: str = Field(description="wd:Q..., else geonames:..., else a hash of type and canonical name")
    name: str
    type: EntityType
    qid: str | None = None
    iso: str | None = Field(default=None, description="ISO 3166-1 alpha-2, for countries")
    mentions: tuple[Mention, ...]
    salience: Ratio
    evidence: str = Field(description="how it was found or linked")


class Subject(Written):
    """An IPTC Media Topic the article is about."""

    code: str = Field(pattern=r"^medtop:\d{8}$")
    name: str
    confidence: Ratio
    parents: tuple[str, ...] = Field(description="codes up to the top topic, nearest first")
    evidence: tuple[str, ...] = Field(description="the words that counted most, the wire's code, or the rule and why")
    made_by: Literal["model", "rule", "wire"] = "model"

    @property
    def likely(self) -> bool:
        """More likely than not; below are candidates, for whoever ranks or counts. Routing goes by this."""
        return self.confidence >= LIKELY


GenreName = Literal["obituary", "live_blog", "interview", "opinion", "market_report", "sports_result", "advisory"]
"""Kinds of text that are no plain news report."""


class Genre(Written):
    """What kind of text an article is, where that is plain."""

    name: GenreName
    reason: str = Field(description="what says so: the wire, or words of the headline")


class Provenance(Written):
    """What made a field: enough to know whether two records can be compared."""

    stage: str
    version: str
    model: str | None = None


class EnrichedArticle(Written):
    """One version of one article, judged. Record of `articles-enriched`, key `article_id`.

    `routes` stays the last field: the lane knows the routes only after the rest was written (streams.records).
    """

    record_id: Digest = Field(description="sha256 of (article_id, version, pipeline)")
    article_id: ArticleId
    version: Version
    source: str
    headline: str
    text: str
    paragraphs: tuple[Span, ...]
    sections: tuple[Section, ...]
    removed: tuple[Removed, ...]
    language: Language
    entities: tuple[Entity, ...] = Field(description="most salient first")
    entities_status: Literal["complete", "partial", "no_model"] = Field(
        description="partial: only the start of a very long text was read; no_model: none for this language"
    )
    subjects: tuple[Subject, ...] = Field(description="most confident first")
    subjects_status: Literal["found", "abstained", "no_model"] = Field(
        description="of the model: abstained: it was sure of nothing; no_model: none for this language"
    )
    wire_subjects: tuple[WireSubject, ...] = Field(description="the wire's own codes, as sent")
    genre: Genre | None = Field(default=None, description="null for most: a plain report, or not sure")
    published_at: Timestamp | None
    version_created_at: Timestamp | None
    fetched_at: Timestamp | None
    byline: str | None
    dateline: str | None
    slugline: str | None
    ed_note: str | None
    credit_line: str | None
    copyright: str | None
    usage_terms: str | None
    url: str | None
    located: str | None
    urgency: Urgency | None
    pub_status: PubStatus
    signal: str | None
    embargoed_until: Timestamp | None
    expires_at: Timestamp | None
    keywords: tuple[str, ...]
    first_created_at: Timestamp | None = None
    item_type: str | None = None
    take: str | None = None
    links: tuple[Link, ...] = ()
    notices: tuple[str, ...] = ()
    repairs: tuple[str, ...] = ()
    body_sha256: Digest
    original_sha256: Digest | None
    provenance: dict[str, Provenance]
    pipeline: Digest = Field(description="hash of stage versions, models, knowledge base and rules")
    routes: tuple[str, ...] = ()
