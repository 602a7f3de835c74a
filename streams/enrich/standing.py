"""Where known names stand that a model did not see, and what of them is free."""

from collections.abc import Mapping, Sequence
from typing import Final

from schemas.enriched_article import EntityType
from streams.enrich.models import NamedSpan
from streams.enrich.naming import occurrences

__all__ = ["UNSEEN", "standing", "without_overlap"]

UNSEEN: Final = 0.0
"""The confidence of a mention that the model did not see: it is told what it is, and has no vote."""


def standing(types: Mapping[str, EntityType], text: str) -> list[NamedSpan]:
    """All mentions of these names as whole words, the longest first where they overlap."""
    return [NamedSpan(start, end, types[text[start:end]], UNSEEN) for start, end in occurrences(types, text)]


def without_overlap(first: Sequence[NamedSpan], second: Sequence[NamedSpan], length: int) -> list[NamedSpan]:
    """All of the first, and of the second what touches none of them, in reading order."""
    taken = bytearray(length)
    for span in first:
        taken[span.start : span.end] = b"\1" * (span.end - span.start)
    return sorted([*first, *(span for span in second if 1 not in taken[span.start : span.end])])
