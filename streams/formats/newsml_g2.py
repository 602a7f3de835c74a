"""NewsML-G2: news items, alone, in a package or in a news message (https://iptc.org/std/NewsML-G2/)."""

import re
from collections.abc import Iterator

from schemas.raw_article import RawArticle, WireSubject
from streams.errors import WireError
from streams.formats.item import Item, assemble, graveness, local
from streams.formats.origin import Hint, original, refuse_crowd
from streams.formats.xml_tree import (
    Element,
    attribute,
    bytes_of,
    first,
    inner_html,
    read_xml,
    text_of,
)

__all__ = ["MEDIA_TYPE", "parse_newsml_g2"]

MEDIA_TYPE = "application/vnd.iptc.g2.newsitem+xml"

_ITEMS = frozenset(("newsItem", "packageItem"))
_NO_NEWS = frozenset(("conceptItem", "knowledgeItem", "planningItem", "catalogItem"))
_MAIN_HEADLINES = frozenset(("main", "headline", "title"))
_LESSER_HEADLINES = ("sub", "short", "kicker", "sms", "over", "alt")
_MARKUP = re.compile(r"<(?:p|br|div|h[1-6]|ul)\b[^<>]*>", re.IGNORECASE)
_RELATIONS = {
    "corrects": "corrects",
    "correctionof": "corrects",
    "replaces": "replaces",
    "supersedes": "replaces",
    "previousversion": "replaces",
    "evolvedfrom": "updates",
    "updates": "updates",
    "isadditionto": "adds_to",
    "translationof": "translates",
    "derivedfrom": "updates",
    "seealso": "see_also",
}
"""What the relations of http://cv.iptc.org/newscodes/itemrelation/ mean here; links of other kinds are passed over."""


def parse_newsml_g2(data: bytes, hint: Hint) -> tuple[RawArticle, ...]:
    """The news and package items of a file.

    Raises:
        WireError: it is no XML, or holds nothing that is news: concepts, plans, catalogues.
    """
    document = read_xml(data)
    found = list(_items(document.root))
    if not found:
        others = {element.tag for element in document.root.iter() if element.tag in _NO_NEWS}
        raise WireError(f"NewsML-G2 without a news item ({', '.join(sorted(others)) or document.root.tag})")
    refuse_crowd("items", len(found), len(data))
    alone = len(found) == 1
    return tuple(
        assemble(
            _item(each, document.repairs),
            hint,
            original(data if alone else bytes_of(each), MEDIA_TYPE),
        )
        for each in found
    )


def _items(root: Element) -> Iterator[Element]:
    """News items; a package beside the items it is made of says nothing that they do not."""
    every = [element for element in root.iter() if element.tag in _ITEMS]
    news = [element for element in every if element.tag == "newsItem"]
    yield from news or every


def _item(element: Element, repairs: list[str]) -> Item:
    meta, content = first(element, "itemMeta"), first(element, "contentMeta")
    body, html = _body(element)
    rights = first(element, "rightsInfo")
    return Item(
        body=body,
        body_type="text/html" if html else "text/plain",
        article_id=element.get("guid", ""),
        version=element.get("version", ""),
        headline=_headline(element, content),
        language=attribute(content, "language", "tag") or _own_language(element),
        published=text_of(meta, "firstPublished") or text_of(content, "contentModified"),
        first_created=text_of(meta, "firstCreated") or text_of(content, "contentCreated"),
        version_created=text_of(meta, "versionCreated"),
        embargoed=_embargo(meta),
        expires=text_of(rights, "validTo") or (rights.get("validto", "") if rights is not None else ""),
        byline=text_of(content, "by") or _names(content, "creator"),
        dateline=text_of(content, "dateline"),
        slugline=text_of(content, "slugline"),
        ed_note="\n".join(filter(None, (text_of(note) for note in _all(meta, "edNote")))),
        credit_line=text_of(content, "creditline"),
        copyright=text_of(rights, "copyrightNotice") or text_of(rights, "copyrightHolder/name"),
        usage_terms=text_of(rights, "usageTerms"),
        url=attribute(content, "link[@rel='irel:hasRendition']", "href"),
        located=_name(first(content, "located")),
        urgency=text_of(content, "urgency"),
        status=attribute(meta, "pubStatus", "qcode", "uri"),
        signal=_signal(meta),
        item_type=local(attribute(meta, "itemClass", "qcode", "uri")),
        source=_provider(meta),
        subjects=[subject for each in _all(content, "subject") if (subject := _subject(each))],
        keywords=[text_of(each) for each in _all(content, "keyword")],
        links=[*_links(element, meta)],
        repairs=list(repairs),
    )


def _all(element: Element | None, tag: str) -> list[Element]:
    return [] if element is None else element.findall(tag)


def _headline(element: Element, content: Element | None) -> str:
    """The main headline; else the title, else what the text itself is headed by."""
    headlines = _all(content, "headline")
    main = sorted(headlines, key=lambda each: local(each.get("role", "main")) not in _MAIN_HEADLINES)
    main.sort(key=lambda each: any(part in local(each.get("role", "")) for part in _LESSER_HEADLINES))
    texts = [text_of(each) for each in main]
    return next(filter(None, texts), "") or text_of(
        element, "contentSet//hl1", "contentSet//hedline", "itemMeta/title", "contentSet//h1", "contentSet//head/title"
    )


def _own_language(element: Element) -> str:
    return str(element.get("lang") or element.getroottree().getroot().get("lang") or "")


def _body(element: Element) -> tuple[str, bool]:
    """The longest text there is, as HTML where it is marked up; of pictures and films their description."""
    found = [(text, True) for inline in element.iterfind("contentSet/inlineXML") if (text := _marked_up(inline))]
    for inline in element.iterfind("contentSet/inlineData"):
        kind, text = inline.get("contenttype", "").lower(), "".join(inline.itertext()).strip()
        if text and (not kind or any(part in kind for part in ("text", "html", "xml", "nitf"))):
            found.append((text, "html" in kind or _MARKUP.search(text) is not None))
    if found:
        return max(found, key=lambda each: len(each[0]))
    described = first(element, "contentMeta/description[@role='drol:caption']", "contentMeta/description")
    return ("".join(described.itertext()).strip(), False) if described is not None else ("", False)


def _marked_up(inline: Element) -> str:
    inner = first(inline, ".//body.content", ".//body", ".//html", "nitf")
    return inner_html(inner if inner is not None else inline)


def _embargo(meta: Element | None) -> str:
    """An `embargoed` without a time is one without an end."""
    element = first(meta, "embargoed")
    return "" if element is None else text_of(element) or "until further notice"


def _signal(meta: Element | None) -> str:
    """The gravest of the signals that say what the provider means by this version."""
    names = [attribute(each, ".", "qcode", "uri") for each in _all(meta, "signal")]
    return min(names, key=graveness, default="")


def _provider(meta: Element | None) -> str:
    provider = first(meta, "provider")
    if provider is None:
        return ""
    return (
        text_of(provider, "name")
        or provider.get("literal", "")
        or _short(provider.get("qcode") or provider.get("uri") or "")
    )


def _short(name: str) -> str:
    """Of a QCode its code; an address stays whole."""
    return name if "://" in name else name.rpartition(":")[2]


def _name(element: Element | None) -> str:
    return "" if element is None else text_of(element, "name") or element.get("literal", "")


def _names(content: Element | None, tag: str) -> str:
    return ", ".join(filter(None, (_name(each) for each in _all(content, tag))))


def _subject(element: Element) -> WireSubject | None:
    """A QCode's alias says the scheme, as the wire's own catalogue has it."""
    code = element.get("qcode") or element.get("uri") or element.get("literal")
    name = text_of(element, "name") or None
    if not code:
        return WireSubject(code=name, name=name) if name else None
    scheme, colon, _ = code.partition(":")
    return WireSubject(code=code, name=name, scheme=scheme if colon and element.get("qcode") else None)


def _links(element: Element, meta: Element | None) -> Iterator[tuple[str, str]]:
    for link in [*_all(meta, "link"), *_all(element, "itemMeta/altId[@type='corrects']")]:
        relation = _RELATIONS.get(local(link.get("rel", "")))
        target = link.get("residref") or link.get("href") or ""
        if relation and target:
            yield relation, target
