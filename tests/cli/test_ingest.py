import json
from pathlib import Path

import pytest

from schemas.raw_article import RawArticle
from schemas.topics import ARTICLES_RAW
from streams.broker.admin import create_topics
from streams.broker.connection import topic_name
from streams.broker.embedded import EmbeddedBroker
from streams.broker.reading import open_reader, read_ranges, whole_log
from streams.records import encode
from streams.settings import Settings
from tests.articles import raw_article
from tests.commands import copytaster, environment


@pytest.fixture
def wire(tmp_path: Path) -> Path:
    """Two files that can be read, with three articles, and one that cannot."""
    articles = [raw_article(article_id=name) for name in ("a", "b")]
    (tmp_path / "good.jsonl").write_bytes(b"".join(encode(article) + b"\n" for article in articles))
    (tmp_path / "plain.txt").write_text("Rates rise\n\nThe bank raised rates.\n")
    (tmp_path / "broken.txt").write_bytes(b"")
    return tmp_path


async def test_what_can_be_read_is_in_kafka_and_the_rest_is_told(
    embedded_broker: EmbeddedBroker, prefix: str, wire: Path
) -> None:
    settings = Settings(bootstrap=embedded_broker.bootstrap, prefix=prefix, partitions=2)
    await create_topics(settings, [ARTICLES_RAW])
    done = copytaster("ingest", str(wire), "--source", "dpa", env=environment(embedded_broker, prefix))
    assert done.returncode == 1
    assert done.stderr == f"error: {wire / 'broken.txt'}: empty file\n"
    assert done.stdout == "3 articles of 3 files are in Kafka\n"
    topic = topic_name(settings, ARTICLES_RAW)
    async with open_reader(settings) as reader:
        records = [record async for record in read_ranges(reader, topic, await whole_log(reader, topic, 2))]
    sent = [RawArticle.model_validate_json(record.value or b"") for record in records]
    assert sorted(article.source for article in sent) == ["ap", "ap", "dpa"]


async def test_a_program_reads_the_counts(embedded_broker: EmbeddedBroker, prefix: str, wire: Path) -> None:
    settings = Settings(bootstrap=embedded_broker.bootstrap, prefix=prefix, partitions=2)
    await create_topics(settings, [ARTICLES_RAW])
    done = copytaster("ingest", str(wire / "good.jsonl"), "--json", env=environment(embedded_broker, prefix))
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout) == {"files": 1, "articles": 2, "failures": 0}


def test_parsing_prints_articles_and_tells_what_is_none(wire: Path) -> None:
    files = [str(wire / name) for name in ("good.jsonl", "missing.xml", "broken.txt", "plain.txt")]
    done = copytaster("parse", *files)
    assert done.returncode == 1
    assert done.stderr.splitlines() == [
        f"error: {wire / 'missing.xml'}: no such file or directory",
        f"error: {wire / 'broken.txt'}: empty file",
    ]
    articles = [RawArticle.model_validate_json(line) for line in done.stdout.splitlines()]
    assert [article.article_id for article in articles[:2]] == ["a", "b"]
    assert "The bank raised rates." in articles[2].body


def test_a_format_that_is_given_is_not_guessed(wire: Path) -> None:
    done = copytaster("parse", "--format", "text", str(wire / "good.jsonl"))
    assert done.returncode == 0
    assert len(done.stdout.splitlines()) == 1
    assert copytaster("parse", "--format", "nope", str(wire / "good.jsonl")).returncode == 1
