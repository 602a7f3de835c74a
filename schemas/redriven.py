"""A dead letter that was sent back, so that it is never sent twice."""

from pydantic import Field

from schemas.model import Digest, Timestamp, Written

__all__ = ["Redriven"]


class Redriven(Written):
    """Record of `articles-raw-dlq-redriven` (compacted), key `place`, or `topic/place` if not of `articles-raw-dlq`."""

    topic: str = Field(default="articles-raw-dlq", description="where the dead letter lies, without a prefix")
    place: str = Field(pattern=r"^[0-9]+:[0-9]+$", description="PARTITION:OFFSET of the dead letter")
    dead_letter: Digest = Field(description="which dead letter lay there, should the topic ever be made anew")
    attempts: int = Field(ge=1, description="how often the record has been redriven by now")
    redriven_at: Timestamp
