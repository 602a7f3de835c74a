# ruff: noqa: RUF001, SIM905 - typographic dashes are what wires send; lists of words read best as words
"""The dateline that opens a text, "PARIS, May 3 (Reuters) - ", and lines that are nothing but a date."""

import re

from streams.enrich.credit import is_agency

__all__ = ["dateline_end", "is_timestamp"]

_MONTHS = frozenset(
    "jan january januar janvier enero janeiro gennaio feb february februar février fevrier febrero fevereiro "
    "febbraio mar march märz maerz mars marzo março apr april avril abril aprile may mai mayo maio maggio jun "
    "june juni juin junio junho giugno jul july juli juillet julio julho luglio aug august août aout agosto sep "
    "sept september septembre septiembre setembro settembre oct october okt oktober octobre octubre outubro "
    "ottobre nov november novembre noviembre novembro dec december dez dezember décembre decembre dic diciembre "
    "dezembro dicembre".split()
)
_WEEKDAYS = frozenset(
    "mon monday tue tues tuesday wed wednesday thu thur thurs thursday fri friday sat saturday sun sunday montag "
    "dienstag mittwoch donnerstag freitag samstag sonntag lundi mardi mercredi jeudi vendredi samedi dimanche "
    "lunes martes miércoles miercoles jueves viernes sábado sabado domingo".split()
)
_CLOCK = frozenset(
    "am pm a.m p.m at on um uhr à a las de gmt utc bst cet cest est edt pst pdt ist z published updated last "
    "posted first le el".split()
)
_NUMBER = re.compile(
    r"\d{1,4}(?:st|nd|rd|th|er|º|h)?|\d{1,2}[:.]\d\d(?:[:.]\d\d)?(?:am|pm)?|\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}"
)

# These stand alone in datelines; any other place needs a region, a date or an agency beside it.
_CITIES = frozenset(
    "ABUJA ALGIERS AMMAN AMSTERDAM ANKARA ATHENS ATLANTA BAGHDAD BANGKOK BARCELONA BEIJING BEIRUT BELGRADE BERLIN "
    "BOGOTA BOSTON BRASILIA BRUSSELS BUCHAREST BUDAPEST BUENOS·AIRES CAIRO CANBERRA CAPE·TOWN CARACAS CHICAGO "
    "COPENHAGEN DAKAR DALLAS DAMASCUS DELHI DENVER DETROIT DHAKA DOHA DUBAI DUBLIN EDINBURGH FRANKFURT GENEVA "
    "HANOI HARARE HAVANA HELSINKI HONG·KONG HOUSTON ISLAMABAD ISTANBUL JAKARTA JERUSALEM JOHANNESBURG KABUL "
    "KATHMANDU KHARTOUM KINSHASA KUALA·LUMPUR KYIV LAGOS LIMA LISBON LONDON LOS·ANGELES MADRID MANILA MELBOURNE "
    "MEXICO·CITY MIAMI MILAN MINSK MONTREAL MOSCOW MUMBAI MUNICH NAIROBI NEW·DELHI NEW·YORK OSLO OTTAWA PARIS "
    "PHILADELPHIA PHOENIX PRAGUE QUITO RIO·DE·JANEIRO RIYADH ROME SANTIAGO SAN·FRANCISCO SAO·PAULO SEATTLE SEOUL "
    "SHANGHAI SINGAPORE SOFIA STOCKHOLM SYDNEY TAIPEI TEHRAN TEL·AVIV THE·HAGUE TOKYO TORONTO TRIPOLI TUNIS "
    "UNITED·NATIONS VATICAN·CITY VIENNA WARSAW WASHINGTON WELLINGTON ZAGREB ZURICH".replace("·", "_").split()
)
_IN_PLACES = frozenset("am an da de del der di do el la le les of on sur upon".split())
_LONGEST_REGION = 3
_LONGEST_TIMESTAMP = 100
_NO_PLACE = frozenset("after at before by for from in no now on since then today tomorrow until yes yesterday".split())

_WITH_AGENCY = re.compile(
    r"(?P<place>[^\W\d_](?:[^()\[\]/:;!?\"“”„«»—]|(?<=\w)/(?=\w)){1,70}?)\s*[(/\[]\s*(?P<agency>[^()\[\]/]{2,30})\s*[)/\]]\s*"
    r"(?:[-–—_]{1,3}|\.\s?[-–—]|[.:](?=\s))\s*"
)
_WITHOUT_AGENCY = re.compile(r"(?P<place>[^\W\d_][^()\[\]/:;!?\"“”„«»–—]{1,70}?)\s*(?P<dash>--|[–—]| -(?= ))\s*")


def dateline_end(text: str, start: int = 0) -> int:
    """Where the text begins after a dateline at `start`; `start` itself when there is none."""
    match = _WITH_AGENCY.match(text, start)
    if match and _is_place(match["place"]) and (is_agency(match["agency"]) or _is_dated(match["place"])):
        return match.end()
    match = _WITHOUT_AGENCY.match(text, start)
    if match and not text[match.end() : match.end() + 1].islower() and _stands_alone(match["place"], match["dash"]):
        return match.end()
    return start


def is_timestamp(line: str) -> bool:
    """Whether the line says when and nothing else: "Friday, January 4, 2019", "Published: 3 May 2026, 14:05 GMT"."""
    words = _words(line) if len(line) <= _LONGEST_TIMESTAMP else []
    return (
        any(map(_is_number, words))
        and any(word in _MONTHS or word in {"published", "updated", "posted"} for word in words)
        and all(_is_date_word(word) for word in words)
    )


def _words(text: str) -> list[str]:
    return [word.strip(",.:;|()-–—").casefold() for word in text.split()]


def _is_number(word: str) -> bool:
    return _NUMBER.fullmatch(word) is not None


def _is_date_word(word: str) -> bool:
    return not word or _is_number(word) or word in _MONTHS or word in _WEEKDAYS or word in _CLOCK


def _is_place(text: str) -> bool:
    """Capitalised words, small ones between them, dates after them."""
    words = [word.strip(",.") for word in text.split()]
    return (
        words[0][:1].isupper()
        and words[0].casefold() not in _NO_PLACE | _MONTHS | _WEEKDAYS
        and all(word[:1].isupper() or word in _IN_PLACES or _is_date_word(word.casefold()) for word in words)
    )


def _stands_alone(place: str, dash: str) -> bool:
    """Without an agency only a well-known form counts: a label such as "NATO — " is not a place."""
    if not _is_place(place):
        return False
    town, comma, rest = place.partition(",")
    if not comma:
        return place.replace(" ", "_") in _CITIES and dash != " -"
    regional = town.isupper() and not rest.isupper() and len(rest.split()) <= _LONGEST_REGION and dash != " -"
    return regional or _is_dated(rest)


def _is_dated(place: str) -> bool:
    words = _words(place)
    return any(word in _MONTHS for word in words) and any(map(_is_number, words))
