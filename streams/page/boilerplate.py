"""Which blocks of a web page are the article. trafilatura finds it; every block it leaves out stays accounted for."""

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

import trafilatura

from streams.page.character import fold
from streams.page.markup import MarkupBlock, Page

__all__ = ["mark_boilerplate"]

_LARGEST = 1_000_000
_DEEPEST = 200
"""Beyond these trafilatura takes minutes or ends in a RecursionError; no page of a newspaper is near them."""

_PARAGRAPHS = frozenset(("p", "blockquote", "li", "div"))
_BYLINE = re.compile(r"(?:By|BY|Von|Par|Por)[: ]\s*\S.{1,80}$")
_LARGEST_TWICE = 500_000
_LEAST_LETTERS = 200
_LEAST_SHARE = 0.25
"""Of the letters outside menus and the like. When trafilatura finds less it may have taken the wrong part of the page,
and is asked again to rather find too much."""

_MATCHED = 0.5
_TELLING = 25
_LONG_LETTERS = 80
"""A paragraph that long counts though it stands in a form or an aside: some sites put all they have into one."""
_SENTENCE_END = re.compile(r"[.!?\u2026\u3002][\"'\u201d\u2019\u00bb)]*$")

_TOLD_SHARE = 0.7
"""Of the text a page tells of, and of what trafilatura finds, that must be there in paragraphs."""


class _Found(NamedTuple):
    """What trafilatura takes for the article, folded: its lines, and all of it."""

    lines: frozenset[str]
    whole: str


def mark_boilerplate(html: str, page: Page, *, told: str = "") -> tuple[MarkupBlock, ...]:
    """The blocks of a page in order; those that are not the article say why in `reason`.

    trafilatura says which the article is; a short sentence between two paragraphs of it belongs to it, too. `told` is
    the text as the page itself gives it to search engines (schema.org/articleBody); where it is the whole of what is
    found, its paragraphs are the article's.
    """
    found, kept = _article(html, page)
    if told and (of_told := _in_told(page, told, found)):
        kept = of_told
    if not kept:
        return page.blocks
    certain = {*kept, *_between(page, kept)}
    return tuple(
        replace(block, reason=None) if index in certain else _left_out(block) for index, block in enumerate(page.blocks)
    )


def _article(html: str, page: Page) -> tuple[_Found, list[int]]:
    """What trafilatura finds, and the blocks that are in it."""
    letters = _letters(page, range(len(page.blocks)))
    best: tuple[_Found, list[int]] = (_Found(frozenset(), ""), [])
    for favor_recall in (False, True):
        found = _found(html, page, favor_recall=favor_recall)
        kept = [index for index, block in enumerate(page.blocks) if _is_found(block, found)]
        size = _letters(page, kept)
        if size > _letters(page, best[1]):
            best = found, kept
        if size >= max(_LEAST_LETTERS, _LEAST_SHARE * letters) or len(html) > _LARGEST_TWICE:
            break
    return best if _letters(page, best[1]) >= min(_LEAST_LETTERS, _LEAST_SHARE * letters) else (best[0], [])


def _is_found(block: MarkupBlock, found: _Found) -> bool:
    """A paragraph that is all link leads to another article."""
    if block.linked and not block.is_heading:
        return False
    return _share(block, found) >= _MATCHED and (block.reason is None or len(block.text) >= _LONG_LETTERS)


def _between(page: Page, kept: list[int]) -> list[int]:
    """Sentences right between two blocks of the article, and the headline above it with what stands in between."""
    inside = frozenset(kept)
    found = [
        index
        for index in range(kept[0] + 1, kept[-1])
        if index not in inside
        and {index - 1, index + 1} <= inside
        and page.blocks[index].tag in _PARAGRAPHS
        and page.blocks[index].reason is None
        and not page.blocks[index].linked
        and _SENTENCE_END.search(page.blocks[index].text.strip())
    ]
    first = next((index for index in kept if len(page.blocks[index].text) >= _LONG_LETTERS), kept[0])
    top = next((index for index in range(first, -1, -1) if page.blocks[index].tag == "h1"), kept[0])
    bylines = [index for index in range(top, first) if _BYLINE.match(page.blocks[index].text.strip())]
    return [*found, top, *bylines]


def _left_out(block: MarkupBlock) -> MarkupBlock:
    return block if block.reason else replace(block, reason="links" if block.linked else "boilerplate")


def _in_told(page: Page, told: str, found: _Found) -> list[int]:
    """The blocks that are in the text the page tells of; none where that is a teaser, or another text."""
    whole = fold(told)
    kept = [
        index
        for index, block in enumerate(page.blocks)
        if (folded := fold(block.text)) and folded in whole and (block.reason is None or len(folded) >= _LONG_LETTERS)
    ]
    letters = _letters(page, kept)
    enough = letters >= _TOLD_SHARE * max(len(whole), len(found.whole))
    return kept if enough else []


def _found(html: str, page: Page, *, favor_recall: bool) -> _Found:
    if len(html) > _LARGEST or page.depth > _DEEPEST:
        return _Found(frozenset(), "")
    try:
        text = trafilatura.extract(html, include_comments=False, include_tables=True, favor_recall=favor_recall)
    except Exception:  # noqa: BLE001  it runs on whatever the net holds; without it the page's own tags must do
        return _Found(frozenset(), "")
    lines = list(map(fold, (text or "").splitlines()))
    return _Found(frozenset(lines) - {""}, "".join(lines))


def _share(block: MarkupBlock, found: _Found) -> float:
    """How much of a block is in what was found; a line may be broken elsewhere there, if it is long enough to tell."""
    lines = [fold(line) for line in block.text.splitlines()]
    total = sum(map(len, lines))
    there = (len(line) for line in lines if line in found.lines or (len(line) >= _TELLING and line in found.whole))
    return sum(there) / total if total else 0.0


def _letters(page: Page, indexes: Sequence[int]) -> int:
    blocks = (page.blocks[index] for index in indexes)
    return sum(len(fold(block.text)) for block in blocks if not block.linked)
