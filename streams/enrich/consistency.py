"""One decision for each name of an article: what a model says of one mention is held against all the others.

A model reads sentence by sentence. So the same name is found in one paragraph, cut short in the next, taken for a
person in a third, and an acronym is somebody else than what it stands for. What the article itself says decides:

1. A name's type is the one with most votes: each mention's, as sure as the model is of it. Where it is not sure, the
   words around count, the type word in a name, and that a town is called so.
2. An acronym in parentheses behind a name whose initials it has is that name, and of its type, wherever it stands.
3. A single name that ends the one fuller name of a person is that person, unless the model is sure that it is not. One
   taken for a person that begins the name of an organisation, and of no person, is an organisation.
4. What is found once stands wherever it is written, and so does a person's last name, and a company's without "Group".
5. What the model doubts, and nothing else speaks for, is no name; nor is a single word that only begins sentences, and
   is written small elsewhere.

What a headline and lines in capitals take from the rest comes before all this (borrowing.py).
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final, NamedTuple

from schemas.enriched_article import EntityType
from streams.enrich.borrowing import SHORTEST_NAME, SURE, looked_for, with_names_of, with_names_of_others
from streams.enrich.boundaries import bounded, is_office
from streams.enrich.cues import around, by_head, is_storm, within
from streams.enrich.knowledge import NOTHING, Knowledge, Known
from streams.enrich.models import NamedSpan, Recognized
from streams.enrich.naming import begins_sentence, is_abbreviation, is_acronym, name_key, stands
from streams.enrich.standing import UNSEEN, standing, without_names

__all__ = ["Consistent", "consistent"]

_DOUBTFUL: Final = 0.4
"""Highest confidence of a name's mentions below which it is none, if nothing else speaks for it."""

_CUE: Final = 0.7
"""What a word beside a mention counts. All mentions of a name together count as the mean of their confidences: the
model errs in the same way about each."""

_TYPE_WORD: Final = 1.0
"""What a type word in the name counts."""

_LARGE: Final = 100_000
"""People of a town for which a body of its name may be taken; of the smaller ones too many are called like anything."""

_CUED: Final = frozenset({"organisation", "person", "place"})
"""The types of which words around a name tell."""

_LOOK_BACK: Final = 80
"""Characters in which what is abbreviated finds room."""

_BEHIND = re.compile(r", ([A-Z][\w.]*\w(?: [A-Z]\w+)?)")
_IN_PARENTHESES = re.compile(r"\s?\(([A-Z][\w&.-]{1,9})\)")
_COMPANY = re.compile(
    r"(\w+) (?:AG|Co|Company|Corp|Corporation|Group|Holding|Holdings|Inc|Limited|Ltd|PLC|plc|SA|SE)\.?"
)


class Consistent(NamedTuple):
    """Headline and text with what is to be mentions, and which name keys are another's."""

    headline: Recognized
    text: Recognized
    same: Mapping[str, str]


class _Mention(NamedTuple):
    """A mention, and the text it is in."""

    text: str
    span: NamedSpan

    @property
    def words(self) -> str:
        """As they are written."""
        return self.text[self.span.start : self.span.end]


class _Name(NamedTuple):
    """What all mentions of a name make it, how sure the model is of that on average, and at most, each 0 to 1."""

    type: EntityType
    sureness: float
    best: float
    believed: bool = True


def consistent(headline: Recognized, text: Recognized, knowledge: Knowledge = NOTHING) -> Consistent:
    """The names of an article as all its mentions together have them; a second time changes nothing."""
    text = with_names_of_others(bounded(text, knowledge), knowledge)
    headline = with_names_of(text, bounded(headline, knowledge), knowledge)
    names = _names([text, headline], knowledge)
    headline, text = _believed(headline, names), _believed(text, names)
    written = set(_words(text))
    acronyms, shorter = dict(_acronyms(text, names)), dict(_shorter(written, text.text, names))
    same = {name_key(short): key for short, key in {**shorter, **acronyms}.items()}
    types = _types(names)
    types.update({short: types[key] for short, key in same.items()})
    again = {name: types[name_key(name)] for name in (*written, *acronyms, *shorter) if looked_for(name)}
    return Consistent(_read(headline, types, again, knowledge), _read(text, types, again, knowledge), same)


def _words(field: Recognized) -> Iterator[str]:
    return (field.text[span.start : span.end] for span in field.spans)


def _names(fields: Sequence[Recognized], knowledge: Knowledge) -> dict[str, _Name]:
    """By name key."""
    mentions: defaultdict[str, list[_Mention]] = defaultdict(list)
    for text, spans in fields:
        for span in spans:
            mentions[name_key(text[span.start : span.end])].append(_Mention(text, span))
    names = {key: _name(each, knowledge) for key, each in mentions.items()}
    if all(name.believed for name in names.values()):  # as in most articles
        return names
    people = [key for key, name in names.items() if name.type == "person" and name.believed]
    words = {word for key in people if " " in key for word in key.split(" ")}
    last_names = {key for key in people if " " not in key}
    doubted = [key for key, name in names.items() if not name.believed]
    spoken_for = [key for key in doubted if key in words or (" " in key and key.rpartition(" ")[2] in last_names)]
    return {**names, **{key: names[key]._replace(believed=True) for key in spoken_for}}


def _name(mentions: Sequence[_Mention], knowledge: Knowledge) -> _Name:
    seen = [(kind, confidence) for _, (_, _, kind, confidence) in mentions if confidence != UNSEEN]
    if not seen:
        return _Name(mentions[0].span.type, UNSEEN, UNSEEN)
    votes: dict[EntityType, float] = {}
    for kind, confidence in seen:
        votes[kind] = votes.get(kind, 0.0) + confidence
    best = max([confidence for _, confidence in seen])
    kind = _elected(votes)
    sureness = votes[kind] / len(seen)
    if (other := _other(kind, mentions)) or sureness >= SURE or kind not in _CUED:
        return _Name(other or kind, sureness, best, not _abbreviates(kind, mentions, knowledge))
    words = max(mention.words for mention in mentions)  # capitals sort first
    if any(_region_behind(text, span, knowledge) for text, span in mentions):
        return _Name("place", SURE, best)
    cues = _cues(mentions, kind, words, knowledge)
    kind = _elected({kind: votes.get(kind, 0.0) / len(seen) + cues.get(kind, 0.0) for kind in {**votes, **cues}})
    spoken_for = kind in cues or knowledge.certain(words) or knowledge.agreeing(name_key(words), kind)
    believed = (bool(spoken_for) or best >= _DOUBTFUL) and not _only_begins(mentions)
    return _Name(kind, sureness, best, believed and not _abbreviates(kind, mentions, knowledge))


def _other(kind: EntityType, mentions: Sequence[_Mention]) -> EntityType | None:
    """What it is however sure the model is of another."""
    if kind == "organisation":
        return by_head(mentions[0].words)
    storm = kind == "person" and any(is_storm(text, span.start) for text, span in mentions)
    return "event" if storm else None


def _abbreviates(kind: EntityType, mentions: Sequence[_Mention], knowledge: Knowledge) -> bool:
    """Whether a name only is short for common words: "an improvised explosive device (IED)"."""
    return (
        kind == "organisation"
        and any(_introduced_small(*mention) for mention in mentions)
        and knowledge.certain(mentions[0].words) is None
    )


def _introduced_small(text: str, span: NamedSpan) -> bool:
    start, end = span.start - 1, span.end
    if text[start : start + 1] != "(" or text[end : end + 1] != ")":
        return False
    return is_abbreviation(text[span.start : end], text[max(0, start - _LOOK_BACK) : start])


def _cues(
    mentions: Sequence[_Mention], kind: EntityType, words: str, knowledge: Knowledge
) -> Mapping[EntityType, float]:
    """What the words beside a name, a type word in it and the towns that are called so count for each type."""
    cues: defaultdict[EntityType, float] = defaultdict(float)
    if type_word := within(words, knowledge):
        cues[type_word] += _TYPE_WORD
    if kind == "organisation" and not words.isupper() and _is_large(knowledge.agreeing(name_key(words), "place")):
        cues["place"] += _CUE
    for text, span in mentions:
        if cue := around(text, span):
            cues[cue] += _CUE if cue in _CUED else _TYPE_WORD
    return cues


def _is_large(places: Sequence[Known]) -> bool:
    """Whether one is a region, or a town that the press writes about."""
    return any(not each.people or each.people >= _LARGE for each in places)


def _region_behind(text: str, span: NamedSpan, knowledge: Knowledge) -> bool:
    """Whether the name may be a town's, and a known region or country stands behind its comma: "Allen, Texas"."""
    behind = _BEHIND.match(text, span.end)
    if behind is None or not knowledge.agreeing(name_key(text[span.start : span.end]), "place"):
        return False
    names = (behind[1], behind[1].partition(" ")[0])
    known = [each for name in names for each in (knowledge.certain(name), *knowledge.agreeing(name_key(name), "place"))]
    return any(each.type == "place" and not each.people for each in known if each)


def _elected(votes: Mapping[EntityType, float]) -> EntityType:
    """The type with most votes; ties: the first by alphabet, so that order is nothing."""
    if len(votes) == 1:
        return next(iter(votes))
    return min(votes, key=lambda kind: (-round(votes[kind], 6), kind))


def _only_begins(mentions: Sequence[_Mention]) -> bool:
    """Whether a name is one word that stands at the beginning of sentences, and is a common word elsewhere."""
    common = mentions[0].words.lower()
    return (
        " " not in common
        and all(begins_sentence(text, span.start) for text, span in mentions)
        and stands(common, mentions[0].text)
    )


def _believed(field: Recognized, names: Mapping[str, _Name]) -> Recognized:
    if all(name.believed for name in names.values()):
        return field
    believed = (names[name_key(words)].believed for words in _words(field))
    return Recognized(field.text, [span for span, is_one in zip(field.spans, believed, strict=True) if is_one])


def _acronyms(text: Recognized, names: Mapping[str, _Name]) -> Iterator[tuple[str, str]]:
    """Each acronym that the text introduces, and the key of what it stands for."""
    source = text.text
    for span in text.spans:
        if "(" in source[span.end : span.end + 2] and (behind := _IN_PARENTHESES.match(source, span.end)):
            name = source[span.start : span.end]
            if is_acronym(behind[1], name) and names[name_key(name)].type != "person":
                yield behind[1], name_key(name)


def _shorter(written: Iterable[str], text: str, names: Mapping[str, _Name]) -> Iterator[tuple[str, str]]:
    """Each last name, and each company's name without its "Group", that the model did not see by itself."""
    fuller: defaultdict[str, set[str]] = defaultdict(set)
    for words in written:
        key = name_key(words)
        name = names[key]
        short = _short(words, name.type) if name.best >= SURE and " " in words else ""
        if len(short) >= SHORTEST_NAME:
            by_itself = names.get(name_key(short))
            if by_itself is None or by_itself.best == UNSEEN:
                fuller[short].add(key)
    for short, keys in fuller.items():
        if len(keys) == 1 and not stands(short.lower(), text):
            yield short, next(iter(keys))


def _short(name: str, kind: EntityType) -> str:
    """The short form of a name of several words, empty where it has none."""
    if kind == "person":
        return name.rpartition(" ")[2]
    company = _COMPANY.fullmatch(name) if kind == "organisation" else None
    return company[1] if company else ""


def _types(names: Mapping[str, _Name]) -> dict[str, EntityType]:
    """The type of each key after its fuller names have been heard, those that are believed."""
    types = {key: name.type for key, name in names.items()}
    ends: defaultdict[str, set[str]] = defaultdict(set)
    begins: defaultdict[str, set[EntityType]] = defaultdict(set)
    for key, name in names.items():
        first, space, rest = key.partition(" ")
        if space and name.believed:
            begins[first].add(name.type)
            if name.type == "person":
                ends[rest.rpartition(" ")[2]].add(key)
    for key in names.keys() & {*begins, *ends}:
        name = names[key]
        if name.sureness < SURE and (len(ends[key]) == 1 or (ends[key] and "organisation" not in begins[key])):
            types[key] = "person"
        elif name.type == "person" and not ends[key] and begins[key] == {"organisation"}:
            types[key] = "organisation"
    return types


def _read(
    field: Recognized, types: Mapping[str, EntityType], again: Mapping[str, EntityType], knowledge: Knowledge
) -> Recognized:
    """The field with each name of the type it has, and with what the model did not see."""
    text = field.text
    words = [*_words(field)]
    kinds = [types[name_key(name)] for name in words]
    spans = [
        span if span.type == kind else span._replace(type=kind) for span, kind in zip(field.spans, kinds, strict=True)
    ]
    missed = [
        span
        for span in standing(again, without_names(text, spans))
        if span.type != "organisation" or not is_office(text, span, knowledge)
    ]
    return Recognized(text, sorted([*spans, *missed]) if missed else spans)
