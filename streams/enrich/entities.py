"""The entities stage: who and what an article names, each once, with every mention of it."""

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Final, Literal, NamedTuple, TypedDict

from pydantic import TypeAdapter

from schemas.enriched_article import Entity, EntityType, Span
from streams.enrich.character import one_line
from streams.enrich.knowledge import NOTHING, Knowledge, Known
from streams.enrich.models import NamedSpan, Recognized
from streams.enrich.naming import full_names, name_key
from streams.records import digest

__all__ = ["ENTITIES_VERSION", "Found", "find_entities"]

ENTITIES_VERSION = "4"

_ENTITIES: Final = TypeAdapter(tuple[Entity, ...])

_HEADLINE_WEIGHT: Final = 0.4
_LEAD_WEIGHT: Final = 0.3
_FREQUENCY_WEIGHT: Final = 0.3


class Found(NamedTuple):
    """The entities of one article, and how much of it was read for them."""

    entities: tuple[Entity, ...]
    status: Literal["complete", "partial", "no_model"]


class _Identity(NamedTuple):
    """What makes two mentions one entity, and what is known of it."""

    type: EntityType
    key: str
    known: Known | None = None


class _Mention(TypedDict):
    """A `Mention` not validated yet: all of an article are, in one call."""

    field: Literal["headline", "text"]
    start: int
    end: int
    text: str


class _Entity(TypedDict):
    """An `Entity` not validated yet."""

    id: str
    name: str
    type: EntityType
    qid: str | None
    iso: str | None
    mentions: tuple[_Mention, ...]
    salience: float
    evidence: str


class _Named(NamedTuple):
    """A mention before it is known whose it is."""

    mention: _Mention
    type: EntityType


class _Spelled(NamedTuple):
    """What a name is known by, and how this mention spells it."""

    key: str
    spelling: str


def find_entities(
    headline: Recognized,
    text: Recognized,
    paragraphs: Sequence[Span],
    *,
    complete: bool,
    same: Mapping[str, str] | None = None,
    knowledge: Knowledge = NOTHING,
) -> Found:
    """Group the names in headline and text into entities, most salient first.

    One name has one type in an article (as `consistent` makes it, else its first), and a part of a person's name ("Abu
    Marzouk") is that person unless two could be meant. `complete` says whether the text is the whole article's, `same`
    which name keys are another name's. What `knowledge` is certain of has its name and type.
    """
    named = _named(headline, text)
    spelled = {name: _Spelled(name_key(name), one_line(name)) for name in {mention["text"] for mention, *_ in named}}
    groups = _grouped(named, spelled, same or {}, knowledge)
    frequency = max(map(len, groups.values()), default=1)
    starts = [paragraph.start for paragraph in paragraphs]
    entities = [
        _entity(identity, group, _name(identity, group, spelled), _salience(group, starts, frequency))
        for identity, group in groups.items()
    ]
    entities.sort(key=lambda entity: -entity["salience"])  # stable: then by first mention
    # All in one go: a model by itself costs pydantic as much as ten inside another.
    return Found(_ENTITIES.validate_python(tuple(entities)), "complete" if complete else "partial")


def _named(headline: Recognized, text: Recognized) -> list[_Named]:
    """All names in reading order."""
    return [*_mentioned("headline", *headline), *_mentioned("text", *text)]


def _mentioned(field: Literal["headline", "text"], source: str, spans: Iterable[NamedSpan]) -> Iterator[_Named]:
    for start, end, kind, _ in spans:
        yield _Named({"field": field, "start": start, "end": end, "text": source[start:end]}, kind)


def _grouped(
    named: Sequence[_Named], spelled: Mapping[str, _Spelled], same: Mapping[str, str], knowledge: Knowledge
) -> dict[_Identity, list[_Mention]]:
    """Mentions by type and key of the fullest name, in order of first mention."""
    types = {spelled[mention["text"]].key: kind for mention, kind in reversed(named)}
    known = knowledge.of(types)
    fuller = {
        **full_names([key for key, kind in types.items() if kind == "person"]),
        **{key: other for key, other in same.items() if types.get(key) == types.get(other)},
    }
    identities = {
        key: _identity(key if key in known else fuller.get(key, key), kind, known) for key, kind in types.items()
    }
    groups: dict[_Identity, list[_Mention]] = {}
    for mention, *_ in named:
        groups.setdefault(identities[spelled[mention["text"]].key], []).append(mention)
    return groups


def _identity(key: str, kind: EntityType, known: Mapping[str, Known]) -> _Identity:
    thing = known.get(key)
    return _Identity(thing.type, name_key(thing.name), thing) if thing else _Identity(kind, key)


def _entity(identity: _Identity, mentions: Sequence[_Mention], name: str, salience: float) -> _Entity:
    known = identity.known
    return {
        "id": _id(identity),
        "name": name,
        "type": identity.type,
        "qid": known.qid if known else None,
        "iso": known.iso if known else None,
        "mentions": tuple(mentions),
        "salience": salience,
        "evidence": "knowledge base" if known else "model",
    }


@lru_cache(1 << 14)  # the news of a day names the same
def _id(identity: _Identity) -> str:
    known = identity.known
    if known and known.qid:
        return f"wd:{known.qid}"
    if known and known.geonames:
        return f"geonames:{known.geonames}"
    return f"x:{digest(identity.type, identity.key)[:16]}"


def _name(identity: _Identity, mentions: Sequence[_Mention], spelled: Mapping[str, _Spelled]) -> str:
    """The known name, else the spelling of the full name that stands there most often; ties: the first."""
    if identity.known:
        return identity.known.name
    names = [spelled[mention["text"]] for mention in mentions]
    spellings = [name.spelling for name in names if name.key == identity.key]
    if len(set(spellings)) == 1:
        return spellings[0]
    counts = Counter(spellings)
    return max(counts, key=counts.__getitem__)


def _salience(mentions: Sequence[_Mention], paragraph_starts: Sequence[int], frequency: int) -> float:
    """How much the article is about it: mostly where a newsroom puts the name, then how often.

    0.4 when in the headline, 0.3 / number of the paragraph it first stands in, 0.3 * its mentions / those of
    the most mentioned entity.
    """
    in_headline = mentions[0]["field"] == "headline"  # which is read first
    first = next((mention["start"] for mention in mentions if mention["field"] == "text"), None)
    lead = 0.0 if first is None else 1 / max(1, bisect_right(paragraph_starts, first))
    share = len(mentions) / frequency
    return round(_HEADLINE_WEIGHT * in_headline + _LEAD_WEIGHT * lead + _FREQUENCY_WEIGHT * share, 4)
