"""Articles in which new names keep turning up, as they do in the news: by Zipf's law. The same on every run."""

import random
from collections.abc import Iterator

from schemas.raw_article import RawArticle
from tests.faults.articles import articles

__all__ = ["written"]

SYLLABLES = ("ba", "den", "kor", "li", "mar", "no", "pas", "ri", "shu", "tel", "vo", "wen", "ya", "zor")


def written(count: int, *, sentences: int = 21) -> Iterator[RawArticle]:
    """So many; 21 sentences are about 330 words."""
    dice = random.Random(1)
    for raw in articles(count, sentences=sentences):
        paragraphs = (f"{_name(dice)} {_name(dice)} said: {each}" for each in raw.body.split("\n\n"))
        yield raw.model_copy(update={"body": "\n\n".join(paragraphs)})


def _name(dice: random.Random) -> str:
    """The word of a rank that is drawn from a Pareto distribution."""
    rank, syllables = int(100 * dice.paretovariate(0.9)), []
    while rank:
        rank, digit = divmod(rank, len(SYLLABLES))
        syllables.append(SYLLABLES[digit])
    return "".join(syllables).title()
