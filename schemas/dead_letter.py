"""A record that cannot be processed, and why."""

from pydantic import Field

from schemas.model import Timestamp, Written

__all__ = ["DeadLetter"]


class DeadLetter(Written):
    """Record of `articles-raw-dlq`: the original bytes as value, these fields as `dlq-` headers (streams.records)."""

    topic: str
    partition: int = Field(ge=0)
    offset: int = Field(ge=0)
    timestamp: Timestamp | None
    stage: str = Field(description="decode, misrouted, process, size, or the enrichment stage that failed")
    error: str = Field(description="class of the error")
    message: str
    attempts: int = Field(default=1, ge=1)
    pipeline: str
