"""The wires of teletype days, ANPA 1312 and IPTC 7901: control characters and a header line. Both are still sent.

IPTC 7901, The IPTC Recommended Message Format, 1995; ANPA 1312, High-Speed Wire Transmission Guidelines, from 1979.
"""

import re
from collections.abc import Callable
from datetime import datetime
from typing import NamedTuple

from schemas.raw_article import RawArticle, WireSubject
from streams.errors import WireError
from streams.formats.charset import read_text
from streams.formats.instant import zone
from streams.formats.item import Item, assemble
from streams.formats.origin import Hint, original, refuse_crowd

__all__ = ["ANPA_MEDIA_TYPE", "IPTC7901_MEDIA_TYPE", "is_anpa", "is_iptc7901", "parse_anpa", "parse_iptc7901"]

ANPA_MEDIA_TYPE = "application/x-anpa-1312"
IPTC7901_MEDIA_TYPE = "application/x-iptc-7901"

_SOH, _STX, _ETX, _EOT, _SYN = "\x01", "\x02", "\x03", "\x04", "\x16"
_URGENCIES = {"f": "1", "b": "2", "u": "3", "r": "4", "d": "5", "z": "4"}
"""ANPA's priorities: flash, bulletin, urgent, rush, deferred; IPTC 7901 has digits. Others say no urgency."""
_ANPA_HEADER = re.compile(
    r"\x16*\x01(?P<level>[a-z ])(?P<number>[a-z]{0,3}\d{3,5})(?P<rest>[^\x02]{0,400}?)\x02", re.IGNORECASE | re.DOTALL
)
_ANPA_LINE = re.compile(
    r"(?P<priority>[a-z])[ \x1f]?(?P<category>[a-z])[ ]?(?P<codes>[\x05-\x1f]{0,6})\s*(?P<keyword>[^\r\n]*?)"
    r"[ \x1f](?P<month>\d{1,2})[-/](?P<day>\d{1,2}) (?P<words>\d{1,5})\b",
    re.IGNORECASE,
)
_ANPA_END = re.compile(
    r"\x03\s*[A-Za-z-]{0,20}?(\d\d)-(\d\d)-(\d\d)\s+(\d\d):?(\d\d)(GMT|UTC|Z|E[SD]T)?", re.IGNORECASE
)
_IPTC_HEADER = re.compile(
    r"\x01(?!\x01)\s{0,20}(?P<source>[A-Za-z]{1,6})\s?(?P<number>\d{1,5})\s+(?P<priority>\d|[a-z])\s+(?P<category>[A-Za-z0-9]{1,4})"
    r"(?:\s+(?P<words>\d{1,5}))?(?:\s+(?P<options>[^\x02\r\n]*))?\s*",
    re.IGNORECASE,
)
_IPTC_END = re.compile(
    r"\x03\s*(?P<day>\d\d)(?P<hour>\d\d)(?P<minute>\d\d)\s*(?P<zone>GMT|UTC|Z|[A-Z]{3,4}(?=\s))?\s*(?P<month>[^\W\d]{3,9})\.?\s*(?P<year>\d{4}|\d\d)\b",
    re.IGNORECASE,
)
_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            *("jan ene", "feb fév", "mar mrz mär", "apr abr avr", "may mai", "jun juin", "jul juil", "aug ago aoû"),
            *("sep", "oct okt", "nov", "dec dez dic"),
        ),
        start=1,
    )
    for name in names.split()
}
"""Also as German, French and Spanish wires write them."""
_NOTE = re.compile(
    r"^.{0,40}following information is not (?:intended )?for publication|^#{1,2} ?(?:notizblock|notebook)",
    re.IGNORECASE | re.MULTILINE,
)
_BYLINE = re.compile(r"(?:By|BY|Von|Par|Por) [A-Z][^\n]{2,70}")
_LONGEST_HEADLINE = 150
_MOST_HEADLINES = 4
_LOOKED_AT_CHARS = 2000
_SLUG = re.compile(r"[^\s/]+(?: ?/[^/\n]{0,40})+/?|[^\s/]+/")
_KINDS = (
    ("slugline", re.compile(r"(?:BC|AM|PM|HFR)-|.{1,80},\s?\d{1,4}$")),
    ("note", re.compile(r"(?:Eds?|Editors|EDS)\b")),
    ("byline", _BYLINE),
)
_CREDIT = re.compile(r"(?:With )?AP (?:Photo|Graphic|Video)|.{0,30}(?:Associated Press|[Ww]riter|Correspondent)$")
_SET_APART = re.compile(r"\^([^<^\n]{1,300}?)(?:<|=\n)\n?")
_MESSAGE = re.compile(r"(?<![\x16\x01])(?=\x16*\x01)")
"""Where one begins; the two or more SYN before its start of header belong to it."""
_OTHER_CONTROL = re.compile(r"[\x00\x05-\x07\x0b\x0e-\x1f\x7f]")


class _Heading(NamedTuple):
    """What stands above a text, and the text."""

    slugline: str
    headline: str
    byline: str
    note: str
    body: str


def is_anpa(head: str) -> bool:
    """Whether a text begins as an ANPA 1312 transmission."""
    start = head.lstrip("\x00\r\n ")
    return start.startswith(_SYN) or (
        start.startswith(_SOH) and _ANPA_HEADER.match(start) is not None and _IPTC_HEADER.match(start) is None
    )


def is_iptc7901(head: str) -> bool:
    """Whether a text begins with a start of header that is not ANPA's."""
    return head.lstrip("\x00\r\n ").startswith(_SOH)


def parse_iptc7901(data: bytes, hint: Hint) -> tuple[RawArticle, ...]:
    """The messages of a transmission, each from its start of header on.

    Raises:
        WireError: no message has a text.
    """
    return _messages(data, hint, _iptc7901, IPTC7901_MEDIA_TYPE)


def parse_anpa(data: bytes, hint: Hint) -> tuple[RawArticle, ...]:
    """The same of ANPA 1312.

    Raises:
        WireError: no message has a text.
    """
    return _messages(data, hint, _anpa, ANPA_MEDIA_TYPE)


def _messages(
    data: bytes, hint: Hint, read: Callable[[str, list[str]], Item | None], media_type: str
) -> tuple[RawArticle, ...]:
    text, repairs = read_text(data)
    parts = [part for part in _MESSAGE.split(text) if part.strip("\x16\r\n ")]
    refuse_crowd("messages", len(parts), len(data))
    read_parts = [(item, part) for part in parts if (item := read(part, repairs)) is not None]
    if not read_parts:
        raise WireError("a transmission without a text")
    alone = len(parts) == 1
    return tuple(
        assemble(item, hint, original(data if alone else part.encode(), media_type)) for item, part in read_parts
    )


def _iptc7901(message: str, repairs: list[str]) -> Item | None:
    header = _IPTC_HEADER.search(message)
    before, text = _around_text(message, header.end() if header else 0)
    if not text.strip():
        return None
    slugline = " ".join(before.strip(" /\n").split())
    heading = _headed(text)
    note, body = _note_in(heading.body)
    item = Item(body=body, headline=heading.headline, byline=heading.byline, ed_note=note, repairs=list(repairs))
    item.slugline = slugline or heading.slugline
    item.item_type = "text"
    sent = _sent(_IPTC_END.search(message))
    if sent:
        item.version_created = sent.isoformat()
    if header is None:
        return item
    item.urgency = _URGENCIES.get(header["priority"].lower(), header["priority"])
    item.subjects = [WireSubject(code=header["category"], scheme="iptc7901-category")]
    if sent:
        item.named = f"iptc7901:{header['source'].lower()}{header['number']}:{sent:%Y-%m-%d}"
    return item


def _anpa(message: str, repairs: list[str]) -> Item | None:
    header = _ANPA_HEADER.search(message)
    _, text = _around_text(message, 0)
    if not text.strip():
        return None
    heading = _anpa_text(text)
    item = Item(body=heading.body, headline=heading.headline, byline=heading.byline, ed_note=heading.note)
    item.slugline, item.item_type, item.repairs = heading.slugline, "text", list(repairs)
    sent = _anpa_sent(_ANPA_END.search(message))
    if sent:
        item.version_created = sent.isoformat()
    line = _ANPA_LINE.search(header["rest"]) if header else None
    if line is not None:
        item.urgency = _URGENCIES.get(line["priority"].lower(), "")
        item.subjects = [WireSubject(code=line["category"].lower(), scheme="anpa-category")]
        keyword, _, take = line["keyword"].partition(",")
        item.slugline, item.take = keyword.strip(" ,-"), take.strip(" ,")
    if header is not None and sent:
        item.named = f"anpa:{header['level'].strip()}{header['number']}:{sent:%Y-%m-%d}"
    return item


def _around_text(message: str, start: int) -> tuple[str, str]:
    """What stands before the start of text, and the text; a message without one is all text after its header."""
    opening = message.find(_STX, start)
    before = message[start:opening] if opening >= 0 else ""
    text = message[opening + 1 if opening >= 0 else start :]
    return before, text.partition(_ETX)[0].partition(_EOT)[0]


def _headed(text: str) -> _Heading:
    """What stands above the text: a slug of keywords with strokes, a headline, which dpa ends with ` =`, a byline."""
    lines = [_OTHER_CONTROL.sub("", line).strip() for line in text.split("\n")]
    _drop_empty(lines)
    slugline = lines.pop(0).rstrip("/ ") if lines and _SLUG.fullmatch(lines[0]) else ""
    _drop_empty(lines)
    headline = _headline(lines)
    _drop_empty(lines)
    byline = lines.pop(0).rstrip("= ") if lines and _BYLINE.fullmatch(lines[0].rstrip("= ")) else ""
    body = "\n".join(line.removesuffix(" =") for line in lines).strip()
    return _Heading(slugline, headline, byline, "", body)


def _headline(lines: list[str]) -> str:
    """Taken off the lines: as many as are needed to the first that ends with ` =`, else the first, if it is short."""
    marked = next((number for number, line in enumerate(lines[:_MOST_HEADLINES]) if line.endswith("=")), None)
    if marked is not None and not any(_BYLINE.match(line) for line in lines[: marked + 1]):
        count = marked + 1
    else:
        more = len([line for line in lines if line]) > 1
        count = int(more and len(lines[0]) <= _LONGEST_HEADLINE and not lines[0].endswith("."))
    headline = " ".join(lines[:count]).rstrip("= ")
    del lines[:count]
    return " ".join(headline.split())


def _drop_empty(lines: list[str]) -> None:
    while lines and not lines[0]:
        lines.pop(0)


def _note_in(body: str) -> tuple[str, str]:
    """What is not for publication, and the text without it."""
    found = _NOTE.search(body)
    if found is None:
        return "", body
    return body[found.start() :].strip(), body[: found.start()].rstrip()


def _anpa_text(text: str) -> _Heading:
    """`^` opens a line that is set apart and `<` or `=` ends it; a tab opens a paragraph.

    These lines are the keyword again, the headline, notes to editors, credits of pictures, byline and agency.
    """
    found = dict.fromkeys(("slugline", "headline", "byline"), "")
    notes: list[str] = []
    head = text[:_LOOKED_AT_CHARS].partition("\t")[0]
    marked = list(_SET_APART.finditer(head))
    for each in marked:
        line = " ".join(each[1].split())
        kind = next((name for name, pattern in _KINDS if pattern.match(line)), "headline")
        if kind in found and not found[kind] and not _CREDIT.match(line):
            found[kind] = line
        elif not _CREDIT.match(line):
            # A second of its kind may be an order, so it goes where orders are looked for.
            notes.append(line)
    if not found["headline"]:
        heading = _headed(_paragraphs(_SET_APART.sub("", text, count=len(marked)) if marked else text))
        return heading._replace(note="\n".join(notes), byline=found["byline"] or heading.byline)
    body = _paragraphs(_SET_APART.sub("", text, count=len(marked)))
    return _Heading(found["slugline"], found["headline"], found["byline"], "\n".join(notes), body)


def _paragraphs(text: str) -> str:
    text = re.sub(r"[\^\t]\s*|\n[ ]{2,}", "\n\n", text.replace("<", "\n"))
    return re.sub(r"\n{3,}", "\n\n", _OTHER_CONTROL.sub("", text)).strip()


def _sent(found: re.Match[str] | None) -> datetime | None:
    """The day, hour and minute, then month and year, at the end of a message: `031200GMT MAY 24`."""
    month = _MONTHS.get(found["month"].lower()[:3]) if found else None
    if found is None or month is None:
        return None
    offset = zone(found["zone"] or "GMT")
    try:
        return datetime(
            2000 + int(found["year"]) % 100,
            month,
            int(found["day"]),
            int(found["hour"]),
            int(found["minute"]),
            tzinfo=offset,
        )
    except ValueError:
        return None


def _anpa_sent(found: re.Match[str] | None) -> datetime | None:
    if found is None:
        return None
    month, day, year, hour, minute = (int(found[group]) for group in range(1, 6))
    try:
        return datetime(2000 + year, month, day, hour, minute, tzinfo=zone(found[6] or "GMT"))
    except ValueError:
        return None
