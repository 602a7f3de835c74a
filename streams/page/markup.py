# ruff: noqa: SIM905 - lists of words read best as words
"""HTML to blocks. The parser reports tags as they come, so depth costs nothing and nothing is lost to a tree."""

import re
from collections import Counter
from dataclasses import dataclass, field

from lxml import etree  # type: ignore[import-untyped]  # its stubs lag behind

from streams.page.character import one_line

__all__ = ["MarkupBlock", "Page", "is_page", "read_markup"]

_NO_TEXT = frozenset("head iframe math noembed noscript object script style svg template textarea".split())
_FURNITURE = {
    "aside": "aside",
    "button": "form",
    "dialog": "form",
    "figcaption": "caption",
    "footer": "footer",
    "form": "form",
    "menu": "navigation",
    "nav": "navigation",
    "select": "form",
}
_HEADINGS = frozenset(("h1", "h2", "h3", "h4", "h5", "h6"))
_BLOCKS = (
    frozenset(
        "address article aside blockquote body caption center dd details div dl dt fieldset figcaption figure "
        "footer form header hgroup hr html li main menu nav ol optgroup option p pre section summary table tbody "
        "tfoot thead tr ul".split()
    )
    | _HEADINGS
)
_LISTS = frozenset(("dd", "dt", "li", "option", "tr"))
_SPACED = frozenset(("br", "td", "th"))
_BLANK_LINE = re.compile(r"\n[^\S\n]*\n\s*")
_PAGE_TAG = re.compile(r"<(?:html|head|body)\b", re.IGNORECASE)
_SITE_NAME = re.compile(r"\s+[|»]\s+[^|»]{1,40}$")


@dataclass(frozen=True, slots=True)
class MarkupBlock:
    """A stretch of text between block tags; its line ends are the page's `<br>` and, in `pre`, its own."""

    text: str
    tag: str
    reason: str | None
    """Which furniture it stands in, if any."""
    linked: bool
    """Whether all of it is link text."""
    preformatted: bool = False

    @property
    def is_heading(self) -> bool | None:
        """True or False where the markup says so, None where a reader has to judge."""
        return True if self.tag in _HEADINGS else False if self.tag in _LISTS else None


@dataclass(frozen=True, slots=True)
class Page:
    """What a page or a fragment holds."""

    title: str
    blocks: tuple[MarkupBlock, ...]
    depth: int

    @property
    def headline(self) -> str:
        """The first `h1`, else the title without the name of the site."""
        first = next((block.text for block in self.blocks if block.tag == "h1" and block.reason is None), "")
        return one_line(first) or _SITE_NAME.sub("", self.title)


def is_page(html: str) -> bool:
    """Whether HTML is a whole page, with more on it than the article, and no fragment."""
    return _PAGE_TAG.search(html) is not None


def read_markup(html: str) -> Page:
    """Read any string as HTML, in linear time and without raising."""
    parser = etree.HTMLParser(target=_Reader(), encoding="utf-8", huge_tree=True)
    parser.feed(html.encode())
    page = parser.close()
    assert isinstance(page, Page)
    return page


@dataclass(slots=True)
class _Reader:
    """Collects blocks as the parser calls, which names the methods and closes every tag it opens."""

    blocks: list[MarkupBlock] = field(default_factory=list)
    title: list[str] = field(default_factory=list)
    pieces: list[str] = field(default_factory=list)
    unlinked: bool = False
    tags: list[str] = field(default_factory=lambda: ["body"])
    furniture: list[str] = field(default_factory=list)
    open: Counter[str] = field(default_factory=Counter)
    silent: int = 0
    depth: int = 0
    deepest: int = 0

    def start(self, tag: str, _attributes: object) -> None:
        """A tag opens."""
        self.depth += 1
        self.deepest = max(self.deepest, self.depth)
        self.open[tag] += 1
        self.silent += tag in _NO_TEXT
        if tag in _BLOCKS:
            self._end_block()
            self.tags.append(tag)
        if tag in _FURNITURE:
            self.furniture.append(_FURNITURE[tag])
        if tag in _SPACED:
            self.pieces.append("\n" if tag == "br" else " ")

    def end(self, tag: str) -> None:
        """A tag closes."""
        if tag in _BLOCKS:
            self._end_block()
            self.tags.pop()
        if tag in _FURNITURE:
            self.furniture.pop()
        self.silent -= tag in _NO_TEXT
        self.open[tag] -= 1
        self.depth -= 1

    def data(self, text: str) -> None:
        """Text, whole or in part."""
        if self.open["title"] and not self.open["svg"]:
            self.title.append(text)
        elif not self.silent:
            self.pieces.append(text if self.open["pre"] else text.replace("\n", " "))
            self.unlinked = self.unlinked or not (self.open["a"] or text.isspace())

    def close(self) -> Page:
        """The input is at its end."""
        self._end_block()
        return Page(title=one_line("".join(self.title)), blocks=tuple(self.blocks), depth=self.deepest)

    def _end_block(self) -> None:
        text, linked = "".join(self.pieces), not self.unlinked
        self.pieces, self.unlinked = [], False
        reason = self.furniture[-1] if self.furniture else None
        preformatted = bool(self.open["pre"])
        for part in [text] if preformatted else _BLANK_LINE.split(text):
            if part and not part.isspace():
                self.blocks.append(MarkupBlock(part.strip("\n"), self.tags[-1], reason, linked, preformatted))
