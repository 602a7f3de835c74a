"""IPTC Media Topics by the words of a text: weights for the top topics, places for the finer (see docs/models.md)."""

import gzip
import json
import math
import re
import tomllib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from importlib.resources import files
from io import BytesIO
from itertools import compress, repeat
from typing import TYPE_CHECKING, Any, NamedTuple

from streams.enrich.media_topics import MediaTopic, MediaTopics
from streams.enrich.models import SubjectScore
from streams.nlp.words import count_words

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]
    Steps = NDArray[np.int8]
    Rows = NDArray[np.intp]

__all__ = ["BARS", "MODEL", "VOCABULARY", "MediaTopicClassifier", "confidences", "load_media_topics"]

MODEL = "media_topics.npz"
VOCABULARY = "media_topics.json.gz"
BARS = "media_topics.toml"

_MOST_TOPS = 3
_FEWEST_WORDS = 5
"""Known words a text must have."""
_FEWEST_SPEAKING = 3
"""Long ones of them that must speak for a topic: chance, and bytes that happen to be letters, make short words."""
_LONG = 4
_FEWEST_LONG = 0.25
"""The share of them: in any text half of the different words are long."""
_EVIDENCE_WORDS = 5
_NAMED = 8
"""How many deviations a name is worth that is all of the text."""
_LEAST = 1e-9
_STEEPEST = 100.0
_ASIDE = re.compile(r"\(.*?\)")


@cache
def load_media_topics() -> MediaTopics:
    """The vocabulary: 1,084 active concepts, what became of the retired ones, and the old Subject Codes."""
    content = json.loads(gzip.decompress(_read(VOCABULARY)))
    return MediaTopics(
        content["released"],
        {code: MediaTopic(code, name, tuple(parents)) for code, name, parents in content["concepts"]},
        content["successors"],
        content["subject_codes"],
    )


@dataclass(frozen=True, slots=True)
class _Bars:
    """What a topic must reach to be given."""

    abstain: float
    sense: float
    tops: dict[str, float]
    finer: float


class _Text(NamedTuple):
    """A text over the known words: their rows, weights of length 1, and the words themselves."""

    rows: "Rows"
    weights: "Floats"
    words: list[str]
    long: "NDArray[np.bool_]"

    def most(self, said: "Floats") -> tuple[str, ...]:
        """The words that say most; of equal ones, the first in the text."""
        candidates = (said >= _at_least(said, _EVIDENCE_WORDS)).nonzero()[0]
        order = candidates[(-said[candidates]).argsort(kind="stable")][:_EVIDENCE_WORDS].tolist()
        return tuple(self.words[index] for index in order if said[index] > 0)


class _Finer(NamedTuple):
    """The concepts below a top topic."""

    concepts: list[MediaTopic]
    places: "Floats"
    """Where they are, a row of length 1 for each."""
    mean: "Floats"
    """Of their likeness to any text, and its deviation."""
    deviation: "Floats"
    names: "Rows"
    """The rows of their names' words; the row after the last where a word is unknown or there is none."""
    padding: "NDArray[np.bool_]"
    """Where there is none."""


class _Compared(NamedTuple):
    """The concepts below a top topic beside a text, a value for each."""

    likeness: "Floats"
    lead: "Floats"
    """How far it is ahead of the best of the others; it ranks."""
    named: "Floats"


class MediaTopicClassifier:
    """Up to three of the 17 top topics, and in each at most one finer concept that is sure enough.

    Confidences are calibrated: of those near 0.8, 8 in 10 are right. It says nothing where the best top topic
    does not reach the bar for that (`media_topics.toml`).
    """

    languages = frozenset({"en"})

    def __init__(self) -> None:
        import numpy as np

        packed, bars = _read(MODEL), _read(BARS)
        self._numpy = np
        self._vocabulary = load_media_topics()
        self.model = f"media-topics-{self._vocabulary.released}-{sha256(packed + bars).hexdigest()[:8]}"
        self._bars = _parsed_bars(bars.decode())
        with np.load(BytesIO(packed)) as arrays:
            words = arrays["words"].tobytes().decode().split("\n")
            self._idf: Floats = arrays["idf"].astype(np.float32)
            self._weights: Steps = arrays["weights"]
            self._weight_scale: Floats = arrays["weight_scale"]
            self._bias: Floats = arrays["bias"]
            self._embedding: Steps = arrays["embedding"]
            self._lengths: Floats = arrays["lengths"].astype(np.float32)
            self._finer_fit: Floats = arrays["finer_fit"]
            self._sense_fit: Floats = arrays["sense_fit"]
            below = {name: arrays[name] for name in ("concepts", "concept_mean", "concept_deviation")}
        self._rows = {word: row for row, word in enumerate(words)}
        concepts = list(self._vocabulary.concepts.values())
        self._long = np.array([len(word) >= _LONG for word in words])
        self._tops = [concept for concept in concepts if not concept.parents]
        self._finer = {top.code: _finer(concepts, top, self._rows, below) for top in self._tops}

    def classify(self, texts: Sequence[str]) -> list[list[SubjectScore]]:
        """Per text the subjects it is sure enough of, most confident first; empty: it abstains."""
        return self.classify_counted(map(count_words, texts))

    def classify_counted(self, counted: Iterable[Counter[str]]) -> list[list[SubjectScore]]:
        """The same of texts whose words are counted already."""
        return [sorted(self._subjects(words), key=lambda score: (-score.confidence, score.code)) for words in counted]

    def top_topics(self, text: str) -> "Floats":
        """The confidence in each of the 17, in the order of their codes, whatever the bars."""
        return confidences(self._speaking(self._over_known_words(count_words(text))).sum(axis=0) + self._bias)

    def finer_evidence(self, text: str, code: str) -> "Floats":
        """What `finer_fit` weighs for a finer concept: 1, its likeness to the text, its lead over others, its name."""
        known, concept = self._over_known_words(count_words(text)), self._vocabulary.concepts[code]
        finer, place = self._finer[concept.top], self._place(known)
        compared = self._compared(finer, known, place / _length(place))
        return self._evidence(compared, finer.concepts.index(concept))

    def sense_evidence(self, text: str) -> "Floats":
        """What `sense_fit` weighs to tell a text from words drawn at random. Some words must be known."""
        known = self._over_known_words(count_words(text))
        return self._evidence_of_sense(known, self._speaking(known).sum(axis=0) + self._bias, self._place(known))

    def _subjects(self, counted: Counter[str]) -> Iterator[SubjectScore]:
        known = self._over_known_words(counted)
        if len(known.words) < _FEWEST_WORDS or known.long.mean() < _FEWEST_LONG:
            return
        speaking, place = self._speaking(known), self._place(known)
        logits = speaking.sum(axis=0) + self._bias
        sure = confidences(logits)
        if sure.max() < self._bars.abstain or self._sense(known, logits, place) < self._bars.sense:
            return
        place /= _length(place)
        for column in (-sure).argsort(kind="stable")[:_MOST_TOPS]:
            top, confidence, said = self._tops[column], float(sure[column]), speaking[:, column]
            if confidence < self._bars.tops[top.code] or ((said > 0) & known.long).sum() < _FEWEST_SPEAKING:
                return
            yield SubjectScore(top.code, top.name, top.parents, confidence, known.most(said))
            if confidence >= self._bars.finer:
                yield from self._finer_subject(self._finer[top.code], known, place, confidence)

    def _over_known_words(self, counted: Counter[str]) -> _Text:
        np = self._numpy
        rows = np.fromiter(map(self._rows.get, counted, repeat(-1)), np.intp, len(counted))
        known = rows >= 0
        rows = rows[known]
        weights = (1 + np.log(np.fromiter(counted.values(), np.float32, len(counted))[known])) * self._idf[rows]
        words = list(compress(counted, known.tolist()))
        return _Text(rows, weights / max(_length(weights), _LEAST), words, self._long[rows])

    def _speaking(self, known: _Text) -> "Floats":
        """How much each word (a row) speaks for each top topic."""
        speaking: Floats = self._weights.take(known.rows, axis=0) * known.weights[:, None] * self._weight_scale
        return speaking

    def _place(self, known: _Text) -> "Floats":
        """Where the text is, among the concepts; its length is how much the words agree."""
        place: Floats = known.weights @ self._embedding.take(known.rows, axis=0)
        return place

    def _sense(self, known: _Text, logits: "Floats", place: "Floats") -> float:
        """How probably it is a text, and no words drawn at random."""
        return _sigmoid(float(self._sense_fit @ self._evidence_of_sense(known, logits, place)))

    def _evidence_of_sense(self, known: _Text, logits: "Floats", place: "Floats") -> "Floats":
        """1, the best logit, how many words, how near they are to each other, and how rare.

        Nearness is 1 if all mean the same. Of n words that have nothing to do with each other it falls as the root
        of n, so what tells a text is nearness times that root, which is about 1 for a heap of any size.
        """
        count = len(known.words)
        nearness = _length(place) / float(known.weights @ self._lengths[known.rows])
        together = max(nearness * math.sqrt(count), _LEAST)
        rarity = float(self._idf[known.rows].mean())
        evidence = [1, logits.max(), math.log(count), nearness, together, math.log(together), rarity]
        return self._numpy.array(evidence, self._numpy.float32)

    def _finer_subject(self, finer: _Finer, known: _Text, place: "Floats", confidence: float) -> Iterator[SubjectScore]:
        """The concept that leads, if it is sure enough, given that its top topic is only so sure."""
        compared = self._compared(finer, known, place)
        leading = int(compared.lead.argmax())
        sure = confidence * _sigmoid(float(self._finer_fit @ self._evidence(compared, leading)))
        if sure >= self._bars.finer:
            concept = finer.concepts[leading]
            said = (self._embedding.take(known.rows, axis=0) @ finer.places[leading]) * known.weights
            yield SubjectScore(concept.code, concept.name, concept.parents, sure, known.most(said))

    def _evidence(self, compared: _Compared, index: int) -> "Floats":
        """What `finer_fit` weighs for one of the concepts."""
        evidence = [1, compared.likeness[index], compared.lead[index], compared.named[index]]
        return self._numpy.array(evidence, self._numpy.float32)

    def _compared(self, finer: _Finer, known: _Text, place: "Floats") -> _Compared:
        """What speaks for each concept.

        Likeness is the cosine of text and concept; named, how much of the text its name's words are, if all are there.
        The concept most unusually like the text leads, and being named helps.
        """
        np = self._numpy
        likeness = finer.places @ place
        weights = np.zeros(len(self._rows) + 1, np.float32)
        weights[known.rows] = known.weights
        said = weights[finer.names]
        named = said.sum(axis=1) * ((said > 0) | finer.padding).all(axis=1)
        score = (likeness - finer.mean) / finer.deviation + _NAMED * named
        second, first = np.partition(score, -2)[-2:]
        lead = score - np.where(score == first, second, first)
        return _Compared(likeness, lead, named)


def confidences(logits: "NDArray[Any]") -> "NDArray[Any]":
    """Of topics in the last axis, by their logits.

    Half way between the chance of each by itself and its chance where the text is about one of them at all: the first
    is too modest about what leads, as topics shut each other out; the second would be sure of something for any text.
    """
    import numpy as np

    alone = 1 / (1 + np.exp(-logits))
    any_topic = 1 - (1 - alone).prod(axis=-1, keepdims=True)
    found: NDArray[Any] = alone / np.sqrt(np.maximum(any_topic, _LEAST))
    return found


def _read(name: str) -> bytes:
    return files("streams.nlp").joinpath(name).read_bytes()


def _sigmoid(logit: float) -> float:
    return 1 / (1 + math.exp(-max(logit, -_STEEPEST)))


def _at_least(values: "Floats", count: int) -> float:
    """The smallest of the `count` largest values."""
    import numpy as np

    return float(np.partition(values, -count)[-count]) if len(values) > count else -math.inf


def _length(vector: "Floats") -> float:
    return math.sqrt(float(vector @ vector))


def _parsed_bars(text: str) -> _Bars:
    content = tomllib.loads(text)
    return _Bars(content["abstain_below"], content["sense"], content["top_topics"], content["finer_concepts"])


def _finer(
    concepts: Sequence[MediaTopic], top: MediaTopic, words: Mapping[str, int], arrays: "Mapping[str, NDArray[Any]]"
) -> _Finer:
    """Those of all concepts, in the order of the arrays' rows, that are below a top topic."""
    import numpy as np

    rows = [row for row, concept in enumerate(concepts) if concept.parents and concept.top == top.code]
    within = [concepts[row] for row in rows]
    named = [list(count_words(_ASIDE.sub("", concept.name))) for concept in within]
    names = np.full((len(within), max(map(len, named))), len(words), np.intp)
    padding = np.ones(names.shape, np.bool_)
    for row, name in enumerate(named):
        names[row, : len(name)] = [words.get(word, len(words)) for word in name]
        padding[row, : len(name)] = False
    places: Floats = arrays["concepts"][rows].astype(np.float32)
    return _Finer(within, places, arrays["concept_mean"][rows], arrays["concept_deviation"][rows], names, padding)
