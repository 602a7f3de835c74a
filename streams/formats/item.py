"""What a wire says of one item, as it says it, and how that becomes a RawArticle: one way for all formats."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from html import unescape
from typing import Any

from schemas.raw_article import (
    LARGEST_VERSION,
    LONGEST_ARTICLE_ID,
    BodyType,
    Link,
    Original,
    PubStatus,
    RawArticle,
    WireSubject,
)
from streams.formats.instant import instant, instant_or_none
from streams.formats.notices import Notice, read_notices
from streams.formats.origin import Hint, content_id

__all__ = ["Item", "assemble", "graveness", "local", "plain"]

_LOOKED_AT_CHARS = 1500
"""Of the text: notices stand at the head of it."""
_LOOKED_AT_LINES = 8
_STYLED_CHARS = 200_000
"""Mail programs put their style sheets before the text."""
_STATUSES: dict[str, PubStatus] = {
    **dict.fromkeys(("", "usable", "use", "live", "published", "publish", "released", "final", "embargoed"), "usable"),
    **dict.fromkeys(("new", "update", "updated", "correction", "corrected", "corrective"), "usable"),
    **dict.fromkeys(("withheld", "withhold", "hold", "held"), "withheld"),
    **dict.fromkeys(
        ("canceled", "cancelled", "cancel", "kill", "killed", "withdrawn", "deleted", "recalled"), "canceled"
    ),
}
"""NITF, NewsML 1.2 and ninjs say more than three; whatever is not named here is withheld."""
_SIGNALS = {
    **dict.fromkeys(
        ("correction", "corrected", "correct", "corrective", "rectify", "rectification", "cor"), "correction"
    ),
    **dict.fromkeys(("update", "updated", "writethru", "write-thru"), "update"),
    **dict.fromkeys(("kill", "killed", "delete", "deleted", "withdraw", "withdrawn"), "kill"),
    **dict.fromkeys(("cancel", "recall", "recalled", "retract", "retracted"), "kill"),
}
_SIGNAL_SCHEME = "newscodes/signal/"
_SPACE = re.compile(r"\s+")
_SCRIPTS = tuple(
    (re.compile(rf"<{tag}\b.*?</{tag}\s*>", re.IGNORECASE | re.DOTALL), f"</{tag}") for tag in ("script", "style")
)
_TAG = re.compile(r"</?[A-Za-z!][^<>]*>")
_BLOCK_END = re.compile(r"<(?:/p|/div|br|/h[1-6]|/li|/tr|hl2|/hl1)\b[^<>]*>", re.IGNORECASE)
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\x80-\x9f\ufeff\ufffe\uffff]")
_LONE_SURROGATE = re.compile(r"[\ud800-\udfff]")
_TAKE = re.compile(
    r"\b(\d+(?:st|nd|rd|th)[ -]?(?:Ld|Lead|Add|Sub|Writethru)"
    r"(?:[-, ]{1,2}(?:\d+(?:st|nd|rd|th) )?(?:Writethru|Write-thru|Sub|Optional))?"
    r"|(?:ADD|Add|TAKE|Take|SUB|Sub|LEAD|Lead)[ -]\d{1,2}(?: of \d{1,2})?|(?:Ld-)?Writethru"
    r"|(?:UPDATE|WRAPUP)[ -]?\d{1,2})\b",
    re.IGNORECASE,
)
_BY = re.compile(r"^(?:By|BY|Von|Par|Por)[ :]+(?=\S)")
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{2,8}){0,3}")


@dataclass(slots=True)
class Item:
    """One item, its values as the wire writes them; what it does not say stays empty."""

    body: str
    body_type: BodyType = "text/plain"
    article_id: str = ""
    version: str = ""
    headline: str = ""
    language: str = ""
    published: str = ""
    first_created: str = ""
    version_created: str = ""
    embargoed: str = ""
    expires: str = ""
    byline: str = ""
    dateline: str = ""
    slugline: str = ""
    ed_note: str = ""
    credit_line: str = ""
    copyright: str = ""
    usage_terms: str = ""
    url: str = ""
    located: str = ""
    urgency: str = ""
    status: str = ""
    signal: str = ""
    item_type: str = ""
    take: str = ""
    named: str = ""
    """A name that is one among those of the source only."""
    source: str = ""
    subjects: list[WireSubject] = field(default_factory=list)
    keywords: list[str] = field(default_factory=list)
    links: list[tuple[str, str]] = field(default_factory=list)
    """Relation and article_id."""
    repairs: list[str] = field(default_factory=list)


def assemble(item: Item, hint: Hint, original: Original) -> RawArticle:
    """The article, with what its words order: a kill, a hold, a correction, an embargo.

    A status nobody knows, and an embargo that cannot be read, withhold.
    """
    times: dict[str, datetime | None] = {
        "published_at": instant_or_none(item.published),
        "first_created_at": instant_or_none(item.first_created),
        "version_created_at": instant_or_none(item.version_created),
        "expires_at": instant_or_none(item.expires),
    }
    source = plain(item.source) or hint.source
    body = _whole(item.body)
    headline = plain(item.headline)
    sent = times["version_created_at"] or times["published_at"] or times["first_created_at"]
    head = [headline, plain(item.slugline), *item.ed_note[:_LOOKED_AT_CHARS].splitlines()]
    notices = read_notices(head, _first_lines(body, item.body_type), sent=sent)
    named = plain(item.article_id) or (f"{source}:{plain(item.named)}" if item.named else "")
    as_written: dict[str, Any] = {name: plain(getattr(item, name)) or None for name in _PLAIN}
    as_written["byline"] = _BY.sub("", as_written["byline"] or "") or None
    as_written.update(times)
    as_written.update(_standing(item, notices))
    return RawArticle(
        article_id=_bounded_id(named) if named else content_id(source, f"{headline}\n{body}" if headline else body),
        version=_version(item.version),
        source=source,
        headline=headline,
        body=body,
        body_type=item.body_type,
        language=_language(item.language),
        urgency=_urgency(item.urgency),
        subjects=tuple(dict.fromkeys(item.subjects)),
        keywords=tuple(dict.fromkeys(filter(None, map(plain, item.keywords)))),
        item_type=plain(item.item_type).lower() or None,
        take=plain(item.take) or _take(item),
        links=tuple(_links(item.links)),
        repairs=tuple(dict.fromkeys(item.repairs)),
        original=original,
        **as_written,
    )


_PLAIN = ("byline", "dateline", "slugline", "ed_note", "credit_line", "copyright", "usage_terms", "url", "located")


def plain(text: str | None) -> str:
    """One line without markup, entities and control characters."""
    text = text or ""
    if "<" in text:
        text = _TAG.sub(" ", _without_scripts(text))
    if "&" in text:
        text = unescape(text)
    return _SPACE.sub(" ", _printable(text)).strip()


def _without_scripts(text: str) -> str:
    for pattern, end in _SCRIPTS:
        # Beyond the last end each start would be searched to the end of the text.
        last = text.lower().rfind(end)
        if last >= 0:
            stop = text.find(">", last) + 1 or len(text)
            text = pattern.sub(" ", text[:stop]) + text[stop:]
    return text


def local(name: str) -> str:
    """Of a QCode or URI the part that says it: `stat:usable` and `http://cv.iptc.org/.../usable` are both `usable`."""
    return re.split(r"[:/#]", name.strip().rstrip(":/#"))[-1].lower()


def _printable(text: str) -> str:
    """Without control characters, which no reader of a field wants; those of the body are the cleaner's to report."""
    return _whole(_CONTROL.sub("", text) if _CONTROL.search(text) else text)


def _whole(text: str) -> str:
    """Without halves of characters, which no encoding of Unicode can write."""
    return _LONE_SURROGATE.sub("\ufffd", text) if _LONE_SURROGATE.search(text) else text


def _bounded_id(name: str) -> str:
    """A longer name than a key may be is named by its hash."""
    return name if len(name) <= LONGEST_ARTICLE_ID else f"sha256:{sha256(name.encode()).hexdigest()}"


def _version(text: str) -> int:
    """Wires count from 1, or from 0; `2.1` and `3N` are 2 and 3; a number too large to order is none."""
    found = re.match(r"\s*0*(\d{1,30})", text, re.ASCII)
    return min(max(int(found[1]), 1), LARGEST_VERSION) if found else 1


def _urgency(text: str) -> int | None:
    found = re.match(r"\s*(?:[a-z]+:)?0*([1-9])\s*(?:$|\D)", text, re.ASCII | re.IGNORECASE)
    return int(found[1]) if found else None


def _language(text: str) -> str | None:
    found = _LANGUAGE.fullmatch(text.strip())
    return found[0].replace("_", "-") if found else None


def _take(item: Item) -> str | None:
    for text in (item.headline, item.slugline, *item.keywords, item.ed_note):
        found = _TAKE.search(plain(text))
        if found:
            return found[0]
    return None


def _links(links: Iterable[tuple[str, str]]) -> Iterator[Link]:
    seen: set[tuple[str, str]] = set()
    for relation, name in links:
        target = _bounded_id(plain(name)) if plain(name) else ""
        if target and (relation, target) not in seen:
            seen.add((relation, target))
            # As a dict: the relation is one of the schema's, which the formats' tables are tested to give.
            yield Link.model_validate({"relation": relation, "article_id": target})


def _standing(item: Item, notices: tuple[Notice, ...]) -> dict[str, Any]:
    """Status, signal, embargo, and the words for them. The graver of two statuses holds."""
    told = local(item.status)
    status: PubStatus = _STATUSES.get(told, "withheld")
    words = [notice.words for notice in notices]
    embargo, unread = _embargo(item)
    if unread or (told == "embargoed" and embargo is None and not any(notice.embargoed_until for notice in notices)):
        status = _graver(status, "withheld")
        words.append(unread or item.status.strip())
    elif told not in _STATUSES:
        words.append(item.status.strip())
    signal = _signal(item.signal)
    if signal == "kill":
        status = "canceled"
    for notice in notices:
        # Words that name no time add nothing to an embargo that has one.
        if not (notice.embargo and embargo):
            status = _graver(status, notice.status or "usable")
    signals = [signal, *(notice.signal for notice in notices)]
    if status == "canceled":
        signals = ["kill"]
    until = [time for time in (embargo, *(notice.embargoed_until for notice in notices)) if time is not None]
    return {
        "pub_status": status,
        "signal": next((each for each in signals if each), None),
        "embargoed_until": max(until) if until else None,
        "notices": tuple(dict.fromkeys(filter(None, map(plain, words)))),
    }


def _embargo(item: Item) -> tuple[datetime | None, str]:
    """When it ends, and the words of one that cannot be read."""
    text = item.embargoed.strip()
    if not text:
        return None, ""
    try:
        return instant(text), ""
    except (ValueError, OverflowError):
        return None, f"embargoed: {text}"


def _graver(one: PubStatus, other: PubStatus) -> PubStatus:
    order: tuple[PubStatus, ...] = ("usable", "withheld", "canceled")
    return max(one, other, key=order.index)


def graveness(signal: str) -> int:
    """The place of a provider's signal among all: kills first, then corrections, updates, and what is unknown."""
    order = ("kill", "correction", "update")
    known = _SIGNALS.get(local(signal), "")
    return order.index(known) if known in order else len(order)


def _signal(text: str) -> str | None:
    """Of IPTC's signals and the like; a provider's own codes for its own systems are none."""
    name = local(text)
    if name in _SIGNALS or text.startswith("sig:") or _SIGNAL_SCHEME in text:
        return _SIGNALS.get(name, plain(name) or None)
    return None


def _first_lines(body: str, body_type: BodyType) -> list[str]:
    """The head of the text, a line each, without markup."""
    if body_type == "text/html" and "<style" in body[:_STYLED_CHARS].lower():
        body = _without_scripts(body[:_STYLED_CHARS])
    head = body[: _LOOKED_AT_CHARS * (4 if body_type == "text/html" else 1)]
    if body_type == "text/html":
        head = unescape(_TAG.sub("", _BLOCK_END.sub("\n", head)))
    lines = (" ".join(line.split()) for line in head[:_LOOKED_AT_CHARS].split("\n"))
    return [line for line in lines if line][:_LOOKED_AT_LINES]
