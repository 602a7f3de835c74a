"""A stretch of text on its way through cleaning, and what cleaning learns on that way."""

from dataclasses import dataclass, field
from typing import NamedTuple

from schemas.enriched_article import Removed

__all__ = ["Block", "Findings"]


class Block(NamedTuple):
    """One line of text; `is_heading` is None where the wire does not say."""

    text: str
    is_heading: bool | None = None
    order: int = 0
    """Where it stood in the body, so that what is removed is told in reading order."""
    reason: str | None = None
    """Why its place on the page makes it no text, whatever it says."""


@dataclass(slots=True)
class Findings:
    """Collects, while one article is cleaned, what was taken out and what it said."""

    taken: list[tuple[int, Removed]] = field(default_factory=list)
    values: dict[str, list[str]] = field(default_factory=dict)

    def take(self, block: Block, reason: str, text: str, *, value: str | None = None) -> None:
        """Note that `text` leaves the block, and the value it carried if any."""
        self.taken.append((block.order, Removed(reason=reason, text=text)))
        if value is not None:
            self.values.setdefault(reason, []).append(value)

    def value(self, reason: str) -> str | None:
        """All that was found for a reason, None if nothing was."""
        return "; ".join(self.values.get(reason, ())) or None

    def removed(self) -> tuple[Removed, ...]:
        """What was taken out, in reading order."""
        return tuple(removed for _, removed in sorted(self.taken, key=lambda entry: entry[0]))
