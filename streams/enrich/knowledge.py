"""What is known of the world: which names mean one thing, and what that is."""

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property, lru_cache
from itertools import islice
from typing import Final, NamedTuple, Self

from schemas.enriched_article import EntityType
from streams.enrich.naming import name_key

__all__ = ["NOTHING", "Entry", "Index", "Knowledge", "Known", "Office", "indexed"]

_WORD = re.compile(r"\w+")
_CAPITALISED = re.compile(r"[^\W_a-zß-öø-ÿ](?<!\w.)\w*", re.DOTALL)
"""A word that begins with a digit or no small letter of Latin-1. What stands before its first character is looked at
only behind one that may be, for a pattern that begins with a set of characters runs over all others at once."""

_NEXT_WORD = re.compile(r"\W*(\w*)")
_WRITTEN_WORD = re.compile(r"\w+(?:['’]\w+)*")  # noqa: RUF001
_SMALL_WORD = re.compile("a|al|and|at|da?|del?|der|di|do|du|el?|en|et|for|in|la?|le|of|on|the|to|und|van|von|y")
"""What a name written in capitals has in small letters."""

_LAST_CHARACTERS: Final = frozenset(".!")
"""With which a name may end: "U.S.", "Yahoo!"."""

_AROUND: Final = 20
"""Characters from which a line in capitals is known."""

_COMMON_WORD = re.compile(
    "act|aid|aim|all|and|are|arm|art|can|car|cut|do|fit|for|gap|go|had|has|he|hope|how|ice|in|is|it|job|law|led|let|man"
    "|may|men|met|new|no|now|oil|on|one|out|own|pay|pen|put|red|run|sad|say|see|set|she|so|sun|tax|the|to|top|up|ups|use"
    "|war|was|way|we|who|win"
)
"""That are acronyms, too. "US" is not among them: in a headline it mostly is one."""

_NONE: Final = ""
_ARTICLE: Final = "The"
_MID_SENTENCE = re.compile(r"[\w,] \Z")
"""Before an article whose capital says that it is of a name: "told The Guardian"."""

_PARTY: Final = "party"
"""The one type word that much of the press writes small at the end of a name: "the Democratic party"."""

_SMALL_PARTY: Final = f" {_PARTY}"


class Office(NamedTuple):
    """What a person was or is: "president", of a country (ISO 3166-1), and when.

    Dates are ISO 8601, cut short as known; `until` is empty for who is in office as far as is known.
    """

    title: str
    of: str
    since: str
    until: str


class Known(NamedTuple):
    """A thing: the name it is published under, its type, its Wikidata or GeoNames id, a country's ISO 3166-1 code.

    `country` is the code of the country that a place, a people or a body is of, `state` the one that the press names
    beside a town ("Oregon"), `people` how many live in a town, 0 for what is none, `alone` whether the press means this
    one by its name alone ("Dublin").
    """

    name: str
    type: EntityType
    qid: str | None = None
    geonames: int | None = None
    iso: str | None = None
    country: str | None = None
    state: str | None = None
    people: int = 0
    alone: bool = False
    offices: tuple[Office, ...] = ()


class Entry(NamedTuple):
    """A thing with all its names.

    `names` mean it and nothing else; `agreeing` do where a model takes them for its type and the article does not
    speak for another that has the same; `context_names` beside one of these.
    """

    known: Known
    names: tuple[str, ...] = ()
    agreeing: tuple[str, ...] = ()
    context_names: tuple[str, ...] = ()


Numbers = int | list[int]
"""One or several: of 30,000 names nearly all mean one thing, and lists take time to read."""


class Index(NamedTuple):
    """Where the entries stand that each name key may mean, by their numbers."""

    certain: dict[str, int | None]
    """None where two claim a name for certain: neither has it."""
    agreeing: dict[str, Numbers]
    context: dict[str, Numbers]
    last_names: dict[str, Numbers]
    """Of people in office."""
    acronyms: dict[str, int]
    """Keys of names that are written in capitals only."""
    lengths: dict[str, dict[str, list[int]]]
    """Of each first word of a name that may be looked for in a text the second ones, or none ("united": "nations"),
    and how many words such names have, the most first."""


def indexed(entries: Sequence[Entry]) -> Index:
    """The index of these."""
    index = Index({}, {}, {}, {}, {}, {})
    for number, (known, names, agreeing, context_names) in enumerate(entries):
        for key in dict.fromkeys(map(name_key, names)):
            index.certain[key] = None if key in index.certain else number
        for key in dict.fromkeys(map(name_key, agreeing)):
            _add(index.agreeing, key, number)
        for key in dict.fromkeys(map(name_key, context_names)):
            _add(index.context, key, number)
        if known.offices:
            _add(index.last_names, name_key(known.name).rpartition(" ")[2], number)
        index.acronyms.update((name_key(name), number) for name in names if name.isupper())
    for key in (*index.certain, *(key for key in index.agreeing if " " in key)):
        words = _WORD.findall(key)
        first, second, *_ = (*words, _NONE, _NONE)
        counts = index.lengths.setdefault(first, {}).setdefault(second, [])
        if len(words) not in counts:
            counts.append(len(words))
            counts.sort(reverse=True)
    return index


def _add(numbers: dict[str, Numbers], key: str, number: int) -> None:
    before = numbers.get(key)
    numbers[key] = number if before is None else [*(before if isinstance(before, list) else [before]), number]


def _overlaid(index: Index, own: Index, numbers: Sequence[int]) -> Index:
    """The first with the second over it, whose numbers stand for these."""

    def moved(several: Numbers) -> Numbers:
        return [numbers[each] for each in several] if isinstance(several, list) else numbers[several]

    lengths = {first: dict(seconds) for first, seconds in index.lengths.items()} if own.lengths else index.lengths
    for first, seconds in own.lengths.items():
        for second, counts in seconds.items():
            before = lengths.setdefault(first, {}).get(second, [])
            lengths[first][second] = sorted({*before, *counts}, reverse=True)
    claimed = {key: None if number is None else numbers[number] for key, number in own.certain.items()}
    return Index(
        certain={**index.certain, **claimed},
        agreeing={**index.agreeing, **{key: moved(each) for key, each in own.agreeing.items()}},
        context={**index.context, **{key: moved(each) for key, each in own.context.items()}},
        last_names=index.last_names,
        acronyms={**{key: at for key, at in index.acronyms.items() if key not in claimed}, **own.acronyms},
        lengths=lengths,
    )


class Knowledge:
    """Looks up names.

    Args:
        version: as in provenance.
        known: every thing.
        index: by what names.
    """

    def __init__(self, version: str, known: Sequence[Known], index: Index) -> None:
        self.version = version
        self._known = known
        self._index = index
        self._meant = lru_cache(1 << 14)(self._find)  # the news of a day names the same

    @classmethod
    def of(cls, version: str, entries: Sequence[Entry]) -> Self:
        """What these entries say."""
        return cls(version, [entry.known for entry in entries], indexed(entries))

    def overlaid(self, version: str, entries: Sequence[Entry]) -> Self:
        """This with other entries over it: what they claim is theirs.

        One that has the name and type of a thing known for certain is that thing: it has their ids where they give any,
        and keeps its own names.
        """
        known = list(self._known)
        own = indexed(entries)
        numbers = []
        for each, *_ in entries:
            number = self._index.certain.get(name_key(each.name))
            same = self._known[number] if number is not None else None
            if number is not None and same is not None and same.type == each.type:
                known[number] = same._replace(**{field: value for field, value in each._asdict().items() if value})
                numbers.append(number)
            else:
                numbers.append(len(known))
                known.append(each)
        return type(self)(version, known, _overlaid(self._index, own, numbers))

    def certain(self, name: str) -> Known | None:
        """What this name means wherever it stands."""
        number = self._index.certain.get(name_key(name))
        return None if number is None else self._known[number]

    def agreeing(self, key: str, kind: EntityType) -> Sequence[Known]:
        """What this name key may mean where a model takes it for this type."""
        numbers = self._index.agreeing.get(key)
        return () if numbers is None else [known for known in self._all(numbers) if known.type == kind]

    def in_context(self, key: str) -> Sequence[Known]:
        """What this name key means beside a fuller name of the same."""
        return self._all(self._index.context.get(key))

    def in_office(self, last_name: str) -> Sequence[Known]:
        """The people of this last name (its key) who hold or held an office."""
        return self._all(self._index.last_names.get(last_name))

    def is_given_name(self, key: str) -> bool:
        """Whether a known person has this as a first name: many are called by that alone ("Mohamed", "Martin")."""
        return key in self._given_names

    @cached_property
    def _given_names(self) -> frozenset[str]:
        names = (name_key(each.name) for each in self._known if each.type == "person")
        return frozenset(name.partition(" ")[0] for name in names if " " in name)

    def _all(self, numbers: Numbers | None) -> Sequence[Known]:
        if numbers is None:
            return ()
        return [self._known[number] for number in (numbers if isinstance(numbers, list) else [numbers])]

    def standing(self, text: str, inside: Sequence[int] = ()) -> Iterator[tuple[int, int, Known]]:
        """Where names stand in a text that are certain, the longest first: start, end, and what each means.

        As names are written only: an acronym in capitals ("Who" is none), every word but small ones with a capital. A
        name of one word that needs a model's word for it (a city: "Nice", "Reading") is not looked for. An article is
        of no mention, but its capital within a sentence makes one: "told The Guardian".

        Args:
            text: the text.
            inside: of each character whether no name is looked for that starts there; empty: anywhere.
        """
        after = 0
        lengths = self._index.lengths
        for first in _CAPITALISED.finditer(text):
            start = first.start()
            if start < after or (inside and inside[start]) or not (seconds := lengths.get(first[0].casefold())):
                continue
            second = _NEXT_WORD.match(text, first.end())
            assert second  # which matches anything
            counts = _counts(seconds, second[1].casefold())
            for last in _ends(text, first, counts) if counts else ():
                if (meant := self._meant(text[start:last])) and _is_one(text, start, last, acronym=meant[1]):
                    known, after = meant[0], last
                    if first[0] != _ARTICLE:
                        yield start, last, known
                    elif _MID_SENTENCE.search(text, max(0, start - 2), start):
                        yield second.start(1), last, known
                    break

    def _find(self, name: str) -> tuple[Known, bool] | None:
        """What this means, and whether it is an acronym, if it is written like a name and needs no model's word."""
        key = name_key(name)
        known = self.certain(name) or (self._one_of(key) if " " in key else None)
        if known is None or known.type == "group" or not _as_written(name):
            return None
        if name.endswith(_SMALL_PARTY) and self.certain(name.removesuffix(_SMALL_PARTY)):
            return None  # "Likud party", which is called "Likud"
        acronym = key in self._index.acronyms
        return (known, acronym) if name.isupper() or not acronym else None

    def _one_of(self, key: str) -> Known | None:
        """What place or person this agreeing name means or, of several of one type, an example."""
        may_be = self._all(self._index.agreeing.get(key))
        types = {known.type for known in may_be}
        return may_be[0] if types in ({"place"}, {"person"}) else None


def _counts(seconds: Mapping[str, Sequence[int]], second: str) -> Sequence[int]:
    """How many words a name may have that goes on like this, or not at all."""
    alone = seconds.get(_NONE, ())
    return [*longer, *alone] if (longer := seconds.get(second)) and second else alone


def _ends(text: str, first: re.Match[str], counts: Sequence[int]) -> Iterator[int]:
    """Where a name of as many words may end, the longest first."""
    ends = [first.end()]
    if counts[0] > 1:
        ends += [word.end() for word in islice(_WORD.finditer(text, first.end()), counts[0] - 1)]
    for count in counts:
        if count <= len(ends):
            last = ends[count - 1]
            if text[last : last + 1] in _LAST_CHARACTERS:
                yield last + 1
            yield last


def _as_written(name: str) -> bool:
    """Whether it has the capitals of a name, on one line."""
    words = _WRITTEN_WORD.findall(name)
    if words[-1] == _PARTY:
        words.pop()
    like_a_name = all(not word[0].islower() or _SMALL_WORD.fullmatch(word) for word in words)
    return bool(words) and like_a_name and "\n" not in name


def _is_one(text: str, start: int, end: int, *, acronym: bool) -> bool:
    """Whether what could be a name is no money ("US$10"), and no word in a line in capitals ("WHO")."""
    if text[end : end + 1] == "$":
        return False
    word = acronym and _COMMON_WORD.fullmatch(text[start:end].lower())
    return not (word and text[max(0, start - _AROUND) : end + _AROUND].isupper())


NOTHING = Knowledge.of("nothing", ())
"""For where nothing is to be known."""
