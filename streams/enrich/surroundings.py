"""What stands next to names that may be several things: "Portland, Oregon", "Israel's Supreme Court"."""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from itertools import pairwise
from typing import Final, NamedTuple

from streams.enrich.boundaries import TITLES
from streams.enrich.knowledge import Knowledge
from streams.enrich.models import Recognized
from streams.enrich.naming import name_key

__all__ = ["Surroundings", "surroundings"]

_OFFICES: Final = {
    "chancellor": "chancellor",
    "congressman": "representative",
    "congresswoman": "representative",
    "defense secretary": "secretary of defense",
    "emir": "emir",
    "foreign minister": "foreign minister",
    "foreign secretary": "foreign secretary",
    "king": "king",
    "pope": "pope",
    "premier": "premier|prime minister",
    "president": "president",
    "prime minister": "prime minister|premier",
    "queen": "queen",
    "rep.": "representative",
    "representative": "representative",
    "sen.": "senator",
    "senator": "senator",
    "secretary of state": "secretary of state",
    "sultan": "sultan",
    "taoiseach": "prime minister",
    "treasury secretary": "secretary of the treasury",
    "vice president": "vice president",
}
"""What is written before a name, and the titles of offices it may be."""

_OF_ANY_MAN: Final = "Mr"
"""Of presidents, too."""

_OFFICE = re.compile(rf"\b(former |ex-)?({'|'.join(map(re.escape, _OFFICES))}) \Z", re.IGNORECASE)
_LOOK_BACK: Final = 30

_OWN: Final = frozenset({" ", "'s ", "’s ", "' ", "’ "})  # noqa: RUF001
"""Between a body and whose it is."""


class Surroundings(NamedTuple):
    """By name key."""

    behind: Mapping[str, AbstractSet[str]]
    """Of places the keys of those named behind them, after a comma."""
    offices: Mapping[str, AbstractSet[tuple[str, bool]]]
    """Of people by last name the titles of offices before them, and whether these are former ones."""
    addressed: AbstractSet[str]
    """The last names that have an office or another title before them: "Senator", "Mrs."."""
    owners: Mapping[str, AbstractSet[str]]
    """Of bodies the keys of the places and peoples right before them: "Israel's Supreme Court"."""


def surroundings(fields: Iterable[Recognized], knowledge: Knowledge) -> Surroundings:
    """Read off what may tell one thing from another of the same name."""
    behind: defaultdict[str, set[str]] = defaultdict(set)
    offices: defaultdict[str, set[tuple[str, bool]]] = defaultdict(set)
    addressed: set[str] = set()
    owners: defaultdict[str, set[str]] = defaultdict(set)
    for text, spans in fields:
        for first, second in pairwise(spans):
            between = text[first.end : second.start]
            if first.type == "place" and between == ", ":
                behind[name_key(text[first.start : first.end])].add(name_key(text[second.start : second.end]))
            elif second.type == "organisation" and first.type in ("place", "group") and between in _OWN:
                owners[name_key(text[second.start : second.end])].add(name_key(text[first.start : first.end]))
        for start, end, kind, _ in spans:
            if kind == "person" and knowledge.in_office(key := name_key(text[start:end])):
                found = _OFFICE.search(text, max(0, start - _LOOK_BACK), start)
                titles = _OFFICES[found[2].lower()].split("|") if found else ()
                offices[key].update((title, bool(found and found[1])) for title in titles)
                if found or _title_before(text, start):
                    addressed.add(key)
    return Surroundings(behind, offices, addressed, owners)


def _title_before(text: str, start: int) -> bool:
    word = text[max(0, start - _LOOK_BACK) : start].rstrip().rpartition(" ")[2].rstrip(".").capitalize()
    return word in TITLES and word != _OF_ANY_MAN
