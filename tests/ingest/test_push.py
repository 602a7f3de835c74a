import asyncio
import hashlib
import hmac
import io
import logging
import time
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import aiohttp
import jsonschema
import pytest
from aiohttp import web
from aiokafka import ConsumerRecord, TopicPartition
from aiokafka.errors import KafkaTimeoutError

from schemas.raw_article import RawArticle
from schemas.topics import ARTICLES_RAW, INGEST_DLQ, Topic
from streams.broker.admin import create_topics
from streams.broker.connection import consumer, topic_name
from streams.broker.embedded import EmbeddedBroker
from streams.errors import BrokerError, SettingsError
from streams.ingest.credentials import Source, load_sources
from streams.ingest.limits import Budget, Remembered, ReplayWindow, TokenBucket
from streams.ingest.openapi import OPENAPI
from streams.ingest.push import PushOptions, build_app, serve
from streams.ingest.sender import Sender, open_sender
from streams.records import decode_raw_article, encode
from streams.settings import Settings
from tests.articles import raw_article
from tests.brokers.kafka import KafkaServer

PATIENCE_SECONDS = 20
SECRET = b"a secret of AP"
TOKEN = {"Authorization": "Bearer token-of-reuters"}
ARTICLE = encode(raw_article(source="reuters"))
LIMIT = 32 << 10


class Answer(NamedTuple):
    status: int
    content: Any
    headers: Mapping[str, str]


class Client:
    """Posts to one server, and checks that every answer is one that the server's own document promises."""

    def __init__(self, url: str, session: aiohttp.ClientSession) -> None:
        self.url = url
        self.session = session

    async def post(
        self, body: object = ARTICLE, headers: Mapping[str, str] = TOKEN, path: str = "/v1/articles"
    ) -> Answer:
        async with self.session.post(self.url + path, data=body, headers=headers) as response:
            answer = Answer(response.status, await response.json(), response.headers)
        if path.startswith("/v1/articles"):
            check_promised(answer)
        return answer

    async def get(self, path: str) -> Answer:
        async with self.session.get(self.url + path) as response:
            is_json = response.content_type == "application/json"
            content = await response.json() if is_json else await response.text()
            return Answer(response.status, content, response.headers)

    async def connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        where = urlsplit(self.url)
        return await asyncio.open_connection(where.hostname, where.port)


def check_promised(answer: Answer) -> None:
    promised = OPENAPI["paths"]["/v1/articles"]["post"]["responses"][str(answer.status)]
    schema = promised["content"]["application/json"]["schema"]
    jsonschema.validate(answer.content, {**schema, "components": OPENAPI["components"]})
    assert set(promised.get("headers", ())) <= set(answer.headers)
    if "error" in answer.content:
        assert answer.content["error"]
        assert "\n" not in answer.content["error"]


@pytest.fixture
async def settings(embedded_broker: EmbeddedBroker, prefix: str) -> Settings:
    settings = Settings(bootstrap=embedded_broker.bootstrap, prefix=prefix, partitions=1)
    await create_topics(settings, (ARTICLES_RAW, INGEST_DLQ))
    return settings


@pytest.fixture
def options(tmp_path: Path) -> PushOptions:
    for name, secret in (("reuters", b"token-of-reuters\n"), ("afp", b"token-of-afp"), ("ap", SECRET + b"\n")):
        (tmp_path / name).write_bytes(secret)
        (tmp_path / name).chmod(0o600)
    sources = tmp_path / "sources.toml"
    sources.write_text(
        '[sources.reuters]\ntoken_file = "reuters"\n'
        '[sources."AFP Deutsch"]\ntoken_file = "afp"\nrequests_per_second = 1\n'
        '[sources.ap]\nsecret_file = "ap"\n'
    )
    return PushOptions("127.0.0.1", 0, sources, max_body_bytes=LIMIT)


@asynccontextmanager
async def serving(settings: Settings, options: PushOptions, **changes: Any) -> AsyncIterator[Client]:  # noqa: ANN401 - options
    ready: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    server = asyncio.create_task(serve(settings, replace(options, **changes), on_ready=ready.set_result))
    server.add_done_callback(lambda _: ready.cancel())
    try:
        async with aiohttp.ClientSession() as session:
            yield Client(await ready, session)
    finally:
        server.cancel()
        await asyncio.wait({server})


@pytest.fixture
async def client(settings: Settings, options: PushOptions) -> AsyncIterator[Client]:
    async with serving(settings, options) as client:
        yield client


async def records(settings: Settings, topic: Topic = ARTICLES_RAW) -> list[ConsumerRecord[bytes, bytes]]:
    async with consumer(settings) as reader:
        place = TopicPartition(topic_name(settings, topic), 0)
        reader.assign([place])
        await reader.seek_to_beginning(place)
        wanted = (await reader.end_offsets([place]))[place]
        return [await anext(reader) for _ in range(wanted)]


async def articles(settings: Settings) -> list[RawArticle]:
    return [decode_raw_article(record.value or b"") for record in await records(settings)]


def signed(body: bytes, *, secret: bytes = SECRET, source: str = "ap", age: int = 0) -> dict[str, str]:
    timestamp = str(int(time.time()) - age)
    made = hmac.new(secret, timestamp.encode() + b"." + body, hashlib.sha256)
    return {
        "X-Copytaster-Source": source,
        "X-Copytaster-Timestamp": timestamp,
        "X-Copytaster-Signature": f"sha256={made.hexdigest()}",
    }


def head(*lines: str, token: str = "token-of-reuters") -> bytes:
    return "\r\n".join(
        ("POST /v1/articles HTTP/1.1", "Host: here", f"Authorization: Bearer {token}", *lines, "", "")
    ).encode()


async def trickle(*chunks: bytes, pause: float = 0.0) -> AsyncIterator[bytes]:
    for chunk in chunks:
        yield chunk
        await asyncio.sleep(pause)


async def status_of(reader: asyncio.StreamReader) -> int:
    line = await asyncio.wait_for(reader.readline(), PATIENCE_SECONDS)
    return int(line.split()[1])


async def test_accepted_means_that_it_is_on_the_topic(client: Client, settings: Settings) -> None:
    for number in range(5):
        article = raw_article(article_id=f"urn:{number}", version=number + 1, source="reuters")
        answer = await client.post(encode(article))
        assert answer.status == 202
        assert answer.content == {"accepted": [{"article_id": f"urn:{number}", "version": number + 1}], "failed": []}
        assert (await articles(settings))[-1] == article


async def test_many_articles_of_one_body_arrive_in_order(client: Client, settings: Settings) -> None:
    sent = [raw_article(article_id="urn:1", version=number, source="reuters") for number in range(1, 40)]
    answer = await client.post(b"\n".join(map(encode, sent)))
    assert [entry["version"] for entry in answer.content["accepted"]] == list(range(1, 40))
    assert await articles(settings) == sent


@pytest.mark.parametrize(
    ("media_type", "query"),
    [
        (None, ""),
        ("application/octet-stream", ""),
        ("application/x-www-form-urlencoded", ""),
        ("text/html; charset=utf-8", ""),
        ("text/plain", "?format=html"),
        ("text/plain", "?format=text/html"),
    ],
)
async def test_the_content_decides_unless_a_format_is_named(
    client: Client, settings: Settings, media_type: str | None, query: str
) -> None:
    page = b"<!doctype html><html><body><article><p>The ship left the port.</p></article></body></html>"
    headers = {**TOKEN, "Content-Type": media_type} if media_type else TOKEN
    skip = () if media_type else ("Content-Type",)
    async with client.session.post(
        f"{client.url}/v1/articles{query}", data=page, headers=headers, skip_auto_headers=skip
    ) as response:
        assert response.status == 202
    (article,) = await articles(settings)
    assert article.original is not None
    assert article.original.media_type == "text/html"


async def test_a_format_that_there_is_not_is_refused_and_kept_nowhere(client: Client, settings: Settings) -> None:
    answer = await client.post(path="/v1/articles?format=papyrus")
    assert (answer.status, "jsonl" in answer.content["error"]) == (400, True)
    assert await records(settings, INGEST_DLQ) == []


async def test_the_source_is_who_authenticated_whatever_the_body_says(client: Client, settings: Settings) -> None:
    await client.post(encode(raw_article(source="ap")))
    await client.post(b"The ship left.", {"Authorization": "bearer token-of-afp"})
    assert [article.source for article in await articles(settings)] == ["reuters", "AFP Deutsch"]


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Authorization": "Bearer"},
        {"Authorization": "Bearer wrong"},
        {"Authorization": "Basic token-of-reuters"},
        {"Authorization": "Bearer a secret of AP"},
        {"Authorization": "Bearer t\u00f6ken"},
    ],
)
async def test_without_a_right_token_nothing_is_taken(
    client: Client, settings: Settings, headers: dict[str, str]
) -> None:
    answer = await client.post(headers=headers)
    assert answer.status == 401
    assert await records(settings) == []


async def test_a_wrong_token_is_refused_before_the_body_is_sent(client: Client) -> None:
    reader, writer = await client.connect()
    writer.write(head("Content-Length: 1000", token="wrong"))
    assert await status_of(reader) == 401
    writer.close()


async def test_a_body_is_asked_for_only_when_its_header_is_good(client: Client) -> None:
    for token, status in (("wrong", 401), ("token-of-reuters", 100)):
        reader, writer = await client.connect()
        writer.write(head(f"Content-Length: {len(ARTICLE)}", "Expect: 100-continue", token=token))
        assert await status_of(reader) == status
        if status == 100:
            await reader.readline()
            writer.write(ARTICLE)
            assert await status_of(reader) == 202
        writer.close()


async def test_a_signature_is_taken_once(client: Client, settings: Settings) -> None:
    headers = signed(ARTICLE)
    assert [(await client.post(headers=headers)).status for _ in range(3)] == [202, 409, 409]
    assert [article.source for article in await articles(settings)] == ["ap"]


WRONG: list[tuple[Callable[[], dict[str, str]], str]] = [
    # Made when they are sent, or a long run of all tests would find their time too old.
    (lambda: signed(b"another body"), "HMAC-SHA256"),
    (lambda: signed(ARTICLE, secret=b"guessed"), "HMAC-SHA256"),
    (lambda: {**signed(ARTICLE), "X-Copytaster-Timestamp": str(int(time.time()) - 1)}, "HMAC-SHA256"),
    (lambda: {**signed(ARTICLE), "X-Copytaster-Timestamp": "noon"}, "Unix seconds"),
    (lambda: {**signed(ARTICLE), "X-Copytaster-Timestamp": "\u0661\u0662"}, "Unix seconds"),
    (lambda: {**signed(ARTICLE), "X-Copytaster-Signature": "sha256=00"}, "64 hexadecimal"),
    (lambda: signed(ARTICLE, source="reuters"), "has a secret"),
    (lambda: signed(ARTICLE, source="nobody"), "has a secret"),
    (lambda: {**signed(ARTICLE, secret=b"guessed"), **TOKEN}, "HMAC-SHA256"),
]


@pytest.mark.parametrize(("make", "says"), WRONG)
async def test_a_wrong_signature_is_not_taken(
    client: Client, settings: Settings, make: Callable[[], dict[str, str]], says: str
) -> None:
    headers = make()
    answer = await client.post(headers=headers)
    assert answer.status == 401
    assert says in answer.content["error"]
    assert await records(settings) == []


@pytest.mark.parametrize(("age", "status"), [(301, 401), (290, 202), (-290, 202), (-310, 401)])
async def test_a_timestamp_must_be_near_the_clock(client: Client, age: int, status: int) -> None:
    assert (await client.post(headers=signed(ARTICLE, age=age))).status == status


async def test_a_signed_request_that_was_only_put_off_may_come_again(settings: Settings, options: PushOptions) -> None:
    options.tokens_file.write_text('[sources.ap]\nsecret_file = "ap"\nrequests_per_second = 1')
    async with serving(settings, options) as client:
        await client.post(headers=signed(ARTICLE))
        headers = signed(b"The ship left.")
        answer = await client.post(b"The ship left.", headers)
        assert answer.status == 429
        await asyncio.sleep(int(answer.headers["Retry-After"]))
        assert (await client.post(b"The ship left.", headers)).status == 202


async def test_what_is_too_large_is_refused_unread(client: Client, settings: Settings) -> None:
    reader, writer = await client.connect()
    writer.write(head(f"Content-Length: {LIMIT + 1}"))
    assert await status_of(reader) == 413
    writer.close()
    assert (await client.post(trickle(*[b"x" * 1024] * 33))).status == 413
    assert (await client.post(b"x" * LIMIT)).status == 202
    assert len(await records(settings)) == 1


async def test_an_endless_body_ends_with_its_connection(client: Client) -> None:
    reader, writer = await client.connect()
    writer.write(head("Transfer-Encoding: chunked"))
    sending = asyncio.create_task(send_for_ever(writer))
    assert await status_of(reader) == 413
    with pytest.raises(ConnectionError):
        await asyncio.wait_for(sending, PATIENCE_SECONDS)
    writer.close()


async def send_for_ever(writer: asyncio.StreamWriter) -> None:
    while True:
        writer.write(b"10000\r\n" + b"x" * 0x10000 + b"\r\n")
        await writer.drain()


async def test_a_slow_body_is_refused_and_its_connection_closed(settings: Settings, options: PushOptions) -> None:
    async with serving(settings, options, read_timeout_seconds=0.3) as client:
        answer = await client.post(trickle(*[b"x"] * 20, pause=0.1))
        assert answer.status == 408
        assert answer.headers["Connection"] == "close"


async def test_a_slow_header_closes_its_connection_and_an_idle_one_lives(
    settings: Settings, options: PushOptions
) -> None:
    async with serving(settings, options, read_timeout_seconds=0.4) as client:
        for before in (b"", b"GET /healthz HTTP/1.1\r\nHost: here\r\n\r\n"):
            reader, writer = await client.connect()
            if before:
                writer.write(before)
                assert await status_of(reader) == 200
                await asyncio.sleep(1)
            began = time.monotonic()
            for letter in head():
                writer.write(bytes((letter,)))
                await asyncio.sleep(0.05)
                if reader.at_eof() or time.monotonic() > began + 3:
                    break
                await asyncio.wait_for(asyncio.gather(read_some(reader)), 1)
            assert 0.3 < time.monotonic() - began < 2
            writer.close()


async def read_some(reader: asyncio.StreamReader) -> None:
    try:
        async with asyncio.timeout(0.01):
            await reader.read(1 << 16)
    except (TimeoutError, ConnectionError):
        pass


async def test_one_connection_too_many_is_closed(settings: Settings, options: PushOptions) -> None:
    async with serving(settings, options, max_connections=2) as client:
        connections = [await client.connect() for _ in range(3)]
        assert await asyncio.wait_for(connections[2][0].read(), PATIENCE_SECONDS) == b""
        connections[0][1].close()
        await asyncio.sleep(0.1)
        assert (await client.get("/healthz")).status == 200
        for _, writer in connections:
            writer.close()


async def test_the_same_again_is_a_duplicate_and_not_written_twice(client: Client, settings: Settings) -> None:
    first, *later = [await client.post() for _ in range(3)]
    assert "duplicate" not in first.content["accepted"][0]
    assert [(answer.status, answer.content["accepted"][0]["duplicate"]) for answer in later] == [(202, True)] * 2
    assert len(await records(settings)) == 1


async def test_the_same_many_times_at_once_is_written_once(client: Client, settings: Settings) -> None:
    answers = await asyncio.gather(*(client.post() for _ in range(20)))
    assert {answer.status for answer in answers} == {202}
    assert sum("duplicate" not in answer.content["accepted"][0] for answer in answers) == 1
    await client.post(b"\n".join([encode(raw_article(article_id="urn:2", source="reuters"))] * 3))
    assert len(await records(settings)) == 2


async def test_other_content_or_another_source_is_no_duplicate(client: Client, settings: Settings) -> None:
    bodies = [encode(raw_article(body=body)) for body in ("Up.", "Down.", "Up.")]
    answers = [await client.post(body) for body in bodies]
    answers.append(await client.post(bodies[0], {"Authorization": "Bearer token-of-afp"}))
    assert not any("duplicate" in answer.content["accepted"][0] for answer in answers)
    assert [article.body for article in await articles(settings)] == ["Up.", "Down.", "Up.", "Up."]


async def test_what_cannot_be_read_is_kept_and_told(client: Client, settings: Settings) -> None:
    answer = await client.post(b'{"article_id": "urn:1"}', {**TOKEN, "Content-Type": "application/json"})
    assert answer.status == 422
    (kept,) = await records(settings, INGEST_DLQ)
    headers = dict(kept.headers)
    assert kept.value == b'{"article_id": "urn:1"}'
    assert headers["dlq-source"] == b"reuters"
    assert headers["dlq-message"] == answer.content["error"].encode()
    assert headers["dlq-media-type"] == b"application/json"
    assert await records(settings) == []


async def test_an_article_too_large_for_the_topic_fails_and_the_others_go_on(
    settings: Settings, options: PushOptions
) -> None:
    large, small = encode(raw_article(article_id="large", body="x" * (8 << 20))), ARTICLE
    async with serving(settings, options, max_body_bytes=9 << 20) as client:
        both = await client.post(io.BytesIO(large + b"\n" + small))
        assert (both.status, len(both.content["accepted"])) == (202, 1)
        assert both.content["failed"][0].endswith("more than articles-raw's 8 MiB")
        alone = await client.post(io.BytesIO(large))
        assert (alone.status, alone.content["error"]) == (422, both.content["failed"][0])
    (kept,) = await records(settings, INGEST_DLQ)
    assert kept.value == large


async def test_a_source_that_sends_too_often_waits_and_the_others_do_not(client: Client) -> None:
    afp = {"Authorization": "Bearer token-of-afp"}
    first, second = await client.post(headers=afp), await client.post(headers=afp)
    assert (first.status, second.status, second.headers["Retry-After"]) == (202, 429, "1")
    assert (await client.post()).status == 202
    await asyncio.sleep(1)
    assert (await client.post(headers=afp)).status == 202


@pytest.mark.parametrize("limits", [{"max_requests": 1}, {"max_bytes": 600}])
async def test_what_is_under_way_is_bounded(settings: Settings, options: PushOptions, limits: dict[str, int]) -> None:
    async with serving(settings, options, **limits) as client:
        reader, writer = await client.connect()
        writer.write(head("Content-Length: 500") + b"x" * 499)
        await asyncio.sleep(0.2)
        refused = await client.post(b"The ship left. " * 10)
        assert (refused.status, refused.headers["Retry-After"]) == (503, "1")
        writer.write(b"x")
        assert await status_of(reader) == 202
        writer.close()
        assert (await client.post(b"The ship left. " * 10)).status == 202


async def test_what_is_under_way_at_the_end_is_answered(settings: Settings, options: PushOptions) -> None:
    ready: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    server = asyncio.create_task(serve(settings, options, on_ready=ready.set_result))
    async with aiohttp.ClientSession() as session:
        client = Client(await ready, session)
        await client.get("/healthz")
        reader, writer = await client.connect()
        writer.write(head(f"Content-Length: {len(ARTICLE)}") + ARTICLE[:-1])
        await asyncio.sleep(0.2)
        server.cancel()
        await asyncio.sleep(0.2)
        assert (await client.get("/healthz")).status == 503
        with pytest.raises(OSError, match="Connect call failed"):
            await client.connect()
        writer.write(ARTICLE[-1:])
        assert await status_of(reader) == 202
        writer.close()
    with pytest.raises(asyncio.CancelledError):
        await server
    assert len(await records(settings)) == 1


async def test_without_kafka_the_answer_is_to_come_again_and_nothing_is_lost_or_doubled(
    own_kafka_broker: KafkaServer, options: PushOptions
) -> None:
    settings = Settings(bootstrap=own_kafka_broker.bootstrap, partitions=1)
    await create_topics(settings, (ARTICLES_RAW, INGEST_DLQ))
    async with serving(settings, options, delivery_timeout_seconds=1, max_requests=3) as client:
        assert (await client.post(b"Before.")).status == 202
        await asyncio.to_thread(own_kafka_broker.kill)
        answers = [await client.post(b"During.") for _ in range(5)]
        assert [answer.status for answer in answers] == [503] * 5
        assert answers[0].headers["Retry-After"] == "5"
        assert "too much is under way" in answers[4].content["error"]
        await asyncio.to_thread(own_kafka_broker.start)
        answer = await when_taken(client, b"During.")
        assert (answer.status, answer.content["accepted"][0]["duplicate"]) == (202, True)
        assert (await client.get("/healthz")).status == 200
    assert [article.body for article in await articles(settings)] == ["Before.", "During."]


async def when_taken(client: Client, body: bytes) -> Answer:
    for _ in range(100):
        answer = await client.post(body)
        if answer.status != 503:
            break
        await asyncio.sleep(0.2)
    return answer


async def test_a_server_whose_kafka_is_gone_ends_all_the_same(
    tmp_path: Path, options: PushOptions, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("streams.ingest.push._STOP_SECONDS", 0.5)
    with EmbeddedBroker(tmp_path / "broker") as broker:
        settings = Settings(bootstrap=broker.bootstrap, partitions=1)
        await create_topics(settings, (ARTICLES_RAW, INGEST_DLQ))
        async with serving(settings, options, delivery_timeout_seconds=0.5) as client:
            await client.post()
            await asyncio.to_thread(broker.stop)
            for body in (b"The ship left.", b"%PDF-"):
                assert (await client.post(body)).status == 503


class Refusing(Sender):
    """Kafka's refusal cannot be asked of the embedded broker."""

    error: Exception = BrokerError("no")

    async def send(self, article: RawArticle) -> "asyncio.Future[object]":  # noqa: ARG002
        raise self.error


class Forgetful(Sender):
    """Loses the first article, as Kafka may after a timeout."""

    has_lost = False

    async def send(self, article: RawArticle) -> "asyncio.Future[object]":
        delivery = await super().send(article)
        if self.has_lost:
            return delivery
        self.has_lost = True
        lost: asyncio.Future[object] = asyncio.get_running_loop().create_future()
        lost.set_exception(KafkaTimeoutError())
        return lost


async def test_what_was_not_acknowledged_is_not_remembered(
    settings: Settings, options: PushOptions, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("streams.ingest.sender.Sender", Forgetful)
    async with serving(settings, options) as client:
        headers = signed(ARTICLE)
        answers = [await client.post(headers=headers) for _ in range(3)]
    assert [answer.status for answer in answers] == [503, 202, 409]
    assert answers[1].content["accepted"] == [{"article_id": "urn:a:1", "version": 1}]


async def test_after_a_refusal_for_good_the_server_ends(
    settings: Settings, options: PushOptions, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("streams.ingest.sender.Sender", Refusing)
    ready: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    server = asyncio.create_task(serve(settings, options, on_ready=ready.set_result))
    async with aiohttp.ClientSession() as session:
        answer = await Client(await ready, session).post()
    assert (answer.status, answer.headers["Retry-After"]) == (503, "5")
    with pytest.raises(BrokerError, match=r"^no$"):
        await server


async def test_a_fault_of_ours_tells_nothing_of_the_article(
    settings: Settings,
    options: PushOptions,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr("streams.ingest.sender.Sender", Refusing)
    monkeypatch.setattr(Refusing, "error", RuntimeError("Rates rose."))
    async with serving(settings, options) as client:
        answer = await client.post()
        assert (answer.status, "Rates" in answer.content["error"]) == (500, False)
        assert (await client.post()).status == 500
    output = "".join(capsys.readouterr())
    assert "RuntimeError" in output
    assert "Rates" not in output
    assert "token-of" not in output


@pytest.mark.parametrize(
    "sent",
    [
        head("Content-Length: 3") + b"Up.Unpublished copy after the end\r\n\r\n",
        head("Transfer-Encoding: chunked") + b"Unpublished copy\r\n",
        b"Unpublished copy\r\n\r\n",
    ],
)
async def test_what_is_no_http_is_neither_echoed_nor_logged(
    client: Client, sent: bytes, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    reader, writer = await client.connect()
    writer.write(sent)
    answers = await asyncio.wait_for(reader.read(), PATIENCE_SECONDS)
    writer.close()
    assert answers.split()[1] == b"400"
    assert b'{"error": ' in answers
    assert b"aiohttp" not in answers
    assert b"Unpublished" not in answers + "".join(capsys.readouterr()).encode() + caplog.text.encode()


async def test_a_sender_that_leaves_does_no_harm(client: Client, caplog: pytest.LogCaptureFixture) -> None:
    for sent in (head("Content-Length: 500") + b"x", head(f"Content-Length: {len(ARTICLE)}") + ARTICLE, b"POST"):
        _, writer = await client.connect()
        writer.write(sent)
        await writer.drain()
        writer.transport.abort()
    await asyncio.sleep(0.2)
    assert (await client.post()).status == 202
    assert [record for record in caplog.records if record.levelno >= logging.WARNING] == []


async def test_every_answer_that_the_document_promises_is_given_and_no_other(
    settings: Settings, options: PushOptions, monkeypatch: pytest.MonkeyPatch
) -> None:
    signature = signed(ARTICLE)
    async with serving(settings, options, read_timeout_seconds=0.3) as client:
        document = (await client.get("/openapi.json")).content
        answers = [
            await client.post(),
            await client.post(path="/v1/articles?format=papyrus"),
            await client.post(headers={}),
            await client.post(trickle(*[b"x"] * 10, pause=0.1)),
            await client.post(headers=signature),
            await client.post(headers=signature),
            await client.post(b"x" * (LIMIT + 1)),
            await client.post(headers={**TOKEN, "Content-Encoding": "gzip"}),
            await client.post(headers={**TOKEN, "Expect": "wonders"}),
            await client.post(b"%PDF-"),
            *[await client.post(headers={"Authorization": "Bearer token-of-afp"}) for _ in range(2)],
        ]
    async with serving(settings, options, max_requests=0) as client:
        answers.append(await client.post())
    monkeypatch.setattr("streams.ingest.sender.Sender", Refusing)
    monkeypatch.setattr(Refusing, "error", RuntimeError())
    async with serving(settings, options) as client:
        answers.append(await client.post())
    assert {str(answer.status) for answer in answers} == set(document["paths"]["/v1/articles"]["post"]["responses"])


async def test_the_document_holds_together(client: Client) -> None:
    document = (await client.get("/openapi.json")).content
    assert document["openapi"] == "3.1.0"
    assert set(references(document)) <= {f"#/components/schemas/{name}" for name in document["components"]["schemas"]}
    for alternative in document["paths"]["/v1/articles"]["post"]["security"]:
        assert set(alternative) <= set(document["components"]["securitySchemes"])
    for path, methods in document["paths"].items():
        if "get" in methods:
            assert (await client.get(path)).status == 200


def references(part: object) -> Iterable[str]:
    if isinstance(part, dict):
        for name, value in part.items():
            yield from [value] if name == "$ref" else references(value)
    elif isinstance(part, list):
        for value in part:
            yield from references(value)


async def test_the_page_loads_nothing_and_runs_nothing(client: Client) -> None:
    page = await client.get("/docs")
    assert page.headers["Content-Security-Policy"].startswith("default-src 'none'; style-src 'sha256-")
    assert "<script" not in page.content
    assert "http://" not in page.content
    assert "POST /v1/articles" in page.content


async def test_errors_are_json_on_every_path(client: Client) -> None:
    nowhere, wrong = await client.get("/nowhere"), await client.get("/v1/articles")
    assert (nowhere.status, nowhere.content) == (404, {"error": "Not Found: see /docs"})
    assert (wrong.status, wrong.headers["Allow"]) == (405, "POST")
    assert wrong.content == {"error": "this path takes POST: see /docs"}
    assert wrong.headers["Server"] == "copytaster"


async def test_the_application_works_on_any_server(settings: Settings, options: PushOptions) -> None:
    sources = {"desk": Source("desk", requests_per_second=10, token=b"t")}
    async with open_sender(settings) as sender:
        runner = web.AppRunner(build_app(sender, sources, options))
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        async with aiohttp.ClientSession() as session:
            client = Client(f"http://127.0.0.1:{runner.addresses[0][1]}", session)
            assert (await client.post(headers={"Authorization": "Bearer t"})).status == 202
        await runner.cleanup()


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("[sources", "not TOML: "),
        ("", "nobody may send; add a table [sources.NAME] with a token_file or a secret_file"),
        ("[source.ap]\n", 'unknown key "source"; there is sources'),
        ("sources = 3", "sources: it must be a valid dictionary"),
        ("[sources.ap]", "[sources.ap] needs a token_file or a secret_file"),
        (
            '[sources.ap]\ntoken = "x"',
            '[sources.ap]: unknown key "token"; there are token_file, secret_file, requests_per_second',
        ),
        ('[sources.ap]\ntoken_file = "missing"', "[sources.ap] token_file: {0}/missing: no such file or directory"),
        ('[sources.ap]\nsecret_file = "blank"', "[sources.ap] secret_file: {0}/blank is empty"),
        ('[sources.ap]\ntoken_file = "two"', "[sources.ap] token_file: the file must hold one token and nothing else"),
        (
            '[sources.ap]\ntoken_file = "ap"\nrequests_per_second = 0',
            "[sources.ap]: requests_per_second must be greater than 0",
        ),
        (
            '[sources.ap]\ntoken_file = "ap"\n[sources.afp]\nsecret_file = "ap"',
            "[sources.ap] and [sources.afp] share a token or secret",
        ),
        (
            '[sources."\u00e9"]\ntoken_file = "ap"',
            "[sources.\u00e9]: a source's name is printable ASCII, 200 characters at most",
        ),
    ],
)
def test_a_bad_sources_file_says_in_one_line_what_to_change(tmp_path: Path, text: str, problem: str) -> None:
    (tmp_path / "blank").write_text(" \n")
    (tmp_path / "two").write_text("one\ntwo\n")
    (tmp_path / "ap").write_text("secret")
    (tmp_path / "sources.toml").write_text(text)
    with pytest.raises(SettingsError) as raised:
        load_sources(tmp_path / "sources.toml", requests_per_second=1)
    message = str(raised.value)
    assert message.startswith(f"{tmp_path / 'sources.toml'}: {problem.format(tmp_path)}")
    assert "\n" not in message


def test_a_secret_that_others_may_read_is_told_and_not_shown(
    options: PushOptions, capsys: pytest.CaptureFixture[str]
) -> None:
    file = options.tokens_file.with_name("reuters")
    file.chmod(0o644)
    sources = load_sources(options.tokens_file, requests_per_second=7)
    output = capsys.readouterr().out
    assert str(file) in output
    assert "0644" in output
    assert "token-of" not in output + repr(sources)
    assert [source.requests_per_second for source in sources.values()] == [7, 1, 7]


async def test_a_taken_port_is_told_in_one_line(settings: Settings, options: PushOptions, client: Client) -> None:
    port = urlsplit(client.url).port
    with pytest.raises(SettingsError, match=rf"^cannot listen on 127\.0\.0\.1:{port}: .*in use"):
        await serve(settings, replace(options, port=port or 0), on_ready=lambda _: None)


def test_a_bucket_lets_through_its_rate_and_a_seconds_worth_at_once() -> None:
    now = [0.0]
    bucket = TokenBucket(2, clock=lambda: now[0])
    assert [bucket.take() for _ in range(3)] == [0, 0, 0.5]
    now[0] = 0.5
    assert [bucket.take() for _ in range(2)] == [0, 0.5]
    now[0] = 100
    assert [bucket.take() > 0 for _ in range(3)] == [False, False, True]


def test_a_budget_gets_back_what_was_held() -> None:
    budget = Budget(2, 10)
    first, second, third = budget.hold(), budget.hold(), budget.hold()
    assert first.admit()
    assert first.add(6)
    assert not second.add(5)
    assert second.add(4)
    assert budget.is_spent
    first.release()
    first.release()
    assert budget.hold().add(6)
    assert (second.admit(), third.admit(), first.admit()) == (True, True, False)


def test_a_replay_window_forgets_what_is_no_longer_taken_and_nothing_else() -> None:
    window = ReplayWindow(300, capacity=2)
    assert window.use(1000, b"a")
    assert not window.use(1000, b"a")
    assert window.use(1100, b"b")
    assert not window.has_room(1300)
    assert not window.use(1000, b"a")
    assert window.is_current(1000, 1300)
    assert not window.is_current(1000, 1300.5)
    assert window.has_room(1301)
    window.forget(1100, b"b")
    window.forget(1100, b"b")
    assert [window.use(1301, signature) for signature in (b"c", b"d")] == [True, True]
    assert not window.has_room(1302)


def test_the_least_recently_used_is_forgotten() -> None:
    remembered = Remembered(2)
    remembered.put(b"a", b"1")
    remembered.put(b"b", b"2")
    assert remembered.get(b"a") == b"1"
    remembered.put(b"c", b"3")
    assert [remembered.get(name) for name in (b"a", b"b", b"c")] == [b"1", None, b"3"]
