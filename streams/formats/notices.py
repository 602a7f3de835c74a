"""Kills, holds, corrections and embargoes that come as words. What is not sure is withheld, never passed as usable."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from schemas.raw_article import PubStatus
from streams.formats.instant import instant_or_none, zone

__all__ = ["Notice", "read_notices"]


@dataclass(frozen=True, slots=True)
class Notice:
    """What some words of an article order. `words` are those words, as they stand."""

    words: str
    status: PubStatus | None = None
    signal: str | None = None
    embargo: bool = False
    embargoed_until: datetime | None = None


_MONTHS = "jan feb mar apr may jun jul aug sep oct nov dec".split()  # noqa: SIM905 - reads best as words
_DAYS = r"(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?"

_KILL = re.compile(
    r"\b(?:(?:KILL|CANCEL|WITHDRAW)(?:[ ,.!/-]{1,3}(?:KILL|CANCEL|WITHDRAW)){1,5}"
    r"|(?:MANDATORY|BULLETIN|PICTURE|STORY|PHOTO)[ -]KILL|KILL (?:NOTICE|ADVISORY|NOTE)|NOTICE OF KILL)\b"
    r"|^[^\w\n]{0,20}(?:(?:STORY|ARTICLE|ITEM|HEADLINE|DISPATCH) (?:WITHDRAWN|RETRACTED|CANCELL?ED|KILLED)\b"
    r"|Story (?:withdrawn|retracted|killed)(?= *(?:[:.\u2013\u2014-]|$))"
    r"|Story has been (?:withdrawn|killed|retracted)\b"
    r"|Kill the (?:story|article|item)\b)"
    r"|^[^\w\n]{0,20}(?:KILL|Kill|WITHDRAWN|RETRACTION|RETRACTED|ANNULATION|ANULACI\u00d3N|Z(?:UR\u00dc|ur\u00fc)[Cc][Kk]"
    r"(?:GEZOGEN|gezogen))"
    r"\s*(?:[:\u2013\u2014-]|\)|$)",
    re.MULTILINE,
)
_ARTICLE = r"(?:news )?(?:story|article|item|dispatch|alert)"
_GONE = r"(?:has|is|was) (?:been )?(?:hereby )?(?:withdrawn|killed|retracted|cancell?ed)(?! by\b)"
# A bill, a report or a study is withdrawn as well, and armies must withdraw: only words about this very article count.
_KILL_SENTENCE = re.compile(
    rf"\b(?:(?:this|the above|the following) {_ARTICLE}\b(?!, (?:first |originally )?published)[^.\n]{{0,80}}? {_GONE}"
    rf"|(?:the|our) {_ARTICLE} (?:headlined|slugged|sent|moved|issued|transmitted|numbered)\b[^.\n]{{0,120}}? {_GONE}"
    r"|we are (?:killing|withdrawing) (?:the|this|our) (?:story|article|item)"
    r"|bitte (?:verwenden sie )?(?:die|diese) meldung[^.\n]{0,80} (?:nicht|l\u00f6schen))\b"
    r"|^[^\w\n]{0,20}(?:please|(?:editors|eds|desks|attention)\b[^a-z\n]{1,3}(?:please )?)(?: ?immediately )? ?"
    rf"(?:kill|withdraw|disregard|delete|do not use|do not publish)\b[^.\n]{{0,60}}?\b{_ARTICLE}\b",
    re.IGNORECASE | re.MULTILINE,
)
_HOLD = re.compile(
    r"\b(?:(?:HOLD|WITHHOLD)(?:[ ,.!/-]{1,3}(?:HOLD|WITHHOLD)){1,5}|HOLD FOR RELEASE|STORY ON HOLD"
    r"|DO NOT (?:USE|PUBLISH|RELEASE) YET|SPERRVERMERK)\b"
    r"|^[^\w\n]{0,20}(?:ADVISORY\W{1,4})?NOT FOR (?:IMMEDIATE )?(?:RELEASE|PUBLICATION)\b"
    r"|^[^\w\n]{0,20}(?:HOLD|WITHHOLD|WITHHELD)\s*(?:[:\u2013\u2014-]|\)|$)",
    re.MULTILINE,
)
_CORRECTION = re.compile(
    r"^[^\w\n]{0,20}(?:CORRECT(?:ED|ION|IVE|S)?|Correction|Corrected|RECTIFICATI(?:ON|F)|BERICHTIGUNG|KORREKTUR|Korrektur"
    r"|CORRECCI\u00d3N|CORRIGE|RETTELSE|RETTING|R\u00c4TTELSE)\b\s*(?:\([^)\n]{0,40}\)\s*)?[:\u2013\u2014\-)/,.]"
    r"|^[^\w\n]{0,20}(?:Eds?|Editors)\b[^\n]{0,60}?\b(?:CORRECTS?|Corrects?|corrects)\b"
    r"|\((?:corrects|correcting|corrected|Corrects|Corrected)\b[^)\n]{0,300}\)"
    r"|^[^\w\n]{0,20}(?:Corrects|CORRECTS) "
    r"|^[^\w\n]{0,20}(?:STORY|PICTURE|HEADLINE) CORRECTED\b",
    re.MULTILINE,
)
_UPDATE = re.compile(
    r"^[^\w\n]{0,20}(?:UPDATE ?\d{0,2}|Update ?\d{0,2}|ACTUALI[SZ]ATION|AKTUALISIERUNG|WRAPUP ?\d{0,2})"
    r"\s*[:\u2013\u2014-]"
    r"|^[^\w\n]{0,20}\(?(?:REFILES?|REFILED|REPEATS?|RPT)\b\s*(?:[:\u2013\u2014-]|(?:to|TO) (?:\w+ ){1,6})",
    re.MULTILINE,
)
_UNTIL = (
    r"(?:until|till|before|not (?:to be|for)|for (?:release|publication|use)|(?:to|for) \d|bis \d|jusqu|hasta"
    rf"|{_DAYS}\b|\d)"
)
# Oil and arms are embargoed, too: a word counts at the beginning of a line, or where a time or a day stands by.
_EMBARGO = re.compile(
    rf"(?:\b(?:strictly |sous |bajo |under )?embargo(?:ed)?\b\W{{0,3}}{_UNTIL}"
    r"|\b(?:strictly embargoed\b|sperrfrist ?[:\d])"
    r"|\bnot (?:for|to be) (?:publication|release|use|broadcast|published|released|used)\b[^\n]{0,10} "
    r"(?:before|until|prior to)\b"
    r"|\bhold (?:for release|until)\b(?=[^\n]{0,14}\d)"
    r"|^[^\w\n]{0,20}(?:attention\W{1,4})?embargoed\b(?=\W{0,3}(?:[:\u2013\u2014-]|$|press release|copy)))[^\n]{0,160}",
    re.IGNORECASE | re.MULTILINE,
)
_EMBARGO_ALONE = re.compile(r"^[^\w\n]{0,20}(?:EMBARGO(?:ED)?)\W*$", re.MULTILINE)
_TIME = re.compile(
    r"\b(\d{1,2})[:.h]?(\d\d)?\s*(?:(a\.?m\.?|p\.?m\.?)(?![a-z]))?"
    r"\s*(?:hours |hrs |Uhr )?\(?(Z|[A-Z]{3,4}|[+-]\d\d:?\d\d)\b",
    re.IGNORECASE,
)
_ISO = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:?\d\d(?::?\d\d)?\s*(?:Z|[+-]\d\d:?\d\d|GMT|UTC)")
_DAY_MONTH = re.compile(
    rf"\b(\d{{1,2}})(?:st|nd|rd|th|\.)? (?:of )?({'|'.join(_MONTHS)})[a-z]*\.?,? ?(\d{{4}})?", re.IGNORECASE
)
_MONTH_DAY = re.compile(rf"\b({'|'.join(_MONTHS)})[a-z]*\.? (\d{{1,2}})(?:st|nd|rd|th)?\b,? ?(\d{{4}})?", re.IGNORECASE)
_NUMBERS = re.compile(r"\b(\d{1,2})[./](\d{1,2})[./](\d{4})\b")
_WEEKDAY = re.compile(rf"\b({_DAYS})\b", re.IGNORECASE)
_NOON = re.compile(r"\b(?:12 ?)?noon\b", re.IGNORECASE)
_NOON_HOURS = 12
_HALF_A_YEAR = timedelta(days=183)


def read_notices(head: Iterable[str], body: Iterable[str], *, sent: datetime | None) -> tuple[Notice, ...]:
    """The orders in headline, slugline and notes (`head`), and in the first lines of the text (`body`).

    A story about a kill or an embargo is no order: in the body only the unmistakable forms count. `sent` dates an
    embargo that names no year or a weekday only; one that cannot be dated withholds.
    """
    return (*_of_lines(head, sent, noted=True), *_of_lines(body, sent, noted=False))


def _of_lines(lines: Iterable[str], sent: datetime | None, *, noted: bool) -> Iterator[Notice]:
    for line in lines:
        for pattern in (_KILL, _KILL_SENTENCE):
            if found := pattern.search(line):
                yield Notice(_words(line, found), status="canceled", signal="kill")
                break
        else:
            yield from _lesser(line, sent, noted=noted)


def _lesser(line: str, sent: datetime | None, *, noted: bool) -> Iterator[Notice]:
    embargo = _EMBARGO.search(line)
    if embargo is not None:
        until = _until(embargo[0], sent)
        status: PubStatus | None = None if until else "withheld"
        yield Notice(embargo[0].strip(), status, embargo=True, embargoed_until=until)
    elif alone := _EMBARGO_ALONE.search(line):
        yield Notice(alone[0].strip(), status="withheld", embargo=True)
    elif hold := _HOLD.search(line):
        yield Notice(_words(line, hold), status="withheld", signal="hold")
    if correction := _CORRECTION.search(line):
        yield Notice(_words(line, correction), signal="correction")
    elif noted and (update := _UPDATE.search(line)):
        yield Notice(_words(line, update), signal="update")


def _words(line: str, found: re.Match[str]) -> str:
    """The line that the words stand in, or as much as an editor needs of it."""
    start = line.rfind("\n", 0, found.start()) + 1
    end = line.find("\n", found.end())
    return " ".join(line[start : None if end < 0 else end].split())[:300]


def _until(text: str, sent: datetime | None) -> datetime | None:
    """The time an embargo names; None where hour, zone or day cannot be made out."""
    if iso := _ISO.search(text):
        return instant_or_none(iso[0])
    text = _NOON.sub("1200", text)  # midnight may be either end of a day, and stays unread
    time = next((found for found in _TIME.finditer(text) if zone(found[4])), None)
    if time is None:
        return None
    hours, minutes = _clock(time)
    rest = text[: time.start()] + " " + text[time.end() :]
    offset = zone(time[4])
    try:
        day = _day(rest, sent.astimezone(offset) if sent else None)
        return day.replace(hour=hours, minute=minutes, tzinfo=offset) if day else None
    except (ValueError, OverflowError):
        return None


def _clock(time: re.Match[str]) -> tuple[int, int]:
    """Hours and minutes of `0001`, `00:01`, `6 p.m.`; of four digits the first pair is the hour."""
    hours, minutes = int(time[1]), int(time[2] or 0)
    half = (time[3] or "").lower()[:1]
    if half:
        hours = hours % _NOON_HOURS + (_NOON_HOURS if half == "p" else 0)
    return hours, minutes


def _day(text: str, sent: datetime | None) -> datetime | None:
    """Midnight of the day that is named; of a day without a year, the one nearest to when it was sent."""
    day = month = None
    year: str | None = None
    if found := _NUMBERS.search(text):
        day, month, year = int(found[1]), int(found[2]), found[3]
    elif found := _DAY_MONTH.search(text):
        day, month, year = int(found[1]), _MONTHS.index(found[2].lower()) + 1, found[3]
    elif found := _MONTH_DAY.search(text):
        day, month, year = int(found[2]), _MONTHS.index(found[1].lower()) + 1, found[3]
    if day and month:
        if year:
            return datetime(int(year), month, day)  # noqa: DTZ001 - its zone is set by who asked
        return _nearest(day, month, sent) if sent else None
    weekday = _WEEKDAY.search(text)
    if weekday and sent:
        names = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
        ahead = (names.index(weekday[1][:3].lower()) - sent.weekday()) % 7
        return sent.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=ahead)
    return None


def _nearest(day: int, month: int, sent: datetime) -> datetime:
    midnight = sent.replace(month=1, day=1, hour=0, minute=0, second=0, microsecond=0)
    this = midnight.replace(month=month, day=day)
    if sent - this > _HALF_A_YEAR:
        return this.replace(year=this.year + 1)
    return this.replace(year=this.year - 1) if this - sent > _HALF_A_YEAR else this
