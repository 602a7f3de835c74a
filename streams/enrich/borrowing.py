"""What a headline, and a line in capitals, takes from the rest of the article: its names, as they are written there.

Capitals mislead a model. In a headline the names of the text come before those it is not sure of, and these fill what
is left free. In capitals only it is sure of too much: there they come before all.
"""

from collections.abc import Sequence
from typing import Final

from schemas.enriched_article import EntityType
from streams.enrich.knowledge import Knowledge
from streams.enrich.models import NamedSpan, Recognized
from streams.enrich.naming import stands
from streams.enrich.standing import UNSEEN, in_capitals, standing, without_overlap

__all__ = ["SHORTEST_NAME", "SURE", "looked_for", "with_names_of", "with_names_of_others"]

SURE: Final = 0.8
"""Mean confidence of a name's mentions from which on nothing else in the article overrules its type."""

SHORTEST_NAME: Final = 4
"""Shorter ones ("May", "Li") are looked for only where the model saw them, unless in capitals ("EU")."""


def with_names_of(text: Recognized, headline: Recognized, knowledge: Knowledge) -> Recognized:
    """The headline with the names of the text before its own; what is known or sure there before both."""
    if headline.text.isupper():
        return _shouted(text, headline, knowledge)
    there = {name: kind for name, kind in _types_of(text).items() if name in headline.text and looked_for(name)}
    certain = [
        span
        for span in headline.spans
        if span.confidence >= SURE or knowledge.certain(headline.text[span.start : span.end])
    ]
    length = len(headline.text)
    of_text = _as_sure(standing(there, headline.text), headline.spans)
    return Recognized(headline.text, without_overlap(without_overlap(certain, of_text, length), headline.spans, length))


def _shouted(text: Recognized, headline: Recognized, knowledge: Knowledge) -> Recognized:
    """The same where all is in capitals, in which a model is sure of too much.

    The longer of a known name and one of the text comes first, and what stands in small letters in the text ("coral
    reefs") is no name.
    """
    types = _types_of(text)
    there = {name: kind for name, kind in types.items() if name.upper() in headline.text and looked_for(name)}
    known = [
        NamedSpan(start, end, each.type, UNSEEN)
        for start, end, each in knowledge.standing(headline.text)
        if each.type != "person"  # whose known name may begin with a title
    ]
    own = [span for span in headline.spans if not stands(headline.text[span.start : span.end].lower(), text.text)]
    first = _as_sure(_longest([*known, *standing(there, headline.text)]), headline.spans)
    return Recognized(headline.text, without_overlap(first, own, len(headline.text)))


def _as_sure(spans: Sequence[NamedSpan], seen: Sequence[NamedSpan]) -> list[NamedSpan]:
    """These as sure as the model was where it saw the same."""
    sureness = {span[:2]: span.confidence for span in seen}
    return [span._replace(confidence=sureness.get(span[:2], span.confidence)) for span in spans]


def _types_of(field: Recognized) -> dict[str, EntityType]:
    """Of each name, as it is written; the first mention's."""
    return {field.text[span.start : span.end]: span.type for span in reversed(field.spans)}


def _longest(spans: Sequence[NamedSpan]) -> list[NamedSpan]:
    """Of those that overlap the longest."""
    kept: list[NamedSpan] = []
    for span in sorted(spans, key=lambda span: (span.start - span.end, span)):
        if all(span.end <= other.start or other.end <= span.start for other in kept):
            kept.append(span)
    return kept


def with_names_of_others(text: Recognized, knowledge: Knowledge) -> Recognized:
    """The text with its lines in capitals read as a headline is: by what stands in the others."""
    capitals = in_capitals(text.text)
    if not capitals:
        return text
    own = [span for span in text.spans if not capitals[span.start : span.end].isspace()]
    others = [span for span in text.spans if capitals[span.start : span.end].isspace()]
    lines = with_names_of(Recognized(text.text, others), Recognized(capitals, own), knowledge)
    return Recognized(text.text, sorted([*others, *lines.spans]))


def looked_for(name: str) -> bool:
    """Whether a name that was seen once is looked for wherever else it stands."""
    return len(name) >= SHORTEST_NAME or name.isupper()
