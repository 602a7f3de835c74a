"""The IPTC Media Topics as the classifier needs them: facts out of the vocabulary's JSON."""

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

__all__ = ["Concept", "concepts", "subject_codes", "successors"]

_NAMED_CODE = re.compile(r"(?:medtop:)?\b([0-9]{8})\b")


class Concept(NamedTuple):
    """An active Media Topic; `parents` nearest first, the top topic last."""

    code: str
    name: str
    definition: str
    parents: tuple[str, ...]

    @property
    def top(self) -> int:
        """Its top topic's place among the 17."""
        return int((self.code, *self.parents)[-1].removeprefix("medtop:")[:2]) - 1


def concepts(vocabulary: dict[str, Any]) -> list[Concept]:
    """Active concepts by code; a retired one is neither offered nor named as a parent."""
    active = {each["qcode"]: each for each in vocabulary["conceptSet"] if "retired" not in each}
    return [
        Concept(code, each["prefLabel"]["en-GB"], each["definition"]["en-GB"], tuple(_parents(code, active)))
        for code, each in sorted(active.items())
    ]


def successors(vocabulary: dict[str, Any]) -> dict[str, str]:
    """The active concept for each retired one whose change note names one, else its nearest active parent.

    A retired concept was said to be a kind of its parent, so the parent is still true of what was tagged with it.
    """
    every = {each["qcode"]: each for each in vocabulary["conceptSet"]}
    found = {}
    for code, each in sorted(every.items()):
        if "retired" in each and (successor := _active(code, every, set())):
            found[code] = successor
    return found


def subject_codes(vocabulary: dict[str, Any]) -> dict[str, str]:
    """The Media Topic, retired ones too, that IPTC calls the same as each old Subject Code (eight digits)."""
    return {
        uri.rpartition("/")[2]: each["qcode"]
        for each in sorted(vocabulary["conceptSet"], key=lambda each: ("retired" not in each, each["qcode"]))
        for uri in each.get("exactMatch", ())
        if "/subjectcode/" in uri
    }


def _active(code: str, every: dict[str, Any], seen: set[str]) -> str | None:
    if "retired" not in every[code]:
        return code
    seen.add(code)
    note = every[code].get("changeNote", {}).get("en-GB", "")
    named = [f"medtop:{digits}" for digits in _NAMED_CODE.findall(note) if "child" not in note.lower()]
    for candidate in (*named, *map(_qcode, every[code].get("broader", ()))):
        if candidate in every and candidate not in seen and (found := _active(candidate, every, seen)):
            return found
    return None


def _parents(code: str, active: dict[str, Any]) -> Iterator[str]:
    while above := [each for each in map(_qcode, active[code].get("broader", ())) if each in active]:
        code = above[0]
        yield code


def _qcode(uri: str) -> str:
    return f"medtop:{uri.rpartition('/')[2]}"
