"""How each input record ended: the books that `verify` proves."""

from typing import Literal

from pydantic import Field

from schemas.model import Digest, Written

__all__ = ["Disposition", "Outcome"]

Outcome = Literal[
    "enriched",
    "revised",
    "unchanged",
    "superseded",
    "killed",
    "held",
    "released",
    "withdrawn",
    "forgotten",
    "promoted",
    "dead_lettered",
]


class Disposition(Written):
    """Record of `articles-dispositions`: exactly one with cause `input` per committed input record and lane."""

    cause: Literal["input", "timer", "routes"]
    lane: Literal["main", "flash"]
    topic: str
    partition: int = Field(ge=0)
    offset: int = Field(ge=0)
    article_id: str | None = Field(description="null when the bytes do not tell")
    version: int | None
    outcome: Outcome
    reason: str
    routes: tuple[str, ...]
    outputs: tuple[Digest, ...] = Field(description="record_id of every output, in the order of writing")
    rules: Digest = Field(description="hash of the routing that decided")
