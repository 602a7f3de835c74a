"""Every seed against its golden result: a change of what comes out must be seen by whoever makes it."""

import json
from pathlib import Path
from typing import Any

import pytest

from streams.demo.seeds import seed_files
from streams.enrich.models import Models
from tools.goldens import GOLDEN, SEEDS, golden

CASES = seed_files(SEEDS)


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_a_seed_gives_its_golden_result(path: Path, models: Models) -> None:
    expected = json.loads((GOLDEN / f"{path.stem}.json").read_text(encoding="utf-8"))
    assert _tolerant(golden(path, models)) == _tolerant(expected)


def test_no_golden_result_is_left_without_its_seed() -> None:
    assert {path.stem for path in GOLDEN.iterdir()} == {path.stem for path in CASES}


def test_a_changed_result_is_seen() -> None:
    expected = json.loads((GOLDEN / f"{CASES[0].stem}.json").read_text(encoding="utf-8"))
    changed = json.loads(json.dumps(expected))
    changed[0]["entities"][0]["mentions"][0]["start"] += 1
    assert _tolerant(changed) != _tolerant(expected)
    changed[0] = expected[0] | {"language": expected[0]["language"] | {"confidence": 0.1}}
    assert _tolerant(changed) != _tolerant(expected)


def test_the_entities_of_the_first_seed_are_those_a_reader_would_list(models: Models) -> None:
    [article] = golden(CASES[0], models)
    found = {entity["name"]: (entity["type"], entity["id"]) for entity in article["entities"]}
    wanted = {
        "Hamas": ("organisation", "wd:Q38799"),
        "Russia": ("place", "wd:Q159"),
        "Moscow": ("place", "wd:Q649"),
        "Israel": ("place", "wd:Q801"),
        "Iran": ("place", "wd:Q794"),
        "Lebanon": ("place", "wd:Q822"),
        "Gaza Strip": ("place", "wd:Q39760"),
        "United States": ("place", "wd:Q30"),
        "European Union": ("organisation", "wd:Q458"),
    }
    assert {name: found.get(name) for name in wanted} == wanted
    [visitor] = [entity for entity in article["entities"] if "Marzouk" in entity["name"]]
    assert {mention["text"] for mention in visitor["mentions"]} == {"Mousa Abu Marzouk", "Abu Marzouk"}
    assert article["entities"][0]["name"] == "Hamas"
    taken_out = " ".join(removed["text"] for removed in article["removed"])
    assert "WhatsApp" in taken_out
    assert not {"WhatsApp", "Reuters", "Home", "News"} & found.keys()


def _tolerant(value: Any) -> Any:  # noqa: ANN401 - whatever JSON holds
    """Floats to two places: their last ones depend on the processor."""
    if isinstance(value, dict):
        return {key: _tolerant(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_tolerant(each) for each in value]
    return round(value, 2) if isinstance(value, float) else value
