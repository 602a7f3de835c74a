"""The committed schemas are the models', and nobody who was written against a released one is broken."""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from schemas.generate import FOLDER, MODELS, RELEASED, file_name, json_schema, render
from tools.breaking_changes import breaking_changes

ROOT = Path(__file__).parents[2]
FILES = {file_name(model): model for model in MODELS}


@pytest.mark.parametrize("name", FILES)
def test_the_committed_schema_is_the_models(name: str) -> None:
    committed = (FOLDER / name).read_text(encoding="utf-8")
    assert committed == render(FILES[name]), "run: python -m schemas.generate"


@pytest.mark.parametrize("name", FILES)
def test_a_schema_is_valid_and_says_what_it_is(name: str) -> None:
    schema = json_schema(FILES[name])
    jsonschema.Draft202012Validator.check_schema(schema)
    assert schema["$id"] == f"urn:copytaster:schema:{name.removesuffix('.schema.json')}"
    assert schema["title"] == FILES[name].__name__
    assert schema["description"]


def test_no_schema_file_is_orphaned() -> None:
    assert {path.name for path in FOLDER.glob("*.json")} == set(FILES)
    assert {path.name for path in RELEASED.glob("*.json")} <= set(FILES)


@pytest.mark.parametrize("path", sorted(RELEASED.glob("*.json")), ids=lambda path: path.name)
def test_nothing_released_is_broken(path: Path) -> None:
    released = json.loads(path.read_text(encoding="utf-8"))
    assert breaking_changes(released, json_schema(FILES[path.name])) == []


@pytest.mark.parametrize("name", FILES)
def test_nothing_in_the_last_tagged_release_is_broken(name: str) -> None:
    """Independent of `released/`, so that editing the baseline along with the model does not help."""
    tagged = _at_last_tag(f"schemas/json/{name}")
    if tagged is None:
        pytest.skip("no release tag with this schema in reach")
    assert breaking_changes(tagged, json_schema(FILES[name])) == []


def _at_last_tag(path: str) -> dict[str, Any] | None:
    git = shutil.which("git")
    if git is None:
        return None
    tag = _run(git, "describe", "--tags", "--abbrev=0", "--match", "v[0-9]*")
    content = tag and _run(git, "show", f"{tag.strip()}:{path}")
    return json.loads(content) if content else None


def _run(*command: str) -> str:
    """What the command printed; nothing where it failed (no repository, no tag, a shallow clone)."""
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False).stdout
