"""Where known names stand that a model did not see, and what of them is free."""

from collections.abc import Mapping, Sequence
from typing import Final

from schemas.enriched_article import EntityType
from streams.enrich.models import NamedSpan
from streams.enrich.naming import occurrences

__all__ = ["UNSEEN", "in_capitals", "standing", "without_names", "without_overlap"]

UNSEEN: Final = 0.0
"""The confidence of a mention that the model did not see: it is told what it is, and has no vote."""

_BLANK: Final = "_"
"""Of a word, as `occurrences` has it."""


def standing(types: Mapping[str, EntityType], text: str) -> list[NamedSpan]:
    """All mentions of these names as whole words, the longest first where they overlap; in capitals where all is."""
    spans = [NamedSpan(start, end, types[text[start:end]], UNSEEN) for start, end in occurrences(types, text)]
    if not (capitals := in_capitals(text)):
        return spans
    shouted = {name.upper(): kind for name, kind in types.items()}
    there = occurrences(shouted, capitals)
    return without_overlap(
        spans, [NamedSpan(start, end, shouted[text[start:end]], UNSEEN) for start, end in there], len(text)
    )


def in_capitals(text: str) -> str:
    """The text with all lines blank but those in capitals, as many wires send headlines; empty if there are none."""
    lines = text.split("\n")
    if not any(map(str.isupper, lines)):
        return ""
    return "\n".join(line if line.isupper() else " " * len(line) for line in lines)


def without_names(text: str, spans: Sequence[NamedSpan]) -> str:
    """The text with its names blanked out by what none has, so that no other stands there or touches them."""
    parts, after = [], 0
    for start, end, *_ in spans:
        parts += [text[after:start], _BLANK * (end - start)]
        after = end
    return "".join([*parts, text[after:]])


def without_overlap(first: Sequence[NamedSpan], second: Sequence[NamedSpan], length: int) -> list[NamedSpan]:
    """All of the first, and of the second what touches none of them, in reading order."""
    taken = bytearray(length)
    for start, end, *_ in first:
        taken[start:end] = b"\1" * (end - start)
    return sorted([*first, *[span for span in second if taken.find(1, span.start, span.end) < 0]])
