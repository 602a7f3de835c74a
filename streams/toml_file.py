"""TOML files that people write: checked by a pydantic model, and every complaint with its line.

tomllib does not tell where things stand, so the lines are found here.
"""

import difflib
import re
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Generic, NamedTuple, Protocol, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from streams.errors import SettingsError

__all__ = [
    "Position",
    "Problem",
    "RenewedFile",
    "checked",
    "line_of",
    "lines",
    "read_text",
    "refusal",
    "told",
]

Model = TypeVar("Model", bound=BaseModel)


class _Versioned(Protocol):
    @property
    def version(self) -> str: ...


Content = TypeVar("Content", bound=_Versioned)

Position = tuple[int | str, ...]
"""As pydantic names a place: `("wire", 0, "subjects", 2)`."""


class Problem(NamedTuple):
    """What is wrong, and with what."""

    position: Position
    message: str


class RenewedFile(Generic[Content]):
    """A file that may change while a process lives.

    Args:
        path: of the file.
        read: makes of it what is used; SettingsError where it cannot.
        content: what was made of it so far. It goes on where the file can no longer be read.
    """

    def __init__(self, path: Path, read: Callable[[Path], Content], content: Content) -> None:
        self._path = path
        self._read = read
        self._identity: tuple[int, ...] | None = ()
        self.content = content

    def renew(self) -> str | None:
        """Read the file if it is another than last time; returns what there is to say of it."""
        identity = _identity(self._path)
        if identity == self._identity:
            return None
        self._identity = identity
        before = self.content.version
        try:
            self.content = self._read(self._path)
        except SettingsError as error:
            return f"{error}; what it said before is still used"
        return None if self.content.version == before else f"{self._path}: read again"


def _identity(path: Path) -> tuple[int, ...] | None:
    """What is another when the file is, at the price of one call; None if there is none."""
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_ino, status.st_size, status.st_mtime_ns


def read_text(path: Path) -> str:
    """What the file says.

    Raises:
        SettingsError: it cannot be read, or is no UTF-8.
    """
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise SettingsError(f"{path}: not UTF-8 text") from error
    except OSError as error:
        raise SettingsError(f"{path}: {error.strerror}") from error


def checked(text: str, name: str, model: type[Model], told: Callable[[ErrorDetails], Problem]) -> Model:
    """What a TOML text says; `name` is what complaints call it, `told` puts pydantic's errors in plain words.

    Raises:
        SettingsError: one line for each problem, `name:line: problem`.
    """
    try:
        content = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(_syntax_problem(name, text, error)) from error
    try:
        return model.model_validate(content)
    except ValidationError as error:
        raise refusal(text, name, map(told, error.errors(include_url=False))) from error


def refusal(text: str, name: str, problems: Iterable[Problem]) -> SettingsError:
    """An error with one line for each problem."""
    known = lines(text)
    placed = sorted((line_of(problem.position, known), problem.message) for problem in problems)
    return SettingsError("\n".join(f"{name}:{line}: {message}" for line, message in placed))


def _suggestion(key: str, model: type[BaseModel]) -> str:
    """The key that may have been meant."""
    close = difflib.get_close_matches(key, model.model_fields, n=1)
    return f' (did you mean "{close[0]}"?)' if close else ""


def told(
    error: ErrorDetails,
    thing: str,
    tables: tuple[type[BaseModel], type[BaseModel]],
    hints: Mapping[tuple[str, str], str],
) -> Problem:
    """What pydantic found, in plain words.

    Args:
        error: of pydantic.
        thing: what a table describes, with its article.
        tables: the model of the file, and that of each table in it.
        hints: what to say by key and kind of error, or by "" and kind; `{key}` and `{input!r}` are filled in.
    """
    position, kind = error["loc"], error["type"]
    key = next((part for part in reversed(position) if isinstance(part, str)), "")
    message = f"{key} {error['msg'].replace('Input should be', 'must be')}"
    if kind == "extra_forbidden":
        message = f'unknown key "{key}"{_suggestion(key, tables[any(isinstance(part, int) for part in position)])}'
    elif kind == "missing":
        message = f"{thing} needs a {key}"
    elif hint := hints.get((key, kind)) or hints.get(("", kind)):
        message = hint.format(key=key, input=error["input"])
    return Problem(position, message)


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


def _syntax_problem(name: str, text: str, error: tomllib.TOMLDecodeError) -> str:
    message = str(error)
    where = re.search(r" \(at (?:line (\d+), column \d+|end of document)\)$", message)
    line = text.count("\n") + 1 if where is None or where[1] is None else int(where[1])
    return f"{name}:{line}: not TOML: {message[: where.start()] if where else message}"
