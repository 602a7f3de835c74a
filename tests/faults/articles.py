"""Articles for tests and benchmarks, different from each other and the same on every run."""

import random
from collections.abc import Iterator

from schemas.raw_article import RawArticle

__all__ = ["article", "articles"]

PEOPLE = (
    "Maria Okafor",
    "John Lindqvist",
    "Ana Teles",
    "Sergei Volkov",
    "Wei Zhang",
    "Leila Haddad",
    "Peter Novak",
    "Ingrid Dahl",
)
ORGANISATIONS = (
    "Reuters",
    "the World Bank",
    "Barclays",
    "Hamas",
    "NATO",
    "the Supreme Court",
    "Toyota",
    "the Labour Party",
)
PLACES = (
    "Lisbon",
    "Nairobi",
    "Ohio",
    "Kyiv",
    "Jakarta",
    "Lake Geneva",
    "Brazil",
    "the Gaza Strip",
    "Manchester",
    "Peru",
)
ACTIONS = (
    "{person} told reporters in {place} that {organisation} would publish its figures on Tuesday.",
    "The talks between {organisation} and officials from {place} ended without agreement, {person} said.",
    "Heavy rain closed roads around {place} and left thousands without power, the weather service reported.",
    "{organisation} raised its forecast for the year after strong sales in {place}.",
    "Police in {place} arrested four people after the march, according to {person}.",
    "{person} won the second stage in {place} and leads the race by eleven seconds.",
    "Researchers at a university in {place} said the vaccine cut infections by half.",
    "Shares of {organisation} fell 3.4 percent in {place} on Monday, the most since March.",
)


def articles(count: int, *, versions: int = 1, sentences: int = 6, prefix: str = "") -> Iterator[RawArticle]:
    """`count` records: every article in all its versions, versions of different articles mixed."""
    ids = -(-count // versions)
    order = [(number, version) for version in range(1, versions + 1) for number in range(ids)]
    return (article(f"{prefix}{number}", version, sentences=sentences) for number, version in order[:count])


def article(name: str, version: int = 1, *, sentences: int = 6) -> RawArticle:
    """One article whose content follows from its name and version."""
    dice = random.Random(f"{name} {version}")
    said = [_sentence(dice) for _ in range(sentences)]
    paragraphs = [" ".join(said[start : start + 3]) for start in range(0, sentences, 3)]
    return RawArticle(
        article_id=f"urn:test:{name}",
        version=version,
        source="test-wire",
        headline=_sentence(dice).rstrip("."),
        body="\n\n".join(paragraphs),
        urgency=dice.randint(1, 9),
    )


def _sentence(dice: random.Random) -> str:
    return dice.choice(ACTIONS).format(
        person=dice.choice(PEOPLE), place=dice.choice(PLACES), organisation=dice.choice(ORGANISATIONS)
    )
