"""Wire formats: bytes to articles, without a file, a socket or a clock. A new format is a module and a line here."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import structlog
from pydantic import ValidationError

from schemas.raw_article import RawArticle
from streams.errors import WireError
from streams.formats import archive, controls, feed, jsonl, mail, newsml1, newsml_g2, ninjs, nitf, text, warc, webpage
from streams.formats.charset import decode
from streams.formats.origin import Hint, refuse_crowd
from streams.formats.xml_tree import SeveralDocumentsError

__all__ = ["FORMATS", "MEDIA_TYPES", "Format", "Hint", "parse", "read_articles", "sniff"]

log = structlog.get_logger(__name__)

Parse = Callable[[bytes, Hint], tuple[RawArticle, ...]]
Unpack = Callable[[bytes, Hint], Iterator[tuple[bytes, Hint]]]


@dataclass(frozen=True, slots=True)
class Format:
    """One wire format. `fits` judges the decoded beginning of a file, `signature` its first bytes.

    `parse` takes bytes and what is known of them; `unpack` gives the files inside, of a format that holds others.
    """

    media_type: str
    suffixes: tuple[str, ...]
    parse: Parse | None = None
    unpack: Unpack | None = None
    fits: Callable[[str], bool] = lambda _head: False
    signature: bytes | None = None


def _root(*names: str) -> Callable[[str], bool]:
    """Whether the first tag of a text is one of these, whatever its prefix."""
    return lambda head: (found := _FIRST_TAG.match(head)) is not None and found[1].lower() in names


_FIRST_TAG = re.compile(
    r"\s*(?:<\?(?:(?!\?>).){0,1000}\?>\s*|<!--(?:(?!-->).){0,3000}-->\s*|<!DOCTYPE[^\[>]{0,1000}(?:\[[^\]]{0,3000}\]\s*)?>\s*){0,20}"
    r"<(?:[\w.-]{1,40}:)?([A-Za-z][\w.-]{0,60})[\s/>]",
    re.IGNORECASE | re.DOTALL,
)
_DOCUMENT = re.compile(rb"(?=<\?xml\s)")
_G2_ROOTS = ("newsitem", "packageitem", "newsmessage", "conceptitem", "knowledgeitem", "planningitem", "catalogitem")

FORMATS = {
    "gzip": Format("application/gzip", (".gz",), unpack=archive.unpack_gzip, signature=b"\x1f\x8b"),
    "zip": Format("application/zip", (".zip",), unpack=archive.unpack_zip, signature=b"PK\x03\x04"),
    "warc": Format(warc.MEDIA_TYPE, (".warc",), unpack=warc.unpack_warc, signature=b"WARC/"),
    "anpa": Format(controls.ANPA_MEDIA_TYPE, (".anpa",), controls.parse_anpa, fits=controls.is_anpa),
    "iptc7901": Format(controls.IPTC7901_MEDIA_TYPE, (".iptc",), controls.parse_iptc7901, fits=controls.is_iptc7901),
    "json-feed": Format(feed.JSON_FEED_MEDIA_TYPE, (), feed.parse_json_feed, fits=feed.is_json_feed),
    "ninjs": Format(ninjs.MEDIA_TYPE, (), ninjs.parse_ninjs, fits=ninjs.is_ninjs),
    "jsonl": Format(jsonl.MEDIA_TYPE, (".json", ".jsonl", ".ndjson"), jsonl.parse_jsonl, fits=jsonl.is_jsonl),
    "newsml-g2": Format(newsml_g2.MEDIA_TYPE, (".xml",), newsml_g2.parse_newsml_g2, fits=_root(*_G2_ROOTS)),
    "newsml1": Format(newsml1.MEDIA_TYPE, (), newsml1.parse_newsml1, fits=_root("newsml")),
    "nitf": Format(nitf.MEDIA_TYPE, (".nitf",), nitf.parse_nitf, fits=_root("nitf")),
    "feed": Format(
        feed.MEDIA_TYPE, (".rss", ".atom", ".rdf"), feed.parse_feed, fits=_root("rss", "feed", "rdf", "channel")
    ),
    "html": Format(webpage.MEDIA_TYPE, (".html", ".htm", ".xhtml"), webpage.parse_html, fits=webpage.is_html),
    "mail": Format(mail.MEDIA_TYPE, (".eml",), mail.parse_mail, mail.attachments, fits=mail.is_mail),
    "text": Format(text.MEDIA_TYPE, (".txt",), text.parse_text, fits=lambda _head: True),
}
"""By name, in the order in which `sniff` asks them; text, which everything fits, is the last."""

MEDIA_TYPES = {
    **{wire.media_type: name for name, wire in FORMATS.items()},
    "application/atom+xml": "feed",
    "application/rdf+xml": "feed",
    "application/vnd.iptc.g2.newsmessage+xml": "newsml-g2",
    "application/vnd.iptc.g2.packageitem+xml": "newsml-g2",
    "application/x-gzip": "gzip",
    "application/x-ndjson": "jsonl",
    "application/xhtml+xml": "html",
    "application/x-zip-compressed": "zip",
}
_SAYS_LITTLE = frozenset(
    (
        "application/json",
        "application/octet-stream",
        "application/xml",
        "binary/octet-stream",
        "text/plain",
        "text/xml",
        "text/html",
    )
)
"""Media types under which servers send anything: here, too, the content decides."""

_HEAD_BYTES = 8192
_MOST_CONTROLS = 0.1
_NO_CONTROLS = {code: None for code in range(32) if chr(code) not in "\t\n\r\f"}
_MOST_PACKED = 4
"""What is packed holds more small articles in a byte than what is not."""
_DEEPEST = 3
"""Archives in archives."""
_NO_ARTICLES = {
    b"%PDF-": "PDF",
    b"\x89PNG": "PNG",
    b"\xff\xd8\xff": "JPEG",
    b"GIF8": "GIF",
    b"II*\x00": "TIFF",
    b"MM\x00*": "TIFF",
    b"ID3": "MP3",
    b"RIFF": "RIFF",
    b"\xd0\xcf\x11\xe0": "old Word",
    b"\x00\x00\x00\x18ftyp": "MP4",
    b"\x00\x00\x00 ftyp": "MP4",
}


class _NoArticleError(WireError):
    """What is in an archive beside its articles: pictures, films, print pages."""


def parse(data: bytes, hint: Hint = Hint()) -> tuple[RawArticle, ...]:  # noqa: B008 - frozen
    """Read the articles of one file, or of one answer of a server.

    Raises:
        WireError: whatever is wrong with the bytes; nothing else is raised for any bytes.
    """
    try:
        return read_articles(data, hint)
    except WireError:
        raise
    except Exception as error:
        # A mistake of ours must not cost a desk its wire: the bytes are kept where they can be read again.
        log.exception("a parser failed", name=hint.name, format=hint.format_name, size=len(data))
        raise WireError(f"the parser failed ({type(error).__name__}); please report it with the file") from error


def read_articles(data: bytes, hint: Hint, *, depth: int = 0) -> tuple[RawArticle, ...]:
    """`parse` without its net: what tests use to find what would fall into it.

    Raises:
        WireError: the bytes cannot be read.
    """
    if not data:
        raise WireError("empty file")
    if depth > _DEEPEST:
        raise WireError(f"files in files, more than {_DEEPEST} deep")
    wire = FORMATS[_format_of(data, hint)]
    try:
        articles = _articles(wire.parse, data, hint) if wire.parse else ()
    except ValidationError as error:
        problem = error.errors(include_input=False, include_url=False, include_context=False)[0]
        raise WireError(f"{'.'.join(map(str, problem['loc']))}: {problem['msg']}") from error
    if wire.unpack is None:
        return articles
    inside = list(articles)
    for article in _inside(wire.unpack(data, hint), depth):
        inside.append(article)
        refuse_crowd("articles", len(inside), len(data) * _MOST_PACKED)
    if not inside:
        raise WireError("no article in it")
    return tuple(inside)


def _articles(read: Parse, data: bytes, hint: Hint) -> tuple[RawArticle, ...]:
    """Of a file, or of the XML documents that somebody wrote one after the other into one."""
    try:
        return read(data, hint)
    except SeveralDocumentsError:
        parts = [part for part in _DOCUMENT.split(data) if part.strip()]
        if len(parts) == 1:
            raise
        refuse_crowd("documents", len(parts), len(data))
        return tuple(article for part in parts for article in read(part, hint))


def _inside(files: Iterator[tuple[bytes, Hint]], depth: int) -> Iterator[RawArticle]:
    for data, hint in files:
        try:
            yield from read_articles(data, hint, depth=depth + 1)
        except _NoArticleError:
            continue
        except WireError as error:
            raise WireError(f"{hint.name}: {error}") from error


def _format_of(data: bytes, hint: Hint) -> str:
    """The name that is given, or that a media type stands for; where it says little, what the content speaks for."""
    given = hint.format_name
    if not given:
        return sniff(data)
    media_type = given.partition(";")[0].strip().lower()
    if given in FORMATS:
        return given
    if "/" in media_type:
        known = MEDIA_TYPES.get(media_type)
        return sniff(data) if known is None or media_type in _SAYS_LITTLE else known
    raise WireError(f"no format {given!r} for {hint.name}; there are {', '.join(FORMATS)}")


def sniff(data: bytes) -> str:
    """The name of the format that the content speaks for.

    Raises:
        WireError: it speaks for something that is not read here, rather than for text.
    """
    for name, wire in FORMATS.items():
        if wire.signature is not None and data.startswith(wire.signature):
            return name
    kind = next((kind for signature, kind in _NO_ARTICLES.items() if data.startswith(signature)), None)
    if kind is not None:
        raise _NoArticleError(f"{kind}, which is not read here")
    head = decode(data[:_HEAD_BYTES])
    if len(head) - len(head.translate(_NO_CONTROLS)) > _MOST_CONTROLS * len(head):
        raise WireError("binary data, not text")
    name = next(name for name, wire in FORMATS.items() if wire.fits(head))
    if name == "text" and _looks_like_xml(head, data):
        raise WireError("XML in a format that is not read here")
    return name


def _looks_like_xml(head: str, data: bytes) -> bool:
    return head.lstrip().startswith("<?xml") or (_FIRST_TAG.match(head) is not None and data.rstrip().endswith(b">"))
