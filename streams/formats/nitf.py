"""NITF 3: one article a file (https://iptc.org/std/NITF/)."""

from collections.abc import Iterator

from schemas.raw_article import RawArticle, WireSubject
from streams.formats.item import Item, assemble
from streams.formats.origin import Hint, original
from streams.formats.xml_tree import Element, attribute, first, inner_html, read_xml, text_of

__all__ = ["MEDIA_TYPE", "item_of_nitf", "parse_nitf"]

MEDIA_TYPE = "application/nitf+xml"

_SIGNALS = {"correction": "correction", "update": "update", "kill": "kill"}


def parse_nitf(data: bytes, hint: Hint) -> tuple[RawArticle, ...]:
    """The article of a file.

    Raises:
        WireError: it is no XML.
    """
    document = read_xml(data)
    item = item_of_nitf(document.root)
    item.repairs += document.repairs
    return (assemble(item, hint, original(data, MEDIA_TYPE)),)


def item_of_nitf(root: Element) -> Item:
    """What an `nitf` element says."""
    docdata = first(root, "head/docdata", ".//docdata")
    head = first(root, "body/body.head", ".//body.head")
    status = docdata.get("management-status", "") if docdata is not None else ""
    embargoed = status.strip().lower() == "embargoed"
    release = attribute(docdata, "date.release", "norm")
    return Item(
        body=_body(root, head),
        body_type="text/html",
        article_id=attribute(docdata, "doc-id", "id-string") or attribute(docdata, "du-key", "key"),
        version=attribute(docdata, "du-key", "version", "generation"),
        headline=text_of(head, "hedline/hl1", "hedline") or text_of(root, "head/title", ".//hl1"),
        language=_language(root),
        published=release if release and not embargoed else attribute(root, "head/pubdata", "date.publication"),
        first_created=attribute(docdata, "date.issue", "norm"),
        version_created=attribute(docdata, "date.issue", "norm") or attribute(root, "head/pubdata", "date.publication"),
        embargoed=(release or "until further notice") if embargoed else "",
        expires=attribute(docdata, "date.expire", "norm"),
        byline=_byline(head),
        dateline=text_of(head, "dateline"),
        slugline=_meta(root, "anpa-keyword")
        or attribute(docdata, "fixture", "fix-id")
        or attribute(docdata, "du-key", "key"),
        take=_meta(root, "anpa-takekey"),
        ed_note="\n".join(filter(None, _notes(docdata))),
        credit_line=text_of(head, "distributor") or text_of(root, "body/body.end/tagline"),
        copyright=_copyright(docdata),
        usage_terms=text_of(head, "rights"),
        located=_located(docdata, head),
        urgency=attribute(docdata, "urgency", "ed-urg"),
        status="usable" if embargoed else status,
        signal=_signal(root, docdata),
        item_type="text",
        source=attribute(docdata, "doc-id", "regsrc") or attribute(root, "head/pubdata", "name"),
        subjects=[*_subjects(root)],
        keywords=[each.get("key", "") for each in _within(docdata, "key-list/keyword")],
        links=[*_links(docdata)],
    )


def _within(element: Element | None, path: str) -> list[Element]:
    return [] if element is None else element.findall(path)


def _body(root: Element, head: Element | None) -> str:
    """The content, with the abstract before it where there is nothing else."""
    content = inner_html(first(root, "body/body.content", ".//body.content"))
    return content or inner_html(first(head, "abstract")) or inner_html(first(root, "body"))


def _meta(root: Element, name: str) -> str:
    """Of the `meta` elements of the head, where agencies of ANPA's tradition keep what NITF has no place for."""
    return attribute(root, f"head/meta[@name='{name}']", "content")


def _language(root: Element) -> str:
    return str(root.get("lang") or attribute(root, "body", "lang") or attribute(root, ".//body.content", "lang") or "")


def _byline(head: Element | None) -> str:
    """All bylines, each without the title that may follow the name."""
    names = (" ".join(" ".join(_texts(each)).split()) for each in _within(head, "byline"))
    return ", ".join(filter(None, (name.strip(" ,") for name in names)))


def _texts(byline: Element) -> Iterator[str]:
    yield byline.text or ""
    for inner in byline:
        if inner.tag != "byttl":
            yield text_of(inner)
        yield inner.tail or ""


def _notes(docdata: Element | None) -> Iterator[str]:
    for note in _within(docdata, "ed-msg"):
        yield note.get("info", "") or text_of(note)


def _copyright(docdata: Element | None) -> str:
    holder = attribute(docdata, "doc.copyright", "holder")
    year = attribute(docdata, "doc.copyright", "year")
    return " ".join(filter(None, (holder, year)))


def _located(docdata: Element | None, head: Element | None) -> str:
    city = attribute(docdata, "evloc", "city")
    return city or text_of(head, "dateline/location") or attribute(docdata, "identified-content/location", "value")


def _signal(root: Element, docdata: Element | None) -> str:
    """`correction` is an element of its own; the change of the newest revision says the rest."""
    if first(docdata, "correction") is not None:
        return "correction"
    changes = [each.get("function", "") for each in root.iterfind("head/revision-history")]
    return next((_SIGNALS[name.lower()] for name in reversed(changes) if name.lower() in _SIGNALS), "")


def _subjects(root: Element) -> Iterator[WireSubject]:
    for element in root.iterfind("head//tobject.subject"):
        code = element.get("tobject.subject.refnum", "")
        name = (
            element.get("tobject.subject.detail")
            or element.get("tobject.subject.matter")
            or element.get("tobject.subject.type")
        )
        if code or name:
            yield WireSubject(code=code or name or "", name=name or None, scheme="iptc-subject-code" if code else None)
    for element in root.iterfind("head/docdata/identified-content/classifier"):
        code, name = element.get("idsrc", ""), element.get("value", "")
        if name:
            yield WireSubject(code=name, name=None, scheme=element.get("type") or code or None)


def _links(docdata: Element | None) -> Iterator[tuple[str, str]]:
    for correction in _within(docdata, "correction"):
        yield "corrects", correction.get("id-string", "")
