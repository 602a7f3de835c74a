"""Times as wires write them."""

import re
from datetime import datetime, timedelta, timezone
from email.utils import parsedate_to_datetime

__all__ = ["instant", "instant_or_none", "zone"]

_ZONES = {
    **dict.fromkeys(("Z", "GMT", "UTC", "UT", "WET"), 0),
    **dict.fromkeys(("BST", "CET", "WEST", "MEZ"), 1),
    **dict.fromkeys(("CEST", "EET", "MESZ"), 2),
    "EEST": 3,
    "EDT": -4,
    **dict.fromkeys(("EST", "CDT"), -5),
    **dict.fromkeys(("CST", "MDT"), -6),
    **dict.fromkeys(("MST", "PDT"), -7),
    "PST": -8,
}
"""Hours from UTC of the names that wires of Europe and North America use (RFC 822, and summer time of Europe)."""

_COMPACT = re.compile(
    r"(\d{4})-?(\d\d)-?(\d\d)(?:[T ]?(\d\d):?(\d\d)(?::?(\d\d))?(?:[.,](\d{1,9}))?)?"
    r"\s*(Z|[A-Z]{2,4}|[+-]\d\d:?\d\d|[+-]\d\d)?",
    re.ASCII | re.IGNORECASE,
)
_OFFSET = re.compile(r"([+-])(\d\d):?(\d\d)?", re.ASCII)
_LONGEST = 64


def instant(text: str) -> datetime:
    """A time of ISO 8601, in its long and its compact form, or of RFC 822.

    Raises:
        ValueError: it is none, or does not say its offset: nobody can order it.
    """
    text = " ".join(text.split())
    if not text or len(text) > _LONGEST:
        raise ValueError("no time")
    time = _of_iso(text) or _of_mail(text)
    if time is None or time.tzinfo is None:
        raise ValueError("a time without an offset")
    return time


def instant_or_none(text: str | None) -> datetime | None:
    """The same, and None for what cannot be read."""
    try:
        return instant(text or "")
    except (ValueError, OverflowError):
        return None


def zone(name: str) -> timezone | None:
    """`+02:00`, `+0200`, `GMT`, `CEST`, ...; None for what is not known."""
    hours = _ZONES.get(name.upper())
    if hours is not None:
        return timezone(timedelta(hours=hours))
    found = _OFFSET.fullmatch(name)
    if found is None:
        return None
    offset = timedelta(hours=int(found[2]), minutes=int(found[3] or 0))
    return timezone(-offset if found[1] == "-" else offset) if offset < timedelta(days=1) else None


def _of_iso(text: str) -> datetime | None:
    found = _COMPACT.fullmatch(text)
    if found is None:
        return None
    year, month, day, hour, minute, second = (int(part or 0) for part in found.groups()[:6])
    fraction = int((found[7] or "0")[:6].ljust(6, "0"))
    plain = datetime(year, month, day, hour, minute, min(second, 59), fraction)  # noqa: DTZ001 - its zone comes next
    return plain.replace(tzinfo=zone(found[8] or ""))


def _of_mail(text: str) -> datetime | None:
    try:
        return parsedate_to_datetime(text)
    except (ValueError, IndexError, TypeError):
        return None
