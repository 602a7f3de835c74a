"""What is known of the world: which names mean one thing, and what that is."""

import re
from collections.abc import Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from functools import lru_cache
from itertools import islice
from typing import Final, NamedTuple

from schemas.enriched_article import EntityType
from streams.enrich.naming import name_key

__all__ = ["NOTHING", "Entry", "Knowledge", "Known"]

_WORD = re.compile(r"\w+")
_CAPITALISED = re.compile(r"(?<!\w)[^\W_a-zß-öø-ÿ]\w*")
"""A word that begins with a digit or no small letter of Latin-1."""

_WRITTEN_WORD = re.compile(r"\w+(?:['’]\w+)*")  # noqa: RUF001
_SMALL_WORD = re.compile("a|al|and|at|da?|del?|der|di|do|du|el?|en|et|for|in|la?|le|of|on|the|to|und|van|von|y")
"""What a name written in capitals has in small letters."""

_LAST_CHARACTERS: Final = frozenset(".!")
"""With which a name may end: "U.S.", "Yahoo!"."""

_AROUND: Final = 20
"""Characters from which a line in capitals is known."""

_NONE: Final = ""
_ARTICLE: Final = "The"
_MID_SENTENCE = re.compile(r"[\w,] \Z")
"""Before an article whose capital says that it is of a name: "told The Guardian"."""

_PARTY: Final = "party"
"""The one type word that much of the press writes small at the end of a name: "the Democratic party"."""


class Known(NamedTuple):
    """A thing: the name it is published under, its type, its Wikidata or GeoNames id, a country's ISO 3166-1 code."""

    name: str
    type: EntityType
    qid: str | None = None
    geonames: int | None = None
    iso: str | None = None


class Entry(NamedTuple):
    """A thing with all its names.

    `names` mean it and nothing else; `agreeing` do where a model takes them for its type; `context_names` beside one of
    these.
    """

    known: Known
    names: tuple[str, ...] = ()
    agreeing: tuple[str, ...] = ()
    context_names: tuple[str, ...] = ()


class Knowledge:
    """Looks up names.

    Args:
        version: as in provenance.
        entries: of two that claim a name for certain, neither has it.
    """

    def __init__(self, version: str, entries: Iterable[Entry] = ()) -> None:
        self.version = version
        self._certain: dict[str, Known | None] = {}
        self._agreeing: dict[str, Known | None] = {}
        self._in_context: dict[str, list[Known]] = {}
        self._acronyms: set[str] = set()
        for known, names, agreeing, context_names in entries:
            for key in {name_key(name) for name in names}:
                self._certain[key] = None if key in self._certain else known
            for key in {name_key(name) for name in agreeing}:
                self._agreeing[key] = None if key in self._agreeing else known
            for key in {name_key(name) for name in context_names}:
                self._in_context.setdefault(key, []).append(known)
            self._acronyms.update(name_key(name) for name in names if name.isupper())
        self._seconds = _seconds([*self._certain, *(key for key in self._agreeing if " " in key)])

    def of(self, types: Mapping[str, EntityType]) -> dict[str, Known]:
        """What the names of an article mean, as far as that is certain.

        Args:
            types: of each name key, what a model takes it for. What is known overrules it, but one word that is taken
                for a person is no place ("Jordan", "Chad"), and nothing else if it is part of a person's full name.
        """
        people = {word for key, kind in types.items() if kind == "person" and " " in key for word in key.split()}
        certain = {key: known for key, kind in types.items() if (known := self._meant(key, kind, people))}
        here = set(certain.values())
        for key in types.keys() - certain.keys():
            meant = here.intersection(self._in_context.get(key, ()))
            if len(meant) == 1:
                certain[key] = meant.pop()
        return certain

    def certain(self, name: str) -> Known | None:
        """What this name means wherever it stands."""
        return self._certain.get(name_key(name))

    def standing(self, text: str) -> Iterator[tuple[int, int, Known]]:
        """Where names stand in a text that are certain, the longest first: start, end, and what each means.

        As names are written only: an acronym in capitals ("Who" is none), every word but small ones with a capital. A
        name of one word that needs a model's word for it (a city: "Nice", "Reading") is not looked for. An article is
        of no mention, but its capital within a sentence makes one: "told The Guardian".
        """
        after = 0
        for first in _CAPITALISED.finditer(text):
            if first.start() < after or not (seconds := self._seconds.get(first[0].casefold())):
                continue
            second = _WORD.search(text, first.end())
            counts = (*seconds.get(second[0].casefold() if second else _NONE, ()), *seconds.get(_NONE, ()))
            ends = [word.end() for word in islice(_WORD.finditer(text, first.start()), max(counts, default=0))]
            for count in counts:
                if count <= len(ends) and (found := self._written(text, first.start(), ends[count - 1])):
                    after = found[0]
                    if first[0] != _ARTICLE:
                        yield first.start(), *found
                    elif second and _MID_SENTENCE.search(text, max(0, first.start() - 2), first.start()):
                        yield second.start(), *found
                    break

    def _written(self, text: str, start: int, end: int) -> tuple[int, Known] | None:
        for last in (end + 1, end) if text[end : end + 1] in _LAST_CHARACTERS else (end,):
            name = text[start:last]
            key = name_key(name)
            known = self._certain.get(key) or (self._agreeing.get(key) if " " in key else None)
            if not known or known.type == "group" or text[last : last + 1] == "$":
                continue
            if _as_written(name) and (key not in self._acronyms or _stands_out(text, start, last)):
                return last, known
        return None

    def _meant(self, key: str, kind: EntityType, people: AbstractSet[str]) -> Known | None:
        if key in self._certain:
            known = self._certain[key]
            if known and kind == "person" and " " not in key and (known.type == "place" or key in people):
                return None
            return known
        known = self._agreeing.get(key)
        return known if known and known.type == kind else None


def _seconds(keys: Iterable[str]) -> dict[str, dict[str, tuple[int, ...]]]:
    """Of each first word the second ones, or none, and how many words such names have, the most first."""
    lengths: dict[str, dict[str, set[int]]] = {}
    for key in keys:
        words = _WORD.findall(key)
        first, second, *_ = (*words, _NONE, _NONE)
        lengths.setdefault(first, {}).setdefault(second, set()).add(len(words))
    return {
        first: {second: tuple(sorted(counts, reverse=True)) for second, counts in seconds.items()}
        for first, seconds in lengths.items()
    }


@lru_cache(1 << 14)  # the news of a day names the same
def _as_written(name: str) -> bool:
    """Whether it has the capitals of a name, on one line."""
    words = _WRITTEN_WORD.findall(name)
    if words[-1] == _PARTY:
        words.pop()
    return (
        "\n" not in name and bool(words) and all(not word[0].islower() or _SMALL_WORD.fullmatch(word) for word in words)
    )


def _stands_out(text: str, start: int, end: int) -> bool:
    """Whether this is in capitals, and not all around it is."""
    return text[start:end].isupper() and not text[max(0, start - _AROUND) : end + _AROUND].isupper()


NOTHING = Knowledge("nothing")
"""For where nothing is to be known."""
