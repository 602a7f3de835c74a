from pathlib import Path

import pytest

from schemas.enriched_article import EntityType
from streams.enrich.knowledge import NOTHING, Entry, Knowledge, Known
from streams.enrich.linking import Link, linked
from streams.enrich.surroundings import surroundings
from streams.errors import SettingsError
from streams.nlp.knowledge_file import parse_entities, with_own_list
from streams.toml_file import RenewedFile

BASE = Knowledge.of(
    "base",
    [
        Entry(Known("United Nations", "organisation", "Q1065"), ("United Nations", "UN")),
        Entry(Known("Acme", "organisation", "Q99"), ("Acme",), context_names=("Works",)),
        Entry(Known("Oslo", "place", geonames=1, people=700_000), agreeing=("Oslo",)),
    ],
)

ACME = """
[[entity]]
name = "Acme Widgets"
type = "organisation"
qid = "Q42"
names = ["ACME", "Widgets Inc."]
context_names = ["Widgets"]
"""


EXAMPLE = Path(__file__).parents[2] / "docs" / "entities.example.toml"


def complaints(text: str) -> list[str]:
    with pytest.raises(SettingsError) as raised:
        parse_entities(text, "own.toml")
    return str(raised.value).split("\n")


def meant(knowledge: Knowledge, **types: EntityType) -> dict[str, Link]:
    return linked({key.replace("_", " "): kind for key, kind in types.items()}, surroundings((), NOTHING), knowledge)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "own.toml"
    path.write_text(ACME, encoding="utf-8")
    return path


def test_what_is_listed_is_known_by_all_its_names_and_goes_before_what_comes_with_the_package(path: Path) -> None:
    own = with_own_list(BASE, path)
    assert meant(own, acme="place")["acme"].known.qid == "Q42"
    assert meant(own, acme_widgets="place", widgets="organisation")["widgets"].known.qid == "Q42"
    assert "widgets" not in meant(own, widgets="organisation")
    assert [text for text, *_ in own.standing("Acme Widgets and Widgets Inc. met")] == [0, 17]
    assert meant(own, un="organisation")["un"].known.qid == "Q1065"
    assert own.version.startswith("base+own-")
    assert meant(BASE, acme="place")["acme"].known.qid == "Q99"


def test_the_same_thing_gets_further_names_and_another_id(tmp_path: Path) -> None:
    path = tmp_path / "own.toml"
    path.write_text('[[entity]]\nname = "united nations"\ntype = "organisation"\nqid = "Q7"\nnames = ["UNO"]\n')
    own = with_own_list(BASE, path)
    assert {meant(own, **{key: "organisation"})[key].known.qid for key in ("un", "uno")} == {"Q7"}


def test_a_name_that_needs_a_model_s_word_is_not_certain(tmp_path: Path) -> None:
    path = tmp_path / "own.toml"
    path.write_text('[[entity]]\nname = "Oslo"\ntype = "organisation"\nagreeing = ["Oslo"]\n')
    own = with_own_list(BASE, path)
    assert meant(own, oslo="organisation")["oslo"].known.type == "organisation"
    assert meant(own, oslo="person") == {}


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('[[entity]]\ntype = "place"', ["own.toml:1: an entity needs a name"]),
        ('[[entity]]\nname = "A"\ntype = "town"', ["own.toml:3: type must be 'person', "]),
        ('[[entity]]\nname = "A"\ntype = "place"\nqid = "42"', ["own.toml:4: '42' is no Wikidata id"]),
        ('[[entity]]\nname = "A"\ntype = "place"\niso = "fr"', ["own.toml:4: 'fr' is no ISO 3166-1 code"]),
        ('[[entity]]\nname = " "\ntype = "place"', ["own.toml:2: a name is not blank"]),
        ('[[entity]]\nname = "A"\ntype = "place"\nalias = []', ['own.toml:4: unknown key "alias"']),
        ('[[entities]]\nname = "A"', ['own.toml:1: unknown key "entities" (did you mean "entity"?)']),
        ("[[entity]]\nname = ", ["own.toml:2: not TOML: Invalid value"]),
        (
            '[[entity]]\nname = "A"\ntype = "place"\n[[entity]]\nname = "B"\ntype = "place"\nnames = ["a"]',
            ['own.toml:4: "a" is a name of "A", too'],
        ),
    ],
)
def test_every_complaint_has_its_line(text: str, told: list[str]) -> None:
    found = complaints(text)
    assert len(found) == len(told)
    assert all(each.startswith(start) for each, start in zip(found, told, strict=True))


def test_the_example_is_right() -> None:
    assert len(parse_entities(EXAMPLE.read_text(encoding="utf-8"), EXAMPLE.name)) == 2


def test_a_file_that_is_not_there_is_a_complaint(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"own\.toml: No such file"):
        with_own_list(BASE, tmp_path / "own.toml")


def test_it_is_read_again_when_it_changes_and_a_broken_one_changes_nothing(path: Path) -> None:
    file = RenewedFile(path, lambda path: with_own_list(BASE, path), with_own_list(BASE, path))
    assert file.renew() is None
    path.write_text(ACME.replace("Q42", "Q43"), encoding="utf-8")
    assert file.renew() == f"{path}: read again"
    assert file.renew() is None
    assert meant(file.content, acme="place")["acme"].known.qid == "Q43"
    version = file.content.version
    path.write_text("[[entity", encoding="utf-8")
    assert str(file.renew()).endswith("what it said before is still used")
    assert file.renew() is None
    path.unlink()
    assert str(file.renew()).endswith("what it said before is still used")
    assert file.content.version == version
    path.write_text(ACME, encoding="utf-8")
    assert file.renew() == f"{path}: read again"
    assert meant(file.content, acme="place")["acme"].known.qid == "Q42"
