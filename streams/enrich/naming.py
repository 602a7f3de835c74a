"""When two spellings are one name, and where names stand: what entities are grouped by. Pure text, no model."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from typing import Final

__all__ = ["begins_sentence", "full_names", "is_abbreviation", "is_acronym", "name_key", "occurrences", "stands"]

_JOINING: Final = frozenset("_$")
_OPENING: Final = frozenset('\n"“')
_ENDING: Final = frozenset(".!?:")
_PART = re.compile(r"[^\W_]+(?:[.'’][^\W_]+)*")  # noqa: RUF001
_WORD = re.compile(r"\w+|\W")

_BODY = re.compile(
    "agency|alliance|army|assembly|association|authority|bank|board|bureau|cent(?:er|re)|club|coalition|commission"
    "|committee|company|corporation|council|court|department|federation|forces?|foundation|front|fund|government|group"
    "|institute|league|ministry|movement|network|office|operator|organi[sz]ation|parliament|party|police|regulator"
    "|school|service|society|team|union|unit|university|watchdog"
)

_FEWEST_INSIDE: Final = 3
"""Letters that an acronym has at least if some of them begin no word."""


@lru_cache(1 << 14)  # the news of a day names the same
def name_key(name: str) -> str:
    """What all spellings of a name share: lower case, single spaces, straight apostrophes.

    >>> name_key("Sinn  FÉIN")
    'sinn féin'
    """
    return " ".join(name.casefold().replace("’", "'").split())  # noqa: RUF001


def begins_sentence(text: str, start: int) -> bool:
    """Whether what starts there is the first of a sentence, or of what is quoted."""
    before = text[max(0, start - 2) : start]
    return not before or before[-1] in _OPENING or (before[0] in _ENDING and before[-1].isspace())


def full_names(keys: Sequence[str]) -> dict[str, str]:
    """For each key that is part of exactly one fuller name among the keys: that name.

    >>> full_names(["marzouk", "abu marzouk", "mousa abu marzouk"])["marzouk"]
    'mousa abu marzouk'
    >>> full_names(["biden", "joe biden", "hunter biden"])
    {}
    """
    holders = _by_word(keys)
    fuller = {key: [other for other in _candidates(key, holders) if _part_of(key, other)] for key in keys}
    fullest = {key: [other for other in others if not fuller[other]] for key, others in fuller.items() if others}
    return {key: others[0] for key, others in fullest.items() if len(others) == 1}


def is_acronym(short: str, name: str) -> bool:
    """Whether what stands in parentheses behind a name is short for it.

    Two letters are the initials of its words, or of those with a capital. More are letters of the name in their order,
    of which the first begins a word (Schwartz and Hearst, A simple algorithm for identifying abbreviation definitions
    in biomedical text, PSB 2003).

    >>> is_acronym("WHO", "World Health Organization"), is_acronym("UGA", "University of Georgia")
    (True, True)
    >>> is_acronym("DRC", "Democratic Republic of the Congo"), is_acronym("UN", "United Nations")
    (True, True)
    >>> is_acronym("AP", "Agence France-Presse"), is_acronym("PKK", "Kurdistan Workers' Party")
    (False, False)
    """
    letters = [letter for letter in short if letter.isupper()]
    words = [word.upper() for word in _PART.findall(name)]
    if len(letters) < _FEWEST_INSIDE:
        capitals = [word[0] for word in _PART.findall(name) if word[0].isupper()]
        return len(letters) > 1 and letters in (capitals, [word[0] for word in words])
    rest = " ".join(words)
    for letter in reversed(letters[1:]):
        rest = rest[: max(0, rest.rfind(letter))]
    return 2 * len(letters) > len(short) and any(word.startswith(letters[0]) for word in rest.split())


def occurrences(names: Iterable[str], text: str) -> Iterator[tuple[int, int]]:
    """Where any of the names stands in the text as whole words, the longest name first, without overlap.

    A pattern made of all of them would take longer to compile than this takes to run.
    """
    end = 0
    for start, longest_first in sorted((start, -len(name)) for name in names for start in _starts(name, text)):
        if start >= end:
            end = start - longest_first
            yield start, end


def is_abbreviation(short: str, before: str) -> bool:
    """Whether what stands in parentheses behind a text abbreviates its last words, which name nothing.

    None of them has a capital, and the last is no body's: "the electoral commission (EC)" names one all the same.

    >>> is_abbreviation("IED", "hit by an improvised explosive device")
    True
    >>> is_abbreviation("WHO", "said the World Health Organization")
    False
    """
    letters = [*short.casefold()]
    words = _PART.findall(before)[-2 * len(letters) :]
    if not words or _BODY.fullmatch(words[-1]):
        return False
    for word in reversed(words):
        if not word[0].islower():
            return False
        if word[0] == letters[-1]:
            letters.pop()
            if not letters:
                return True
        elif len(letters) == len(short):  # the last word has to be one of them
            return False
    return False


def stands(name: str, text: str) -> bool:
    """Whether it stands anywhere in the text."""
    return any(True for _ in occurrences([name], text))


def _starts(name: str, text: str) -> Iterator[int]:
    start = text.find(name)
    while start >= 0:
        end = start + len(name)
        if _is_word(text[start - 1 : start]) or _is_word(text[end : end + 1]):
            # No name begins within a word. Were it looked for at each letter, a text like "AAAA" would cost its square.
            start = text.find(name, _WORD.match(text, start).end())  # type: ignore[union-attr]  # it matches anything
        else:
            yield start
            start = text.find(name, start + 1)


def _is_word(character: str) -> bool:
    """Whether it is of a word, or makes one of a name ("US$10"); none is before the first and after the last."""
    return character.isalnum() or character in _JOINING


def _by_word(keys: Sequence[str]) -> dict[str, list[str]]:
    holders: defaultdict[str, list[str]] = defaultdict(list)
    for key in keys:
        for word in set(key.split()):
            holders[word].append(key)
    return holders


def _candidates(key: str, holders: dict[str, list[str]]) -> Sequence[str]:
    """The names that hold the rarest word of this one."""
    return min((holders[word] for word in key.split()), key=len, default=())


def _part_of(key: str, other: str) -> bool:
    """Whether its words stand in the other in this order: "john bolton" in "john r. bolton"."""
    if len(key) >= len(other):
        return False
    words = iter(other.split())
    return all(word in words for word in key.split())
