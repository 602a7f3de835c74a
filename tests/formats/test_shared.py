"""Feeds and wires of others, where they are at hand: at least 97 in 100 are read as their own comments expect."""

from pathlib import Path

import pytest

from benchmarks.wires import compared, differences, read, samples
from tests.articles import raw_article

DATA = Path(__file__).parents[3] / "shared" / "data"
pytestmark = pytest.mark.skipif(not DATA.is_dir(), reason="the development data is not beside the project")


def test_feeds_are_read_as_they_expect() -> None:
    by_folder, wrong = compared(DATA / "feeds" / "feedparser")
    assert sum(counts["files"] for counts in by_folder.values()) > 2000
    for folder, counts in by_folder.items():
        assert counts["as told"] >= 0.97 * counts["files"] - 1, (folder, wrong)  # folders of a few files may miss one


@pytest.mark.parametrize("name", ["NewsML-G2", "ninjs"])
def test_every_sample_with_news_is_read(name: str) -> None:
    files = samples(DATA)[name]
    assert len(files) > 60
    assert [path.name for path in files if not read(path)[0]] == []


def test_a_wrong_title_is_noticed() -> None:
    told = "not bozo and entries[0]['title'] == 'Item 1 title'"
    assert list(differences(told, (raw_article(headline="Item 1 title"),), repaired=False)) == []
    assert list(differences(told, (raw_article(headline="Item 2"),), repaired=False)) != []
    assert list(differences(told, (), repaired=False)) == ["no entry 0"]
    assert list(differences("bozo", (raw_article(),), repaired=False)) == ["broken, and nobody told"]
