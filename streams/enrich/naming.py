"""When two spellings are one name: what entities are grouped by. Pure text, no model."""

import re
from collections.abc import Iterable, Iterator, Sequence

__all__ = ["full_names", "name_key", "occurrences"]


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
    fuller = {key: [other for other in keys if _part_of(key, other)] for key in keys}
    fullest = {key: [other for other in others if not fuller[other]] for key, others in fuller.items()}
    return {key: others[0] for key, others in fullest.items() if len(others) == 1}


def occurrences(names: Iterable[str], text: str) -> Iterator[tuple[int, int]]:
    """Where any of the names stands in the text as whole words, the longest name first, without overlap."""
    longest_first = sorted(names, key=lambda name: (-len(name), name))
    if longest_first:
        pattern = rf"(?<!\w)(?:{'|'.join(map(re.escape, longest_first))})(?!\w)"
        yield from (match.span() for match in re.finditer(pattern, text))


def _part_of(key: str, other: str) -> bool:
    """Whether its words stand in the other in this order: "john bolton" in "john r. bolton"."""
    words = iter(other.split())
    return len(key) < len(other) and all(word in words for word in key.split())
