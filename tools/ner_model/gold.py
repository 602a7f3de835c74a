"""The annotated sample of Wikinews: offsets and hashes here, the texts where they were taken from."""

import json
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

from tools.ner_model.corpus import sample
from tools.ner_model.score import Found

__all__ = ["GOLD", "GoldText", "gold"]

GOLD = Path(__file__).parent / "gold.jsonl"


class GoldText(NamedTuple):
    """A paragraph or headline, and its names by docs/ner-annotation.md."""

    text: str
    names: tuple[Found, ...]
    canonical: tuple[str, ...]


def gold(data: Path, half: str) -> Iterator[list[GoldText]]:
    """The articles of one half, "tune" or "test", each as its headline and paragraphs.

    Raises:
        ValueError: a text is not the one that was annotated.
    """
    test, tune = sample(data)
    articles = {article.url: article for article in (test if half == "test" else tune)}
    for line in GOLD.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        if row["url"] not in articles:
            continue
        paragraphs = articles[row["url"]].paragraphs
        if sha256("\n".join(paragraphs).encode()).hexdigest() != row["sha256"]:
            raise ValueError(f"{row['url']} is not the text that was annotated")
        yield [
            GoldText(
                text,
                tuple((start, end, label) for start, end, label, _ in names),
                tuple(name or text[start:end] for start, end, _, name in names),
            )
            for text, names in zip(paragraphs, row["names"], strict=True)
        ]
