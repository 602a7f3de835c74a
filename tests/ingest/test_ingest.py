from pathlib import Path

import pytest
from aiokafka import TopicPartition
from aiokafka.partitioner import DefaultPartitioner

from schemas.raw_article import RawArticle
from schemas.topics import ARTICLES_RAW, INGEST_DLQ
from streams.broker.admin import create_topics
from streams.broker.connection import consumer, topic_name
from streams.broker.embedded import EmbeddedBroker
from streams.errors import BrokerError
from streams.ingest.files import IngestReport, ingest
from streams.ops.dead_letters import read_letters
from streams.records import decode_raw_article, encode
from streams.settings import Settings
from tests.articles import raw_article

PARTITIONS = 2


@pytest.fixture
async def settings(embedded_broker: EmbeddedBroker, prefix: str) -> Settings:
    settings = Settings(bootstrap=embedded_broker.bootstrap, prefix=prefix, partitions=PARTITIONS)
    await create_topics(settings, (ARTICLES_RAW, INGEST_DLQ))
    return settings


async def raw_records(settings: Settings) -> list[tuple[bytes | None, RawArticle, int]]:
    reader = consumer(settings)
    await reader.start()
    try:
        places = [TopicPartition(topic_name(settings, ARTICLES_RAW), number) for number in range(PARTITIONS)]
        reader.assign(places)
        await reader.seek_to_beginning(*places)
        wanted = sum((await reader.end_offsets(places)).values())
        return [
            (r.key, decode_raw_article(r.value or b""), r.partition)
            for r in [await anext(reader) for _ in range(wanted)]
        ]
    finally:
        await reader.stop()


async def test_articles_arrive_under_their_own_key_on_the_partition_kafka_gives_it(
    settings: Settings, tmp_path: Path
) -> None:
    articles = [raw_article(article_id=f"urn:{number}") for number in range(20)]
    (tmp_path / "a.jsonl").write_bytes(b"\n".join(map(encode, articles)))
    report = await ingest([tmp_path], settings=settings, source="desk", on_progress=lambda _: None)
    records = await raw_records(settings)
    assert report == IngestReport(files=1, articles=20)
    assert sorted(article.article_id for _, article, _ in records) == sorted(article.article_id for article in articles)
    hashed = DefaultPartitioner()
    numbers = list(range(PARTITIONS))
    for key, article, partition in records:
        assert key == article.article_id.encode()
        assert partition == hashed(key, numbers, numbers)


async def test_what_is_too_large_for_kafka_is_reported_and_the_others_go_on(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("The ship left. " * 600_000)
    (tmp_path / "b.txt").write_text("Up.")
    steps: list[IngestReport] = []
    report = await ingest([tmp_path], settings=settings, source="desk", on_progress=steps.append)
    assert [article.body for _, article, _ in await raw_records(settings)] == ["Up."]
    assert (report.files, report.articles, steps[-1]) == (2, 1, report)
    assert [failure.path.name for failure in report.failures] == ["a.txt"]
    assert report.failures[0].reason.endswith("more than articles-raw's 8 MiB")


async def test_bytes_that_no_format_can_read_are_kept_with_what_is_known_of_them(
    settings: Settings, tmp_path: Path
) -> None:
    (tmp_path / "a.txt").write_bytes(b"%PDF-1.7 rates")
    (tmp_path / "b.txt").write_text("Up.")
    report = await ingest([tmp_path], settings=settings, source="desk", on_progress=lambda _: None)
    assert (report.articles, [failure.reason for failure in report.failures]) == (1, ["PDF, which is not read here"])
    [letter] = [each async for each in read_letters(settings, INGEST_DLQ)]
    assert (letter.record.key, letter.record.value) == (b"desk", b"%PDF-1.7 rates")
    assert (letter.reason.stage, letter.reason.message) == ("parse", "PDF, which is not read here")
    assert dict(letter.record.headers)["dlq-hint"] == b"a.txt"


async def test_many_large_articles_need_no_more_memory_than_the_bound(settings: Settings, tmp_path: Path) -> None:
    for number in range(12):
        (tmp_path / f"{number}.txt").write_text(f"{number} " + "The ship left. " * 400_000)
    report = await ingest([tmp_path], settings=settings, source="desk", on_progress=lambda _: None)
    assert (report.articles, len(report.failures)) == (12, 0)
    assert len(await raw_records(settings)) == 12


async def test_without_a_broker_the_error_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("Up.")
    nowhere = Settings(bootstrap="127.0.0.1:9")
    with pytest.raises(BrokerError, match=r"^cannot reach Kafka at 127\.0\.0\.1:9: .*$"):
        await ingest([tmp_path], settings=nowhere, source="desk", on_progress=lambda _: None)
