"""Writes seeds/golden/<case>.json, what enrich() makes of each seed: `python -m tools.goldens`.

Run it after a change to a stage that is meant, and read the difference before committing it.
"""

import json
from pathlib import Path

from schemas.enriched_article import EnrichedArticle
from streams.demo.seeds import seed_files
from streams.enrich.models import Models
from streams.enrich.pipeline import enrich
from streams.formats import parse
from streams.nlp.load import ModelSpec, load_models

__all__ = ["GOLDEN", "SEEDS", "golden"]

SEEDS = Path(__file__).parents[1] / "seeds"
GOLDEN = SEEDS / "golden"


def golden(path: Path, models: Models) -> list[object]:
    """What becomes of one seed, one object an article, as JSON would have it."""
    results = enrich(parse(path.read_bytes(), name=path.name), models)
    return [_plain(each) for each in results]


def _plain(result: object) -> object:
    assert isinstance(result, EnrichedArticle), result
    return result.model_dump(mode="json")


def main() -> None:
    GOLDEN.mkdir(exist_ok=True)
    models = load_models(ModelSpec())
    for path in seed_files(SEEDS):
        text = json.dumps(golden(path, models), ensure_ascii=False, indent=1)
        (GOLDEN / f"{path.stem}.json").write_text(text + "\n", encoding="utf-8")
        print(path.name)


if __name__ == "__main__":
    main()
