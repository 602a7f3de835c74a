"""One decision for each name of an article: what a model says of one mention is held against all the others.

A model reads sentence by sentence. So the same name is found in one paragraph, cut short in the next, taken for a
person in a third, and an acronym is somebody else than what it stands for. Two rules, each by what the article says:

1. An acronym in parentheses behind a name whose initials it has is that name, and of its type, wherever it stands.
2. A single name that ends the one fuller name of a person is that person, unless the model is sure that it is not. One
   taken for a person that begins the name of an organisation, and of no person, is an organisation.
"""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Final, NamedTuple

from schemas.enriched_article import EntityType
from streams.enrich.models import Recognized
from streams.enrich.naming import is_acronym, name_key
from streams.enrich.standing import standing, without_overlap

__all__ = ["Consistent", "consistent"]

_SURE: Final = 0.8
"""Mean confidence of a name's mentions from which on nothing else in the article overrules its type."""

_IN_PARENTHESES = re.compile(r"\s*\(([A-Z][\w&.-]{1,9})\)")


class Consistent(NamedTuple):
    """Headline and text with what is to be mentions, and which name keys are another's."""

    headline: Recognized
    text: Recognized
    same: Mapping[str, str]


class _Name(NamedTuple):
    """A name over all its mentions: its type, and how sure the model is of that, 0 to 1."""

    type: EntityType
    sureness: float


def consistent(headline: Recognized, text: Recognized) -> Consistent:
    """The names of an article as all its mentions together have them; a second time changes nothing."""
    names = _names([headline, text])
    acronyms = dict(_acronyms(text, names))
    types = {**_retyped(names), **{name_key(short): names[key].type for short, key in acronyms.items()}}
    missed = {short: types[name_key(short)] for short in acronyms}
    same = {name_key(short): key for short, key in acronyms.items()}
    return Consistent(_read(headline, types, missed), _read(text, types, missed), same)


def _names(fields: Sequence[Recognized]) -> dict[str, _Name]:
    """By name key."""
    votes: defaultdict[str, defaultdict[EntityType, float]] = defaultdict(lambda: defaultdict(float))
    counts: defaultdict[str, int] = defaultdict(int)
    for text, spans in reversed(fields):  # the text before the headline, whose capitals mislead
        for span in spans:
            key = name_key(text[span.start : span.end])
            votes[key][span.type] += span.confidence
            counts[key] += span.confidence > 0
    names = {}
    for key, types in votes.items():
        kind = max(types, key=types.__getitem__)
        names[key] = _Name(kind, types[kind] / max(1, counts[key]))
    return names


def _acronyms(text: Recognized, names: Mapping[str, _Name]) -> Iterator[tuple[str, str]]:
    """Each acronym that the text introduces, and the key of what it stands for."""
    for span in text.spans:
        behind = _IN_PARENTHESES.match(text.text, span.end)
        name = text.text[span.start : span.end]
        if behind and is_acronym(behind[1], name):
            key = name_key(name)
            if names[key].type != "person":
                yield behind[1], key


def _retyped(names: Mapping[str, _Name]) -> dict[str, EntityType]:
    """The type of each key after its fuller names have been heard."""
    types = {key: name.type for key, name in names.items()}
    ends: defaultdict[str, set[str]] = defaultdict(set)
    begins: defaultdict[str, set[EntityType]] = defaultdict(set)
    for key, name in names.items():
        first, *rest = key.split(" ")
        if rest:
            begins[first].add(name.type)
            if name.type == "person":
                ends[rest[-1]].add(key)
    for key, name in names.items():
        if name.sureness < _SURE and len(ends[key]) == 1:
            types[key] = "person"
        elif name.type == "person" and not ends[key] and begins[key] == {"organisation"}:
            types[key] = "organisation"
    return types


def _read(field: Recognized, types: Mapping[str, EntityType], missed: Mapping[str, EntityType]) -> Recognized:
    """The field with each name of the type it has, and with what the model did not see."""
    text = field.text
    spans = [span._replace(type=types[name_key(text[span.start : span.end])]) for span in field.spans]
    return Recognized(text, without_overlap(spans, standing(missed, text), len(text)))
