"""Exact spans, as the product publishes them: leading articles and possessives trimmed."""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import NamedTuple

__all__ = ["TYPES", "Found", "Score", "scores"]

Found = tuple[int, int, str]
"""Start, end and PER, ORG or LOC."""

TYPES = {
    "PERSON": "PER",
    "ORG": "ORG",
    "ORGANIZATION": "ORG",
    "GPE": "LOC",
    "LOC": "LOC",
    "FAC": "LOC",
    "LOCATION": "LOC",
}
"""Every label of a model or teacher that counts, and what it counts as."""


class Score(NamedTuple):
    """Counts of names found and right, found in all, and to be found."""

    right: int
    found: int
    gold: int

    @property
    def precision(self) -> float:
        """Of what was found."""
        return self.right / max(1, self.found)

    @property
    def recall(self) -> float:
        """Of what was to be found."""
        return self.right / max(1, self.gold)

    @property
    def f1(self) -> float:
        """Their harmonic mean."""
        return 2 * self.right / max(1, self.found + self.gold)

    def __str__(self) -> str:
        return f"{self.precision:.3f} {self.recall:.3f} {self.f1:.3f}"


def scores(pairs: Iterable[tuple[Sequence[Found], Sequence[Found]]]) -> dict[str, Score]:
    """Of (gold, found) for each text: PER, ORG and LOC, and all three together under "all"."""
    right: Counter[str] = Counter()
    found_count: Counter[str] = Counter()
    gold_count: Counter[str] = Counter()
    for gold, found in pairs:
        for counter, spans in ((right, set(gold) & set(found)), (found_count, set(found)), (gold_count, set(gold))):
            counter.update(label for _, _, label in spans)
            counter["all"] += len(spans)
    return {label: Score(right[label], found_count[label], gold_count[label]) for label in ("all", "PER", "ORG", "LOC")}
