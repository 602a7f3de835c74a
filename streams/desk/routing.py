"""Which wires an article belongs on: the rules, and the file they are read from."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from schemas.topics import Topic, wire
from streams.desk.summary import ArticleSummary
from streams.records import digest
from streams.toml_file import Problem, checked, read_text, refusal, told

__all__ = ["ALL", "Routing", "Wire", "load_routing", "parse_routing", "route", "wire_topics"]

ALL = "all"
"""Every article goes on this wire, whatever the routing file says."""


@dataclass(frozen=True, slots=True)
class Wire:
    """A wire and who belongs on it: every filter that is not empty must have one match.

    `entities` are ids or names in any case; a name matches whole, not as part of another.
    """

    name: str
    subjects: frozenset[str] = frozenset()
    entities: frozenset[str] = frozenset()
    sources: frozenset[str] = frozenset()
    languages: frozenset[str] = frozenset()
    urgency_at_most: int | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "entities", frozenset(map(str.casefold, self.entities)))

    def takes(self, article: ArticleSummary) -> bool:
        """Whether the article belongs on this wire."""
        return (
            (not self.subjects or not self.subjects.isdisjoint(article.subjects))
            and (not self.entities or not self.entities.isdisjoint(article.entities))
            and (not self.sources or article.source in self.sources)
            and (not self.languages or article.language in self.languages)
            and (
                self.urgency_at_most is None
                or (article.urgency is not None and article.urgency <= self.urgency_at_most)
            )
        )


@dataclass(frozen=True, slots=True)
class Routing:
    """All wires, `all` first, and the digest that dispositions name."""

    wires: tuple[Wire, ...]
    rules: str

    def match(self, article: ArticleSummary) -> tuple[str, ...]:
        """Names of the wires that take the article, in the order of the file."""
        return tuple(wire.name for wire in self.wires if wire.takes(article))


def route(wires: Iterable[Wire]) -> Routing:
    """The routing of these wires and of `all`, which comes first and takes everything."""
    every = (Wire(ALL), *wires)
    return Routing(every, digest("routing-v1", *map(_normalised, every)))


def wire_topics(routing: Routing) -> tuple[Topic, ...]:
    """The topic of each wire, `wire-all` first: what `topics create` makes beside the fixed ones."""
    return tuple(wire(each.name) for each in routing.wires)


def load_routing(path: Path | None) -> Routing:
    """Read the wires; without a file there is only wire-all.

    Raises:
        SettingsError: the file cannot be read or does not say what it should; one line for each problem.
    """
    return route(()) if path is None else parse_routing(read_text(path), str(path))


def parse_routing(text: str, name: str) -> Routing:
    """The routing that a TOML text describes; `name` is what its complaints call it.

    Raises:
        SettingsError: one line for each problem, `name:line: problem`.
    """
    wires = checked(text, name, _File, lambda error: told(error, "a wire", (_File, _Wire), _HINTS)).wire
    if problems := list(_disagreements(wires)):
        raise refusal(text, name, problems)
    return route(each.wire() for each in wires)


def _normalised(each: Wire) -> str:
    """Equal for wires that take the same articles under the same name, however their filters were listed."""
    filters = ((field.name, getattr(each, field.name)) for field in fields(each))
    return repr([(name, sorted(value) if isinstance(value, frozenset) else value) for name, value in filters])


_RESERVED = {
    ALL: "it is always there and takes everything",
    "acks": "readers answer on it",
    "flash": "urgent copy has it",
}

_Subject = Annotated[str, Field(pattern=r"^medtop:[0-9]{8}$")]
_Language = Annotated[str, Field(pattern=r"^[a-z]{2,3}$")]
_Text = Annotated[str, Field(min_length=1)]


class _Wire(BaseModel):
    """One `[[wire]]` table as it may be written."""

    model_config = ConfigDict(extra="forbid", strict=True)

    # With `wire-` and a tenant's prefix this must stay a legal topic name (249 characters, no dots).
    name: Annotated[str, Field(max_length=63, pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")]
    subjects: Annotated[list[_Subject], Field(min_length=1)] | None = None
    entities: Annotated[list[_Text], Field(min_length=1)] | None = None
    sources: Annotated[list[_Text], Field(min_length=1)] | None = None
    languages: Annotated[list[_Language], Field(min_length=1)] | None = None
    urgency_at_most: Annotated[int, Field(ge=1, le=9)] | None = None

    def wire(self) -> Wire:
        return Wire(
            name=self.name,
            subjects=frozenset(self.subjects or ()),
            entities=frozenset(self.entities or ()),
            sources=frozenset(self.sources or ()),
            languages=frozenset(self.languages or ()),
            urgency_at_most=self.urgency_at_most,
        )


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    wire: list[_Wire] = []


_HINTS = {
    ("", "too_short"): "{key} is empty; leave it out to filter by nothing",
    ("name", "string_pattern_mismatch"): "a wire's name is lower-case words joined by hyphens, not {input!r}",
    ("subjects", "string_pattern_mismatch"): '{input!r} is no subject code; one reads "medtop:" and 8 digits',
    ("languages", "string_pattern_mismatch"): '{input!r} is no language code; one reads "en"',
}
"""What to say instead of pydantic's message, by key and kind of error."""


def _disagreements(wires: list[_Wire]) -> Iterator[Problem]:
    """What is wrong although every value by itself is right."""
    seen: set[str] = set()
    for index, each in enumerate(wires):
        if each.name in _RESERVED:
            yield Problem(("wire", index, "name"), f'"{each.name}" is reserved: {_RESERVED[each.name]}')
        elif each.name in seen:
            yield Problem(("wire", index, "name"), f'a second wire named "{each.name}"')
        elif each.model_fields_set == {"name"}:
            yield Problem(("wire", index), f'wire "{each.name}" has no filter and would repeat wire-all')
        seen.add(each.name)
