"""WNUT-17: posts of Twitter, Reddit, YouTube and Stack Exchange, annotated by others. Far from news: an outer bound."""

from collections.abc import Iterator
from pathlib import Path

from tools.ner_model.score import Found

__all__ = ["wnut"]

TYPES = {"person": "PER", "corporation": "ORG", "group": "ORG", "location": "LOC"}


def wnut(data: Path) -> Iterator[tuple[str, list[Found]]]:
    """Each post of the half to test on, its words with spaces between, and the names of the types that count."""
    [path] = (data / "ner" / "wnut17" / "CONLL-format" / "data" / "test").iterdir()
    for post in path.read_text(encoding="utf-8").split("\n\n"):
        rows = [line.split("\t")[:2] for line in post.splitlines() if "\t" in line]
        if rows:
            yield " ".join(word for word, _ in rows), list(_names(rows))


def _names(rows: list[list[str]]) -> Iterator[Found]:
    start, begun, last = 0, 0, ""
    for number, (word, label) in enumerate([*rows, ["", "O"]]):
        _, _, kind = label.partition("-")
        if last and not label.startswith("I-"):
            if last in TYPES:
                yield begun, start - 1, TYPES[last]
            last = ""
        if label.startswith("B-"):
            begun, last = start, kind
        start += len(word) + 1 if number < len(rows) else 0
