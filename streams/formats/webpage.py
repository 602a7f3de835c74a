"""HTML: a page of a news site, of which the article is kept, or a fragment, which is one."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from html import escape
from typing import Any

from lxml import etree  # type: ignore[import-untyped]  # its stubs lag behind

from schemas.raw_article import RawArticle
from streams.errors import WireError
from streams.formats.address import canonical_url
from streams.formats.charset import read_text
from streams.formats.instant import instant_or_none
from streams.formats.item import Item, assemble
from streams.formats.origin import Hint, original
from streams.page.boilerplate import mark_boilerplate
from streams.page.character import one_line
from streams.page.markup import is_page, read_markup

__all__ = ["MEDIA_TYPE", "is_html", "parse_html"]

MEDIA_TYPE = "text/html"

_DECLARATION_BYTES = 4096
_CHARSET = re.compile(rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?\s*([\w.:-]{1,40})", re.IGNORECASE)
_CHARSET_OF_TYPE = re.compile(rb"charset\s*=\s*[\"']?([\w.:-]{1,40})", re.IGNORECASE)
_KEPT_TAGS = frozenset(("h1", "h2", "h3", "h4", "h5", "h6", "li", "blockquote"))
_NEWLINE = "\n"
_OPENING = re.compile(
    r"\s*(?:<\?xml[^>]*>\s*)?(?:<!--(?:(?!-->).)*-->\s*)*"
    r"<(?:!doctype\s+html|html|head|body|meta|title|article|section|main|header|div|p|h[1-6]|table|ul|ol|blockquote|pre|span|"
    r"strong|em|b|i|a|br|img|figure)\b",
    re.IGNORECASE | re.DOTALL,
)
_ROOT = re.compile(r"<!doctype\s+html\b|<html[\s>]", re.IGNORECASE)
_ARTICLE_TYPES = frozenset(("Article", "BlogPosting", "LiveBlogPosting", "NewsArticle", "ReportageNewsArticle"))


def is_html(head: str) -> bool:
    """Whether a text begins with a tag of HTML, or with another and has the root of a page further on."""
    return _OPENING.match(head) is not None or (head.lstrip()[:1] == "<" and _ROOT.search(head) is not None)


def parse_html(data: bytes, hint: Hint) -> tuple[RawArticle, ...]:
    """A page as one article, named by its canonical URL if it declares one.

    Raises:
        WireError: there is nothing but white space in it.
    """
    declared = _CHARSET.search(data[:_DECLARATION_BYTES]) or _CHARSET_OF_TYPE.search((hint.format_name or "").encode())
    html, repairs = read_text(data, declared=declared[1].decode("ascii", "replace") if declared else None)
    if not html.strip():
        raise WireError("empty file")
    head = _read_head(html)
    url = head.url(hint.url)
    title, body = _main_text(html, head) if is_page(html) else ("", html)
    item = Item(
        body=body,
        body_type="text/html",
        article_id=url,
        headline=head.text("headline") or title,
        language=head.text("inLanguage") or head.language,
        published=head.time("datePublished", "article:published_time"),
        version_created=head.time("dateModified", "article:modified_time"),
        expires=head.time("expires", "article:expiration_time"),
        byline=head.byline(),
        url=url,
        keywords=head.keywords(),
        repairs=repairs,
    )
    return (assemble(item, hint, original(data, MEDIA_TYPE)),)


def _main_text(html: str, head: "_Head") -> tuple[str, str]:
    """The headline, and the article's blocks as HTML; the whole page stays in `original`."""
    page = read_markup(html)
    blocks = mark_boilerplate(html, page, told=head.text("articleBody"))
    parts = []
    for block in blocks:
        if block.reason is None and not (block.tag == "h1" and one_line(block.text) == page.headline):
            tag = block.tag if block.tag in _KEPT_TAGS else "pre" if block.preformatted else "p"
            text = escape(block.text, quote=False)
            parts.append(f"<{tag}>{text if tag == 'pre' else text.replace(_NEWLINE, '<br>')}</{tag}>")
    return page.headline, _NEWLINE.join(parts)


@dataclass(slots=True)
class _Head:
    """What a page says of itself, in its head and in JSON-LD (schema.org/NewsArticle)."""

    language: str = ""
    canonical: str = ""
    meta: dict[str, str] = field(default_factory=dict)
    linked_data: dict[str, Any] = field(default_factory=dict)

    def text(self, name: str) -> str:
        """A JSON-LD property that is a plain string."""
        value = self.linked_data.get(name)
        return value.strip() if isinstance(value, str) else ""

    def url(self, fetched: str | None) -> str:
        """The canonical URL, or the one it was fetched from, without fragment and tracking parameters."""
        for url in (self.canonical, self.meta.get("og:url", ""), self.text("url"), fetched or ""):
            if url.strip().startswith(("https://", "http://")):
                return canonical_url(url)
        return ""

    def time(self, linked: str, meta: str) -> str:
        """The first that says when in a way that can be ordered."""
        found = (self.text(linked), self.meta.get(meta, "").strip())
        return next((text for text in found if instant_or_none(text)), "")

    def byline(self) -> str:
        """The authors by name."""
        authors = self.linked_data.get("author")
        named = (_name(author) for author in (authors if isinstance(authors, list) else [authors]))
        return ", ".join(filter(None, named)) or self.meta.get("author", "").strip()

    def keywords(self) -> list[str]:
        """The page's own keywords."""
        value = self.linked_data.get("keywords") or self.meta.get("news_keywords") or self.meta.get("keywords") or ""
        words = value if isinstance(value, list) else str(value).split(",")
        return [word.strip() for word in words if isinstance(word, str) and word.strip()]


def _name(author: object) -> str:
    name = author.get("name") if isinstance(author, dict) else author
    return name.strip() if isinstance(name, str) else ""


def _read_head(html: str) -> _Head:
    parser = etree.HTMLParser(target=_Reader(), encoding="utf-8", huge_tree=True)
    parser.feed(html.encode())
    head = parser.close()
    assert isinstance(head, _Head)
    return head


@dataclass(slots=True)
class _Reader:
    """Listens to the parser, which names the methods. Depth costs nothing, since no tree is built."""

    head: _Head = field(default_factory=_Head)
    script: list[str] | None = None

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        """A tag opens."""
        if tag == "html":
            self.head.language = self.head.language or attributes.get("lang", "").strip()
        elif tag == "link" and "canonical" in attributes.get("rel", "").lower().split():
            self.head.canonical = self.head.canonical or attributes.get("href", "")
        elif tag == "meta":
            name = attributes.get("property") or attributes.get("name") or ""
            self.head.meta.setdefault(name.lower(), attributes.get("content", ""))
        elif tag == "script" and attributes.get("type", "").strip().lower() == "application/ld+json":
            self.script = []

    def data(self, text: str) -> None:
        """Text, whole or in part."""
        if self.script is not None:
            self.script.append(text)

    def end(self, tag: str) -> None:
        """A tag closes."""
        if tag == "script" and self.script is not None:
            self.head.linked_data = self.head.linked_data or _linked_article("".join(self.script))
            self.script = None

    def close(self) -> _Head:
        """The input is at its end."""
        return self.head


def _linked_article(script: str) -> dict[str, Any]:
    """The first article in a JSON-LD script; sites write all kinds of things there, so anything else is passed over."""
    try:
        value = json.loads(script, strict=False)
    except (ValueError, RecursionError):
        return {}
    return next((node for node in _nodes(value) if _types(node) & _ARTICLE_TYPES), {})


def _nodes(value: object) -> Iterator[dict[str, Any]]:
    for node in value if isinstance(value, list) else [value]:
        if isinstance(node, dict):
            yield node
            yield from (inner for inner in node.get("@graph") or () if isinstance(inner, dict))


def _types(node: dict[str, Any]) -> set[str]:
    types = node.get("@type")
    return {name for name in (types if isinstance(types, list) else [types]) if isinstance(name, str)}
