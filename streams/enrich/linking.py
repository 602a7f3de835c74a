"""What each name of an article means: which known thing it is, or none where that is not sure.

In this order, and the first that says something counts:

1. A name that means one thing wherever it stands ("United Nations", "UN").
2. A place by what stands behind it ("Portland, Oregon"), else as the region or the far largest town of its name
   ("Moscow"), else by the country, people or state that the article names ("Birmingham" in one on Alabama). A city
   that the press never explains ("Dublin") is meant unless the article is about where a namesake is.
3. A person by full name; by last name and office ("President Bush" of 2005 is not that of 1990); by last name alone
   where nobody of it is named in full and no other title stands before it, and who then led a country that the article
   names has it: the press introduces all others, but for those it calls by their first name.
4. A short form beside the full name: "the Fed" once the Federal Reserve is named; "Georgia" where Tbilisi is, or
   Atlanta. A body that many countries have by the country that stands before it ("Israel's Supreme Court"), or that
   alone is named, or most names are of ("Congress").

Two that are left mean that it is neither.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from datetime import datetime
from typing import Final, NamedTuple

from schemas.enriched_article import EntityType
from streams.enrich.knowledge import Knowledge, Known
from streams.enrich.surroundings import Surroundings

__all__ = ["Link", "linked"]

_LARGE: Final = 100_000
"""People of a town that needs no country to be known by its name."""

_FAR_LARGER: Final = 10
"""How many times the people of all its namesakes together it then has."""

_LARGER: Final = 5
"""How many times those of the second in the same country or state."""

_LEADS: Final = frozenset({"president", "prime minister", "chancellor", "premier", "supreme leader"})
"""Of these offices a country has one holder, whom its press calls by the last name alone."""

_LEGAL_FORM = re.compile(
    r",? (?:& co|ab|ag|asa?|co|corp|corporation|gmbh|inc|incorporated|limited|llc|ltd|n\.?v|plc|s\.?a|s\.?p\.?a|se)"
    r"\.?\Z"
)

_MAIN: Final = 3
"""Names of a country that an article is mostly about, at least."""

_SHORTEST: Final = 5
"""Characters of a name that this tells; fewer are mostly an acronym, which may be of anything."""


class Link(NamedTuple):
    """What a name means, and why."""

    known: Known
    evidence: str


def linked(
    types: Mapping[str, EntityType], beside: Surroundings, knowledge: Knowledge, at: datetime | None = None
) -> dict[str, Link]:
    """What the names of an article mean, as far as that is sure.

    Args:
        types: of each name key, what it names. What is known overrules it, but one word that is taken for a person is
            no place ("Jordan", "Chad"), and nothing else if it is part of a person's full name.
        beside: what stands next to them.
        knowledge: what is known.
        at: when it was written, to know who was in office then.
    """
    people = {word for key, kind in types.items() if kind == "person" and " " in key for word in key.split()}
    links: dict[str, Link] = {}
    for key, kind in types.items():
        if link := _by_name(key, kind, people, knowledge) or _by_itself(key, kind, beside, knowledge, at):
            links[key] = link
    here = _here(each.known for each in links.values())
    there = [
        (key, known) for key, kind in types.items() if key not in links and (known := knowledge.agreeing(key, kind))
    ]
    links.update((key, link) for key, known in there if (link := _alone(known, here) or _here_only(known, here)))
    named = dict.fromkeys(each.known for each in links.values())  # in reading order
    here = _here(named) if there else here
    links.update(
        _short_forms({key: kind for key, kind in types.items() if key not in links}, named, here, beside, knowledge)
    )
    taken = {key.rpartition(" ")[2] for key in types if " " in key} | people
    links.update(
        (key, link)
        for key, kind in types.items()
        if kind == "person" and key not in links and key not in taken
        if key not in beside.addressed and not knowledge.is_given_name(key)
        if (link := _leader(knowledge.in_office(key), here, at))
    )
    return links


class _Here(NamedTuple):
    """The countries (by ISO 3166-1 code) and states that an article names, or a place of, and what by."""

    countries: Mapping[str, str]
    states: Mapping[str, str]
    nations: AbstractSet[str]
    """Of the countries those named themselves, or by their people."""


def _here(known: Iterable[Known]) -> _Here:
    countries: dict[str, str] = {}
    states: dict[str, str] = {}
    nations: set[str] = set()
    for each in known:
        if each.type not in ("place", "group"):
            continue
        if code := each.iso or each.country:
            countries.setdefault(code, each.name)
            if each.iso or each.type == "group":
                nations.add(code)
        if each.state:
            states.setdefault(each.state, each.name)
        elif each.country and not each.people:
            states.setdefault(each.name, each.name)
    return _Here(countries, states, nations)


def _by_name(key: str, kind: EntityType, people: AbstractSet[str], knowledge: Knowledge) -> Link | None:
    known = knowledge.certain(key)
    if known is None:
        return _company(key, knowledge) if kind == "organisation" else None
    if kind == "person" and " " not in key and (known.type == "place" or key in people):
        return None
    return Link(known, "knowledge base: by its name")


def _company(key: str, knowledge: Knowledge) -> Link | None:
    """By its name without legal form: "AT&T Inc."."""
    name = _LEGAL_FORM.sub("", key)
    if name == key:
        return None
    known = [each for each in (knowledge.certain(name), *knowledge.agreeing(name, "organisation")) if each]
    if len(known) == 1 and known[0].type == "organisation":
        return Link(known[0], "knowledge base: by its name without legal form")
    return None


def _by_itself(
    key: str, kind: EntityType, beside: Surroundings, knowledge: Knowledge, at: datetime | None
) -> Link | None:
    known = knowledge.agreeing(key, kind)
    if kind == "place" and known:
        return _town_behind(known, beside.behind.get(key, frozenset()), knowledge) or _largest(known)
    if len(known) == 1 and not (kind == "person" and known[0].country):
        return Link(
            known[0], "knowledge base: by full name" if kind == "person" else "knowledge base: by name and type"
        )
    if kind == "person" and (people := knowledge.in_office(key)):
        return _in_office(people, beside.offices.get(key, frozenset()), at)
    return None


def _town_behind(towns: Sequence[Known], behind: AbstractSet[str], knowledge: Knowledge) -> Link | None:
    for key in sorted(behind):
        around = knowledge.certain(key) or next(
            (each for each in knowledge.agreeing(key, "place") if not each.people), None
        )
        if around is None:
            continue
        there = [town for town in towns if town.state == around.name or (around.iso and town.country == around.iso)]
        if town := _larger(there):
            return Link(town, f"knowledge base: {around.name} stands behind it")
    return None


def _largest(towns: Sequence[Known]) -> Link | None:
    regions = [known for known in towns if not known.people]
    if len(regions) == 1:
        return Link(regions[0], "knowledge base: by name and type")
    if not towns:
        return None
    first, *others = sorted(towns, key=lambda town: -town.people)
    if first.people < max(_LARGE, _FAR_LARGER * sum(town.people for town in others)):
        return None
    return Link(first, "knowledge base: the largest of its name" if others else "knowledge base: by name and type")


def _alone(towns: Sequence[Known], here: _Here) -> Link | None:
    """The one that the press means by its name alone, unless the article is about where a namesake is."""
    city = next((town for town in towns if town.alone), None)
    if city is None:
        return None
    elsewhere = (town.state in here.states if town.state else town.country in here.countries for town in towns)
    if city.country in here.countries or not any(elsewhere):
        return Link(city, "knowledge base: the one that its name alone means")
    return None


def _here_only(known: Sequence[Known], here: _Here) -> Link | None:
    """What is in a state or country that the article names, where no namesake elsewhere is far larger."""
    most = max((each.people for each in known), default=0)
    for named, place in ((here.states, "state"), (here.countries, "country")):
        there = [each for each in known if getattr(each, place) in named]
        only = _larger(there) if len({getattr(each, place) for each in there}) == 1 else None
        if only and only.people * _FAR_LARGER >= most:
            return Link(only, f"knowledge base: {named[getattr(only, place)]} is named")
    return None


def _larger(towns: Sequence[Known]) -> Known | None:
    """The one that is much larger than the others, or the only one."""
    if not towns:
        return None
    first, *others = sorted(towns, key=lambda town: -town.people)
    return first if all(first.people >= _LARGER * town.people for town in others) else None


def _in_office(people: Sequence[Known], offices: AbstractSet[tuple[str, bool]], at: datetime | None) -> Link | None:
    meant = {
        person: title
        for title, former in sorted(offices)
        for person in people
        for office in person.offices
        if office.title == title and _held(office.since, office.until, at, former=former)
    }
    return _only(meant)


def _leader(people: Sequence[Known], here: _Here, at: datetime | None) -> Link | None:
    """Who leads a country that is named, at this time."""
    meant = {
        person: f"{office.title} of {office.of}"
        for person in people
        for office in person.offices
        if at and office.title in _LEADS and office.of in here.countries
        if _held(office.since, office.until, at, former=False)
    }
    return _only(meant)


def _only(meant: Mapping[Known, str]) -> Link | None:
    """The person who is meant, with the title that says so; None where it may be several."""
    if len(meant) != 1:
        return None
    [(person, title)] = meant.items()
    return Link(person, f"knowledge base: by last name, {title}")


def _held(since: str, until: str, at: datetime | None, *, former: bool) -> bool:
    """Whether an office was held at a time, or before it. ISO dates compare as text, also where cut short."""
    if at is None:
        return True
    day = at.date().isoformat()
    begun = since <= day
    return begun if former else begun and (not until or day[: len(until)] <= until)


def _short_forms(
    types: Mapping[str, EntityType],
    named: Mapping[Known, None],
    here: _Here,
    beside: Surroundings,
    knowledge: Knowledge,
) -> Iterator[tuple[str, Link]]:
    """What the names that mean something beside others mean here."""
    short = [(key, kind, known) for key, kind in types.items() if (known := knowledge.in_context(key))]
    main = _main_country(named) if short else None
    for key, kind, known in short:
        may_be = [each for each in known if each.type == kind]
        owners = [
            each for each in _owners(beside.owners.get(key, ()), knowledge) if each.type == "place" or each.country
        ]
        told = main if len(key) >= _SHORTEST else None
        if link := _of_owner(may_be, owners, named) if owners else _in_context(may_be, named, here, told):
            yield key, link


def _owners(keys: Iterable[str], knowledge: Knowledge) -> Iterator[Known]:
    for key in sorted(keys):
        if known := knowledge.certain(key):
            yield known
        else:
            yield from knowledge.agreeing(key, "place")[:1]


def _of_owner(may_be: Sequence[Known], owners: Sequence[Known], named: Mapping[Known, None]) -> Link | None:
    """The body of the country it stands behind, unless a namesake is named in full."""
    countries = {owner.iso if owner.type == "place" else owner.country for owner in owners}
    meant = [known for known in may_be if known in named or known.country in countries]
    if len(meant) != 1 or countries != {meant[0].country}:
        return None
    return Link(meant[0], f"knowledge base: {owners[0].name} stands before it")


def _in_context(may_be: Sequence[Known], named: Mapping[Known, None], here: _Here, main: str | None) -> Link | None:
    """What is named in full elsewhere, or the one of its name in a country or state that is named.

    A body like a parliament that every country has is only meant in an article that names one country, or is mostly
    about one.
    """
    reasons = {known: known.name for known in may_be if known in named}
    for known in () if reasons else may_be:
        if known.type == "place":
            reason = here.countries.get(known.iso) if known.iso else here.states.get(known.name)
        else:
            alone = here.countries.keys() == here.nations == {known.country}
            reason = here.countries.get(known.country or "") if alone or main == known.country else None
        if reason:
            reasons[known] = reason
    if len(reasons) != 1:
        return None
    [(known, reason)] = reasons.items()
    return Link(known, f"knowledge base: {reason} is named")


def _main_country(named: Mapping[Known, None]) -> str | None:
    """The country that most of what is named is of: twice as much as of any other."""
    counts: Counter[str] = Counter()
    for known in named:
        if code := known.iso or known.country or next((office.of for office in known.offices), None):
            counts[code] += 1
    (first, most), (_, second), *_ = [*counts.most_common(2), ("", 0), ("", 0)]
    return first if most >= max(_MAIN, 2 * second) else None
