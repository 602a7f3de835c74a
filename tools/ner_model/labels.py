"""From what two teachers say to labels worth learning: agreement, the corpus's own votes, and what is left open."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from tools.ner_model.teacher import Name

__all__ = ["Labelled", "combined", "trimmed"]

FROM_TEACHER = {"PERSON": "PERSON", "ORGANIZATION": "ORG", "LOCATION": "LOC"}
FROM_STOCK = {"PERSON": "PERSON", "ORG": "ORG", "GPE": "LOC", "LOC": "LOC", "FAC": "LOC"}
ONLY_STOCK = frozenset({"NORP", "EVENT", "PRODUCT", "WORK_OF_ART", "LAW"})

SURE = 0.9
"""A name of the teacher's that is this probable needs nobody's agreement."""

DOUBTFUL = 0.6
"""One that is less probable, and that nobody confirms, is not learned from, neither as a name nor as none."""

FEWEST_VOTES = 8
CLEAR_SHARE = 0.9
MOST_WORDS = 7

_ARTICLE = re.compile(r"(?:the|an?)\s+(?!Hague\b)", re.IGNORECASE)
_AFTER = re.compile(r"(?:['’][sS]?|[\s\"”“,;:])+\Z")  # noqa: RUF001
_WORD = re.compile(r"[^\W_]+(?:[.'’&-][^\W_]+)*")  # noqa: RUF001
_NATIONALITY = re.compile(
    r"(?:[A-Z]\w+(?:ish|an|ans|ese|i|is|ic|ch|k|ks)|Dutch|Greeks?|Swiss|Thais?|Turks?|Serbs?|Jews?)\Z"
)


Span = tuple[int, int] | Name
"""Begins with its start and its end."""


class Labelled(NamedTuple):
    """A text with the names to learn and the stretches to learn nothing from, both in text order."""

    text: str
    names: tuple[Name, ...]
    open: tuple[tuple[int, int], ...]


def trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    """Without a leading article and a possessive or punctuation at the end, as the product publishes names."""
    end = start + len(_AFTER.sub("", text[start:end]))
    article = _ARTICLE.match(text, start, end)
    return (article.end() if article else start), end


def combined(
    texts: Sequence[str], teacher: Sequence[Sequence[Name]], stock: Sequence[Sequence[Name]]
) -> list[Labelled]:
    """What to learn from each text."""
    first = [_agreed(*each) for each in zip(texts, teacher, stock, strict=True)]
    votes = _votes(first)
    return [_by_votes(each, votes) for each in first]


def _agreed(text: str, teacher: Sequence[Name], stock: Sequence[Name]) -> Labelled:
    """The teacher's names as far as sure or confirmed, the stock model's where the teacher has no such type."""
    names: list[Name] = []
    left_open: list[tuple[int, int]] = []
    theirs = [Name(*trimmed(text, name.start, name.end), name.label) for name in stock]
    spans = {(name.start, name.end): FROM_STOCK.get(name.label, name.label) for name in theirs}
    for name in teacher:
        start, end = trimmed(text, name.start, name.end)
        other = spans.get((start, end))
        label = FROM_TEACHER.get(name.label)
        if name.label == "MISC":
            label = other if other in ONLY_STOCK else "NORP" if _NATIONALITY.match(text[start:end]) else None
            label = label or ("MISC" if name.probability >= SURE else None)
            confirmed = True
        else:
            confirmed = name.probability >= SURE or other == label or (name.probability >= DOUBTFUL and other is None)
        if start < end and label and confirmed:
            names.append(Name(start, end, label, name.probability))
        elif start < end and name.label in {*FROM_TEACHER, "MISC"}:
            left_open.append((start, end))
    for name in theirs:
        if name.start < name.end and not _overlaps(name, [*names, *left_open]):
            if name.label in ONLY_STOCK:
                names.append(name)
            elif name.label in FROM_STOCK and text[name.start].isupper():
                left_open.append((name.start, name.end))
    return Labelled(text, tuple(sorted(names)), tuple(sorted(left_open)))


def _votes(texts: Sequence[Labelled]) -> dict[str, str]:
    """The label of each name of two words and more that nearly all its occurrences have."""
    labels: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for each in texts:
        for name in each.names:
            labels[each.text[name.start : name.end]][name.label] += 1
    known = {words for words, counts in labels.items() if counts.total() >= FEWEST_VOTES and " " in words}
    seen: Counter[str] = Counter()
    for each in texts:
        seen.update(each.text[start:end] for start, end in _runs(each.text) if each.text[start:end] in known)
    votes = {}
    for words in known:
        label, count = labels[words].most_common(1)[0]
        if count >= CLEAR_SHARE * max(seen[words], labels[words].total()):
            votes[words] = label
    return votes


def _by_votes(each: Labelled, votes: dict[str, str]) -> Labelled:
    """With the names that the corpus is sure of, where this text misses them or takes them for something else."""
    sure = [Name(start, end, votes[each.text[start:end]]) for start, end in _longest(each.text, votes)]
    # A longer name keeps what lies inside it: "University of New York" is no place.
    added = [name for name in sure if not _within(name, each.names)]
    if not added:
        return each
    names = sorted([*added, *(name for name in each.names if not _overlaps(name, added))])
    return Labelled(each.text, tuple(names), tuple(span for span in each.open if not _overlaps(span, names)))


def _within(name: Name, names: Sequence[Name]) -> bool:
    return any(
        other.start <= name.start and name.end <= other.end and other.end - other.start > name.end - name.start
        for other in names
    )


def _overlaps(span: Span, others: Iterable[Span]) -> bool:
    return any(other[0] < span[1] and span[0] < other[1] for other in others)


def _runs(text: str) -> Iterator[tuple[int, int]]:
    """All runs of two to seven words that begin with a capital."""
    words = [(word.start(), word.end()) for word in _WORD.finditer(text)]
    for index, (start, _) in enumerate(words):
        if text[start].isupper():
            for _, end in words[index + 1 : index + MOST_WORDS]:
                yield start, end


def _longest(text: str, names: dict[str, str]) -> Iterator[tuple[int, int]]:
    reached = 0
    found = sorted((start, -end) for start, end in _runs(text) if text[start:end] in names)
    for start, minus_end in found:
        if start >= reached:
            yield start, -minus_end
            reached = -minus_end
