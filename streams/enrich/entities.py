"""The entities stage: who and what an article names, each once, with every mention of it."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Final, Literal, NamedTuple, TypedDict

from pydantic import TypeAdapter

from schemas.enriched_article import Entity, EntityType, Span
from streams.enrich.consistency import Consistent
from streams.enrich.knowledge import NOTHING, Knowledge
from streams.enrich.linking import Link, linked
from streams.enrich.models import NamedSpan
from streams.enrich.naming import begins_sentence, full_names, name_key
from streams.enrich.salience import prominence, salience
from streams.enrich.surroundings import surroundings
from streams.page.character import one_line
from streams.records import digest

__all__ = ["ENTITIES_VERSION", "Found", "find_entities"]

ENTITIES_VERSION = "7"

_ENTITIES: Final = TypeAdapter(tuple[Entity, ...])


class Found(NamedTuple):
    """The entities of one article, and how much of it was read for them."""

    entities: tuple[Entity, ...]
    status: Literal["complete", "partial", "no_model"]


class _Identity(NamedTuple):
    """What makes two mentions one entity, and what is known of it."""

    id: str
    type: EntityType
    key: str
    link: Link | None


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


_Group = tuple[_Identity, list[_Mention]]

_Named = tuple[_Mention, str, EntityType]
"""A mention before it is known whose it is, with its name key and its type."""


def find_entities(
    names: Consistent,
    paragraphs: Sequence[Span],
    *,
    complete: bool,
    knowledge: Knowledge = NOTHING,
    at: datetime | None = None,
) -> Found:
    """Group the names of an article into entities, most salient first.

    A part of a person's name ("Abu Marzouk") is that person unless two could be meant. `complete` says whether the text
    is the whole article's, `at` when it was written. What is in `knowledge` has its name, type and id.
    """
    groups = _grouped(names, knowledge, at)
    text = names.text.text
    most = max((len(mentions) for _, mentions in groups), default=1)
    starts = [paragraph.start for paragraph in paragraphs]
    entities = [_entity(identity, mentions, _salience(mentions, text, starts, most)) for identity, mentions in groups]
    entities.sort(key=lambda entity: -entity["salience"])  # stable: then by first mention
    # All in one go: a model by itself costs pydantic as much as ten inside another.
    return Found(_ENTITIES.validate_python(tuple(entities)), "complete" if complete else "partial")


def _named(field: Literal["headline", "text"], source: str, spans: Iterable[NamedSpan]) -> Iterator[_Named]:
    """In reading order."""
    for start, end, kind, _ in spans:
        name = source[start:end]
        yield {"field": field, "start": start, "end": end, "text": name}, name_key(name), kind


def _grouped(names: Consistent, knowledge: Knowledge, at: datetime | None) -> Sequence[_Group]:
    """Mentions by what they mean, in order of first mention."""
    headline, text, same = names
    named = [*_named("headline", *headline), *_named("text", *text)]
    types = {key: kind for _, key, kind in reversed(named)}
    links = linked(types, surroundings((headline, text), knowledge), knowledge, at)
    fuller = {
        **full_names([key for key, kind in types.items() if kind == "person"]),
        **{key: other for key, other in same.items() if types.get(key) == types.get(other)},
    }
    identities = {key: _identity(key, kind, fuller, links) for key, kind in types.items()}
    groups: dict[str, _Group] = {}
    for mention, key, _ in named:
        identity = identities[key]
        if identity.id not in groups:
            groups[identity.id] = (identity, [])
        groups[identity.id][1].append(mention)
    return list(groups.values())


def _identity(key: str, kind: EntityType, fuller: Mapping[str, str], links: Mapping[str, Link]) -> _Identity:
    full = key if key in links else fuller.get(key, key)
    if link := links.get(full):
        known = link.known
        known_key = name_key(known.name)
        return _Identity(_id(known.type, known_key, known.qid, known.geonames), known.type, known_key, link)
    return _Identity(_id(kind, full, None, None), kind, full, None)


@lru_cache(1 << 14)  # the news of a day names the same
def _id(kind: EntityType, key: str, qid: str | None, geonames: int | None) -> str:
    if qid:
        return f"wd:{qid}"
    if geonames:
        return f"geonames:{geonames}"
    return f"x:{digest(kind, key)[:16]}"


def _entity(identity: _Identity, mentions: Sequence[_Mention], how_much: float) -> _Entity:
    link = identity.link
    known = link.known if link else None
    return {
        "id": identity.id,
        "name": known.name if known else _spelling(identity.key, mentions),
        "type": identity.type,
        "qid": known.qid if known else None,
        "iso": known.iso if known else None,
        "mentions": tuple(mentions),
        "salience": how_much,
        "evidence": link.evidence if link else "model",
    }


def _spelling(key: str, mentions: Sequence[_Mention]) -> str:
    """How the full name stands there most often; ties: as first."""
    if len(mentions) == 1:
        return one_line(mentions[0]["text"])
    counts = Counter(one_line(mention["text"]) for mention in mentions if name_key(mention["text"]) == key)
    return max(counts, key=counts.__getitem__)


def _salience(mentions: Sequence[_Mention], text: str, paragraphs: Sequence[int], most: int) -> float:
    starts = [mention["start"] for mention in mentions if mention["field"] == "text"]
    return salience(
        prominence(
            in_headline=len(starts) < len(mentions),
            starts=starts,
            subjects=sum([begins_sentence(text, start) for start in starts]),
            mentions=len(mentions),
            most=most,
            paragraphs=paragraphs,
        )
    )
