"""IPTC Media Topics by word weights: which words speak for which topic (see docs/models.md)."""

import gzip
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from importlib.resources import files
from typing import TYPE_CHECKING, Any, NamedTuple

from streams.enrich.models import SubjectScore
from streams.nlp.words import count_words, stem

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Weights = NDArray[np.float64]

__all__ = ["MediaTopicClassifier"]

ARTIFACT = "mediatopics.json.gz"

LENGTH_EXPONENT = 0.6
"""Evidence is the sum of the words' weights / their number ** this: a long text says things more than once."""

_LEAD_WORDS = 25
"""The first known words count again, by themselves: a lead says what the article is about, and is what the
paragraphs of the calibration are."""

_MOST_TOPS = 3
_BAR = 0.5
_FEWEST_WORDS = 5
"""Known words a text must have, of which this many must speak for a topic: two chance words are no subject."""
_FEWEST_SPEAKING = 3
_SPEAKING_WEIGHT = 0.5
_EVIDENCE_WORDS = 5
_FINER_BAR = 0.6
"""Share of a concept's word weight that the text must hold."""
_NAME_COUNT = 2
"""Every word of a concept's name must stand this often in the text, or the concept is not looked at."""


class _Concept(NamedTuple):
    code: str
    name: str
    parents: tuple[str, ...]
    name_stems: frozenset[str]
    weights: dict[str, float]


@dataclass(frozen=True, slots=True)
class _Words:
    """The stems of a text in order of appearance, with the word each first stood for, and how often it stands there."""

    spellings: dict[str, str]
    counts: dict[str, int]

    def best(self, stems: Iterable[str], weights: Sequence[float]) -> tuple[str, ...]:
        """The words whose stems have the highest weights; of equal ones, the first in the alphabet."""
        [least, *_] = sorted(weights)[-_EVIDENCE_WORDS:]  # sorting all with their stems takes three times as long
        held = sorted((-weight, stem) for stem, weight in zip(stems, weights, strict=True) if weight >= least)
        return tuple(self.spellings[stem] for _, stem in held[:_EVIDENCE_WORDS])


class MediaTopicClassifier:
    """Up to three of the 17 top topics, and in each at most one finer concept that the text names.

    A top topic's confidence is calibrated; a finer concept's is that of its top, times how much of the
    concept's word weight stands in the text.
    """

    languages = frozenset({"en"})

    def __init__(self) -> None:
        import numpy as np

        packed = files("streams.nlp").joinpath(ARTIFACT).read_bytes()
        artifact = json.loads(gzip.decompress(packed))
        self.model = f"mediatopics-{artifact['vocabulary']}-{sha256(packed).hexdigest()[:8]}"
        self._numpy = np
        self._rows = {stem: row for row, stem in enumerate(artifact["stems"])}
        self._weights: Weights = np.array(artifact["weights"], np.float64) * artifact["scale"]
        self._slope = float(artifact["slope"])
        self._bias: Weights = np.array(artifact["bias"], np.float64)
        self._tops, self._finer = _tree(artifact["concepts"])

    def classify(self, texts: Sequence[str]) -> list[list[SubjectScore]]:
        """Per text the subjects it is sure enough of, most confident first; empty: it abstains."""
        return [sorted(self._subjects(text), key=lambda score: (-score.confidence, score.code)) for text in texts]

    def _subjects(self, text: str) -> Iterator[SubjectScore]:
        words = _words(text)
        known = {stem: self._rows[stem] for stem in words.spellings if stem in self._rows}
        if len(known) < _FEWEST_WORDS:
            return
        weights = self._weights.take(list(known.values()), axis=0)
        confidences = self._confidences(weights)
        for top in self._numpy.argsort(-confidences, kind="stable")[:_MOST_TOPS]:
            if confidences[top] < _BAR:
                break  # and so are those after it
            spoken = weights[:, top].tolist()
            if sum(weight >= _SPEAKING_WEIGHT for weight in spoken) < _FEWEST_SPEAKING:
                continue
            concept, confidence = self._tops[top], float(confidences[top])
            evidence = words.best(known, spoken)
            yield SubjectScore(concept.code, concept.name, concept.parents, confidence, evidence)
            yield from _finer(self._finer[concept.code], words, confidence)

    def _confidences(self, weights: "Weights") -> "Weights":
        evidence = (_evidence(weights) + _evidence(weights[:_LEAD_WORDS])) / 2
        confidences: Weights = 1 / (1 + self._numpy.exp(-(self._slope * evidence + self._bias)))
        return confidences


def _evidence(weights: "Weights") -> "Weights":
    evidence: Weights = weights.sum(axis=0) / len(weights) ** LENGTH_EXPONENT
    return evidence


def _words(text: str) -> _Words:
    spellings: dict[str, str] = {}
    counts: dict[str, int] = {}
    for word, count in count_words(text).items():
        key = stem(word)
        if key in counts:
            counts[key] += count
        else:
            spellings[key], counts[key] = word, count
    return _Words(spellings, counts)


def _finer(concepts: Sequence[_Concept], words: _Words, confidence: float) -> Iterator[SubjectScore]:
    """The concept with the largest share of its words in the text, among those whose whole name is there."""
    held = {stem for stem, count in words.counts.items() if count >= _NAME_COUNT}
    named = [concept for concept in concepts if concept.name_stems <= held]
    shares = [sum(weight for stem, weight in each.weights.items() if stem in words.counts) for each in named]
    if shares and (share := max(shares)) >= _FINER_BAR:
        best = named[shares.index(share)]
        spoken = {stem: weight for stem, weight in best.weights.items() if stem in words.counts}
        evidence = words.best(spoken, list(spoken.values()))
        yield SubjectScore(best.code, best.name, best.parents, confidence * share, evidence)


def _tree(rows: Sequence[dict[str, Any]]) -> tuple[list[_Concept], dict[str, list[_Concept]]]:
    """Top topics in the artifact's order, and the other concepts by the code of their top topic."""
    concepts = [
        _Concept(row["code"], row["name"], tuple(row["parents"]), frozenset(row["name_stems"]), row["weights"])
        for row in rows
    ]
    tops = [concept for concept in concepts if not concept.parents]
    finer: dict[str, list[_Concept]] = {top.code: [] for top in tops}
    for concept in concepts:
        if concept.parents and concept.name_stems:
            finer[concept.parents[-1]].append(concept)
    return tops, finer
