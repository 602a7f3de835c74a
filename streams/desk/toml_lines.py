"""Where things stand in a TOML text, which tomllib does not tell. Pure."""

import tomllib
from collections.abc import Iterator
from typing import Any

__all__ = ["Position", "line_of", "lines"]

Position = tuple[int | str, ...]
"""As pydantic names a place: `("wire", 0, "subjects", 2)`."""


def line_of(position: Position, known: dict[Position, int]) -> int:
    """The line of the nearest thing around a position that has one: a value's key, a table's header."""
    return next(known[position[:end]] for end in range(len(position), -1, -1) if position[:end] in known)


def lines(text: str) -> dict[Position, int]:
    """The line, from 1, on which each table and each key of it starts. The text must be valid TOML.

    Statements of TOML end with a line, and an unfinished one (an open string or array) never parses:
    so the text falls into the shortest runs of lines that parse.
    """
    known: dict[Position, int] = {(): 1}
    table: Position = ()
    for line, statement in _statements(text):
        content: dict[str, Any] = tomllib.loads(statement)
        if statement.lstrip().startswith("["):
            table = _table(content, known)
            known.setdefault(table[:1], line)
            known.setdefault(table, line)
        else:
            known.update({(*table, key): line for key in content})
    return known


def _table(header: dict[str, Any], known: dict[Position, int]) -> Position:
    (name, content), *_ = header.items()
    if not isinstance(content, list):
        return (name,)
    earlier = [place for place in known if place[:1] == (name,) and len(place) > 1 and isinstance(place[-1], int)]
    return (name, len(earlier))


def _statements(text: str) -> Iterator[tuple[int, str]]:
    start, waiting = 1, ""
    for number, line in enumerate(text.split("\n"), start=1):
        waiting += line + "\n"
        try:
            tomllib.loads(waiting)
        except tomllib.TOMLDecodeError:
            continue
        yield start, waiting
        start, waiting = number + 1, ""
