"""A user's own list of entities: a TOML file, laid over the knowledge base, and read again when it changes."""

from collections.abc import Iterator, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Annotated, NamedTuple

from pydantic import BaseModel, ConfigDict, Field

from schemas.enriched_article import EntityType
from streams.enrich.knowledge import Entry, Knowledge, Known
from streams.enrich.naming import name_key
from streams.toml_file import Problem, checked, read_text, refusal, told

__all__ = ["OwnList", "parse_entities", "read_own_list", "with_own_list"]

_Name = Annotated[str, Field(min_length=1, pattern=r"\S")]


class OwnList(NamedTuple):
    """What a file says, and the digest of its text, which names it in versions."""

    entries: tuple[Entry, ...]
    digest: str


class _Entity(BaseModel):
    """One `[[entity]]` table as it may be written."""

    model_config = ConfigDict(extra="forbid", strict=True)

    name: _Name
    type: EntityType
    qid: Annotated[str, Field(pattern=r"^Q[1-9][0-9]*$")] | None = None
    geonames: Annotated[int, Field(ge=1)] | None = None
    iso: Annotated[str, Field(pattern=r"^[A-Z]{2}$")] | None = None
    names: list[_Name] = []
    agreeing: list[_Name] = []
    context_names: list[_Name] = []

    def entry(self) -> Entry:
        """Its name is one that means it for certain, unless it is listed as one that does not."""
        weaker = {*map(name_key, self.agreeing), *map(name_key, self.context_names)}
        names = (self.name, *self.names) if name_key(self.name) not in weaker else tuple(self.names)
        known = Known(self.name, self.type, self.qid, self.geonames, self.iso)
        return Entry(known, names, tuple(self.agreeing), tuple(self.context_names))


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    entity: list[_Entity] = []


def read_own_list(path: Path) -> OwnList:
    """Read the file.

    Raises:
        SettingsError: it cannot be read or does not say what it should; one line for each problem.
    """
    text = read_text(path)
    return OwnList(parse_entities(text, str(path)), sha256(text.encode()).hexdigest()[:8])


def parse_entities(text: str, name: str) -> tuple[Entry, ...]:
    """The entries that a TOML text describes; `name` is what its complaints call it.

    Raises:
        SettingsError: one line for each problem, `name:line: problem`.
    """
    entities = checked(text, name, _File, lambda error: told(error, "an entity", (_File, _Entity), _HINTS)).entity
    if problems := list(_disagreements(entities)):
        raise refusal(text, name, problems)
    return tuple(each.entry() for each in entities)


def with_own_list(base: Knowledge, path: Path) -> Knowledge:
    """The knowledge base with what the file says over it.

    Raises:
        SettingsError: the file cannot be read or does not say what it should.
    """
    own = read_own_list(path)
    return base.overlaid(f"{base.version}+own-{own.digest}", own.entries)


def _disagreements(entities: Sequence[_Entity]) -> Iterator[Problem]:
    """Names that two entities claim for certain."""
    claimed: dict[str, str] = {}
    for number, each in enumerate(entities):
        for name in dict.fromkeys(map(name_key, each.entry().names)):
            if name in claimed:
                yield Problem(("entity", number), f'"{name}" is a name of "{claimed[name]}", too')
            claimed[name] = each.name


_HINTS = {
    ("qid", "string_pattern_mismatch"): '{input!r} is no Wikidata id; one reads "Q42"',
    ("iso", "string_pattern_mismatch"): '{input!r} is no ISO 3166-1 code; one reads "FR"',
    ("name", "string_pattern_mismatch"): "a name is not blank",
    ("names", "string_pattern_mismatch"): "a name is not blank",
}
"""What to say instead of pydantic's message, by key and kind of error."""
