"""Articles in which new names keep turning up, as they do in the news. The same on every run."""

import gzip
import json
import random
from collections.abc import Iterator
from pathlib import Path

from schemas.raw_article import RawArticle
from tests.faults.articles import articles

__all__ = ["collected", "written"]

WORDS = 330
SYLLABLES = ("ba", "den", "kor", "li", "mar", "no", "pas", "ri", "shu", "tel", "vo", "wen", "ya", "zor")


def written(count: int, *, sentences: int = 21) -> Iterator[RawArticle]:
    """So many, with names by Zipf's law; 21 sentences are about 330 words."""
    dice = random.Random(1)
    for raw in articles(count, sentences=sentences):
        paragraphs = (f"{_name(dice)} {_name(dice)} said: {each}" for each in raw.body.split("\n\n"))
        yield raw.model_copy(update={"body": "\n\n".join(paragraphs)})


def collected(path: str) -> Iterator[RawArticle]:
    """Those of a corpus, JSON lines with a `text`, plain or gzip: its texts put together to about 330 words."""
    packed = Path(path).read_bytes()
    lines = (gzip.decompress(packed) if path.endswith(".gz") else packed).splitlines()
    texts = [json.loads(line)["text"] for line in lines]
    random.Random(1).shuffle(texts)
    article: list[str] = []
    for number, text in enumerate(texts):
        article.append(text)
        if sum(len(each.split()) for each in article) >= WORDS - 15:
            yield RawArticle(article_id=f"urn:corpus:{number}", source="corpus", body="\n\n".join(article))
            article = []


def _name(dice: random.Random) -> str:
    """The word of a rank that is drawn from a Pareto distribution."""
    rank, syllables = int(100 * dice.paretovariate(0.9)), []
    while rank:
        rank, digit = divmod(rank, len(SYLLABLES))
        syllables.append(SYLLABLES[digit])
    return "".join(syllables).title()
