# ruff: noqa: RUF001 - typographic quotes and dashes are what wires send
"""Section headings, and the sections they open."""

import re
from collections.abc import Sequence

from schemas.enriched_article import Section, Span

__all__ = ["is_heading", "sections_of"]

_LONGEST = 100
_MOST_WORDS = 12
_FEW_WORDS = 8
_SHORTEST_PARAGRAPH = 60
_NO_HEADING_ENDS = tuple(".!?:;,…-–—\"'”“»«’)")
_FACT = re.compile(r":.*\d")  # "Attendance: 25,817"
_PARAGRAPH_ENDS = (".", "!", "?", ":", "…", "”", '"', "“", "»", ")")


def is_heading(text: str, following: str) -> bool:
    """Whether a block without markup reads like a heading: short, no sentence, above a paragraph."""
    return (
        len(text) <= _LONGEST
        and not text.endswith(_NO_HEADING_ENDS)
        and (text[0].isupper() or text[0].isdigit())
        and _reads_like_title(text.split())
        and not _FACT.search(text)
        and len(following) >= max(_SHORTEST_PARAGRAPH, len(text))
        and following.endswith(_PARAGRAPH_ENDS)
    )


def sections_of(headings: Sequence[Span], length: int) -> tuple[Section, ...]:
    """The sections of a text of this length; what stands above the first heading is the lead."""
    starts = [heading.start for heading in headings]
    ends = [*starts[1:], length] if starts else []
    lead_end = starts[0] if starts else length
    lead = (Section(start=0, end=lead_end, heading=None),) if lead_end else ()
    below = (
        Section(start=start, end=end, heading=heading)
        for start, end, heading in zip(starts, ends, headings, strict=True)
    )
    return (*lead, *below)


def _reads_like_title(words: list[str]) -> bool:
    """Few words, or mostly capitalised ones; figures make it a line of a table."""
    figures = sum(any(map(str.isdigit, word)) for word in words)
    capitalised = sum(word[0].isupper() for word in words)
    return len(words) <= _MOST_WORDS and figures <= 1 and (len(words) <= _FEW_WORDS or capitalised * 2 >= len(words))
