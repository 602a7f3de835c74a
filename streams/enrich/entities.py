"""The entities stage: who and what an article names, each once, with every mention of it."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final, Literal, NamedTuple

from schemas.enriched_article import Entity, EntityType, Mention, Span
from streams.enrich.models import EntityRecognizer, NamedSpan
from streams.enrich.naming import full_names, name_key, occurrences
from streams.records import digest

__all__ = ["ENTITIES_VERSION", "Found", "find_entities"]

ENTITIES_VERSION = "1"

_SHORTEST_NAME: Final = 4
"""Shorter ones ("May", "Li") are looked for only where the model saw them, unless in capitals ("EU")."""

_HEADLINE_WEIGHT: Final = 0.4
_LEAD_WEIGHT: Final = 0.3
_FREQUENCY_WEIGHT: Final = 0.3


class Found(NamedTuple):
    """The entities of one article, and how much of it was read for them."""

    entities: tuple[Entity, ...]
    status: Literal["complete", "partial", "no_model"]


class _Named(NamedTuple):
    mention: Mention
    type: EntityType


def find_entities(
    headline: str, text: str, paragraphs: Sequence[Span], recognizer: EntityRecognizer, *, analysed_chars: int
) -> Found:
    """Group the names in headline and text into entities, most salient first.

    One name has one type in an article, and a part of a person's name ("Abu Marzouk") is that person
    unless two could be meant. Of a text longer than `analysed_chars` only the start is read.
    """
    read = text[:analysed_chars]
    mentions = _mentions(headline, read, recognizer)
    groups = _grouped(mentions)
    frequency = max(map(len, groups.values()), default=1)
    entities = [_entity(key, group, _salience(group, paragraphs, frequency)) for key, group in groups.items()]
    entities.sort(key=lambda entity: -entity.salience)  # stable: then by first mention
    return Found(tuple(entities), "complete" if read == text else "partial")


def _mentions(headline: str, text: str, recognizer: EntityRecognizer) -> list[_Named]:
    """All names in reading order; a name found once in the text is found wherever it stands.

    A headline's capitals mislead a model, so there the names of the text come first, and its own finds
    fill what they leave free.
    """
    headline_spans, text_spans = recognizer.recognize((headline, text))
    known = {text[span.start : span.end]: span.type for span in reversed(text_spans)}
    certain = {name: kind for name, kind in known.items() if len(name) >= _SHORTEST_NAME or name.isupper()}
    in_headline = _without_overlap(_standing(certain, headline), headline_spans)
    in_text = _without_overlap(text_spans, _standing(certain, text))
    return [*_read("headline", headline, in_headline), *_read("text", text, in_text)]


def _standing(names: Mapping[str, EntityType], text: str) -> list[NamedSpan]:
    return [NamedSpan(start, end, names[text[start:end]]) for start, end in occurrences(names, text)]


def _without_overlap(first: Sequence[NamedSpan], second: Sequence[NamedSpan]) -> list[NamedSpan]:
    """All of the first, and of the second what touches none of them, in reading order."""
    taken = {position for span in first for position in range(span.start, span.end)}
    return sorted([*first, *(span for span in second if taken.isdisjoint(range(span.start, span.end)))])


def _read(field: Literal["headline", "text"], source: str, spans: Iterable[NamedSpan]) -> Iterator[_Named]:
    for start, end, kind in spans:
        yield _Named(Mention(field=field, start=start, end=end, text=source[start:end]), kind)


def _grouped(mentions: Sequence[_Named]) -> dict[tuple[EntityType, str], list[Mention]]:
    """Mentions by (type, key of the fullest name), in order of first mention."""
    votes: defaultdict[str, Counter[EntityType]] = defaultdict(Counter)
    for mention, kind in mentions:
        votes[name_key(mention.text)][kind] += 1
    types = {key: counts.most_common(1)[0][0] for key, counts in votes.items()}  # ties: the first seen
    fuller = full_names([key for key, kind in types.items() if kind == "person"])
    groups: defaultdict[tuple[EntityType, str], list[Mention]] = defaultdict(list)
    for mention, _ in mentions:
        key = name_key(mention.text)
        groups[types[key], fuller.get(key, key)].append(mention)
    return dict(groups)


def _entity(identity: tuple[EntityType, str], mentions: list[Mention], salience: float) -> Entity:
    kind, key = identity
    spellings = Counter(" ".join(mention.text.split()) for mention in mentions if name_key(mention.text) == key)
    return Entity(
        id=f"x:{digest(kind, key)[:16]}",
        name=spellings.most_common(1)[0][0],
        type=kind,
        mentions=tuple(mentions),
        salience=salience,
        evidence="model",
    )


def _salience(mentions: Sequence[Mention], paragraphs: Sequence[Span], frequency: int) -> float:
    """How much the article is about it: mostly where a newsroom puts the name, then how often.

    0.4 when in the headline, 0.3 / number of the paragraph it first stands in, 0.3 * its mentions / those of
    the most mentioned entity.
    """
    in_headline = any(mention.field == "headline" for mention in mentions)
    first = next((mention.start for mention in mentions if mention.field == "text"), None)
    lead = 0.0 if first is None else 1 / max(1, sum(paragraph.start <= first for paragraph in paragraphs))
    share = len(mentions) / frequency
    return round(_HEADLINE_WEIGHT * in_headline + _LEAD_WEIGHT * lead + _FREQUENCY_WEIGHT * share, 4)
