"""A replay: its range fixed at the start, so that a resumed run ends where the first one would have."""

from typing import Literal

from pydantic import Field

from schemas.model import Digest, Timestamp, Written

__all__ = ["PartitionRange", "ReplayRun"]


class PartitionRange(Written):
    """Offsets `start` to `end`, half open, of one partition of the topic replayed."""

    partition: int = Field(ge=0)
    start: int = Field(ge=0)
    end: int = Field(ge=0)


class ReplayRun(Written):
    """Record of `replay-runs` (compacted), key `run`."""

    run: str = Field(pattern=r"^[a-z0-9][a-z0-9-]{0,62}$")
    topic: str
    output: str
    ranges: tuple[PartitionRange, ...]
    pipeline: str
    rules: Digest | None = Field(default=None, description="hash of the routing that fills in the routes")
    requested: str = Field(default="", description="what was asked for, in the words that led to the ranges")
    created_at: Timestamp
    status: Literal["running", "done"]
