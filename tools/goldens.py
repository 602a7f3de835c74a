"""Writes what enrich() makes of each seed, and parse() of each wire: `python -m tools.goldens`.

seeds/golden/<case>.json and seeds/wires/golden/<format>-<name>.json.

Run it after a change to a stage that is meant, and read the difference before committing it.
"""

import json
from pathlib import Path

from schemas.enriched_article import EnrichedArticle
from streams.demo.seeds import seed_files
from streams.enrich.models import Models
from streams.enrich.pipeline import enrich
from streams.formats import Hint, parse
from streams.nlp.load import ModelSpec, load_models

__all__ = ["GOLDEN", "SEEDS", "WIRES", "WIRE_GOLDEN", "golden", "parsed", "wire_files", "wire_golden"]

SEEDS = Path(__file__).parents[1] / "seeds"
GOLDEN = SEEDS / "golden"
WIRES = SEEDS / "wires"
WIRE_GOLDEN = WIRES / "golden"


def golden(path: Path, models: Models) -> list[object]:
    """What becomes of one seed, one object an article, as JSON would have it."""
    results = enrich(parse(path.read_bytes(), Hint(name=path.name)), models)
    return [_plain(each) for each in results]


def _plain(result: object) -> object:
    assert isinstance(result, EnrichedArticle), result
    return result.model_dump(mode="json")


def wire_files() -> list[Path]:
    """One file of a wire format each, in a folder of that format's name."""
    return sorted(path for path in WIRES.glob("*/*") if path.parent != WIRE_GOLDEN)


def wire_golden(path: Path) -> Path:
    """Where the golden result of a wire file lies."""
    return WIRE_GOLDEN / f"{path.parent.name}-{path.name}.json"


def parsed(path: Path) -> list[object]:
    """What is read from one wire file; the original bytes only by their sha256, for they are the file."""
    articles = parse(path.read_bytes(), Hint(name=path.name, source="seeds"))
    return [article.model_dump(mode="json", exclude={"original": {"payload"}}) for article in articles]


def main() -> None:
    GOLDEN.mkdir(exist_ok=True)
    models = load_models(ModelSpec())
    for path in seed_files(SEEDS):
        text = json.dumps(golden(path, models), ensure_ascii=False, indent=1)
        (GOLDEN / f"{path.stem}.json").write_text(text + "\n", encoding="utf-8")
        print(path.name)
    WIRE_GOLDEN.mkdir(exist_ok=True)
    for path in wire_files():
        text = json.dumps(parsed(path), ensure_ascii=False, indent=1)
        wire_golden(path).write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
