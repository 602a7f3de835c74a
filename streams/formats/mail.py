"""E-mail, as agencies and press offices send copy: RFC 5322 and MIME. Attachments are files of their own."""

import re
from collections.abc import Iterator
from email import message_from_bytes
from email.errors import HeaderParseError
from email.header import decode_header
from email.message import Message
from email.utils import parseaddr

from schemas.raw_article import RawArticle
from streams.errors import WireError
from streams.formats.charset import read_text
from streams.formats.item import Item, assemble
from streams.formats.origin import Hint, original, refuse_crowd

__all__ = ["MEDIA_TYPE", "attachments", "is_mail", "parse_mail"]

MEDIA_TYPE = "message/rfc822"

_HEADER = re.compile(r"[A-Za-z][A-Za-z0-9-]{1,60}:[ \t]?[^\r\n]*(?:\r?\n[ \t][^\r\n]*)*\r?\n")
_TELLING = frozenset(
    ("from", "to", "subject", "date", "message-id", "mime-version", "received", "return-path", "content-type")
)
_FEWEST_TELLING = 2
_NO_WIRE = re.compile(
    r"image/|audio/|video/|text/calendar|text/x?-?vcard|application/(?:pkcs7|x-pkcs7|pgp|pdf|msword|vnd\.(?:ms-|openxml|oasis))"
)
_NO_FILES = (".docx", ".doc", ".xlsx", ".pptx", ".odt", ".rtf", ".p7s", ".asc", ".ics", ".vcf", ".svg", ".pdf")
"""What comes with mails and is no wire: pictures, signatures, documents of offices."""
_TEXT = ("text/plain", "text/html")


def is_mail(head: str) -> bool:
    """Whether a text begins with header lines, at least two of which are those of mail."""
    start, telling, place = head.lstrip("\r\n"), 0, 0
    while found := _HEADER.match(start, place):
        telling += found[0].partition(":")[0].lower() in _TELLING
        place = found.end()
    return telling >= _FEWEST_TELLING and start[place : place + 1] in {"\r", "\n", ""}


def parse_mail(data: bytes, hint: Hint) -> tuple[RawArticle, ...]:
    """What the mail itself says, as one article; none if it is only the cover of its attachments.

    Raises:
        WireError: it has neither text nor attachments.
    """
    message = _message(data)
    body, html, repairs = _body(message)
    if not body.strip():
        if any(True for _ in _attached(message, hint)):
            return ()
        raise WireError("a mail without a text")
    name, address = parseaddr(_header(message, "From"))
    item = Item(
        body=body,
        body_type="text/html" if html else "text/plain",
        article_id=_header(message, "Message-ID").strip("<> "),
        headline=_header(message, "Subject"),
        language=_header(message, "Content-Language").partition(",")[0],
        published=_header(message, "Date"),
        expires=_header(message, "Expires"),
        byline=name or address,
        keywords=_header(message, "Keywords").split(",") if message.get("Keywords") else [],
        links=[("replaces", _header(message, "Supersedes").strip("<> "))],
        repairs=repairs,
    )
    return (assemble(item, hint, original(data, MEDIA_TYPE)),)


def attachments(data: bytes, hint: Hint) -> Iterator[tuple[bytes, Hint]]:
    """The files that came with a mail; pictures and the like are passed over by whoever reads them."""
    return _attached(_message(data), hint)


def _attached(message: Message, hint: Hint) -> Iterator[tuple[bytes, Hint]]:
    for part in message.walk():
        name = part.get_filename()
        if (
            part.is_multipart()
            or not name
            or _NO_WIRE.match(part.get_content_type())
            or name.lower().endswith(_NO_FILES)
        ):
            continue
        payload = part.get_payload(decode=True)
        if isinstance(payload, bytes) and payload:
            yield payload, Hint(source=hint.source, name=f"{hint.name}/{name}")


def _message(data: bytes) -> Message:
    refuse_crowd("parts", data.count(b"\n--"), len(data))
    try:
        return message_from_bytes(data.lstrip(b"\r\n"))
    except (ValueError, RecursionError, LookupError, AttributeError, TypeError) as error:
        raise WireError(f"no mail that can be read: {type(error).__name__}") from error


def _body(message: Message) -> tuple[str, bool, list[str]]:
    """The text that was meant to be read: plain where there is one, else HTML."""
    found: dict[str, tuple[str, list[str]]] = {}
    for part in message.walk():
        kind = part.get_content_type()
        if kind not in _TEXT or part.get_filename():
            continue
        payload = part.get_payload(decode=True)
        if isinstance(payload, bytes):
            charset = part.get_param("charset")
            text, repairs = read_text(payload, declared=charset if isinstance(charset, str) else None)
            if text.strip() and kind in found:
                # After a picture in the text, some programs send the rest as a part of its own.
                text, repairs = f"{found[kind][0].rstrip()}\n\n{text}", [*found[kind][1], *repairs]
            if text.strip():
                found[kind] = text, repairs
    for kind in _TEXT:
        if kind in found:
            return found[kind][0], kind == "text/html", found[kind][1]
    return "", False, []


def _header(message: Message, name: str) -> str:
    """A header in words: RFC 2047 undone, and what cannot be is left as it stands."""
    value = message.get(name)
    if value is None:
        return ""
    try:
        parts = decode_header(str(value))
    except (HeaderParseError, ValueError):
        return str(value)
    return "".join(
        read_text(part, declared=charset).text if isinstance(part, bytes) else part for part, charset in parts
    )
