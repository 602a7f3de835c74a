# ruff: noqa: RUF001 - typographic quotes and dashes are what wires send
"""The headline: made plain, and recognised where a page sets it again."""

import html
import re
from typing import NamedTuple

from streams.page.character import fold, one_line, without_invisible

__all__ = ["Repeat", "find_repeat", "plain_headline"]

_INLINE_TAG = re.compile(
    r"</?(?:a|b|br|cite|em|font|h[1-6]|i|mark|p|q|small|span|strong|sub|sup|u)(?:\s[^<>]*)?/?>", re.IGNORECASE
)
_ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")
_ROUNDS = 4
_LEAST_LETTERS = 12
_LONGEST_TRAIL = 60
_TRAIL = re.compile(r"(?i:home|news|startseite|accueil|inicio)\b.*|.*[>»›/|]")


class Repeat(NamedTuple):
    """How a block repeats the headline: what the headline is without its breadcrumb, and that breadcrumb."""

    headline: str
    breadcrumb: str


def plain_headline(text: str) -> str:
    """One line without tags, entities and invisible characters. Idempotent: a text that never settles is left coded."""
    plain = safe = _spaced(text)
    for _ in range(_ROUNDS):
        before, plain = plain, _spaced(_INLINE_TAG.sub("", _decoded(plain)))
        if plain == before:
            return plain
    return safe


def find_repeat(headline: str, block: str) -> Repeat | None:
    """Whether a block is the headline again, with or without a breadcrumb glued to either of the two."""
    whole, again = fold(headline), fold(block)
    if not whole or not again or len(block) > len(headline) * 2 + _LONGEST_TRAIL:
        return None
    if whole == again:
        return Repeat(headline, "")
    if len(again) >= _LEAST_LETTERS and whole.endswith(again):
        trail = _trail(headline, block)
        return Repeat(plain_headline(block) if trail else headline, trail)
    if len(whole) >= _LEAST_LETTERS and again.endswith(whole):
        trail = _trail(block, headline)
        return Repeat(headline, trail) if trail else None
    return None


def _trail(longer: str, shorter: str) -> str:
    """What stands before `shorter` in `longer`, if it reads like the way to a page: "Home World Europe"."""
    if not longer.endswith(shorter):
        return ""
    trail = longer.removesuffix(shorter).rstrip()
    return trail if len(trail) <= _LONGEST_TRAIL and _TRAIL.fullmatch(trail) else ""


def _decoded(text: str) -> str:
    """Only entities written out with their semicolon: "R&D" and "Food&parking" are no entities."""
    return _ENTITY.sub(lambda match: html.unescape(match[0]), text)


def _spaced(text: str) -> str:
    return one_line(without_invisible(text))
