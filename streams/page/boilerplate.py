"""Which blocks of a web page are the article. trafilatura finds it; every block it leaves out stays accounted for."""

from collections.abc import Sequence
from dataclasses import replace

import trafilatura

from streams.page.character import fold
from streams.page.markup import MarkupBlock, Page

__all__ = ["mark_boilerplate"]

_LARGEST = 1_000_000
_DEEPEST = 200
"""Beyond these trafilatura takes minutes or ends in a RecursionError; no page of a newspaper is near them."""

_LEAST_SHARE = 0.25
"""Of the letters outside menus and the like: when trafilatura finds less, it took the wrong part of the page."""

_TOLD_SHARE = 0.7
"""Of the text a page tells of, and of what trafilatura finds, that must be there in paragraphs."""


def mark_boilerplate(html: str, page: Page, *, told: str = "") -> tuple[MarkupBlock, ...]:
    """The blocks of a page in order; those that are not the article say why in `reason`.

    trafilatura says where the article begins and ends. Within, a block is left out only for what it is,
    so that no short paragraph is lost. `told` is the text as the page itself gives it to search engines
    (schema.org/articleBody); where it is the whole of what is found, its paragraphs are the article's.
    """
    found = _lines_found(html, page)
    if told and (blocks := _as_told(page, told, found)):
        return blocks
    if not found:
        return page.blocks
    kept = [index for index, block in enumerate(page.blocks) if block.reason is None and _share(block, found) >= 0.5]  # noqa: PLR2004
    if not kept or _letters(page, kept) < _LEAST_SHARE * _letters(page, range(len(page.blocks))):
        return page.blocks
    inside = range(_top(page, kept[0]), kept[-1] + 1)
    certain = frozenset(kept)
    return tuple(
        block if index in certain else _judged(block, inside=index in inside) for index, block in enumerate(page.blocks)
    )


def _as_told(page: Page, told: str, found: frozenset[str]) -> tuple[MarkupBlock, ...]:
    """The blocks that are in the text the page tells of; none where that is a teaser, or another text."""
    whole = fold(told)
    kept = frozenset(
        index
        for index, block in enumerate(page.blocks)
        if block.reason is None and (folded := fold(block.text)) and folded in whole
    )
    letters = _letters(page, sorted(kept))
    if letters < _TOLD_SHARE * len(whole) or letters < _TOLD_SHARE * sum(map(len, found)):
        return ()
    top = _top(page, min(kept))
    return tuple(
        block if index in kept or index == top else _judged(block, inside=False)
        for index, block in enumerate(page.blocks)
    )


def _top(page: Page, first: int) -> int:
    """The headline above the first paragraph, so that the byline between the two belongs to the article."""
    titles = (index for index in range(first, -1, -1) if page.blocks[index].tag == "h1")
    return next(titles, first)


def _judged(block: MarkupBlock, *, inside: bool) -> MarkupBlock:
    if block.reason is not None or (inside and not block.linked):
        return block
    return replace(block, reason="links" if block.linked else "boilerplate")


def _lines_found(html: str, page: Page) -> frozenset[str]:
    if len(html) > _LARGEST or page.depth > _DEEPEST:
        return frozenset()
    try:
        text = trafilatura.extract(html, include_comments=False, include_tables=True, favor_recall=True)
    except Exception:  # noqa: BLE001  it runs on whatever the net holds; without it the page's own tags must do
        return frozenset()
    return frozenset(map(fold, (text or "").splitlines())) - {""}


def _share(block: MarkupBlock, found: frozenset[str]) -> float:
    lines = [fold(line) for line in block.text.splitlines()]
    total = sum(map(len, lines))
    return sum(len(line) for line in lines if line in found) / total if total else 0.0


def _letters(page: Page, indexes: Sequence[int]) -> int:
    blocks = (page.blocks[index] for index in indexes)
    return sum(len(fold(block.text)) for block in blocks if block.reason is None and not block.linked)
