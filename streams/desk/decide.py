"""The desk's decision on one article: what happened to it, and what each wire is told. Pure."""

from dataclasses import dataclass
from datetime import datetime

from schemas.disposition import Outcome
from schemas.wire_change import WireAction
from streams.desk.routing import Routing
from streams.desk.summary import ArticleSummary

__all__ = ["Decision", "LedgerEntry", "Move", "decide"]


@dataclass(frozen=True, slots=True)
class LedgerEntry:
    """What the desk remembers of an article from its earlier versions."""

    version: int
    wires: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Move:
    """One wire and what it is told."""

    wire: str
    action: WireAction


@dataclass(frozen=True, slots=True)
class Decision:
    """How an input record ends, and the changes that follow from it."""

    outcome: Outcome
    reason: str
    routes: tuple[str, ...]
    moves: tuple[Move, ...]


def decide(article: ArticleSummary, entry: LedgerEntry | None, now: datetime, routing: Routing) -> Decision:
    """Judge one article against what the desk remembers of it.

    Versions, kills and embargoes are carried by the article and not yet acted on: `entry` and `now`
    are the seam where the ledger comes in.
    """
    del entry, now
    routes = routing.match(article)
    return Decision(
        outcome="enriched",
        reason="new article version",
        routes=routes,
        moves=tuple(Move(wire, "added") for wire in routes),
    )
