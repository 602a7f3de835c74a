"""What the words around a name, and the first or last of its own, say of its type."""

import re
from typing import Final

from schemas.enriched_article import EntityType
from streams.enrich.knowledge import Knowledge
from streams.enrich.models import NamedSpan

__all__ = ["around", "by_head", "is_storm", "within"]

_BODY = (
    "agency|airline|association|automaker|bank|band|brand|brewer|broadcaster|carmaker|carrier|chain|channel|charity|club"
    "|company|conglomerate|daily|developer|firm|foundation|franchise|giant|group|insurer|journal|label|lender|magazine"
    "|maker|manufacturer|militia|network|newspaper|operator|organi[sz]ation|outlet|owner|part(?:y|ies)|platform|producer"
    "|promotion|provider|publisher|regulator|retailer|rivals?|school|startup|subsidiary|supermarket|supplier|tabloid|team"
    "|union|university|utility|watchdog|website|weekly"
)
_OF_A_BODY = (
    "board|branch|brand|bosses|captain|CEO|chain|chief|coach|customers|defender|division|employees|executives?|fans"
    "|fighters|forward|goalkeeper|journalists?|management|manager|midfielder|militants|militia|militiamen|newspaper|party"
    "|pitcher|players|quarterback|reporter|shareholders|shares|skipper|spokes(?:man|person|woman)|stocks?|stores?|striker"
    "|subsidiary|supporters|users|winger"
)
_OF_A_PERSON_TOO = frozenset({"fans", "spokesman", "spokesperson", "spokeswoman", "supporters"})
_TERRITORY = (
    "borough|capital|cit(?:y|ies)|commune|constituency|county|districts?|electorate|governorate|hamlet|islands?"
    "|municipality|neighbou?rhood|port|prefecture|provinces?|regions?|resort|river|state|suburbs?|territory|towns?"
    "|townships?|villages?|volcano"
)
_OF_A_TERRITORY = (
    "airport|area|border|by-election|coast|constituency|count(?:y|ies)|districts?|governorate|islands?|lake|municipality"
    "|peninsula|port|prefecture|provinces?|regions?|residents|rivers?|station|suburbs?|valley"
)
_WHERE = "across|(?<!aimed )(?<!angry )(?<!back )(?<!out )(?<!swipe )at|in|near|outside|throughout"
"""Behind these stands no person, but "hit out at Modi"."""

_WORD_BEFORE = re.compile(
    rf"\b(?:(?P<organisation>{_BODY})(?: called| named)?|(?P<place>{_TERRITORY})(?: of| called)?|(?P<where>{_WHERE})"
    r"|(?P<storm>typhoon|hurricane|cyclone|storm))"
    r" (?:the )?[\"“‘']?\Z",  # noqa: RUF001
)
"""In small letters: to look for either case takes five times as long, as each alternative is tried to its end."""

_WORD_AFTER = re.compile(
    rf"[\"”’']?(?:['’]s)? (?:(?P<organisation>{_OF_A_BODY})|(?P<place>{_OF_A_TERRITORY}))\b"  # noqa: RUF001
)
_APPOSITION = re.compile(rf", an? (?:[\w-]+ ){{0,4}}(?:(?P<organisation>{_BODY})|(?P<place>{_TERRITORY}))\b")

_SCORE_AFTER = re.compile(r" \d{1,3}(?:-\d{1,3}\b|[,;.](?:\s|\Z)| [A-Z]|\n|\Z)")
"""What a team has: "Schalke 2 Karlsruhe 1", "beat Detroit 8-2"."""

_NO_BODIES: Final[dict[str, EntityType]] = {
    **dict.fromkeys(("Accord", "Accords", "Act", "Agreement", "Amendment", "Bill", "Constitution"), "law"),
    **dict.fromkeys(("Protocol", "Treaty"), "law"),
    **dict.fromkeys(("Award", "Awards", "Championship", "Championships", "Cup", "Election", "Elections"), "event"),
    **dict.fromkeys(("Festival", "Games", "Marathon", "Massacre", "Olympics", "Primaries", "Primary"), "event"),
    **dict.fromkeys(("Prize", "Prizes", "Referendum", "Revolution", "Uprising", "War"), "event"),
}
"""Last words of names that are no organisation's."""

_PLACE_OF_ITS_KIND = re.compile(
    r"(?:Camp|Cape|Fort|Hotel|Lake|Mount|Mt|Port|Rio) .+|.+ (?:Airport|Avenue|Base|Bay|Beach|Bridge|Building|Canal"
    r"|Cathedral|Cemetery|County|Creek|Dam|Desert|Detention Cent(?:er|re)|District|Freeway|Glacier|Governorate|Gulf"
    r"|Harbou?r|Highlands|Highway|Hills?|Hospital|Hotel|Ice Sheet|Infirmary|Islands?|Lake|Mall|Memorial|Monument|Mosque"
    r"|Motorway|Mountains?|Ocean|Palace|Park|Peninsula|Place|Plateau|Plaza|Prefecture|Prison|Province|Reef|River|Road"
    r"|Sea|Shopping Cent(?:er|re)|Square|Stadium|Station|Strait|Street|Temple|Towers?|Tunnel|Valley|Volcano)"
)
_BODIES = (
    "Academy|Agency|Airlines|Airways|Alliance|Army|Assembly|Association|Authority|Bank|Board|Bureau|Club|College"
    "|Commission|Committee|Company|Congress|Corporation|Corps|Council|Court|Department|Federation|Forces|Foundation|Front"
    "|Government|Group|Holdings|Inc|Institute|League|Ltd|Ministry|Movement|Navy|Network|Organi[sz]ation|Parliament|Party"
    "|Police|Railways?|School|Senate|Service|Society|Union|University"
)
_BODY_OF_ITS_KIND = re.compile(
    rf"(?:Academy|Bank|Government|Institute|Ministry|University) .+|.+ (?:{_BODIES})(?: (?:for|of|on) .+)?"
)
_STORMS: Final = ("Cyclone ", "Hurricane ", "Storm ", "Typhoon ")

_TEAMS: Final = frozenset({"organisation", "place"})
"""What a team is taken for; a person has a score, too."""

_LONGEST: Final = 26
"""Characters that a cue before a name takes at most ("organization called the"), and one before it."""


def around(text: str, span: NamedSpan) -> EntityType | None:
    """What stands next to a mention: "the Netto chain", "the town of Groom", "in Payam", "Typhoon Haiyan".

    "in" tells a place from a person only, for one can be in a party, too.
    """
    if found := _WORD_AFTER.match(text, span.end) or _APPOSITION.match(text, span.end):
        of_either = found["organisation"] in _OF_A_PERSON_TOO and " " in text[span.start : span.end]
        return "person" if of_either and span.type == "person" else _kind(found)
    if span.type in _TEAMS and _SCORE_AFTER.match(text, span.end):
        return "organisation"
    if found := _WORD_BEFORE.search(text[max(0, span.start - _LONGEST) : span.start].lower()):
        if found["where"]:
            return "place" if span.type in ("person", "place") else None
        return "event" if found["storm"] else _kind(found)
    return None


def is_storm(text: str, start: int) -> bool:
    """Whether it is the name of a storm, which is a person's, that starts there: "Hurricane Katrina"."""
    return text.endswith(_STORMS, 0, start)


def by_head(name: str) -> EntityType | None:
    """What is no organisation, whatever a model says: "Human Life Protection Act", "Junior Championship"."""
    _, space, last = name.rpartition(" ")
    return _NO_BODIES.get(last) if space else None


def within(name: str, knowledge: Knowledge) -> EntityType | None:
    """What a word in it that all of its kind have says: "Hotel Arpit", "South West Railway", "Tesco Polska"."""
    if _PLACE_OF_ITS_KIND.fullmatch(name):
        return "place"
    owner, space, _ = name.partition(" ")
    known = knowledge.certain(owner) if space else None
    if _BODY_OF_ITS_KIND.fullmatch(name) or (known and known.type == "organisation"):
        return "organisation"
    return None


def _kind(found: re.Match[str]) -> EntityType:
    return "organisation" if found["organisation"] else "place"
