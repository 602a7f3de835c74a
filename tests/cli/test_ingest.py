import asyncio
import json
import signal
import subprocess
from pathlib import Path

import pytest
from aiohttp import ClientSession, web

from schemas.raw_article import RawArticle
from schemas.topics import ARTICLES_RAW, INGEST_DLQ
from streams.broker.admin import create_topics
from streams.broker.connection import topic_name
from streams.broker.embedded import EmbeddedBroker
from streams.broker.reading import open_reader, read_ranges, whole_log
from streams.records import encode
from streams.settings import Settings
from tests.articles import raw_article
from tests.commands import copytaster, environment, started

SEEDS = Path(__file__).parents[2] / "seeds" / "wires"


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
    await create_topics(settings, [ARTICLES_RAW, INGEST_DLQ])
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


@pytest.fixture
async def settings(embedded_broker: EmbeddedBroker, prefix: str) -> Settings:
    settings = Settings(bootstrap=embedded_broker.bootstrap, prefix=prefix, partitions=2)
    await create_topics(settings, [ARTICLES_RAW, INGEST_DLQ])
    return settings


async def sources_of(settings: Settings) -> list[str]:
    topic = topic_name(settings, ARTICLES_RAW)
    async with open_reader(settings) as reader:
        records = [record async for record in read_ranges(reader, topic, await whole_log(reader, topic, 2))]
    return [RawArticle.model_validate_json(record.value or b"").source for record in records]


async def until(settings: Settings, count: int) -> list[str]:
    async with asyncio.timeout(60):
        while len(found := await sources_of(settings)) < count:  # noqa: ASYNC110 - another process writes
            await asyncio.sleep(0.1)
    return found


def ended(process: subprocess.Popen[str]) -> tuple[int, str, str]:
    process.send_signal(signal.SIGTERM)
    out, err = process.communicate(timeout=60)
    return process.returncode, out, err


async def test_standard_input_is_a_file(embedded_broker: EmbeddedBroker, prefix: str, settings: Settings) -> None:
    env = environment(embedded_broker, prefix)
    done = copytaster("ingest", "-", "--source", "dpa", stdin="Rates rise\n\nThe bank raised rates.\n", env=env)
    assert (done.returncode, done.stdout, done.stderr) == (0, "1 articles of 1 files are in Kafka\n", "")
    assert await sources_of(settings) == ["dpa"]


async def test_a_watched_folder_is_read_until_the_command_is_stopped(
    embedded_broker: EmbeddedBroker, prefix: str, settings: Settings, tmp_path: Path
) -> None:
    env = environment(embedded_broker, prefix)
    with started("ingest", "--watch", str(tmp_path), "--source", "dpa", env=env) as process:
        (tmp_path / "a.txt").write_text("Rates rise\n\nThe bank raised rates.\n")
        assert await until(settings, 1) == ["dpa"]
        (tmp_path / "b.txt").write_bytes(b"%PDF-1.7")
        async with asyncio.timeout(60):
            while not (tmp_path / "failed" / "b.txt").exists():  # noqa: ASYNC110 - likewise
                await asyncio.sleep(0.1)
        code, _, err = ended(process)
    assert (code, err) == (0, f"error: {tmp_path / 'b.txt'}: PDF, which is not read here\n")
    assert [path.name for path in (tmp_path / "done").iterdir()] == ["a.txt"]


async def test_a_feed_is_polled_once(
    embedded_broker: EmbeddedBroker, prefix: str, settings: Settings, tmp_path: Path
) -> None:
    env = environment(embedded_broker, prefix)
    feed = (SEEDS / "feed" / "story.rss").read_bytes()

    async def answer(_request: web.Request) -> web.Response:
        return web.Response(body=feed, content_type="application/rss+xml")

    server = web.Application()
    server.router.add_get("/rss", answer)
    runner = web.AppRunner(server)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    [(_, port)] = [address[:2] for address in runner.addresses]
    options = ("--feed", f"http://127.0.0.1:{port}/rss", "--once", "--state", str(tmp_path / "state"), "--source", "nw")
    refused = await asyncio.to_thread(copytaster, "ingest", *options, env=env)
    assert refused.returncode == 1
    assert "--allow-private" not in refused.stdout
    assert len(refused.stderr.splitlines()) == 1
    options = (*options[:-4], "--state", str(tmp_path / "other"), "--source", "nw", "--allow-private")
    done = await asyncio.to_thread(copytaster, "ingest", *options, env=env)
    assert (done.returncode, done.stdout, done.stderr) == (0, "2 articles of 1 polls are in Kafka\n", "")
    assert await sources_of(settings) == ["nw", "nw"]
    await runner.cleanup()


async def test_articles_can_be_pushed(
    embedded_broker: EmbeddedBroker, prefix: str, settings: Settings, tmp_path: Path
) -> None:
    (tmp_path / "token").write_text("s3cret-token-of-reuters\n")
    (tmp_path / "sources.toml").write_text('[sources.reuters]\ntoken_file = "token"\n')
    env = environment(embedded_broker, prefix)
    with started("ingest", "serve", "--sources", str(tmp_path / "sources.toml"), "--port", "0", env=env) as process:
        assert process.stdout
        url = (await asyncio.to_thread(process.stdout.readline)).split()[-1]
        data = (SEEDS / "newsml-g2" / "story.xml").read_bytes()
        headers = {"Authorization": "Bearer s3cret-token-of-reuters"}
        async with ClientSession() as session, session.post(url, data=data, headers=headers) as answer:
            assert answer.status == 202
        assert await sources_of(settings) == ["reuters"]
        assert ended(process)[0] == 0


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["files"], "give files or folders, or --feed URL"),
        (["a.txt", "--feed", "http://example.org/"], "give files or folders, or --feed URL; not both"),
        (["--feed", "file:///etc/passwd", "--once"], "no URL of http or https"),
        (["serve", "--sources", "no.toml"], "no.toml"),
    ],
)
def test_what_cannot_work_is_one_line(arguments: list[str], complaint: str, tmp_path: Path) -> None:
    state = ["--state", str(tmp_path / "state")] if "--feed" in arguments else []
    done = copytaster("ingest", *arguments, *state)
    assert done.returncode == 2
    assert done.stderr.startswith("error: ")
    assert complaint in done.stderr
    assert len(done.stderr.splitlines()) == 1
