"""When two spellings are one name, and where names stand: what entities are grouped by. Pure text, no model."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

__all__ = ["NameFinder", "full_names", "name_key"]

_FIRST_WORDS = tuple(map(re.compile, (r"[^\Wa-z]\w*", r"\w+", r"\w+|\W")))
"""What a name may open with: a capital or a figure, any word, anything. The narrower, the faster found."""


def name_key(name: str) -> str:
    """What all spellings of a name share: lower case, single spaces, straight apostrophes.

    >>> name_key("Sinn  FÉIN")
    'sinn féin'
    """
    return " ".join(name.casefold().replace("’", "'").split())  # noqa: RUF001


def full_names(keys: Sequence[str]) -> dict[str, str]:
    """For each key that is part of exactly one fuller name among the keys: that name.

    >>> full_names(["marzouk", "abu marzouk", "mousa abu marzouk"])["marzouk"]
    'mousa abu marzouk'
    >>> full_names(["biden", "joe biden", "hunter biden"])
    {}
    """
    holders = _by_word(keys)
    fuller = {key: [other for other in _candidates(key, holders) if _part_of(key, other)] for key in keys}
    fullest = {key: [other for other in others if not fuller[other]] for key, others in fuller.items()}
    return {key: others[0] for key, others in fullest.items() if len(others) == 1}


class NameFinder:
    """Finds names as whole words, the longest first, without overlap.

    One pass over the words of a text, however many names there are: a pattern made of the names would take
    longer to compile than to run, and tries each name at each word. No name is empty.
    """

    def __init__(self, names: Iterable[str]) -> None:
        self._names = frozenset(names)
        self._word = next(pattern for pattern in _FIRST_WORDS if all(map(pattern.match, self._names)))
        self._lengths: dict[str, list[int]] = {}
        for name in sorted(self._names, key=len, reverse=True):
            [first, *_] = self._word.findall(name)
            lengths = self._lengths.setdefault(first, [])
            if len(name) not in lengths[-1:]:
                lengths.append(len(name))

    def find(self, text: str) -> Iterator[tuple[int, int]]:
        """Where any of the names stands."""
        end = 0
        for word in self._word.finditer(text) if self._lengths else ():
            lengths = self._lengths.get(word[0])
            start = word.start()
            if lengths and start >= end and not _is_word(text[start - 1 : start]):
                found = self._end(text, start, lengths)
                if found:
                    yield start, found
                    end = found

    def _end(self, text: str, start: int, lengths: Iterable[int]) -> int | None:
        """Where the longest name that stands here ends."""
        for length in lengths:
            end = start + length
            if end <= len(text) and text[start:end] in self._names and not _is_word(text[end : end + 1]):
                return end
        return None


def _is_word(character: str) -> bool:
    r"""Whether it is a `\w`; the character before the first and after the last is none."""
    return character.isalnum() or character == "_"


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
    words = iter(other.split())
    return len(key) < len(other) and all(word in words for word in key.split())
