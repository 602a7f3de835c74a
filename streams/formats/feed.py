"""RSS 0.9x to 2.0, RDF, Atom and CDF by feedparser, JSON Feed by its specification. One article for each entry."""

import json
import re
from collections.abc import Callable
from io import BytesIO
from typing import Any
from urllib.parse import urljoin

import feedparser  # type: ignore[import-untyped]  # has no annotations

from schemas.raw_article import Original, RawArticle, WireSubject
from streams.errors import WireError
from streams.formats.address import canonical_url
from streams.formats.charset import read_text
from streams.formats.item import Item, assemble, plain
from streams.formats.origin import Hint, original, refuse_crowd
from streams.formats.xml_tree import Element, read_xml

__all__ = [
    "JSON_FEED_MEDIA_TYPE",
    "MEDIA_TYPE",
    "is_json_feed",
    "parse_feed",
    "parse_json_feed",
    "time_to_live_seconds",
]

MEDIA_TYPE = "application/rss+xml"
JSON_FEED_MEDIA_TYPE = "application/feed+json"

_ENTRIES = frozenset(("item", "entry"))
_LARGEST_REPEATED = 4 << 20
"""Bytes of what stands around the entries, times their number: what keeping it with each of them may cost."""
_MARK = "copytaster-entry"
_LONGEST_ABOUT = 300
_TTL = re.compile(rb"<ttl>\s*(\d{1,5})\s*</ttl>")
_ABOUT_BYTES = 8192
_TAG = re.compile(rb"<[/A-Za-z]")
_CDATA_END = b"]]>"
_CDATA = re.compile(rb"<!\[CDATA\[.*?\]\]>", re.DOTALL)
_TAGS_OF_ENTRY = 8
_MOST_UNENDED = 8
"""CDATA sections; a feed that is cut off has one, and each makes feedparser search the rest of the file."""


def is_json_feed(head: str) -> bool:
    """Whether a text begins as a JSON Feed (https://www.jsonfeed.org/version/1.1/)."""
    return head.lstrip().startswith("{") and "jsonfeed.org/version/" in head


def parse_feed(data: bytes, hint: Hint) -> tuple[RawArticle, ...]:
    """The entries of a feed, in its order.

    Raises:
        WireError: it is no feed. A feed without entries is one, and gives none.
    """
    # feedparser takes 50 microseconds for each tag.
    refuse_crowd(f"times {_TAGS_OF_ENTRY} tags", _tags(data) // _TAGS_OF_ENTRY, len(data))
    if data.count(b"<![CDATA[") > data.count(_CDATA_END) + _MOST_UNENDED:
        raise WireError("CDATA sections that do not end")
    feed = _parsed(data, hint)
    if not feed.get("version") and not feed.get("entries") and not feed.get("feed"):
        raise WireError("no feed that can be read")
    about = dict(feed.get("feed", {}))
    repairs = _repairs(feed)
    originals = _originals(data, len(feed.entries))
    return tuple(
        assemble(_item(dict(entry), about, hint, repairs), hint, originals(number))
        for number, entry in enumerate(feed.entries)
    )


def time_to_live_seconds(data: bytes) -> float:
    """How long a feed asks not to be asked again (RSS 2.0 `ttl`, in minutes); 0 where it does not say."""
    found = _TTL.search(data[:_ABOUT_BYTES])
    return int(found[1]) * 60.0 if found else 0.0


def _tags(data: bytes) -> int:
    """How many there are, without those in CDATA, which are text."""
    # Beyond the last end of a CDATA the search for one would go to the end of the file each time.
    end = data.rfind(_CDATA_END) + len(_CDATA_END) if _CDATA_END in data else 0
    return len(_TAG.findall(_CDATA.sub(b"", data[:end]))) + len(_TAG.findall(data[end:]))


def _parsed(data: bytes, hint: Hint) -> Any:  # noqa: ANN401 - feedparser's own kind of dict
    # Not told where the feed was fetched: it would make addresses of names, and others once the feed has moved.
    charset = hint.format_name if hint.format_name and "charset" in hint.format_name else None
    headers = {"content-type": charset} if charset else {}
    try:
        # Markup is the cleaner's work, which renders nothing; feedparser's own cleaning takes nine tenths of its time.
        return feedparser.parse(
            BytesIO(data), response_headers=headers, sanitize_html=False, resolve_relative_uris=False
        )
    except Exception as error:  # feedparser promises not to raise, and for some bytes does
        raise WireError(f"no feed that can be read: {type(error).__name__}") from error


def _repairs(feed: Any) -> list[str]:  # noqa: ANN401 - feedparser's own kind of dict
    if not feed.get("bozo"):
        return []
    problem = feed.get("bozo_exception")
    return [f"broken feed: {' '.join(str(problem).split())[:160] or type(problem).__name__}"]


def _originals(data: bytes, count: int) -> Callable[[int], Original]:
    """Each entry in a feed of its own, so that it can be read again alone.

    Where the entries cannot be told apart, which is so in broken feeds, each keeps the whole of a small feed.
    """
    cut = _cut(data, count) if count > 1 else None
    if cut is not None:
        return lambda number: original(cut[number], MEDIA_TYPE)
    whole = original(data, MEDIA_TYPE)
    if count > 1 and len(data) * count > _LARGEST_REPEATED:
        whole = whole.model_copy(update={"payload": None})
    return lambda _number: whole


def _cut(data: bytes, count: int) -> list[bytes] | None:
    from lxml import etree  # type: ignore[import-untyped]  # its stubs lag behind

    try:
        root = read_xml(data, keep_namespaces=True).root
    except WireError:
        return None
    entries = [element for element in root.iter(etree.Element) if _local(element) in _ENTRIES]
    if len(entries) != count:
        return None
    places = [(entry.getparent(), entry) for entry in entries if entry.getparent() is not None]
    if len(places) < count:
        return None
    texts = [etree.tostring(entry, encoding="unicode", with_tail=False) for entry in entries]
    for parent, entry in places:
        parent.remove(entry)
    places[0][0].append(etree.Element(_MARK))
    before, _, after = etree.tostring(root, encoding="unicode").partition(f"<{_MARK}/>")
    if (len(before) + len(after)) * count > _LARGEST_REPEATED:
        return None
    return [f"{before}{text}{after}".encode() for text in texts]


def _local(element: Element) -> str:
    return str(element.tag).rpartition("}")[2].lower()


def _item(entry: Any, about: Any, hint: Hint, repairs: list[str]) -> Item:  # noqa: ANN401 - feedparser's own dicts
    body, html = _body(entry)
    link = canonical_url(urljoin(hint.url or "", _string(entry.get("link"))))
    return Item(
        body=body,
        body_type="text/html" if html else "text/plain",
        article_id=_string(entry.get("id")) or link,
        headline=_string(entry.get("title")),
        language=_string((entry.get("title_detail") or {}).get("language")) or _string(about.get("language")),
        published=_string(entry.get("published")) or _string(entry.get("created")),
        version_created=_string(entry.get("updated")),
        expires=_string(entry.get("expired")),
        byline=", ".join(filter(None, (_string(each.get("name")) for each in entry.get("authors") or [])))
        or _string(entry.get("author")),
        copyright=_string(entry.get("rights")) or _string(about.get("rights")),
        credit_line=_string((entry.get("source") or {}).get("title")),
        usage_terms=_string(entry.get("license")),
        url=link,
        source=_source(hint, about),
        subjects=[
            WireSubject(code=code, name=plain(each.get("label")) or None, scheme=plain(each.get("scheme")) or None)
            for each in entry.get("tags") or []
            if each.get("scheme") and (code := plain(_string(each.get("term"))))
        ],
        keywords=[plain(_string(each.get("term"))) for each in entry.get("tags") or [] if not each.get("scheme")],
        repairs=list(repairs),
    )


def _source(hint: Hint, feed: dict[str, Any]) -> str:
    """Whoever polls a feed knows whose it is; else it is what it calls itself."""
    return hint.source if hint.source != Hint().source else _string(feed.get("title"))


def _string(value: object) -> str:
    return value.strip() if isinstance(value, str) else ""


def _body(entry: Any) -> tuple[str, bool]:  # noqa: ANN401 - feedparser's own kind of dict
    """The content, else the summary; where both are there the longer, for many feeds put a teaser into one of them."""
    parts = [
        each
        for each in (*(entry.get("content") or []), entry.get("summary_detail") or {})
        if _string(each.get("value"))
    ]
    if not parts:
        return _string(entry.get("summary")), True
    best = max(parts, key=lambda each: len(each["value"]))
    return _string(best["value"]), "html" in _string(best.get("type")) or "<" in best["value"]


def parse_json_feed(data: bytes, hint: Hint) -> tuple[RawArticle, ...]:
    """The items of a JSON Feed.

    Raises:
        WireError: it is no JSON, or has no items.
    """
    text, repairs = read_text(data)
    try:
        feed = json.loads(text, strict=False)
    except (ValueError, RecursionError) as error:
        raise WireError(f"no JSON that can be read: {error}") from None
    items = feed.get("items") if isinstance(feed, dict) else None
    if not isinstance(items, list):
        raise WireError("a JSON Feed without items")
    found = [each for each in items if isinstance(each, dict)]
    refuse_crowd("items", len(found), len(data))
    about = {name: each for name, each in feed.items() if isinstance(each, str) and len(each) <= _LONGEST_ABOUT}
    return tuple(
        assemble(
            _json_item(each, feed, hint, repairs),
            hint,
            original(
                json.dumps({**about, "items": [each]}, ensure_ascii=False).encode("utf-8", "replace"),
                JSON_FEED_MEDIA_TYPE,
            ),
        )
        for each in found
    )


def _json_item(item: dict[str, Any], feed: dict[str, Any], hint: Hint, repairs: list[str]) -> Item:
    html, text = _string(item.get("content_html")), _string(item.get("content_text"))
    link = canonical_url(urljoin(hint.url or "", _string(item.get("url")) or _string(item.get("external_url"))))
    name = item.get("id")
    return Item(
        body=html or text or _string(item.get("summary")),
        body_type="text/html" if html else "text/plain",
        article_id=_string(name) or (str(name) if isinstance(name, int | float) else "") or link,
        headline=_string(item.get("title")),
        language=_string(item.get("language")) or _string(feed.get("language")),
        published=_string(item.get("date_published")),
        version_created=_string(item.get("date_modified")),
        byline=", ".join(_authors(item) or _authors(feed)),
        url=link,
        source=_source(hint, feed),
        keywords=[plain(each) for each in item.get("tags") or [] if isinstance(each, str)]
        if isinstance(item.get("tags"), list)
        else [],
        repairs=list(repairs),
    )


def _authors(of: dict[str, Any]) -> list[str]:
    every = [of.get("author"), *(of["authors"] if isinstance(of.get("authors"), list) else [])]
    return [name for each in every if isinstance(each, dict) and (name := _string(each.get("name")))]
