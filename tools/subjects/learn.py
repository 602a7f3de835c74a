"""How words get their weights: from the vocabulary to unlabelled text and back, and a calibration at the end."""

import math
import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from streams.nlp.media_topics import LENGTH_EXPONENT
from streams.nlp.words import count_words, stem

Matrix = NDArray[np.float64]

ROUNDS = 2
CHUNK = 2000
WEIGHT_STEP = 0.02
NAME_WEIGHT = 2.0
BEST_CONCEPTS = 5
FEWEST_TEXTS = 15
MOST_TEXTS_RATIO = 0.2
SMOOTHING = 10.0
FEWEST_LABELS = 60
BIAS_SHRINKAGE = 50.0
NEWTON_STEPS = 60
_WORD = re.compile(r"[A-Za-z]{2,40}")
_LOWER_WORD = re.compile(r"\b[a-z]{2,40}")
_FUNCTION_WORDS = """
about after against all also an and any are as at be because been before being between but by can could do during etc
for from had has have he her him his how if in include includes including into is it its may more most no not of off
on one only or other others out over said say says she should so some such than that the their them then there these
they this those through to under until up upon use used using was we were what when where which while who whom whose
will with within without would you your
"""
FUNCTION_WORDS = frozenset(map(stem, _FUNCTION_WORDS.split()))


class Concept(NamedTuple):
    """An active Media Topic; `parents` nearest first, the top topic last."""

    code: str
    name: str
    definition: str
    parents: tuple[str, ...]


class Text(NamedTuple):
    """A paragraph, its stems, and the top topics it is labelled with, if any."""

    text: str
    stems: frozenset[str]
    labels: tuple[str, ...]


class Calibration(NamedTuple):
    """What turns scores into confidence."""

    slope: float
    bias: Matrix

    def probabilities(self, scores: Matrix) -> Matrix:
        """Of each top, by itself."""
        probability: Matrix = 1 / (1 + np.exp(-(self.slope * scores + self.bias)))
        return probability


class Learned(NamedTuple):
    """Weights in whole steps, a row per stem and a column per top topic, and what turns their sum into confidence."""

    stems: list[str]
    steps: NDArray[np.int64]
    calibration: Calibration


Scorer = Callable[[Sequence[Text]], Matrix]


def stems_of(text: str) -> frozenset[str]:
    """The stems of its words, function words left out."""
    return frozenset(map(stem, count_words(text))) - FUNCTION_WORDS


def weigh_concepts(concepts: Sequence[Concept], texts: Sequence[Text]) -> list[dict[str, float]]:
    """Per concept its stems with weights that sum to 1: rare in the vocabulary weighs more, a name twice.

    The parent's name counts like the definition; stems that no text holds are left out.
    """
    names = {concept.code: stems_of(concept.name) for concept in concepts}
    written = {stem for text in texts for stem in text.stems}
    raw = [
        Counter[str](dict.fromkeys(names[concept.code], NAME_WEIGHT))
        + Counter(stems_of(concept.definition))
        + Counter(names.get(concept.parents[0], ()) if concept.parents else ())
        for concept in concepts
    ]
    holders = Counter(stem for counts in raw for stem in counts)
    rarity = {stem: math.log((1 + len(concepts)) / (1 + count)) for stem, count in holders.items()}
    return [
        _normal({stem: count * rarity[stem] for stem, count in counts.items() if stem in written}) for counts in raw
    ]


def _normal(weights: dict[str, float]) -> dict[str, float]:
    total = sum(weights.values()) or 1.0
    return {stem: weight / total for stem, weight in weights.items()}


def learn_words(concepts: Sequence[Concept], weighed: Sequence[dict[str, float]], texts: Sequence[Text]) -> Learned:
    """Weigh each word by the topics of the texts it stands in; the labels only calibrate."""
    tops = [concept.code for concept in concepts if not concept.parents]
    labelled = [text for text in texts if text.labels]
    labels = np.array([[top in text.labels for top in tops] for text in labelled], np.float64)
    score: Scorer = ConceptScorer(concepts, weighed)
    stems = common_stems(texts)
    steps = np.zeros((len(stems), len(tops)))
    for _ in range(ROUNDS):
        calibration = calibrate(score(labelled), labels)
        steps = np.rint(topic_weights(stems, texts, calibration.probabilities(score(texts))) / WEIGHT_STEP)
        score = WordScorer(stems, steps * WEIGHT_STEP)
    return Learned(stems, steps.astype(np.int64), calibrate(score(labelled), labels))


class ConceptScorer:
    """Scores a text for each top by its best few concepts, against the mean of all tops."""

    def __init__(self, concepts: Sequence[Concept], weighed: Sequence[dict[str, float]]) -> None:
        tops = [concept.code for concept in concepts if not concept.parents]
        self._stems = sorted({stem for weights in weighed for stem in weights})
        rows = {stem: row for row, stem in enumerate(self._stems)}
        self._weights = np.zeros((len(rows), len(concepts)))
        for column, weights in enumerate(weighed):
            self._weights[[rows[stem] for stem in weights], column] = list(weights.values())
        self._weights /= np.maximum(np.linalg.norm(self._weights, axis=0), 1e-9)
        self._rarity = np.log((1 + len(concepts)) / (1 + (self._weights > 0).sum(axis=1)))
        root = [tops.index((concept.code, *concept.parents)[-1]) for concept in concepts]
        self._branches = [np.flatnonzero(np.array(root) == top) for top in range(len(tops))]

    def __call__(self, texts: Sequence[Text]) -> Matrix:
        """A row per text, a column per top."""
        scores = np.concatenate([self._score(present) for present in presences(self._stems, texts)])
        relative: Matrix = scores - scores.mean(axis=1, keepdims=True)
        return relative

    def _score(self, present: Matrix) -> Matrix:
        weighted = present * self._rarity**2
        weighted /= np.maximum(np.linalg.norm(weighted, axis=1, keepdims=True), 1e-9)
        cosines = weighted @ self._weights
        best = [np.sort(cosines[:, branch], axis=1)[:, -BEST_CONCEPTS:] for branch in self._branches]
        return np.stack([each.mean(axis=1) for each in best], axis=1)


class WordScorer:
    """Scores a text as MediaTopicClassifier does."""

    def __init__(self, stems: Sequence[str], weights: Matrix) -> None:
        self._stems = stems
        self._weights = weights

    def __call__(self, texts: Sequence[Text]) -> Matrix:
        """A row per text, a column per top."""
        return np.concatenate([self._score(present) for present in presences(self._stems, texts)])

    def _score(self, present: Matrix) -> Matrix:
        known = np.maximum(present.sum(axis=1, keepdims=True), 1)
        score: Matrix = present @ self._weights / known**LENGTH_EXPONENT
        return score


def presences(stems: Sequence[str], texts: Sequence[Text]) -> Iterator[Matrix]:
    """Which text holds which stem, some thousand texts at a time."""
    columns = {stem: column for column, stem in enumerate(stems)}
    for start in range(0, len(texts), CHUNK):
        chunk = texts[start : start + CHUNK]
        present = np.zeros((len(chunk), len(stems)))
        for row, text in enumerate(chunk):
            present[row, [columns[stem] for stem in text.stems if stem in columns]] = 1
        yield present


def common_stems(texts: Sequence[Text]) -> list[str]:
    """Stems of many texts that are mostly written in lower case: names of people and places are no subject."""
    holders = Counter(stem for text in texts for stem in text.stems)
    small = Counter(stem(word) for text in texts for word in _LOWER_WORD.findall(text.text))
    every = Counter(stem(word.lower()) for text in texts for word in _WORD.findall(text.text))
    return sorted(
        stem
        for stem, count in holders.items()
        if FEWEST_TEXTS <= count <= MOST_TEXTS_RATIO * len(texts) and 2 * small[stem] >= every[stem]
    )


def topic_weights(stems: Sequence[str], texts: Sequence[Text], topics: Matrix) -> Matrix:
    """The smoothed log of P(top | stem) / P(top): how much more a top is written about where the stem stands."""
    topics = topics / np.maximum(topics.sum(axis=1, keepdims=True), 1)
    share = topics.mean(axis=0)
    beside, total = np.zeros((len(stems), topics.shape[1])), np.zeros((len(stems), 1))
    for index, present in enumerate(presences(stems, texts)):
        beside += present.T @ topics[index * CHUNK : index * CHUNK + len(present)]
        total += present.sum(axis=0)[:, None]
    weights: Matrix = np.log((beside + SMOOTHING * share) / (total + SMOOTHING) / share)
    return weights


def calibrate(scores: Matrix, labels: Matrix) -> Calibration:
    """Platt scaling with one slope for all tops, and biases shrunk towards their mean, by Newton's method.

    A top without labels gets the mean bias: no label is no proof that nobody writes about it.
    """
    judged = np.flatnonzero(labels.sum(axis=0) >= FEWEST_LABELS)
    x, y = scores[:, judged], labels[:, judged]
    slope, mean, own = 1.0, -2.0, np.zeros(len(judged))
    for _ in range(NEWTON_STEPS):
        error, certainty = _residual(slope * x + mean + own, y)
        curvature = np.array(
            [[(certainty * x * x).sum(), (certainty * x).sum()], [(certainty * x).sum(), certainty.sum()]]
        )
        step = np.linalg.solve(curvature, [(error * x).sum(), error.sum()])
        slope, mean = slope - step[0], mean - step[1]
        error, certainty = _residual(slope * x + mean + own, y)
        own -= (error.sum(axis=0) + BIAS_SHRINKAGE * own) / (certainty.sum(axis=0) + BIAS_SHRINKAGE)
        mean, own = mean + own.mean(), own - own.mean()
    bias = np.full(labels.shape[1], mean)
    bias[judged] += own
    return Calibration(float(slope), bias)


def _residual(logits: Matrix, labels: Matrix) -> tuple[Matrix, Matrix]:
    probability = 1 / (1 + np.exp(-logits))
    return probability - labels, probability * (1 - probability)
