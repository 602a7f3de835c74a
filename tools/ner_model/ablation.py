"""What each part of the news model's build is worth: one short training without each, measured on the half to tune on.

    python -m tools.ner_model.ablation ../shared/data --passes 0.2

Every row sees as many texts, so rows differ in what their names say alone. Five minutes each on one core.
"""

import argparse
import random
from collections.abc import Collection
from pathlib import Path
from typing import NamedTuple

from tools.ner_model.build import READERS, quality, training_set
from tools.ner_model.corpus import data_folder
from tools.ner_model.gold import gold
from tools.ner_model.train import Shape, teach
from tools.ner_model.variants import varied


class Setting(NamedTuple):
    """One row: what is as in the build unless it says otherwise."""

    shape: Shape = Shape()
    readers: Collection[str] = READERS
    tables: bool = True
    """With the organisations of the knowledge base."""
    share: float = 1.0
    """Of the texts."""
    made_up: bool = True
    variants: bool = True
    seed: int = 0


ROWS = {
    "all": Setting(),
    "all, other chances": Setting(seed=1),
    "teacher and tables": Setting(readers=("teacher",)),
    "teacher and stock": Setting(tables=False),
    "no made-up texts": Setting(made_up=False),
    "no variants": Setting(variants=False),
    "a quarter of the texts": Setting(share=0.25),
    "a sixteenth": Setting(share=1 / 16),
    "64 wide": Setting(Shape(width=64)),
    "128 wide": Setting(Shape(width=128)),
    "2 deep": Setting(Shape(depth=2)),
}


def main(data: Path, cache: Path, passes: float, rows: Collection[str]) -> None:
    """Print the table, row by row."""
    tune = [text for article in gold(data, "tune") for text in article]
    total = passes * len(training_set(data, cache))
    for name in rows:
        row = ROWS[name]
        texts = training_set(data, cache, readers=row.readers, tables=row.tables, made_up=row.made_up)
        texts = random.Random(0).sample(texts, round(row.share * len(texts)))
        nlp = teach(
            row.shape,
            texts,
            total / len(texts),
            on_progress=lambda _: "",
            change=varied if row.variants else lambda each, _: each,
            seed=row.seed,
        )
        print(f"{name:24} {quality(nlp, tune)}", flush=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=data_folder, metavar="DATA")
    parser.add_argument("--cache", type=Path, default=Path(".cache/ner_model"))
    parser.add_argument("--passes", type=float, default=0.2)
    parser.add_argument("--rows", nargs="+", choices=ROWS, default=list(ROWS), metavar="ROW", help=", ".join(ROWS))
    main(**vars(parser.parse_args()))
