"""What a consumer of a wire reads: one change at a time, numbered."""

from typing import Literal

from pydantic import Field

from schemas.enriched_article import EnrichedArticle
from schemas.model import Digest, Written
from schemas.raw_article import ArticleId, Version

__all__ = ["WireAction", "WireChange"]

WireAction = Literal["added", "revised", "withdrawn", "killed", "released"]


class WireChange(Written):
    """Record of `wire-<name>`, key `article_id`.

    `article` stays the last field: the lane puts the enriched bytes there without parsing them (streams.records).
    """

    record_id: Digest = Field(description="sha256 of (wire, article_id, version, pipeline, action, sequence)")
    action: WireAction
    wire: str
    sequence: int = Field(ge=1, description="counts the changes of this wire and partition, without gaps")
    article_id: ArticleId
    version: Version
    change: str | None = Field(default=None, description="what a revision changed")
    article: EnrichedArticle | None = Field(description="null when withdrawn or killed")
