import asyncio
import base64
import json
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from schemas.dead_letter import DeadLetter
from schemas.redriven import Redriven
from schemas.topics import ARTICLES_RAW, ARTICLES_RAW_DLQ, ARTICLES_RAW_DLQ_REDRIVEN, INGEST_DLQ, TOPICS
from streams.broker.admin import create_topics
from streams.broker.connection import idempotent_producer, topic_name
from streams.broker.embedded import EmbeddedBroker
from streams.engine.work import partition_of
from streams.errors import ContractError, WireError
from streams.formats import Hint
from streams.ingest.sender import open_sender
from streams.ops.dead_letters import Letter, Selection, group_letters, read_letters, read_redriven
from streams.ops.redrive import preview, redrive
from streams.ops.redrive_ingest import BYTES, arrival_of, articles_of, source_and_reason
from streams.records import Record, article_headers, encode
from streams.settings import Settings
from tests.articles import raw_article
from tests.brokers.kafka import KafkaServer
from tests.commands import copytaster, environment
from tests.faults.audit import read
from tests.replay.runner import KILL

ROOT = Path(__file__).parents[2]
PARTITIONS = 2
NOW = datetime.now(UTC)
ALL = Selection()

Refused = tuple[bytes, Hint, str]

PDF: Refused = (b"%PDF-1.7", Hint(source="dpa", name="a.pdf"), "PDF, which is not read here")


@pytest.fixture
async def settings(embedded_broker: EmbeddedBroker, prefix: str) -> Settings:
    settings = Settings(bootstrap=embedded_broker.bootstrap, prefix=prefix, partitions=PARTITIONS)
    await create_topics(settings, TOPICS)
    return settings


@pytest.fixture
def env(embedded_broker: EmbeddedBroker, prefix: str) -> dict[str, str]:
    return environment(embedded_broker, prefix)


async def refuse(settings: Settings, *refused: Refused) -> None:
    """As a transport does, whatever the formats of today make of the bytes."""
    async with open_sender(settings) as sender:
        for data, hint, reason in refused:
            await sender.refuse(data, hint, reason)
        await sender.delivered()


def readable(*names: str) -> Refused:
    """Bytes that can be read by now, with an article for each name."""
    lines = (encode(raw_article(article_id=name)) for name in names)
    return b"\n".join(lines), Hint(source="ap", name="a.jsonl", format_name="application/json"), "no format for it"


def letter(value: bytes | None, **told: str) -> Letter:
    headers = tuple((f"dlq-{name.replace('_', '-')}", text.encode()) for name, text in told.items())
    reason = DeadLetter(
        topic="t", partition=0, offset=7, timestamp=None, stage="parse", error="WireError", message="no", pipeline=""
    )
    return Letter(Record("ingest-dlq", 0, 7, 0, b"dpa", value, headers), reason)


# What is sent


def test_the_articles_go_where_ingest_would_have_sent_them_with_a_trace() -> None:
    articles = [raw_article(article_id=name) for name in ("urn:a", "urn:b")]
    value = b"\n".join(map(encode, articles))
    for out, article in zip(articles_of(letter(value), "articles-raw", 64, NOW), articles, strict=True):
        key = article.article_id.encode()
        assert (out.topic, out.key, out.value) == ("articles-raw", key, encode(article))
        assert (out.partition, out.timestamp) == (partition_of(key, 64), round(NOW.timestamp() * 1000))
        trace = (("redriven-from", b"ingest-dlq/0:7"), ("redriven-attempts", b"1"))
        assert out.headers == (*article_headers(article), *trace)


def test_what_the_transport_knew_is_known_again() -> None:
    told = letter(b"", source="dpa", media_type="text/html", hint="a.html", url="https://a.example/", sha256="5")
    arrival = arrival_of(told)
    assert arrival.hint == Hint(source="dpa", name="a.html", format_name="text/html", url="https://a.example/")
    assert arrival.sha256 == "5"
    assert source_and_reason(told) == ("dpa", "no")


def test_without_a_format_the_content_decides_and_the_source_names_the_article() -> None:
    [out] = articles_of(letter(b"Up.", source="dpa", media_type="", hint="a.json", url=""), "articles-raw", 2, NOW)
    assert (out.key or b"").startswith(b"dpa:")


def test_of_a_stray_record_nothing_is_known() -> None:
    assert arrival_of(letter(b"Up.")).hint == Hint(source="unknown")


@pytest.mark.parametrize(
    ("value", "error", "reason"),
    [
        (None, ContractError, "it was too large to be kept; the sha256 of its bytes is 5"),
        (b"", WireError, "empty file"),
        (b"%PDF-1.7", WireError, "PDF, which is not read here"),
        (encode(raw_article(body="x" * (8 << 20))), ContractError, "with its headers it has 8389... bytes of 8388608"),
    ],
)
def test_what_cannot_be_sent_is_refused_with_the_reason(
    value: bytes | None, error: type[Exception], reason: str
) -> None:
    with pytest.raises(error, match=reason):
        articles_of(letter(value, sha256="5"), "articles-raw", 2, NOW)


# Once


async def test_what_can_be_read_now_is_sent_once_and_the_rest_stays(settings: Settings) -> None:
    await refuse(settings, readable("urn:a", "urn:b"), PDF, (b"", Hint(source="dpa"), "empty file"))
    first = await redrive(settings, ALL, BYTES)
    assert (first.sent, first.records, first.already) == (1, 2, 0)
    stay = [("0:1", "PDF, which is not read here"), ("0:2", "empty file")]
    assert [(each.place, each.reason) for each in first.refused] == stay
    sent = await read(settings, ARTICLES_RAW)
    assert sorted(record.key or b"" for record in sent) == [b"urn:a", b"urn:b"]
    assert all(record.partition == partition_of(record.key or b"", PARTITIONS) for record in sent)
    again = await redrive(settings, ALL, BYTES)
    assert (again.sent, again.records, again.already, again.refused) == (0, 0, 1, first.refused)
    assert len(await read(settings, ARTICLES_RAW)) == 2
    assert len([each async for each in read_letters(settings, INGEST_DLQ)]) == 3


async def test_a_preview_sends_nothing(settings: Settings) -> None:
    await refuse(settings, readable("urn:a"), PDF)
    outcome = await preview(settings, ALL, BYTES)
    assert (outcome.sent, [each.place for each in outcome.refused]) == (1, ["0:1"])
    assert (await read(settings, ARTICLES_RAW), await read_redriven(settings, INGEST_DLQ)) == ([], {})
    assert (await redrive(settings, ALL, BYTES)).sent == 1


async def test_of_bytes_too_large_only_what_is_known_is_kept(settings: Settings) -> None:
    await refuse(settings, (bytes(10 << 20), Hint(source="dpa", name="big.xml"), "binary data, not text"))
    [kept] = [each async for each in read_letters(settings, INGEST_DLQ)]
    assert (kept.record.value, arrival_of(kept).hint.name) == (None, "big.xml")
    [refusal] = (await redrive(settings, ALL, BYTES)).refused
    assert refusal.reason == f"it was too large to be kept; the sha256 of its bytes is {arrival_of(kept).sha256}"


async def test_letters_of_two_topics_at_the_same_place_have_marks_of_their_own(settings: Settings) -> None:
    await refuse(settings, readable("urn:a"))
    async with idempotent_producer(settings) as producer:
        raw = encode(raw_article(article_id="urn:b"))
        await producer.send_and_wait(topic_name(settings, ARTICLES_RAW_DLQ), raw, key=b"urn:b", partition=0)
    assert ((await redrive(settings, ALL, BYTES)).sent, (await redrive(settings, ALL)).sent) == (1, 1)
    of_bytes, of_records = await read_redriven(settings, INGEST_DLQ), await read_redriven(settings)
    assert (list(of_bytes), list(of_records)) == (["0:0"], ["0:0"])
    assert of_bytes != of_records
    assert ((await redrive(settings, ALL, BYTES)).already, (await redrive(settings, ALL)).already) == (1, 1)
    marks = await read(settings.model_copy(update={"partitions": 1}), ARTICLES_RAW_DLQ_REDRIVEN)
    assert [mark.key for mark in marks] == [b"ingest-dlq/0:0", b"0:0"]


def test_a_mark_from_before_there_were_two_topics_is_of_the_first() -> None:
    old = {"place": "3:5", "dead_letter": "a" * 64, "attempts": 1, "redriven_at": NOW.isoformat()}
    assert Redriven.model_validate_json(json.dumps(old)).topic == ARTICLES_RAW_DLQ.name


async def test_killed_in_a_transaction_and_repeated_it_neither_loses_nor_doubles(
    kafka_broker: KafkaServer, prefix: str
) -> None:
    settings = Settings(bootstrap=kafka_broker.bootstrap, prefix=prefix, partitions=PARTITIONS)
    await create_topics(settings, TOPICS)
    names = [(f"urn:a:{number}", f"urn:b:{number}", f"urn:c:{number}") for number in range(12)]
    await refuse(settings, *(readable(*each) for each in names))
    command = [sys.executable, "-m", "tests.replay.runner", "dlq", "redrive", "--ingest", "--all"]
    for kill in ("before:2", "after:1"):
        small = {"COPYTASTER_BOOTSTRAP": settings.bootstrap, "COPYTASTER_TRANSACTION_RECORDS": "6", KILL: kill}
        env = {"COPYTASTER_PREFIX": prefix, **small}
        killed = await asyncio.to_thread(subprocess.run, command, env=env, cwd=ROOT, timeout=60, check=False)
        assert killed.returncode == -9
    outcome = await redrive(settings, ALL, BYTES)
    assert (outcome.already, outcome.sent, outcome.records) == (4, 8, 24)
    sent = sorted((record.key or b"").decode() for record in await read(settings, ARTICLES_RAW))
    assert sent == sorted(name for each in names for name in each)


# What lies there


async def test_they_are_counted_by_source_and_reason(settings: Settings) -> None:
    other = (PDF[0], Hint(source="afp"), PDF[2])
    await refuse(settings, PDF, other, PDF, readable("urn:a"))
    await redrive(settings, Selection(places=frozenset({"0:3"})), BYTES)
    redriven = await read_redriven(settings, INGEST_DLQ)
    groups = await group_letters(settings, INGEST_DLQ, redriven, source_and_reason)
    assert [(source_and_reason(group.example), group.count, group.redriven) for group in groups] == [
        (("dpa", "PDF, which is not read here"), 2, 0),
        (("afp", "PDF, which is not read here"), 1, 0),
        (("ap", "no format for it"), 1, 1),
    ]


async def test_the_command_lists_them(settings: Settings, env: dict[str, str]) -> None:
    page = Hint(source="dpa", name="a.pdf", url="https://dpa.example/\x1b[2J")
    await refuse(settings, (PDF[0], page, PDF[2]), readable("urn:a"), PDF)
    head, *lines = copytaster("dlq", "list", "--ingest", env=env).stdout.splitlines()
    assert head.endswith("source: reason")
    assert (lines[0].split()[:2], lines[0].split(maxsplit=6)[-1]) == (["2", "0"], "dpa: PDF, which is not read here")
    assert [line.split() for line in lines[1::2]] == [["0:2", "a.pdf"], ["0:1", "a.jsonl"]]
    told = [json.loads(line) for line in copytaster("dlq", "list", "--ingest", "--json", env=env).stdout.splitlines()]
    assert [(group["source"], group["reason"], group["count"]) for group in told] == [
        ("dpa", "PDF, which is not read here", 2),
        ("ap", "no format for it", 1),
    ]
    assert copytaster("dlq", "list", env=env).stdout == "no dead letters\n"


async def test_the_command_shows_what_is_known_and_the_beginning_without_harm(
    settings: Settings, env: dict[str, str]
) -> None:
    page = Hint(source="dpa", name="a.html", format_name="text/html", url="https://dpa.example/\x1b[2J")
    cut = b"\x1b" + "ü".encode() * 3000  # of which the 4096th byte is half a character
    await refuse(settings, (cut, page, "no article in this page"), (b"\xff" * 5000, Hint(), "binary data"))
    lines = copytaster("dlq", "show", "0:0", "--ingest", env=env).stdout.splitlines()
    assert lines[1].startswith("came from:   dpa, ")
    for line in ("named:       a.html", "url:         https://dpa.example/\\x1b[2J", "said to be:  text/html"):
        assert line in lines
    assert "because:     no article in this page" in lines
    assert lines[-2:] == ["\\x1b" + "ü" * 2047, "... of 6001 bytes"]
    binary = copytaster("dlq", "show", "0:1", "--ingest", env=env).stdout.splitlines()
    assert (binary[-2][:8], binary[-1]) == ("00000ff0", "... of 5000 bytes")
    told = json.loads(copytaster("dlq", "show", "0:0", "--ingest", "--json", env=env).stdout)
    assert base64.b64decode(told["value_base64"]) == cut
    assert (told["reason"]["source"], told["reason"]["format"]) == ("dpa", "text/html")


async def test_the_command_tries_first_and_sends_once(settings: Settings, env: dict[str, str]) -> None:
    await refuse(settings, readable("urn:a", "urn:b"), PDF)
    tried = copytaster("dlq", "redrive", "--ingest", "--id", "0:0", "--dry-run", env=env)
    assert (tried.returncode, tried.stdout) == (0, "would send 1 (2 articles) to articles-raw\n")
    assert await read(settings, ARTICLES_RAW) == []
    done = copytaster("dlq", "redrive", "--ingest", "--all", env=env)
    assert (done.returncode, done.stdout) == (1, "sent 1 (2 articles) to articles-raw\n")
    assert done.stderr == "error: 0:1 not sent: PDF, which is not read here\n"
    again = json.loads(copytaster("dlq", "redrive", "--ingest", "--all", "--json", env=env).stdout)
    assert (again["sent"], again["records"], again["already"], len(again["refused"])) == (0, 0, 1, 1)
    assert len(await read(settings, ARTICLES_RAW)) == 2


def test_a_replay_ingests_nothing() -> None:
    done = copytaster("dlq", "list", "--ingest", "--run", "a")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "error: --run or --ingest, not both: a replay reads what was ingested before\n"
