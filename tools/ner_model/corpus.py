"""The texts: what the model may learn from, and what must stay unseen."""

import argparse
import csv
import gzip
import json
import re
from collections.abc import Iterable, Iterator
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

__all__ = [
    "SPLIT_SIZE",
    "Article",
    "Held",
    "data_folder",
    "events",
    "gum_texts",
    "sample",
    "seldom_named",
    "training_texts",
    "wikinews",
]

NEEDED = ("text/wikinews", "text/current-events", "ner/gum-news", "gazetteers")

SPLIT_SIZE = 60
"""Articles each to tune on and to test on."""

FIT_CHARS = range(600, 6001)

SHINGLE_WORDS = 8
COPY_SHARE = 0.2
"""A text with more of its runs of eight words in a held-out one is a copy of it."""

PAPERS_EVERY = 8
UNIVERSITIES_EVERY = 20
"""There are thousands of these, and what the news is about is more than newspapers and universities."""

_IN_BRACKETS = re.compile(r"\s*\([^)]*\)")
_WORD = re.compile(r"\w+")
_LINE_ENDS = re.compile(r"[\r\x0b\x0c\x1c-\x1e\x85\u2028\u2029]+")


class Article(NamedTuple):
    """One article of Wikinews; `text` as it came."""

    url: str
    headline: str
    text: str

    @property
    def paragraphs(self) -> list[str]:
        """The headline and the lines of the text, white space evened out."""
        lines = (" ".join(line.split()) for line in self.text.split("\n"))
        return [" ".join(self.headline.split()), *(line for line in lines if line)]


def data_folder(argument: str) -> Path:
    """The folder that a command was told to read, for argparse.

    Raises:
        argparse.ArgumentTypeError: it has not got the texts.
    """
    missing = [name for name in NEEDED if not Path(argument, name).is_dir()]
    if missing:
        raise argparse.ArgumentTypeError(f"no {' and no '.join(missing)} in {argument}")
    return Path(argument)


def wikinews(data: Path) -> list[Article]:
    """All articles, by the hash of their address: an order that has nothing to do with what they say."""
    rows: dict[str, Article] = {}
    for path in sorted((data / "text" / "wikinews").glob("*.csv")):
        with path.open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                rows.setdefault(row["url"], Article(row["url"], row["title"], row["text"]))
    return sorted(rows.values(), key=lambda article: sha256(article.url.encode()).hexdigest())


def sample(data: Path) -> tuple[list[Article], list[Article]]:
    """Those to test on and those to tune on; neither very short nor a list of results."""
    fit = [article for article in wikinews(data) if len(article.text) in FIT_CHARS]
    return fit[:SPLIT_SIZE], fit[SPLIT_SIZE : 2 * SPLIT_SIZE]


def gum_texts(data: Path) -> list[str]:
    """Every text of GUM's news and interviews: they are of Wikinews, too."""
    texts = []
    for path in sorted((data / "ner" / "gum-news" / "dep").glob("*.conllu")):
        lines = path.read_text(encoding="utf-8").split("\n")
        texts.append(" ".join(line.removeprefix("# text = ") for line in lines if line.startswith("# text = ")))
    return texts


def events(data: Path) -> Iterator[str]:
    """Paragraphs of Wikipedia's Portal:Current events, each once."""
    seen: set[str] = set()
    with gzip.open(data / "text" / "current-events" / "wcep_events_2002_2026.jsonl.gz", "rt", encoding="utf-8") as rows:
        for row in map(json.loads, rows):
            text = _LINE_ENDS.sub(" ", row["text"]).strip()
            if text and text not in seen:
                seen.add(text)
                yield text


def seldom_named(data: Path) -> list[str]:
    """Companies, newspapers and universities that are seldom or never in the texts."""
    folder = data / "gazetteers"
    with (folder / "sp500_constituents.csv").open(encoding="utf-8", newline="") as file:
        companies = [row["Security"] for row in csv.DictReader(file)]
    with (folder / "wikipedia-us-newspapers_qid.tsv").open(encoding="utf-8", newline="") as file:
        papers = [row["WP-title"] for row in csv.DictReader(file, delimiter="\t")]
    universities = [each["name"] for each in json.loads((folder / "world_universities_and_domains.json").read_bytes())]
    names = [
        _IN_BRACKETS.sub("", name)
        for name in (*companies, *papers[::PAPERS_EVERY], *universities[::UNIVERSITIES_EVERY])
    ]
    return sorted({" ".join(name.split()) for name in names if name and name[0].isupper()})


class Held:
    """What stays out of training: texts that are tested on, and near-copies of them."""

    def __init__(self, texts: Iterable[str]) -> None:
        self._texts = list(texts)

    @cached_property
    def _shingles(self) -> frozenset[int]:
        return frozenset(each for text in self._texts for each in _shingles(text))

    def has_copy(self, text: str) -> bool:
        """Whether this is one of them, or a near-copy."""
        shingles = list(_shingles(text))
        return sum(each in self._shingles for each in shingles) > COPY_SHARE * len(shingles)


def training_texts(data: Path) -> tuple[list[list[str]], list[str]]:
    """Articles of Wikinews as their paragraphs, and the paragraphs of the current events, without what is held out."""
    test, tune = sample(data)
    held = Held([*("\n".join(article.paragraphs) for article in (*test, *tune)), *gum_texts(data)])
    names = {article.url for article in (*test, *tune)}
    articles = [article.paragraphs for article in wikinews(data) if article.url not in names]
    return (
        [paragraphs for paragraphs in articles if not held.has_copy("\n".join(paragraphs))],
        [text for text in events(data) if not held.has_copy(text)],
    )


def _shingles(text: str) -> Iterator[int]:
    words = _WORD.findall(text.lower())
    for start in range(len(words) - SHINGLE_WORDS + 1):
        yield hash(tuple(words[start : start + SHINGLE_WORDS]))
