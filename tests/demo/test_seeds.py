from pathlib import Path

import pytest

from streams.demo.play import ROUTES
from streams.demo.seeds import seed_files, seeds_folder
from streams.desk.routing import load_routing
from streams.errors import SettingsError


def test_the_seeds_of_this_checkout_are_found() -> None:
    assert seed_files(seeds_folder())


def test_a_wheel_has_them_beside_the_code_and_a_checkout_at_its_root(tmp_path: Path) -> None:
    package = tmp_path / "streams"
    (tmp_path / "seeds").mkdir()
    assert seeds_folder(package) == tmp_path / "seeds"
    (package / "seeds").mkdir(parents=True)
    assert seeds_folder(package) == package / "seeds"


def test_without_seeds_it_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="install copytaster again"):
        seeds_folder(tmp_path / "streams")


def test_golden_results_invalid_files_and_readmes_are_not_sent_in(tmp_path: Path) -> None:
    for name in ("README.md", "a.xml", "golden/a.json", "alone.json", "invalid/b.xml", ".hidden"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    sent = [str(path.relative_to(tmp_path)) for path in seed_files(tmp_path)]
    assert sent == ["a.xml", "alone.json"]


def test_the_wires_of_the_demo_load() -> None:
    assert [wire.name for wire in load_routing(ROUTES).wires] == ["all", "world", "business", "sport", "urgent"]
