"""What the desk must know of an article to decide on it: small, and cheap to pass between processes."""

from typing import NamedTuple

from schemas.enriched_article import EnrichedArticle
from schemas.raw_article import PubStatus

__all__ = ["ArticleSummary", "summarise"]


class ArticleSummary(NamedTuple):
    """The deciding facts of one EnrichedArticle."""

    record_id: str
    article_id: str
    version: int
    pipeline: str
    source: str
    language: str | None
    urgency: int | None
    pub_status: PubStatus
    signal: str | None
    subjects: frozenset[str]
    """Codes of the subjects that are more probable than not, and of all their parents."""
    entities: frozenset[str]
    """Ids and names of its entities, casefolded."""


def summarise(article: EnrichedArticle) -> ArticleSummary:
    """Read off an article what decide() asks for."""
    likely = (subject for subject in article.subjects if subject.likely)
    subjects = {code for subject in likely for code in (subject.code, *subject.parents)}
    entities = {label for entity in article.entities for label in (entity.id.casefold(), entity.name.casefold())}
    return ArticleSummary(
        record_id=article.record_id,
        article_id=article.article_id,
        version=article.version,
        pipeline=article.pipeline,
        source=article.source,
        language=article.language.code,
        urgency=article.urgency,
        pub_status=article.pub_status,
        signal=article.signal,
        subjects=frozenset(subjects),
        entities=frozenset(entities),
    )
