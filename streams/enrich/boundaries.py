"""Where a name begins and ends, which a model that reads four words at a time gets wrong.

1. Titles and offices before a person are not of the name, initials are: "Sultan Said bin Taimur", "B Shiva Parvathi".
2. A direction written with a capital is of a place's name: "Northern California".
3. A maker's name with the number of a model is a product: "Boeing 737".
4. A known name is whole: "US House of Representatives" where a model sees "House of Representatives".
5. What a nationality only tells whose it is is not of a known name: "Afghan Taliban".
6. What is written small at the end of a name only says what it is: "Jiangxi province", "Maxim magazine".
7. A keyword before a dash is no part of a name: "SOCCER - ARSENAL".
8. A US state as the press abbreviates it is a place behind a town, and so is the town: "from Lincoln, Neb.".
"""

import re
from collections.abc import Iterator, Sequence
from typing import Final

from streams.enrich.knowledge import Knowledge
from streams.enrich.models import NamedSpan, Recognized
from streams.enrich.standing import UNSEEN, without_overlap

__all__ = ["TITLES", "bounded", "is_office"]

# fmt: off
TITLES: Final = frozenset({
    "Admiral", "Ambassador", "Archbishop", "Ayatollah", "Baroness", "Bishop", "Brigadier", "Capt", "Captain",
    "Cardinal", "Cde", "Chancellor", "Chief", "Col", "Colonel", "Commander", "Commissioner", "Comrade", "Congressman",
    "Congresswoman", "Councillor", "Countess", "Dame", "Detective", "Dr", "Duchess", "Emir", "Emperor", "Father",
    "Frau", "Gen", "General", "Gov", "Governor", "Herr", "Imam", "Inspector", "Judge", "Justice", "King", "Lady",
    "Lieutenant", "Lord", "Lt", "Maj", "Major", "Mayor", "Mgr", "Minister", "Miss", "Mlle", "Mme", "Mr", "Mrs", "Ms",
    "Officer", "Pastor", "Pope", "Premier", "President", "Prince", "Princess", "Prof", "Professor", "Queen", "Rabbi",
    "Rep", "Representative", "Rev", "Reverend", "Secretary", "Sen", "Senator", "Sergeant", "Sgt", "Sheriff", "Sir",
    "Speaker", "Sultan", "Superintendent", "Taoiseach", "Tsar", "Vice-President",
})
# fmt: on
"""Of those that are first names or last names, too (Dean, Duke, Earl), none is here."""

_INITIALS = re.compile(r"(?<![\w.'’-])(?:[B-HJ-Z]\.?\s){1,3}\Z")  # noqa: RUF001 - "A" and "I" are words
_DIRECTION = re.compile(
    r"(?<=[\w,] )(?:Central|Upper|Lower|Inner|Outer|(?:North|South)(?:east|west)?(?:ern)?|(?:East|West)(?:ern)?)\s\Z"
)
_LAST_OF_INITIALS: Final = frozenset(".BCDEFGHJKLMNOPQRSTUVWXYZ")
_LAST_OF_DIRECTIONS: Final = frozenset("hlnrt")
"""Characters that tell, cheaper than a pattern, that there is none."""

_OFFICE_BEFORE = re.compile(r"\b(?:[Ss]ecretary|[Mm]inister|[Cc]hancellor) (?:of|for) (the )?\Z")
_OFFICE_AFTER = re.compile(r" (?:[Ss]ecretary|[Mm]inister)\b")
_PORTFOLIOS: Final = frozenset(
    {
        "Commerce",
        "Defence",
        "Defense",
        "Education",
        "Energy",
        "Finance",
        "Foreign",
        "Health",
        "Home",
        "Homeland Security",
    }
    | {"Housing", "Interior", "Justice", "Labor", "State", "Trade", "Transportation", "Treasury"}
)
_PORTFOLIOS_WITH_ARTICLE: Final = frozenset(
    {"Air Force", "Army", "Environment", "Exchequer", "Interior", "Navy", "Treasury"}
)
"""Behind "Secretary of the", which may as well be a union's: "secretary of the Transport Workers Union"."""

_OFFICES: Final = frozenset(
    {"Ambassador", "Attorney-General", "Chancellor", "Governor", "Governor-General", "Minister", "Premier"}
    | {"President", "Prime Minister", "Secretary", "Senator", "Treasurer", "Vice-President"}
)
"""With a capital when one in particular is meant ("the Treasurer"), and nobody's name."""
_BEFORE_PORTFOLIO: Final = (" of ", " for ", " the ")
_LOOK_BACK_OFFICE: Final = 24
_LONGEST_TOWN: Final = 40

_SUFFIX = re.compile(r",? (?:Jr|Sr)\b\.?| (?:II|III|IV)\b")
"""Behind a person's name."""

_LOOK_BACK: Final = 16
"""Characters in which a direction or initials find room."""

_DASH: Final = " - "

_SMALL_END = re.compile(
    r"-(?:[a-z]{3,}ed|born|built|era|held|led|made|run|style)\Z"
    r"| (?:and|of|archipelago|city|county|district|island|magazine|newspaper|prefecture|prison|province|region|town"
    r"|village|on (?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day)\Z"
)
_STATES = (
    r"((?:Ala|Ariz|Ark|Calif|Colo|Conn|Del|Fla|Ga|Ill|Ind|Kan|Ky|La|Mass|Md|Mich|Minn|Miss|Mo|Mont|N\.[CDHJMY]|Neb|Nev"
    r"|Okla|Ore|Pa|R\.I|S\.[CD]|Tenn|Va|Vt|W\.Va|Wash|Wis|Wyo)\.)"
)
"""As The Associated Press abbreviates them."""

_OF_A_TOWN = re.compile(f", {_STATES}")
"""Behind one: "from Lincoln, Neb."."""

_OF_A_PARTY = re.compile(f"-{_STATES}")
"""Behind one's initial: "Heitkamp, D-N.D."."""

_PARTIES: Final = frozenset("DIR")

_TOWN = re.compile(r"(?:^|(?<=[a-z] ))[A-Z][\w.'-]*\w(?: [A-Z][\w'-]+){0,2}\Z", re.MULTILINE)

_SPACE = re.compile(r"\s+")
_MODEL_NUMBER = re.compile(r"\s[A-Z]{0,2}-?\d{2,4}[A-Z]?s?\b(?![-.,]?\d|%)")
_MAKERS: Final = frozenset(
    {"ATR", "Airbus", "Antonov", "Boeing", "Bombardier", "Embraer", "Ilyushin", "Sukhoi", "Tupolev"}
)
"""Whose products the news calls by number. A number behind another company is mostly a year or a sum."""


def bounded(field: Recognized, knowledge: Knowledge) -> Recognized:
    """The field with its names at their full length, and no longer; a second time changes nothing."""
    text = field.text
    spans: list[NamedSpan] = []
    free_from = 0
    for span in field.spans:
        if span.start < free_from or text[span.start : span.end] in _OFFICES:  # "III" behind "Charles"
            continue
        move = _MOVED.get(span.type)
        moved = move(text, _without_small_end(text, _without_keyword(text, span)), free_from) if move else span
        if moved.type != "organisation":
            spans.append(moved)
            free_from = moved.end
        elif not is_office(text, moved, knowledge):
            spans += _parts(text, moved, knowledge)
            free_from = spans[-1].end
    known = [*_states(text, spans), *_known(text, spans, knowledge)]
    return Recognized(text, without_overlap(known, spans, len(text)) if known else spans)


def _person(text: str, span: NamedSpan, free_from: int) -> NamedSpan:
    start = _without_title(text, span.start, span.end)
    if start == span.start and text[start - 2 : start - 1] in _LAST_OF_INITIALS:
        initials = _INITIALS.search(text, max(free_from, start - _LOOK_BACK), start)
        start = initials.start() if initials else start
    suffix = _SUFFIX.match(text, span.end)
    end = suffix.end() if suffix else span.end
    return span if start == span.start and end == span.end else span._replace(start=start, end=end)


def _place(text: str, span: NamedSpan, free_from: int) -> NamedSpan:
    if text[span.start - 2 : span.start - 1] not in _LAST_OF_DIRECTIONS:
        return span
    direction = _DIRECTION.search(text, max(free_from, span.start - _LOOK_BACK), span.start)
    return span._replace(start=direction.start()) if direction else span


def _organisation(text: str, span: NamedSpan, _: int) -> NamedSpan:
    number = _MODEL_NUMBER.match(text, span.end) if text[span.start : span.end] in _MAKERS else None
    return span._replace(end=number.end(), type="product") if number else span


def _without_keyword(text: str, span: NamedSpan) -> NamedSpan:
    keyword = text.rfind(_DASH, span.start, span.end)
    return span if keyword < 0 else span._replace(start=keyword + len(_DASH))


def _without_small_end(text: str, span: NamedSpan) -> NamedSpan:
    if not text[span.end - 1].islower():
        return span
    small = _SMALL_END.search(text, span.start + 1, span.end)
    return span._replace(end=small.start()) if small else span


def _states(text: str, spans: Sequence[NamedSpan]) -> Iterator[NamedSpan]:
    """States behind a party's hyphen or a town's comma, and the towns where no model saw a name."""
    for found in _OF_A_PARTY.finditer(text):
        if text[found.start() - 1 : found.start()] in _PARTIES:
            yield NamedSpan(*found.span(1), "place", UNSEEN)
    for found in _OF_A_TOWN.finditer(text):
        comma = found.start()
        if town := _TOWN.search(text, max(0, comma - _LONGEST_TOWN), comma):
            yield NamedSpan(*found.span(1), "place", UNSEEN)
            if not any(start < comma and town.start() < end for start, end, *_ in spans):
                yield NamedSpan(town.start(), comma, "place", UNSEEN)


def is_office(text: str, span: NamedSpan, knowledge: Knowledge) -> bool:
    """Whether an organisation's name only says what somebody is secretary or minister of."""
    name = text[span.start : span.end]
    if _OFFICE_AFTER.match(text, span.end):
        return name in _PORTFOLIOS
    if not text.endswith(_BEFORE_PORTFOLIO, 0, span.start):
        return False
    office = _OFFICE_BEFORE.search(text, max(0, span.start - _LOOK_BACK_OFFICE), span.start)
    if office is None or office[1]:
        return office is not None and name in _PORTFOLIOS_WITH_ARTICLE
    return name in _PORTFOLIOS or knowledge.certain(name) is None


_MOVED: Final = {"person": _person, "place": _place, "organisation": _organisation}
"""How the edges of each type move, behind the name before."""


def _without_title(text: str, start: int, end: int) -> int:
    while (space := text.find(" ", start, end)) > 0 and text[start:space].rstrip(".") in TITLES:
        start = space + 1
    return start


def _parts(text: str, span: NamedSpan, knowledge: Knowledge) -> Sequence[NamedSpan]:
    """What an organisation's name falls into if all but its first words are known, and the whole is not."""
    name = text[span.start : span.end]
    first, slash, second = name.partition("/")
    if slash and knowledge.certain(first) and knowledge.certain(second) and not knowledge.certain(name):
        middle = span.start + len(first)
        return span._replace(end=middle), span._replace(start=middle + 1)
    if " " not in name or knowledge.certain(name):
        return (span,)
    for space in _SPACE.finditer(name):
        whose, body = knowledge.certain(name[: space.start()]), knowledge.certain(name[space.end() :])
        if whose and body and body.type == "organisation" and whose.type in ("group", "place"):
            of_body = span._replace(start=span.start + space.end())
            of_place = span._replace(end=span.start + space.start(), type="place")
            return (of_place, of_body) if whose.type == "place" else (of_body,)
    body_name, _, country = name.rpartition(" of ")
    body, whose = knowledge.certain(body_name), knowledge.certain(country)
    if body and whose and body.type == "organisation" and whose.type == "place":
        of_place = span._replace(start=span.end - len(country), type="place")
        return span._replace(end=span.start + len(body_name)), of_place
    return (span,)


def _known(text: str, spans: Sequence[NamedSpan], knowledge: Knowledge) -> Iterator[NamedSpan]:
    """Known names that stand free, or that hold all that a model saw of them; what it takes for a person stays one."""
    inside = bytearray(len(text))
    people, last_names = set(), set()
    for start, end, kind, _ in spans:
        inside[start + 1 : end] = b"\1" * (end - start - 1)
        if kind == "person":
            people.add((start, end))
            last_names.add(text[start:end].rpartition(" ")[2])
    for start, end, known in knowledge.standing(text, inside):
        if known.type == "person":
            start = _without_title(text, start, end)  # noqa: PLW2901 - of the same name
        elif text[start:end] in last_names:
            continue
        cut = inside[start] or (end < len(text) and inside[end])  # a name of the model begins or ends within
        if not cut and (start, end) not in people:
            yield NamedSpan(start, end, known.type, UNSEEN)
