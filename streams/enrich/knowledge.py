"""What is known of the world: which names mean one thing, and what that is."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from schemas.enriched_article import EntityType
from streams.enrich.naming import name_key

__all__ = ["NOTHING", "Entry", "Knowledge", "Known"]


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
        for known, names, agreeing, context_names in entries:
            for key in {name_key(name) for name in names}:
                self._certain[key] = None if key in self._certain else known
            for key in {name_key(name) for name in agreeing}:
                self._agreeing[key] = None if key in self._agreeing else known
            for key in {name_key(name) for name in context_names}:
                self._in_context.setdefault(key, []).append(known)

    def of(self, types: Mapping[str, EntityType]) -> dict[str, Known]:
        """What the names of an article mean, as far as that is certain.

        Args:
            types: of each name key, what a model takes it for. What is known overrules it, but one word that is taken
                for a person stays one: "Jordan", "Chad".
        """
        certain = {key: known for key, kind in types.items() if (known := self._meant(key, kind))}
        here = set(certain.values())
        for key in types.keys() - certain.keys():
            meant = here.intersection(self._in_context.get(key, ()))
            if len(meant) == 1:
                certain[key] = meant.pop()
        return certain

    def _meant(self, key: str, kind: EntityType) -> Known | None:
        if key in self._certain:
            known = self._certain[key]
            one_person = kind == "person" and " " not in key
            return None if one_person else known
        known = self._agreeing.get(key)
        return known if known and known.type == kind else None


NOTHING = Knowledge("nothing")
"""For where nothing is to be known."""
