"""How many names a model finds, and how many of those it finds are right, beside the stock model and the teacher.

    python -m benchmarks.ner_quality ../shared/data [PIPELINE...]

Wikinews: our own annotation (docs/ner-annotation.md), exact spans, leading articles and possessives trimmed; the
half to test on unless --half says otherwise. GUM-news: an independent opinion; a name is right when its type is and
it holds the head of the phrase and nothing outside. Precision, recall and F1, with a 95 % interval of the F1 from
resampled documents.
"""

import argparse
import itertools
import random
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TypeVar

import spacy

from streams.nlp.pipelines import pipeline_path
from streams.settings import Settings
from tools.ner_model.build import STOCK, by_model, found
from tools.ner_model.corpus import data_folder
from tools.ner_model.gold import GoldText, gold
from tools.ner_model.gum import GumSentence, gum
from tools.ner_model.labels import Reading
from tools.ner_model.score import Found, Score, scores
from tools.ner_model.teacher import taught

RESAMPLES = 1000
BANDS = (0, 0.5, 0.7, 0.8, 0.9, 0.95, 1.01)

T = TypeVar("T", GoldText, GumSentence)

Reader = Callable[[Sequence[str]], Sequence[Reading]]
Pairs = Sequence[tuple[Sequence[Found], Sequence[Found]]]
"""Of one document."""


def main(data: Path, pipelines: Sequence[str], half: str, cache: Path | None) -> None:
    """Print both tables."""
    readers: dict[str, Reader] = {}
    for name in (STOCK, *pipelines):
        readers[name] = lambda texts, name=name: by_model(spacy.load(pipeline_path(name)), texts)  # type: ignore[misc]
    if cache:
        cache.mkdir(parents=True, exist_ok=True)
        readers["teacher (CoreNLP)"] = lambda texts: taught(texts, cache)
    news = list(gold(data, half))
    print(f"Wikinews, {half} half: {len(news)} articles, exact spans")
    _table(readers, news, lambda text, names: (text.names, names))
    for name in pipelines:
        _print_confidence(name, news, readers[name])
    documents = list(gum(data))
    print(f"\nGUM-news: {len(documents)} documents, by heads")
    _table(readers, documents, by_heads)


def _table(
    readers: Mapping[str, Reader],
    documents: Sequence[Sequence[T]],
    pair: Callable[[T, Sequence[Found]], tuple[Sequence[Found], Sequence[Found]]],
) -> None:
    texts = [part.text for document in documents for part in document]
    for name, reader in readers.items():
        names = iter(reader(texts))
        _print(name, [[pair(part, found(part.text, next(names))) for part in document] for document in documents])


def _print_confidence(name: str, documents: Sequence[Sequence[GoldText]], reader: Reader) -> None:
    """Whether names are right as often as their confidence says."""
    texts = [part for document in documents for part in document]
    told = [
        (each.probability, span in text.names)
        for text, names in zip(texts, reader([text.text for text in texts]), strict=True)
        for each in names
        for span in found(text.text, [each])
    ]
    print(f"\nConfidence of {name}: names, mean confidence, share that is right")
    off = 0.0
    for low, high in itertools.pairwise(BANDS):
        band = [(confidence, right) for confidence, right in told if low <= confidence < high]
        if band:
            mean, share = (sum(column) / len(band) for column in zip(*band, strict=True))
            off += abs(mean - share) * len(band) / len(told)
            print(f"{low:.2f} to {min(high, 1):.2f} {len(band):6,} {mean:.3f} {share:.3f}")
    print(f"mean difference {off:.3f}")


def by_heads(sentence: GumSentence, names: Sequence[Found]) -> tuple[Sequence[Found], Sequence[Found]]:
    """Names with the span of the phrase whose head they hold: equal spans then mean right ones."""
    phrases = [(name.start, name.end, name.label) for name in sentence.names]
    matched = []
    for start, end, label in names:
        held = (
            (name.start, name.end, label)
            for name in sorted(sentence.names, key=lambda name: name.end - name.start)
            if name.label == label and name.start <= start <= name.head_start and name.head_end <= end <= name.end
        )
        matched.append(next(held, (start, end, label)))
    return phrases, matched


def _print(name: str, documents: Sequence[Pairs]) -> None:
    result = scores(pair for document in documents for pair in document)
    low, high = interval(documents)
    print(
        f"{name:28} "
        + "   ".join(f"{label} {score}" for label, score in result.items())
        + f"   (all: {low:.3f} to {high:.3f})"
    )


def interval(documents: Sequence[Pairs]) -> tuple[float, float]:
    """Between what 95 of 100 F1 of resampled documents lie."""
    counts = [scores(document)["all"] for document in documents]
    dice = random.Random(0)
    f1s = []
    for _ in range(RESAMPLES):
        drawn = dice.choices(counts, k=len(counts))
        f1s.append(Score(*(sum(column) for column in zip(*drawn, strict=True))).f1)
    f1s.sort()
    return f1s[RESAMPLES // 40], f1s[-RESAMPLES // 40]


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=data_folder, metavar="DATA")
    parser.add_argument("pipelines", nargs="*", default=[Settings().spacy_model], metavar="PIPELINE")
    parser.add_argument("--half", choices=("test", "tune"), default="test")
    parser.add_argument("--teacher", dest="cache", type=Path, metavar="FOLDER", help="ask the teacher too, kept there")
    main(**vars(parser.parse_args()))
