"""Each wire file in seeds/wires against its golden result, and what every format must bring across."""

import json
from base64 import b64decode
from collections import defaultdict
from pathlib import Path

import pytest

from schemas.raw_article import RawArticle
from streams.formats import FORMATS, Hint, parse, sniff
from tools.goldens import WIRE_GOLDEN, WIRES, parsed, wire_files, wire_golden

FILES = wire_files()
HELD_BY_OTHERS = {"gzip", "zip", "warc"}


def articles(path: Path) -> tuple[RawArticle, ...]:
    return parse(path.read_bytes(), Hint(name=path.name, source="seeds"))


def only(name: str) -> RawArticle:
    (article,) = articles(WIRES / name)
    return article


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}-{path.name}")
def test_a_wire_file_gives_its_golden_result(path: Path) -> None:
    assert parsed(path) == json.loads(wire_golden(path).read_text(encoding="utf-8"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}-{path.name}")
def test_the_content_tells_the_format(path: Path) -> None:
    packed = {"packed.warc.gz": "gzip"}
    assert sniff(path.read_bytes()) == packed.get(path.name, path.parent.name)


def test_no_golden_result_is_left_without_its_file() -> None:
    assert {path.name for path in WIRE_GOLDEN.iterdir()} == {wire_golden(path).name for path in FILES}


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_has_a_story_a_correction_and_a_kill(name: str) -> None:
    found = [article for path in FILES if path.parent.name == name for article in articles(path)]
    assert len([path for path in FILES if path.parent.name == name]) >= 3
    assert {article.signal for article in found} >= {None, "correction", "kill"}
    assert {article.pub_status for article in found} >= {"usable", "canceled"}


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}-{path.name}")
def test_what_is_kept_as_original_gives_the_same_article_again(path: Path) -> None:
    for article in articles(path):
        if article.original is None:  # our own format is read back as it is
            continue
        (again,) = parse(b64decode(article.original.payload or ""), Hint(source="seeds", url=article.url))
        changing = {"original", "repairs"}
        assert again.model_dump(exclude=changing) == article.model_dump(exclude=changing)


def test_versions_of_one_story_have_one_name() -> None:
    names = defaultdict(set)
    for path in FILES:
        if path.parent.name in {"newsml-g2", "newsml1", "nitf", "ninjs", "jsonl", "feed", "html"}:
            names[path.parent.name] |= {each.article_id for each in articles(path) if "Dockers" in each.headline}
    assert {name: len(found) for name, found in names.items()} == {
        "newsml-g2": 1,
        "newsml1": 1,
        "nitf": 1,
        "ninjs": 1,
        "jsonl": 1,
        "feed": 3,  # RSS, Atom and RDF name it each in their own way
        "html": 1,
    }


@pytest.mark.parametrize(
    "name", ["newsml-g2/embargo.xml", "nitf/embargo.xml", "newsml1/embargo.xml", "text/embargo.txt"]
)
def test_an_embargo_is_carried_whatever_the_format(name: str) -> None:
    article = only(name)
    assert article.embargoed_until is not None
    assert article.embargoed_until.isoformat() == "2026-05-07T00:01:00+00:00"
    assert article.pub_status == "usable"


def test_an_embargo_that_cannot_be_dated_withholds() -> None:
    article = only("text/embargo_without_zone.txt")
    assert (article.pub_status, article.embargoed_until) == ("withheld", None)
    assert article.notices == ("EMBARGOED until Thursday noon",)
