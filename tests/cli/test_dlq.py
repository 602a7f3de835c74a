import base64
import json

import pytest

from schemas.topics import ARTICLES_RAW, ARTICLES_RAW_DLQ, TOPICS
from streams.broker.admin import create_topics
from streams.broker.connection import idempotent_producer, topic_name
from streams.broker.embedded import EmbeddedBroker
from streams.records import encode
from streams.settings import Settings
from tests.articles import raw_article
from tests.commands import copytaster, environment
from tests.faults.audit import read


@pytest.fixture
async def settings(embedded_broker: EmbeddedBroker, prefix: str) -> Settings:
    settings = Settings(bootstrap=embedded_broker.bootstrap, prefix=prefix, partitions=2)
    await create_topics(settings, TOPICS)
    return settings


@pytest.fixture
def env(embedded_broker: EmbeddedBroker, prefix: str) -> dict[str, str]:
    return environment(embedded_broker, prefix)


async def bury(
    settings: Settings, key: bytes | None, value: bytes, *, stage: str = "decode", message: str = ""
) -> None:
    reason = {"topic": "articles-raw", "partition": "1", "offset": "40", "timestamp": "2024-05-03T12:00:00.000Z"}
    reason |= {"stage": stage, "error": "ContractError", "message": message, "attempts": "1", "pipeline": "p"}
    headers = [("traceparent", b"00-1"), *((f"dlq-{name}", text.encode()) for name, text in reason.items())]
    async with idempotent_producer(settings) as producer:
        topic = topic_name(settings, ARTICLES_RAW_DLQ)
        await producer.send_and_wait(topic, value, key=key, partition=0, headers=headers)


async def test_dead_letters_are_listed_by_what_went_wrong(settings: Settings, env: dict[str, str]) -> None:
    await bury(settings, b"a", b"{", message="body: \x1b[2Jfield required")
    await bury(settings, b"b", b"{", message="version: too small")
    await bury(settings, None, encode(raw_article()), stage="misrouted")
    counted, _, misrouted, _ = copytaster("dlq", "list", env=env).stdout.splitlines()[1:]
    assert (counted.split()[:2], counted.split(maxsplit=6)[-1]) == (["2", "0"], "decode: ContractError")
    assert misrouted.endswith("misrouted: ContractError")
    groups = [json.loads(line) for line in copytaster("dlq", "list", "--json", env=env).stdout.splitlines()]
    assert [(group["stage"], group["count"], group["redriven"]) for group in groups] == [
        ("decode", 2, 0),
        ("misrouted", 1, 0),
    ]
    assert groups[0]["example"] == {"id": "0:1", "message": "version: too small"}


async def test_a_dead_letter_is_shown_without_harm_to_the_terminal(settings: Settings, env: dict[str, str]) -> None:
    hostile = b'{"headline": "\xc3\x9cber \\u001b[2J", "body": 1}'
    await bury(settings, b"\xff\x1b", hostile, message="body: \x1b]0;owned\x07")
    shown = copytaster("dlq", "show", "0:0", env=env).stdout
    assert '  "headline": "Über \\u001b[2J",\n  "body": 1\n' in shown
    assert "because:     body: \\x1b]0;owned\\x07\n" in shown
    assert "came from:   articles-raw 1:40" in shown
    assert "header:      traceparent: 00-1\n" in shown
    assert "\x1b" not in shown
    told = json.loads(copytaster("dlq", "show", "0:0", "--json", env=env).stdout)
    assert base64.b64decode(told["value_base64"]) == hostile
    assert (told["reason"]["offset"], told["headers"][0]) == (40, ["traceparent", "00-1"])


async def test_redriving_is_tried_first_and_done_once(settings: Settings, env: dict[str, str]) -> None:
    await bury(settings, None, encode(raw_article()), stage="misrouted")
    await bury(settings, None, b"{")
    tried = copytaster("dlq", "redrive", "--stage", "misrouted", "--dry-run", env=env)
    assert (tried.returncode, tried.stdout) == (0, "would send 1 to articles-raw\n")
    assert await read(settings, ARTICLES_RAW) == []
    done = copytaster("dlq", "redrive", "--id", "0:0", env=env)
    assert (done.returncode, done.stdout) == (0, "sent 1 to articles-raw\n")
    again = copytaster("dlq", "redrive", "--all", env=env)
    assert (again.returncode, again.stdout) == (1, "sent 0 to articles-raw; 1 had been sent before\n")
    assert again.stderr == "error: 0:1 not sent: it has no key, and no article_id can be read from its value\n"
    told = json.loads(copytaster("dlq", "redrive", "--all", "--json", env=env).stdout)
    assert (told["sent"], told["already"], told["refused"][0]["id"]) == (0, 1, "0:1")
    assert [record.key for record in await read(settings, ARTICLES_RAW)] == [b"urn:a:1"]


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["redrive"], "which dead letters? --stage, --error, --since, --id, or --all of them"),
        (["redrive", "--all", "--stage", "decode"], "which dead letters?"),
        (["redrive", "--id", "7"], "--id: '7' is not PARTITION:OFFSET, as in 3:1024"),
        (["show", "0:9"], "there is no dead letter at 0:9 of "),
    ],
)
@pytest.mark.usefixtures("settings")
def test_what_cannot_be_done_is_one_line(arguments: list[str], complaint: str, env: dict[str, str]) -> None:
    done = copytaster("dlq", *arguments, env=env)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert done.stderr.startswith(f"error: {complaint}")


@pytest.mark.usefixtures("settings")
def test_without_dead_letters_the_list_says_so(env: dict[str, str]) -> None:
    assert copytaster("dlq", "list", env=env).stdout == "no dead letters\n"
