import asyncio
import gzip
import itertools
import socket
import time
import zlib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from random import Random

import pytest
from aiohttp import ClientSession, web
from aiohttp.abc import AbstractResolver, ResolveResult

from streams.errors import SourceError
from streams.ingest import fetch as fetching
from streams.ingest.fetch import (
    Fetched,
    FetchError,
    FetchLimits,
    Validators,
    allowed_by_robots,
    fetch,
    is_public,
    open_session,
)

Handler = Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]
MIB = 1 << 20
ROOMY = FetchLimits(total_seconds=20)
UNASKED = Validators()


@asynccontextmanager
async def serve(handler: Handler) -> AsyncIterator[str]:
    """A server on this machine that has one answer for every path; its URL, without a slash at the end."""
    runner = web.ServerRunner(web.Server(handler), shutdown_timeout=0.1)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


@asynccontextmanager
async def answer_bytes(answer: bytes) -> AsyncIterator[str]:
    """A server that says just this, whether it is HTTP or not, and hangs up."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(answer)
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(talk, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"


def text(body: str | bytes = "News.", status: int = 200, **headers: str) -> Handler:
    named = {name.replace("_", "-"): value for name, value in headers.items()}

    async def handler(_request: web.BaseRequest) -> web.StreamResponse:
        return web.Response(body=body, status=status, headers=named)

    return handler


def encoded(body: bytes, encoding: str) -> Handler:
    return text(body, Content_Encoding=encoding)


def endless(*chunks: bytes, wait_seconds: float = 0.0, encoding: str = "identity") -> Handler:
    """The first chunk, then the last one for ever."""

    async def handler(request: web.BaseRequest) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Encoding": encoding})
        await response.prepare(request)
        for chunk in itertools.chain(chunks, itertools.repeat(chunks[-1])):
            await response.write(chunk)
            await asyncio.sleep(wait_seconds)
        return response

    return handler


def paths(answers: dict[str, Handler]) -> Handler:
    async def handler(request: web.BaseRequest) -> web.StreamResponse:
        return await answers[request.path](request)

    return handler


def redirect(status: int, location: str) -> Handler:
    return text(status=status, Location=location)


async def get(
    handler: Handler, path: str = "/", *, validators: Validators = UNASKED, limits: FetchLimits = ROOMY
) -> Fetched:
    async with serve(handler) as url, open_session(allow_private=True) as session:
        fetched = await fetch(session, url + path, validators=validators, limits=limits)
        assert fetched.url.startswith(url)
        return fetched


@pytest.fixture
async def public_only() -> AsyncIterator[ClientSession]:
    async with open_session() as session:
        yield session


async def test_an_answer_comes_with_all_that_is_needed_to_ask_again() -> None:
    handler = text(
        ETag='"1"',
        Last_Modified="Mon, 06 May 2024 10:00:00 GMT",
        Content_Type="application/rss+xml; charset=koi8-r",
        Cache_Control="public, Max-Age=600",
        Retry_After="7",
    )
    fetched = await get(handler, "/feed?a=b")
    assert (fetched.status, fetched.body, fetched.media_type) == (200, b"News.", "application/rss+xml; charset=koi8-r")
    assert fetched.url.endswith("/feed?a=b")
    assert fetched.validators == Validators('"1"', "Mon, 06 May 2024 10:00:00 GMT")
    assert (fetched.retry_after_seconds, fetched.max_age_seconds, fetched.moved_to) == (7, 600, None)


async def test_we_say_who_we_are_and_what_we_can_read() -> None:
    seen: list[web.BaseRequest] = []

    async def handler(request: web.BaseRequest) -> web.StreamResponse:
        seen.append(request)
        return web.Response(headers={"Set-Cookie": "tracked=1"})

    async with serve(handler) as url, open_session(allow_private=True) as session:
        for _ in range(2):
            await fetch(session, url)
    headers = seen[1].headers
    assert headers["User-Agent"].startswith("copytaster/")
    assert headers["User-Agent"].endswith(" (+feed reader)")
    assert headers["Accept-Encoding"] == "gzip, deflate"
    assert not {"Cookie", "If-None-Match", "If-Modified-Since"} & set(headers)


async def test_what_is_as_it_was_is_not_sent_again() -> None:
    known = Validators('W/"1"', "Mon, 06 May 2024 10:00:00 GMT")

    async def handler(request: web.BaseRequest) -> web.StreamResponse:
        same = request.headers["If-None-Match"] == known.etag
        assert request.headers["If-Modified-Since"] == known.last_modified
        return web.Response(status=304 if same else 200)

    fetched = await get(handler, validators=known)
    assert fetched.not_modified
    assert (fetched.body, fetched.validators) == (b"", known)


async def test_headers_that_could_not_be_sent_on_are_not_kept() -> None:
    headers = b'ETag: "\xff"\r\nLast-Modified: \r\nContent-Type: text/xml; charset=\xff'
    answer = b"HTTP/1.1 200 OK\r\n" + headers + b"\r\nContent-Length: 0\r\n\r\n"
    async with answer_bytes(answer) as url, open_session(allow_private=True) as session:
        fetched = await fetch(session, url)
    assert (fetched.validators, fetched.media_type) == (Validators(), None)


@pytest.mark.parametrize("status", [500, 502, 503, 429, 400, 401, 403, 404, 206, 204, 300, 302])
async def test_any_other_status_is_an_error_that_names_it(status: int) -> None:
    with pytest.raises(FetchError, match=rf"^http://127.*/feed: HTTP {status} \w+") as caught:
        await get(text(status=status), "/feed")
    assert isinstance(caught.value, SourceError)
    assert (caught.value.status, caught.value.retry_after_seconds) == (status, None)


async def test_what_is_gone_is_an_answer() -> None:
    assert (await get(text(status=410))).gone


@pytest.mark.parametrize(
    ("value", "seconds"), [("120", 120), ("0", 0), ("soon", None), ("-1", None), ("9" * 5000, None), ("²", None)]
)
async def test_when_to_come_again_is_told_with_the_error(value: str, seconds: float | None) -> None:
    with pytest.raises(FetchError) as caught:
        await get(text(status=503, Retry_After=value))
    assert caught.value.retry_after_seconds == seconds


@pytest.mark.parametrize(("hours", "low", "high"), [(1, 3500, 3600), (-1, 0, 0)])
async def test_when_to_come_again_may_be_a_date(hours: int, low: float, high: float) -> None:
    date = format_datetime(datetime.now(UTC) + timedelta(hours=hours), usegmt=True)
    fetched = await get(text(Retry_After=date))
    assert fetched.retry_after_seconds is not None
    assert low <= fetched.retry_after_seconds <= high


@pytest.mark.parametrize(
    ("hops", "moved_to"),
    [
        ([301], "/1"),
        ([308, 301], "/2"),
        ([302], None),
        ([303], None),
        ([307], None),
        ([302, 301], None),
        ([301, 302], "/1"),
        ([301] * 5, "/5"),
    ],
)
async def test_only_a_permanent_redirect_is_remembered(hops: list[int], moved_to: str | None) -> None:
    answers = {f"/{place}": redirect(status, f"{place + 1}#part") for place, status in enumerate(hops)}
    async with serve(paths({**answers, f"/{len(hops)}": text()})) as url, open_session(allow_private=True) as session:
        fetched = await fetch(session, f"{url}/0")
    assert fetched.url == f"{url}/{len(hops)}"
    assert fetched.moved_to == (moved_to and url + moved_to)


@pytest.mark.parametrize(
    ("location", "reason"),
    [
        ("/", "more than 5 redirects"),
        ("file:///etc/passwd", "no URL of http or https"),
        ("ftp://example.com/feed", "no URL of http or https"),
        ("gopher://127.0.0.1:6379/_FLUSHALL", "no URL of http or https"),
        ("http:///feed", ""),
        ("http://[::1", ""),
        ("http://127.0.0.1:99999/", ""),
        ("http://me:secret@127.0.0.1/", "a password in a URL would end up in logs and records"),
        (f"http://{'a' * 70}.example/", ""),
        ("http://a..example/", ""),
        ("http://\udcff/", ""),
    ],
)
async def test_a_redirect_that_cannot_be_followed_is_an_error(location: str, reason: str) -> None:
    answer = f"HTTP/1.1 301 Moved\r\nContent-Length: 0\r\nLocation: {location}\r\n\r\n"
    sent = answer.encode(errors="surrogateescape")
    async with answer_bytes(sent) as url, open_session(allow_private=True) as session:
        with pytest.raises(FetchError, match=f"^{url}: .*{reason}") as caught:
            await fetch(session, url, limits=ROOMY)
    assert "secret" not in str(caught.value)


BARE = zlib.compressobj(wbits=-15)
COMPRESSED = {
    "gzip": (gzip.compress(b"News."), "gzip"),
    "an old name of it": (gzip.compress(b"News."), "X-GZip"),
    "zlib": (zlib.compress(b"News."), "deflate"),
    "bare deflate": (BARE.compress(b"News.") + BARE.flush(), "deflate"),
    "not compressed": (b"News.", "identity"),
    "in parts": (gzip.compress(b"Ne") + gzip.compress(b"ws."), "gzip"),
    "padded": (gzip.compress(b"News.") + bytes(512), "gzip"),
}


@pytest.mark.parametrize(("body", "encoding"), COMPRESSED.values(), ids=COMPRESSED)
async def test_a_compressed_body_is_decompressed(body: bytes, encoding: str) -> None:
    assert (await get(encoded(body, encoding))).body == b"News."


async def test_a_compressed_body_may_come_in_any_pieces() -> None:
    expected = bytes(range(256)) * 4000
    whole = gzip.compress(expected)

    async def handler(request: web.BaseRequest) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Encoding": "gzip"})
        await response.prepare(request)
        for start in range(0, len(whole), 97):
            await response.write(whole[start : start + 97])
            await asyncio.sleep(0)
        return response

    assert (await get(handler)).body == expected


async def test_news_that_compresses_well_is_no_bomb() -> None:
    body = b"".join(b"<item><title>Item %d</title></item>" % number for number in range(200_000))
    assert (await get(encoded(gzip.compress(body), "gzip"))).body == body


NOTHING_MORE = zlib.compressobj(wbits=-15).flush(zlib.Z_SYNC_FLUSH) * 1000
BAD_BODIES = {
    "bomb": (encoded(gzip.compress(bytes(20 * MIB)), "gzip"), "grows more than 100 times when decompressed"),
    "bomb of deflate": (encoded(zlib.compress(bytes(20 * MIB)), "deflate"), "grows more than 100 times"),
    "bomb in parts": (encoded(gzip.compress(bytes(MIB)) * 20, "gzip"), "grows more than 100 times"),
    "large": (text(bytes(5 * MIB)), "larger than 4194304 bytes"),
    "large when decompressed": (
        encoded(gzip.compress(Random(0).randbytes(5 << 19).hex().encode()), "gzip"),
        "larger than 4194304 bytes",
    ),
    "never-ending": (endless(bytes(MIB)), "larger than 4194304 bytes"),
    "never-ending nothing": (endless(NOTHING_MORE, encoding="deflate"), "larger than 4194304 bytes"),
    "very many parts": (encoded(gzip.compress(b"") * 1001, "gzip"), "gzip in more than 1000 parts"),
    "cut off": (encoded(gzip.compress(b"News.")[:-4], "gzip"), "the compressed body ends in the middle"),
    "no gzip": (encoded(b"News.", "gzip"), "not gzip: "),
    "no deflate": (encoded(b"\xff\xff\xff", "deflate"), "not deflate: "),
    "not asked for": (encoded(b"News.", "br"), "a Content-Encoding that was not asked for"),
    "twice": (encoded(b"News.", "gzip, gzip"), "a Content-Encoding that was not asked for"),
}


@pytest.mark.parametrize(("handler", "reason"), BAD_BODIES.values(), ids=BAD_BODIES)
async def test_a_bad_body_is_an_error(handler: Handler, reason: str) -> None:
    with pytest.raises(FetchError, match=rf"^http://127.*: {reason}"):
        await get(handler, limits=FetchLimits(body_bytes=4 * MIB, ratio=100, total_seconds=20))


async def test_a_body_that_drips_ends_with_the_time() -> None:
    started = time.monotonic()
    with pytest.raises(FetchError, match=r"not done within 0\.3 s$"):
        await get(endless(b"x", wait_seconds=0.02), limits=FetchLimits(total_seconds=0.3))
    assert time.monotonic() - started < 10


async def test_a_server_that_says_nothing_ends_with_the_time() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        async with open_session(allow_private=True) as session:
            with pytest.raises(FetchError, match=r"not done within 0\.3 s$"):
                await fetch(
                    session, f"http://127.0.0.1:{silent.getsockname()[1]}/", limits=FetchLimits(total_seconds=0.3)
                )


async def test_nobody_there_is_an_error() -> None:
    async with open_session(allow_private=True) as session:
        with pytest.raises(FetchError, match=r"^http://127\.0\.0\.1:9/: "):
            await fetch(session, "http://127.0.0.1:9/")


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"220 mail.example ESMTP\r\n\r\n",
        b"\xff\xfe\x00\r\n\r\n",
        b"HTTP/1.1 999999 OK\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nshort",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nNews.",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nNews.\r\n",
        b"HTTP/1.1 200 OK\r\nX: " + b"x" * 100_000 + b"\r\n\r\n",
    ],
    ids=range(9),
)
async def test_what_is_no_http_is_an_error_of_one_line(answer: bytes) -> None:
    async with answer_bytes(answer) as url, open_session(allow_private=True) as session:
        with pytest.raises(FetchError) as caught:
            await fetch(session, url, limits=ROOMY)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "url", ["file:///etc/passwd", "feed.xml", "//example.com", "http://", "http://[::1", "", "ftp://a"]
)
async def test_only_http_is_fetched(public_only: ClientSession, url: str) -> None:
    with pytest.raises(FetchError, match=r"^cannot be fetched: "):
        await fetch(public_only, url)


async def test_a_password_is_not_told(public_only: ClientSession) -> None:
    with pytest.raises(FetchError, match=r"^cannot be fetched: a password in a URL would end up in logs") as caught:
        await fetch(public_only, "https://me:secret@example.com/feed")
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "localhost",
        "[::1]",
        "[::]",
        "0.0.0.0",
        "10.1.2.3",
        "169.254.169.254",
        "192.168.0.1",
        "100.64.0.1",
        "224.0.0.1",
        "255.255.255.255",
        "0x7f.1",
        "0x7f000001",
        "0177.0.0.1",
        "2130706433",
        "127.1",
        "127。0。0。1",
        "[::ffff:10.0.0.1]",
        "[::ffff:7f00:1]",
        "[::127.0.0.1]",
        "[64:ff9b::7f00:1]",
        "[64:ff9b:1::7f00:1]",
        "[2002:7f00:1::]",
        "[fe80::1]",
        "[fe80::1%25lo]",
        "[2606:2800:21f::1%25.evil.example]",
        "[fd00::1]",
        "[fec0::1]",
        "[ff02::1]",
    ],
)
async def test_inner_networks_are_not_asked(public_only: ClientSession, host: str) -> None:
    asked = False

    async def handler(_request: web.BaseRequest) -> web.StreamResponse:
        nonlocal asked
        asked = True
        return web.Response()

    async with serve(handler) as url:
        port = url.rpartition(":")[2]
        with pytest.raises(FetchError, match=r"is no public address|is not a canonical IPv4 address|cannot be fetched"):
            await fetch(public_only, f"http://{host}:{port}/")
    assert not asked


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("93.184.215.14", True),
        ("2606:2800:21f:cb07:6820:80da:af6b:8b2c", True),
        ("::ffff:93.184.215.14", True),
        ("64:ff9b::5db8:d70e", True),
        ("2002:5db8:d70e::1", True),
        ("192.0.0.8", False),
        ("192.88.99.1", False),
        ("240.0.0.1", False),
        ("198.18.0.1", False),
        ("203.0.113.1", False),
        ("2001:db8::1", False),
        ("2001::1", False),
        ("100::1", False),
        ("4000::1", False),
        ("2002:a00:1::", False),
        ("64:ff9b::a00:1", False),
        ("2606:2800:21f::1%eth0", False),
        ("2606:2800:21f::1%.evil.example", False),
        ("localhost", False),
        ("127.1", False),
        ("", False),
    ],
)
def test_the_public_internet_is_told_from_what_is_not(address: str, public: bool) -> None:  # noqa: FBT001
    assert is_public(address) is public


@dataclass
class Names(AbstractResolver):
    """Names that stand for whatever addresses a test wants."""

    addresses: dict[str, list[str]]
    asked: list[str] = field(default_factory=list)

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        self.asked.append(host)
        return [
            ResolveResult(hostname=host, host=address, port=port, family=family, proto=0, flags=socket.AI_NUMERICHOST)
            for address in self.addresses[host]
        ]

    async def close(self) -> None:
        pass


@pytest.mark.parametrize("addresses", [["127.0.0.1"], ["10.0.0.1", "127.0.0.1"], ["169.254.169.254"]])
async def test_a_name_of_an_inner_network_is_refused(addresses: list[str]) -> None:
    names = Names({"feeds.example": addresses})
    async with open_session(resolver=names) as session:
        with pytest.raises(FetchError, match=r"^http://feeds\.example/: .*1[\d.]+ is no public address"):
            await fetch(session, "http://feeds.example/")
    assert names.asked == ["feeds.example"]


@pytest.fixture
def _loopback_is_public(monkeypatch: pytest.MonkeyPatch) -> None:
    """There is no server of ours on the public internet."""
    monkeypatch.setattr(fetching, "is_public", lambda address: address == "127.0.0.1" or is_public(address))


@pytest.mark.usefixtures("_loopback_is_public")
async def test_only_the_public_addresses_of_a_name_are_connected_to() -> None:
    names = Names({"feeds.example": ["10.0.0.1", "127.0.0.1"]})
    async with serve(text()) as url, open_session(resolver=names) as session:
        assert (await fetch(session, url.replace("127.0.0.1", "feeds.example"))).body == b"News."


@pytest.mark.usefixtures("_loopback_is_public")
@pytest.mark.parametrize("target", ["http://169.254.169.254/latest", "http://[::1]/", "http://inner.example/"])
async def test_no_redirect_leads_to_an_inner_network(target: str) -> None:
    names = Names({"inner.example": ["192.168.0.1"]})
    async with serve(redirect(302, target)) as url, open_session(resolver=names) as session:
        with pytest.raises(FetchError, match="is no public address"):
            await fetch(session, url)


@pytest.mark.parametrize(
    ("handler", "allowed"),
    [
        (text("User-agent: *\nDisallow: /news"), False),
        (text("User-agent: *\nDisallow: /sport"), True),
        (text("User-agent: copytaster\nDisallow:\n\nUser-agent: *\nDisallow: /"), True),
        (text("\ufeffUser-agent: Copytaster\nDisallow: /"), False),
        (text(b"\xff\x00<html>"), True),
        (text(""), True),
        (text("User-agent: *\nCrawl-delay: \u00b2"), False),
        (text(status=404), True),
        (text(status=403), True),
        (text(status=410), True),
        (text(status=429), False),
        (text(status=503), False),
        (text(bytes(MIB)), False),
    ],
)
async def test_a_page_is_read_where_robots_may(handler: Handler, allowed: bool) -> None:  # noqa: FBT001
    async with serve(handler) as url, open_session(allow_private=True) as session:
        assert await allowed_by_robots(session, f"{url}/news/1") is allowed


async def test_robots_are_asked_once_a_day_and_again_where_they_could_not_be() -> None:
    asked: list[str] = []
    status, now = 503, 0.0

    async def handler(request: web.BaseRequest) -> web.StreamResponse:
        asked.append(request.path)
        return web.Response(status=status, text="User-agent: *\nDisallow: /private")

    async with serve(handler) as url, open_session(allow_private=True) as session:
        assert not await allowed_by_robots(session, f"{url}/1", now=lambda: now)
        status = 200
        assert await allowed_by_robots(session, f"{url}/1", now=lambda: now)
        assert not await allowed_by_robots(session, f"{url}/private/2", now=lambda: now)
        assert asked == ["/robots.txt"] * 2
        now = 25 * 3600.0
        assert await allowed_by_robots(session, f"{url}/1", now=lambda: now)
    assert len(asked) == 3


async def test_robots_of_what_is_no_page_is_an_error(public_only: ClientSession) -> None:
    with pytest.raises(FetchError, match=r"^cannot be fetched: "):
        await allowed_by_robots(public_only, "file:///etc/passwd")
