"""What two readers, and the corpus as a whole, say of a stretch of text that may be a name."""

import math
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tools.ner_model.teacher import Name

__all__ = ["KINDS", "Candidate", "Corpus", "Span", "candidates", "kind", "overlaps", "trimmed"]

KINDS = ("PERSON", "ORG", "LOC")
"""What the teacher and the stock model both know; for anything else they use one place more, `OTHER`."""

OTHER = len(KINDS)

_KIND = {
    "PERSON": 0,
    "ORG": 1,
    "ORGANIZATION": 1,
    "GPE": 2,
    "LOC": 2,
    "FAC": 2,
    "LOCATION": 2,
}
READERS = 2

FEWEST_SEEN = 3
LEAST_SHARE = 0.3
"""A run of words is looked at wherever it stands if the corpus has so many, and the teacher names so many of them."""

MOST_WORDS = 7

_ARTICLE = re.compile(r"(?:the|an?)\s+(?!Hague\b)", re.IGNORECASE)
_AFTER = re.compile(r"(?:['’][sS]?|[\s\"”“,;:])+\Z")  # noqa: RUF001
_WORD = re.compile(r"[^\W_]+(?:[.'’&-][^\W_]+)*")  # noqa: RUF001
_BODY = re.compile(
    r"\b(?:Party|Ministry|Council|University|Inc|Corp|Ltd|Group|Bank|Agency|Committee|Association|Commission|Department"
    r"|Union|Court|Police|Army|Force|FC|United|City|Club|Institute|Company|Office|Congress|Parliament|Senate|House"
    r"|Organi[sz]ation|Airlines?|Airways|Times|News|Post|Foundation|Front|Movement|Federation|League|Team)\b"
)

Span = tuple[int, int]


class Candidate(NamedTuple):
    """A stretch of text, what each reader calls just this, and all the evidence: some 50 numbers, mostly 0 or 1."""

    start: int
    end: int
    called: tuple[Name | None, ...]
    evidence: list[float]


class Corpus:
    """How often each reader calls each run of words a person, an organisation, a place or something else."""

    def __init__(
        self, texts: Sequence[str], readings: Sequence[Sequence[Sequence[Name]]], bodies: Iterable[str] = ()
    ) -> None:
        """Count.

        Args:
            texts: all.
            readings: of the teacher and of the stock model, in that order; of each text, the names.
            bodies: names that mean an organisation wherever they stand.
        """
        self._bodies = frozenset(body.casefold() for body in bodies)
        self._named: dict[str, NDArray[np.float64]] = {}
        for reader, reading in enumerate(readings):
            for text, names in zip(texts, reading, strict=True):
                for name in names:
                    words = text[slice(*trimmed(text, name.start, name.end))]
                    self._named.setdefault(words, np.zeros((READERS, OTHER + 1)))[reader, kind(name)] += 1
        self._seen: Counter[str] = Counter()
        for text in texts:
            self._seen.update(words for start, end in _runs(text) if (words := text[start:end]) in self._named)

    def seen(self, words: str) -> int:
        """How often it stands in the corpus, name or not."""
        return self._seen[words]

    def shares(self, words: str) -> NDArray[np.float64]:
        """Of each reader, the share of occurrences that it calls of each kind, a little lower for rare ones."""
        named = self._named.get(words)
        if named is None:
            return np.zeros((READERS, OTHER + 1))
        most = np.maximum(self._seen[words], named.sum(axis=1, keepdims=True))
        shares: NDArray[np.float64] = named / (most + 2)
        return shares

    def leanings(self, words: str) -> NDArray[np.float64]:
        """Of each reader, the share of each of KINDS in what it names so, a little lower for rare ones."""
        named = self._named.get(words)
        if named is None:
            return np.zeros((READERS, OTHER))
        leanings: NDArray[np.float64] = named[:, :OTHER] / (named[:, :OTHER].sum(axis=1, keepdims=True) + 2)
        return leanings

    def is_body(self, words: str) -> bool:
        """Whether an organisation is known by this name."""
        return words.casefold() in self._bodies

    def known(self, text: str) -> Iterator[Span]:
        """Where runs of words stand that are often names elsewhere, or are an organisation's."""
        for start, end in _runs(text):
            if text[start].isupper() and (self._is_often_named(text[start:end]) or self.is_body(text[start:end])):
                yield start, end

    def _is_often_named(self, words: str) -> bool:
        named = self._named.get(words)
        if named is None:
            return False
        seen = self._seen[words]
        return bool(seen >= FEWEST_SEEN and named[0, :OTHER].sum() >= LEAST_SHARE * seen)


def kind(name: Name) -> int:
    """Its place in KINDS, or OTHER."""
    return _KIND.get(name.label, OTHER)


def trimmed(text: str, start: int, end: int) -> Span:
    """Without a leading article and a possessive or punctuation at the end, as the product publishes names."""
    end = start + len(_AFTER.sub("", text[start:end]))
    article = _ARTICLE.match(text, start, end)
    return (article.end() if article else start), end


def overlaps(span: Span, others: Sequence[Span]) -> bool:
    """Whether it shares a letter with one of them."""
    return any(start < span[1] and span[0] < end for start, end in others)


def candidates(text: str, readings: Sequence[Sequence[Name]], corpus: Corpus) -> list[Candidate]:
    """Every stretch that a reader names or that is often a name elsewhere, in text order."""
    cut = [[_trimmed(text, name) for name in names] for names in readings]
    spans = {(name.start, name.end) for names in cut for name in names if name.start < name.end}
    return [_candidate(text, span, cut, corpus) for span in sorted(spans.union(corpus.known(text)))]


def _trimmed(text: str, name: Name) -> Name:
    start, end = trimmed(text, name.start, name.end)
    return name._replace(start=start, end=end)


def _candidate(text: str, span: Span, readings: Sequence[Sequence[Name]], corpus: Corpus) -> Candidate:
    called = tuple(next((name for name in names if name[:2] == span), None) for names in readings)
    around = [next((name for name in names if overlaps(span, [name[:2]])), None) for names in readings]
    evidence: list[float] = []
    for same, other in zip(called, around, strict=True):
        evidence += _of_kind(same)
        evidence += [each * same.probability for each in _of_kind(same)[:OTHER]] if same else [0.0] * OTHER
        evidence.append(float(same is not None and same.label == "NORP"))
        evidence += _of_kind(None if same else other)
        evidence.append(float(other is not None and other.start <= span[0] and span[1] <= other.end and not same))
    return Candidate(*span, called, [*evidence, *_about(text, span, corpus)])


def _about(text: str, span: Span, corpus: Corpus) -> list[float]:
    """What the words are, and how they stand in the corpus."""
    start, end = span
    words = text[start:end]
    seen = corpus.seen(words)
    return [
        *corpus.shares(words).ravel().tolist(),
        math.log1p(seen) / 5,
        len(words.split()) / 5,
        float(not seen),
        float(" " in words),
        float(words.isupper()),
        float(words[0].islower()),
        float(any(map(str.isdigit, words))),
        float(re.search(r",| and | of ", words) is not None),
        float(_BODY.search(words) is not None),
        float(corpus.is_body(words)),
        float(start == 0),
        float(text[end : end + 2] in {"'s", "’s"}),  # noqa: RUF001
    ]


def _of_kind(name: Name | None) -> list[float]:
    return [float(name is not None and kind(name) == each) for each in range(OTHER + 1)]


def _runs(text: str) -> Iterator[Span]:
    """All runs of one to seven words."""
    words = [(word.start(), word.end()) for word in _WORD.finditer(text)]
    for index, (start, _) in enumerate(words):
        for _, end in words[index : index + MOST_WORDS]:
            yield start, end
