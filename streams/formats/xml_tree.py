"""XML to a tree without namespaces, comments or surprises: no entity is expanded and nothing outside is read."""

import re
from dataclasses import dataclass
from html import escape
from html.entities import html5
from typing import Any, TypeAlias

from lxml import etree  # type: ignore[import-untyped]  # its stubs lag behind

from streams.errors import WireError
from streams.formats.charset import read_text

__all__ = [
    "Document",
    "Element",
    "SeveralDocumentsError",
    "attribute",
    "bytes_of",
    "first",
    "inner_html",
    "read_xml",
    "text_of",
]

Element: TypeAlias = Any
"""An element of lxml, whose stubs lag behind."""

_HEAD_BYTES = 400
_DECLARED = re.compile(rb"^\s*<\?xml[^>]{0,200}?encoding\s*=\s*[\"']([\w.:-]{1,40})[\"']")
_DECLARATION = re.compile(r"^\s*<\?xml[^>]{0,300}\?>")
_DOCTYPE = re.compile(r"<!DOCTYPE[^\[>]{0,2000}(?:\[|>)", re.IGNORECASE)
_SUBSET_END = re.compile(r"\]\s*>")
_NAME = re.compile(r"[A-Za-z_][\w.-]*", re.ASCII)
_CDATA = re.compile(r"(<!\[CDATA\[.*?\]\]>)", re.DOTALL)
_MORE = re.compile(r"Extra content at the end|XML declaration allowed only at the start")
_DECLARATION_INSIDE = re.compile(r"<\?xml\s")
_PREDEFINED = frozenset(("amp", "lt", "gt", "quot", "apos"))
_REFERENCE = re.compile(r"&(?:#(?:x[0-9a-fA-F]{1,6}|\d{1,7});|([A-Za-z][A-Za-z0-9]{0,40});)?")
_NO_CHARACTER = re.compile(
    r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]|&#(?:x0*(?:[0-8bBcCeEfF]|1[0-9a-fA-F])|0*(?:[0-8]|1[124-9]|2\d|3[01]));"
)

_KEPT = {
    **{
        name: name
        for name in ("p", "br", "ul", "ol", "li", "dl", "dt", "dd", "table", "tr", "td", "th", "em", "strong")
    },
    **{name: name for name in ("blockquote", "pre", "h1", "h2", "h3", "h4", "h5", "h6", "caption", "figure", "hr")},
    **{name: name for name in ("figcaption", "div", "section", "aside", "a")},
    **dict.fromkeys(("media-caption", "media-producer"), "figcaption"),
    **dict.fromkeys(("paragraph", "para"), "p"),
    "hl1": "h1",
    "hl2": "h2",
    "bq": "blockquote",
    "media": "figure",
    "b": "strong",
    "i": "em",
    "block": "div",
    "note": "aside",
}
"""What of XHTML and NITF means something to a reader, and the HTML for it; of other tags the text is kept."""
_SILENT = frozenset(("script", "style", "head", "title", "media-reference", "media-metadata", "media-object", "object"))
_EMPTY = frozenset(("br", "hr"))


class SeveralDocumentsError(WireError):
    """Each must be read by itself, or all but the first would be lost."""


@dataclass(frozen=True, slots=True)
class Document:
    """A tree whose tags and attributes are local names, and what had to be mended to read it."""

    root: Element
    repairs: list[str]


def read_xml(data: bytes, *, keep_namespaces: bool = False) -> Document:
    """Read XML, mending what can be: its encoding, its entities, unclosed tags.

    Document types are taken away, so nothing can be expanded: an entity that HTML does not know stays as it is written.

    Raises:
        WireError: it is no XML, or nested deeper than 256.
    """
    declared = _DECLARED.search(data[:_HEAD_BYTES])
    text, repairs = read_text(data, declared=declared[1].decode("ascii", "replace") if declared else None)
    text = _without_doctype(_DECLARATION.sub("", text.lstrip("\ufeff \t\n"), count=1))
    mended = _NO_CHARACTER.sub("", text)
    if mended != text:
        repairs.append("control characters removed")
    # What stands in CDATA is no markup; the odd parts of the split are such sections.
    parts = _CDATA.split(mended) if "]]>" in mended else [mended]
    parts[::2] = [_REFERENCE.sub(_reference, part) for part in parts[::2]]
    encoded = "".join(parts).encode()
    try:
        root = etree.fromstring(encoded, _parser(recover=False))
    except etree.XMLSyntaxError as error:
        if _MORE.search(str(error)) and _DECLARATION_INSIDE.search(mended):
            raise SeveralDocumentsError("more than one XML document in one file") from error
        root = _recovered(encoded, str(error))
        repairs.append(f"broken markup: {' '.join(str(error.msg).split())}"[:200])
    if not keep_namespaces:
        for element in root.iter(etree.Element):
            _localise(element)
    return Document(root, repairs)


def _recovered(encoded: bytes, reason: str) -> Element:
    parser = _parser(recover=True)
    try:
        root = etree.fromstring(encoded, parser)
    except etree.XMLSyntaxError:
        root = None
    if root is None or len(root) == 0:
        raise WireError(f"no XML that can be read: {' '.join(reason.split())[:200]}")
    if any("depth" in entry.message or "huge" in entry.message.lower() for entry in parser.error_log):
        raise WireError("XML nested too deep, or with a text too long, to be read")
    return root


def _parser(*, recover: bool) -> etree.XMLParser:
    return etree.XMLParser(
        encoding="utf-8",
        recover=recover,
        resolve_entities=False,
        load_dtd=False,
        no_network=True,
        remove_comments=True,
        remove_pis=True,
        huge_tree=False,
        strip_cdata=True,
    )


def _without_doctype(text: str) -> str:
    """Without the document type, and with it without all that could be expanded or fetched."""
    found = _DOCTYPE.search(text)
    if found is None:
        return text
    end = found.end()
    if found[0].endswith("["):
        subset = _SUBSET_END.search(text, end)
        end = subset.end() if subset else len(text)
    return text[: found.start()] + text[end:]


def _reference(found: re.Match[str]) -> str:
    """XML knows five names, HTML two thousand; a lone `&` is one."""
    name = found[1]
    if name is None:
        return found[0] if len(found[0]) > 1 else "&amp;"
    if name in _PREDEFINED:
        return found[0]
    known = html5.get(f"{name};")
    return escape(known) if known else f"&amp;{name};"


def _localise(element: Element) -> None:
    """Recovered markup has names that are none, which lxml reads but does not write: nobody asks for them."""
    if "}" in element.tag:
        element.tag = _name(element.tag)
    for name in [name for name in element.attrib if "}" in name]:
        plain = _name(name)
        value = element.attrib.pop(name)
        if plain not in element.attrib:
            element.set(plain, value)


def _name(qualified: str) -> str:
    local = qualified.rpartition("}")[2]
    return local if _NAME.fullmatch(local) else "unreadable"


def first(element: Element | None, *paths: str) -> Element | None:
    """The first element that one of some paths finds, in the order of the paths."""
    if element is None:
        return None
    return next((found for path in paths if (found := element.find(path)) is not None), None)


def text_of(element: Element | None, *paths: str) -> str:
    """The text of the first element found that has any; without paths, of the element itself."""
    found = [element] if not paths else [first(element, path) for path in paths]
    texts = (" ".join("".join(each.itertext()).split()) for each in found if each is not None)
    return next(filter(None, texts), "")


def attribute(element: Element | None, path: str, *names: str) -> str:
    """The first of some attributes of the first element found."""
    found = first(element, path)
    return (
        next((found.get(name, "").strip() for name in names if found.get(name, "").strip()), "")
        if found is not None
        else ""
    )


def bytes_of(element: Element) -> bytes:
    """One item by itself, for its `original`: a file of many cannot be kept with each of them."""
    encoded: bytes = etree.tostring(element, encoding="utf-8", xml_declaration=True, with_tail=False)
    return encoded


def inner_html(element: Element | None) -> str:
    """What is in an element of XHTML or NITF, as plain HTML."""
    if element is None:
        return ""
    parts: list[str] = [escape(element.text or "", quote=False)]
    for child in element:
        _write(child, parts)
    return "".join(parts).strip()


def _write(root: Element, parts: list[str]) -> None:
    """In one pass without recursion, for depth is the sender's."""
    walk = etree.iterwalk(root, events=("start", "end"))
    for event, element in walk:
        html = _KEPT.get(element.tag)
        if event == "start":
            if element.tag in _SILENT:
                walk.skip_subtree()
            else:
                parts.append(f"<{html}>" if html else "")
                parts.append(escape(element.text or "", quote=False))
        else:
            parts.append(f"</{html}>" if html and html not in _EMPTY else "")
            parts.append(escape(element.tail or "", quote=False))
