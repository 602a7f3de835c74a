"""NewsML 1.0 to 1.2 (https://iptc.org/std/NewsML/1.2/)."""

import re
from collections.abc import Iterator

from schemas.raw_article import RawArticle, WireSubject
from streams.errors import WireError
from streams.formats.item import Item, assemble, graveness, local
from streams.formats.nitf import item_of_nitf
from streams.formats.origin import Hint, original, refuse_crowd
from streams.formats.xml_tree import Element, attribute, bytes_of, first, inner_html, read_xml, text_of

__all__ = ["MEDIA_TYPE", "parse_newsml1"]

MEDIA_TYPE = "text/vnd.iptc.newsml"

_COPIED = (
    *("headline", "byline", "dateline", "slugline", "credit_line", "copyright", "language", "located", "urgency"),
    *("first_created", "version_created", "ed_note", "expires", "embargoed", "subjects", "keywords"),
)
"""What the NITF inside may say where the NewsML around it is silent."""
_MARKUP = re.compile(r"<(?:p|br|div)\b[^<>]*>", re.IGNORECASE)
_MAIN_ROLES = frozenset(("", "main", "maintext", "text", "mainstory", "story", "body"))
_LEAD_ROLES = frozenset(("lead", "lede", "intro"))
_TEXT_TYPES = re.compile(r"text|html|nitf|xml|story|article", re.IGNORECASE)


def parse_newsml1(data: bytes, hint: Hint) -> tuple[RawArticle, ...]:
    """The news items of a file.

    Raises:
        WireError: it is no XML, or holds no news item.
    """
    document = read_xml(data)
    root = document.root
    found = (
        [root]
        if root.tag == "NewsItem"
        else [each for each in root.iter("NewsItem") if each.getparent().tag == "NewsML"]
    )
    if not found:
        raise WireError("NewsML without a NewsItem")
    refuse_crowd("items", len(found), len(data))
    refuse_crowd("parts", sum(1 for _ in root.iter("ContentItem")), len(data))
    alone = len(found) == 1
    return tuple(
        assemble(_item(each, root, document.repairs), hint, original(data if alone else bytes_of(each), MEDIA_TYPE))
        for each in found
    )


def _item(element: Element, root: Element, repairs: list[str]) -> Item:
    management = first(element, "NewsManagement")
    lines = first(element, "NewsComponent/NewsLines", ".//NewsLines")
    meta = first(element, ".//DescriptiveMetadata")
    status = attribute(management, "Status", "FormalName")
    item = Item(
        body="",
        article_id=_identity(element),
        version=text_of(element, "Identification/NewsIdentifier/RevisionId"),
        headline=text_of(lines, "HeadLine") or _line(lines, "HeadLine") or text_of(element, ".//HeadLine", ".//Title"),
        language=attribute(meta, "Language", "FormalName"),
        published=text_of(root, "NewsEnvelope/DateAndTime") if root is not element else "",
        first_created=text_of(management, "FirstCreated"),
        version_created=text_of(management, "ThisRevisionCreated"),
        embargoed=_embargo(management, status),
        byline=text_of(lines, "ByLine"),
        dateline=text_of(lines, "DateLine"),
        slugline=text_of(lines, "SlugLine") or text_of(element, "Identification/NameLabel"),
        ed_note=_note(element, lines, management),
        credit_line=text_of(lines, "CreditLine"),
        copyright=text_of(lines, "CopyrightLine") or text_of(element, ".//RightsMetadata/Copyright/CopyrightHolder"),
        usage_terms=text_of(lines, "RightsLine") or text_of(element, ".//RightsMetadata/UsageRights/UsageType"),
        located=_located(meta, lines),
        urgency=attribute(management, "Urgency", "FormalName") or attribute(management, "Priority", "FormalName"),
        status="usable" if status.lower() == "embargoed" else status,
        signal=_instruction(management),
        item_type=attribute(element, ".//ContentItem/MediaType", "FormalName"),
        source=_source(element),
        subjects=[*_subjects(element)],
        keywords=_keywords(lines),
        links=[*_links(management)],
        repairs=list(repairs),
    )
    _fill_in(item, element)
    return item


def _identity(element: Element) -> str:
    """The public identifier without the revision at its end, for that is the version's (NewsML 1.2, 5.2.3)."""
    identifier = first(element, "Identification/NewsIdentifier")
    public = text_of(identifier, "PublicIdentifier")
    revision = first(identifier, "RevisionId")
    if not public:
        parts = [text_of(identifier, name) for name in ("ProviderId", "DateId", "NewsItemId")]
        return f"urn:newsml:{':'.join(parts)}" if parts[-1] else ""
    if revision is not None:
        ends = {f":{text_of(revision)}{update}" for update in ("", revision.get("Update", ""), "N", "U", "A")}
        end = next((end for end in sorted(ends, key=len, reverse=True) if public.endswith(end)), "")
        public = public.removesuffix(end)
    return public


def _embargo(management: Element | None, status: str) -> str:
    """A status that will change to usable at a time is an embargo until then."""
    if status.lower() != "embargoed":
        return ""
    return text_of(management, "StatusWillChange/DateAndTime") or "until further notice"


def _instruction(management: Element | None) -> str:
    """The gravest of those there are."""
    found = [] if management is None else [each.get("FormalName", "") for each in management.iterfind("Instruction")]
    return min(found, key=graveness, default="")


def _line(lines: Element | None, kind: str) -> str:
    """A line of a kind of its own."""
    for line in [] if lines is None else lines.iterfind("NewsLine"):
        if attribute(line, "NewsLineType", "FormalName").lower() == kind.lower():
            return text_of(line, "NewsLineText")
    return ""


def _note(element: Element, lines: Element | None, management: Element | None) -> str:
    kinds = ("EditorialNote", "Editor's Note", "EdNote", "Advisory", "Note")
    notes = [next(filter(None, (_line(lines, kind) for kind in kinds)), "")]
    notes += [text_of(each) for each in element.iterfind("NewsComponent/Comment")]
    if management is not None:
        notes += [text_of(each) for each in management.iterfind("Instruction/Comment")]
    return "\n".join(filter(None, notes))


def _located(meta: Element | None, lines: Element | None) -> str:
    place = first(meta, "Location[@HowPresent='Origin']", "Location")
    for kind in ("City", "CountryArea", "Country"):
        name = attribute(place, f"Property[@FormalName='{kind}']", "Value")
        if name:
            return name
    return text_of(lines, "DateLine").partition(",")[0] if lines is not None else ""


def _source(element: Element) -> str:
    return (
        attribute(element, ".//AdministrativeMetadata/Provider/Party", "FormalName")
        or text_of(element, "Identification/NewsIdentifier/ProviderId")
        or attribute(element, ".//AdministrativeMetadata/Source/Party", "FormalName")
    )


def _subjects(element: Element) -> Iterator[WireSubject]:
    meta = first(element, ".//DescriptiveMetadata")
    for code in [] if meta is None else meta.iterfind("SubjectCode"):
        # The finest says all: a detail's code begins with its matter's, and that with its subject's.
        finest = [each for kind in ("SubjectDetail", "SubjectMatter", "Subject") for each in code.iterfind(kind)]
        for each in finest[:1]:
            name = each.get("FormalName", "")
            if name:
                yield WireSubject(code=name, scheme="iptc-subject-code")
    for kind in ("SubjectQualifier", "Genre"):
        for each in [] if meta is None else meta.iterfind(kind):
            if each.get("FormalName"):
                yield WireSubject(code=each.get("FormalName", ""), scheme=kind.lower())


def _keywords(lines: Element | None) -> list[str]:
    found = [] if lines is None else [text_of(each) for each in lines.iterfind("KeywordLine")]
    return [part.strip() for text in found for part in re.split(r"[;,]", text)]


def _links(management: Element | None) -> Iterator[tuple[str, str]]:
    for tag, relation in (("DerivedFrom", "updates"), ("AssociatedWith", "see_also")):
        for each in [] if management is None else management.iterfind(tag):
            yield relation, each.get("NewsItem", "")


def _fill_in(item: Item, element: Element) -> None:
    """The text, and what the NITF or HTML that holds it says beyond the lines around it."""
    content = _main_content(element)
    if content is None:
        return
    content = _unpacked(item, content)
    nitf = first(content, ".//nitf")
    if nitf is None and first(content, ".//body.content") is not None:
        nitf = content
    if nitf is not None:
        _fill_in_nitf(item, item_of_nitf(nitf))
        return
    inner = first(content, ".//body", ".//html")
    marked = inner if inner is not None else content
    if len(marked):
        item.body, item.body_type = inner_html(marked), "text/html"
    else:
        item.body = "".join(marked.itertext()).strip()
        if _MARKUP.search(item.body):
            item.body_type = "text/html"


def _fill_in_nitf(item: Item, inner: Item) -> None:
    item.body, item.body_type = inner.body, inner.body_type
    for name in _COPIED:
        setattr(item, name, getattr(item, name) or getattr(inner, name))
    # Whatever the envelope says, an order inside is one.
    if local(inner.status) not in {"", "usable"}:
        item.status = inner.status
    item.signal = min(item.signal, inner.signal, key=graveness)


def _unpacked(item: Item, content: Element) -> Element:
    """Markup that came as text, read."""
    text = "".join(content.itertext()).strip()
    if len(content) or not text.startswith(("<?xml", "<nitf", "<NITF", "<html")):
        return content
    try:
        return _wrapped(read_xml(text.encode()).root)
    except WireError:
        item.repairs.append("markup inside could not be read")
        return content


def _wrapped(root: Element) -> Element:
    """A document that came as text, where an element with it would be."""
    around = root.makeelement("DataContent")
    around.append(root)
    return around


def _main_content(element: Element) -> Element | None:
    """The longest text of the components that are the story; pictures and sidebars have parts of their own."""
    candidates = [
        (content, each)
        for content in element.iter("ContentItem")
        if (each := first(content, "DataContent")) is not None and _is_text(content)
    ]
    if not candidates:
        return None
    main = [each for content, each in candidates if _role(content) in _MAIN_ROLES]
    longest = max(main or [each for _, each in candidates], key=lambda each: len("".join(each.itertext())))
    lead = next((each for content, each in candidates if _role(content) in _LEAD_ROLES), None)
    if lead is None or lead is longest or len(lead) or len(longest):
        return longest
    # Belga sends the first paragraph by itself.
    joined = longest.makeelement("DataContent")
    joined.text = "\n\n".join("".join(each.itertext()).strip() for each in (lead, longest))
    return joined


def _is_text(content: Element) -> bool:
    kind = attribute(content, "MediaType", "FormalName") or attribute(content, "Format", "FormalName")
    return not kind or _TEXT_TYPES.search(kind) is not None


def _role(content: Element) -> str:
    component = content.getparent()
    return attribute(component, "Role", "FormalName").lower().replace(" ", "") if component is not None else ""
