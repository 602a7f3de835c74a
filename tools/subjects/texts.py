"""The texts: those that were labelled (docs/subject-annotation.md), and those that are only read."""

import csv
import re
from collections.abc import Iterator, Sequence
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Literal, NamedTuple

from tools.ner_model.corpus import Article, events, wikinews

__all__ = [
    "LABELS",
    "TOPS",
    "Judged",
    "Labelled",
    "body",
    "judged",
    "labelled",
    "labelled_twice",
    "paragraphs",
    "unlabelled",
]

LABELS = Path(__file__).parent / "labels"

TOPS = tuple(f"medtop:{number:02}000000" for number in range(1, 18))
"""The top topics, in the order of all columns."""

FEWEST_WORDS = 8

_DATE = re.compile(r"^\w+day, \w+ \d+, \d{4}\s+")
_UNREVIEWED = re.compile(r"^This article requires pre-publication review.*?\d{4}\s+", re.DOTALL)


class Labelled(NamedTuple):
    """A text with the columns of its topics, main one first; `stratum` is why a paragraph was chosen."""

    text: str
    topics: tuple[int, ...]
    half: Literal["train", "test"]
    stratum: str


def labelled(data: Path) -> list[Labelled]:
    """What was labelled, articles first.

    Raises:
        ValueError: a text is not the one that was labelled.
    """
    return [*_articles(data), *_paragraphs(data)]


class Judged(NamedTuple):
    """A text of the train half, a finer concept that a classifier gave it, and whether it is about that."""

    text: str
    concept: str
    right: bool


def judged(texts: Sequence[Labelled]) -> list[Judged]:
    """The judgements on finer concepts, for those of `texts` that have one."""
    known = {_short_hash(text.text): text.text for text in texts}
    rows = [row for row in _rows("finer") if row["sha256"] in known]
    return [Judged(known[row["sha256"]], row["concept"], row["right"] == "1") for row in rows]


def labelled_twice() -> list[tuple[str, str]]:
    """The main topics of texts that a second reading labelled, too: the first reading's and the second's."""
    first = {row["sha256"]: row["topics"] for name in ("articles", "paragraphs") for row in _rows(name)}
    return [(first[row["sha256"]].split()[0], row["topics"].split()[0]) for row in _rows("second")]


def unlabelled(data: Path) -> list[str]:
    """Paragraphs that have no label, in an order that depends on nothing but their own bytes."""
    known = {row["sha256"] for row in _rows("paragraphs")}
    return [text for text in paragraphs(data) if _short_hash(text) not in known]


@cache
def paragraphs(data: Path) -> tuple[str, ...]:
    """The paragraphs of Wikipedia's Portal:Current events with eight words or more, each once, by their hash."""
    return tuple(sorted((text for text in events(data) if len(text.split()) >= FEWEST_WORDS), key=_hash))


def body(article: Article) -> str:
    """An article as the stage reads it: headline, then text, without the date before it."""
    text = _UNREVIEWED.sub("", _DATE.sub("", article.text.strip()))
    return f"{article.headline}\n{' '.join(_DATE.sub('', text).split())}"


def _articles(data: Path) -> Iterator[Labelled]:
    articles = {article.url: article for article in wikinews(data)}
    for row in _rows("articles"):
        article = articles[row["url"]]
        if _short_hash(f"{article.headline}\n{article.text}") != row["sha256"]:
            raise ValueError(f"{article.url} is not the text that was labelled")
        if topics := _columns(row["topics"]):
            yield Labelled(body(article), topics, _half(row["half"]), "article")


def _paragraphs(data: Path) -> Iterator[Labelled]:
    texts = {_short_hash(text): text for text in paragraphs(data)}
    for row in _rows("paragraphs"):
        if row["sha256"] not in texts:
            raise ValueError(f"paragraph {row['sha256']}, which was labelled, is not among the texts")
        if topics := _columns(row["topics"]):
            yield Labelled(texts[row["sha256"]], topics, _half(row["half"]), row["stratum"])


def _half(name: str) -> Literal["train", "test"]:
    return "test" if name == "test" else "train"


def _columns(topics: str) -> tuple[int, ...]:
    return tuple(int(topic) - 1 for topic in topics.split() if topic != "-")


def _rows(name: str) -> list[dict[str, str]]:
    with (LABELS / f"{name}.tsv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t"))


def _hash(text: str) -> str:
    return sha256(text.encode()).hexdigest()


def _short_hash(text: str) -> str:
    return _hash(text)[:16]
