"""HTML: a page of a news site or a fragment. Its text is the cleaner's work; here its head is read."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from lxml import etree  # type: ignore[import-untyped]  # its stubs lag behind

from schemas.raw_article import RawArticle
from streams.errors import WireError
from streams.formats.charset import decode
from streams.formats.origin import content_id, original

__all__ = ["MEDIA_TYPE", "is_html", "parse_html"]

MEDIA_TYPE = "text/html"

_LONGEST_ID = 512
_DECLARATION_BYTES = 4096
_CHARSET = re.compile(rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?\s*([\w.:-]{1,40})", re.IGNORECASE)
_OPENING = re.compile(
    r"\s*(?:<\?xml[^>]*>\s*)?(?:<!--(?:(?!-->).)*-->\s*)*"
    r"<(?:!doctype\s+html|html|head|body|meta|title|article|section|main|header|div|p|h[1-6]|table|ul|ol|blockquote|pre|span|"
    r"strong|em|b|i|a|br|img|figure)\b",
    re.IGNORECASE | re.DOTALL,
)
_ARTICLE_TYPES = frozenset(("Article", "BlogPosting", "LiveBlogPosting", "NewsArticle", "ReportageNewsArticle"))


def is_html(head: str) -> bool:
    """Whether a text begins with a tag of HTML."""
    return _OPENING.match(head) is not None


def parse_html(data: bytes, source: str) -> tuple[RawArticle, ...]:
    """A page as one article, named by its canonical URL if it declares one.

    Raises:
        WireError: there is nothing but white space in it.
    """
    declared = _CHARSET.search(data[:_DECLARATION_BYTES])
    body = decode(data, declared=declared[1].decode("ascii", "replace") if declared else None)
    if not body.strip():
        raise WireError("empty file")
    head = _read_head(body)
    url = head.url()
    article = RawArticle(
        article_id=url if url and len(url) <= _LONGEST_ID else content_id(source, body),
        source=source,
        headline=head.text("headline"),
        body=body,
        body_type="text/html",
        language=head.text("inLanguage") or head.language or None,
        published_at=head.time("datePublished", "article:published_time"),
        version_created_at=head.time("dateModified", "article:modified_time"),
        byline=head.byline() or None,
        url=url,
        keywords=head.keywords(),
        original=original(data, MEDIA_TYPE),
    )
    return (article,)


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

    def url(self) -> str | None:
        """The canonical URL without its fragment, if it is absolute."""
        url = (self.canonical or self.meta.get("og:url", "")).strip().partition("#")[0]
        return url if url.startswith(("https://", "http://")) else None

    def time(self, linked: str, meta: str) -> datetime | None:
        """An instant; a time without a zone is none, since nobody can order it."""
        for text in (self.text(linked), self.meta.get(meta, "").strip()):
            try:
                time = datetime.fromisoformat(text)
            except ValueError:
                continue
            if time.tzinfo is not None:
                return time
        return None

    def byline(self) -> str:
        """The authors by name."""
        authors = self.linked_data.get("author")
        named = (_name(author) for author in (authors if isinstance(authors, list) else [authors]))
        return ", ".join(filter(None, named)) or self.meta.get("author", "").strip()

    def keywords(self) -> tuple[str, ...]:
        """The page's own keywords."""
        value = self.linked_data.get("keywords") or self.meta.get("news_keywords") or self.meta.get("keywords") or ""
        words = value if isinstance(value, list) else str(value).split(",")
        return tuple(word.strip() for word in words if isinstance(word, str) and word.strip())


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
