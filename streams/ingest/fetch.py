"""One HTTP fetch of something that strangers serve: bounded in time and bytes, and never from an inner network."""

import asyncio
import re
import socket
import time
import zlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from errno import EACCES
from http import HTTPStatus
from http.client import responses
from importlib.metadata import version
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network
from urllib.robotparser import RobotFileParser
from weakref import WeakKeyDictionary

from aiohttp import (
    AddrInfoType,
    ClientError,
    ClientResponse,
    ClientSession,
    ClientTimeout,
    DummyCookieJar,
    TCPConnector,
)
from aiohttp.abc import AbstractResolver
from yarl import URL

from streams.errors import SourceError

__all__ = [
    "FetchError",
    "FetchLimits",
    "Fetched",
    "Validators",
    "allowed_by_robots",
    "fetch",
    "http_url",
    "is_public",
    "open_session",
]

_AGENT = "copytaster"
_HEADERS = {"User-Agent": f"{_AGENT}/{version('copytaster')} (+feed reader)", "Accept-Encoding": "gzip, deflate"}

_PERMANENT = frozenset((HTTPStatus.MOVED_PERMANENTLY, HTTPStatus.PERMANENT_REDIRECT))
_REDIRECTS = _PERMANENT | {HTTPStatus.FOUND, HTTPStatus.SEE_OTHER, HTTPStatus.TEMPORARY_REDIRECT}
_WITH_BODY = frozenset((HTTPStatus.OK, HTTPStatus.NON_AUTHORITATIVE_INFORMATION))
_WITHOUT_BODY = frozenset((HTTPStatus.NOT_MODIFIED, HTTPStatus.GONE))

_PIECE_BYTES = 64 << 10
_RATIO_FROM_BYTES = 1 << 20
_MOST_GZIP_MEMBERS = 1000
"""Each costs a copy of what follows it, so that very small ones would take very long."""
_GZIP_MAGIC = b"\x1f"
_GZIP_BITS, _ZLIB_BITS, _RAW_BITS = 31, 15, -15
_ZLIB_METHOD = 8

_MAX_AGE = re.compile(r"(?:^|,)\s*max-age\s*=\s*\"?(\d{1,10})\b", re.IGNORECASE)

_GLOBAL_UNICAST = IPv6Network("2000::/3")
_NAT64 = IPv6Network("64:ff9b::/96")
_NOT_PUBLIC = tuple(map(ip_network, ("192.0.0.0/24", "192.88.99.0/24")))
"""Protocol assignments and the 6to4 anycast, which `is_global` of some Python versions takes for public."""

_DAY_SECONDS = 24 * 60 * 60.0
_ROBOTS_BYTES = 512 << 10
"""RFC 9309 asks for 500 KiB at least."""
_ROBOTS: WeakKeyDictionary[ClientSession, dict[URL, tuple[float, RobotFileParser]]] = WeakKeyDictionary()
"""By origin: until when they hold, and the rules."""


class FetchError(SourceError):
    """A fetch failed. `status` is that of the answer, if there was one that said so."""

    def __init__(self, message: str, *, status: int | None = None, retry_after_seconds: float | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.retry_after_seconds = retry_after_seconds


@dataclass(frozen=True, slots=True)
class Validators:
    """What a server named the state of a resource, to be asked whether it still is the same."""

    etag: str | None = None
    last_modified: str | None = None


@dataclass(frozen=True, slots=True)
class FetchLimits:
    """Bounds of one fetch. Body bytes count decompressed; `ratio` is decompressed to received, above 1 MiB.

    `total_seconds` is for all of it, redirects and body included; `connect_seconds` for each connection, TLS included.
    """

    body_bytes: int = 32 << 20
    ratio: int = 100
    total_seconds: float = 30
    connect_seconds: float = 10
    redirects: int = 5


@dataclass(frozen=True, slots=True)
class Fetched:
    """An answer. `url` is where it came from in the end, `moved_to` where to ask from now on, if that was said.

    `media_type` is the header as it is, with its charset.
    """

    status: int
    url: str
    body: bytes = b""
    media_type: str | None = None
    validators: Validators = Validators()
    retry_after_seconds: float | None = None
    max_age_seconds: float | None = None
    moved_to: str | None = None

    @property
    def not_modified(self) -> bool:
        """Whether all is as it was when the validators were given; there is no body then."""
        return self.status == HTTPStatus.NOT_MODIFIED

    @property
    def gone(self) -> bool:
        """Whether nobody should ask again; there is no body then."""
        return self.status == HTTPStatus.GONE


def open_session(*, allow_private: bool = False, resolver: AbstractResolver | None = None) -> ClientSession:
    """A session for `fetch`, which connects to public addresses only unless `allow_private`.

    The address is checked where its socket is made. A check of the URL or of what a resolver says could be passed by
    a name that is resolved again, by a literal address, which aiohttp does not resolve, or by one spelled oddly.
    """
    # One connection to a host also where several feeds are redirected to it.
    connector = TCPConnector(
        limit_per_host=1, resolver=resolver, socket_factory=None if allow_private else _socket_to_public
    )
    return ClientSession(connector=connector, headers=_HEADERS, cookie_jar=DummyCookieJar(), trust_env=False)


async def fetch(
    session: ClientSession, url: str, *, validators: Validators = Validators(), limits: FetchLimits = FetchLimits()
) -> Fetched:
    """Get what is at a URL, with a session of `open_session`, which decides which addresses may be connected to.

    With validators the answer may be `not_modified`; a 410 is an answer too.

    Raises:
        FetchError: there was none, or one that says so or that the limits forbid.
    """
    start = _start(url)
    try:
        async with asyncio.timeout(limits.total_seconds):
            return await _follow(session, start, validators, limits)
    except TimeoutError as error:
        raise FetchError(f"{url}: {_line(error) or f'not done within {limits.total_seconds:g} s'}") from error
    except (ClientError, OSError, ValueError) as error:
        raise FetchError(f"{url}: {_line(error)}") from error


async def allowed_by_robots(session: ClientSession, url: str, *, now: Callable[[], float] = time.monotonic) -> bool:
    """Whether the host's robots.txt lets us read a page, by RFC 9309; it is fetched once a day at most.

    A host without one allows everything, one that cannot be asked nothing. `now` is in seconds.

    Raises:
        FetchError: it is no URL that can be fetched.
    """
    origin = _start(url).origin()
    cached = _ROBOTS.setdefault(session, {})
    fresh_until, rules = cached.get(origin, (0.0, None))
    if rules is None or now() >= fresh_until:
        rules = await _robots(session, origin)
        if rules is None:
            return False
        cached[origin] = (now() + _DAY_SECONDS, rules)
    return rules.can_fetch(_AGENT, url)


def http_url(text: str) -> URL:
    """A URL that can be fetched.

    Raises:
        ValueError: it is none, not of HTTP, or has a password in it, which would end up in logs and records; so it is
            not quoted.
    """
    return _checked(URL(text))


def is_public(address: str) -> bool:
    """Whether an IP address is one of the public internet; whatever is no address is not.

    >>> is_public("93.184.215.14"), is_public("::ffff:10.0.0.1"), is_public("169.254.169.254")
    (True, False, False)
    """
    try:
        ip = ip_address(address)
    except ValueError:
        return False
    if isinstance(ip, IPv6Address):
        if ip.scope_id is not None:
            # Only what is not public has a zone, and what follows the % might be looked up as a name.
            return False
        ip = _embedded(ip) or ip
    if isinstance(ip, IPv6Address) and ip not in _GLOBAL_UNICAST:
        return False
    return ip.is_global and not (ip.is_multicast or ip.is_reserved) and not any(ip in net for net in _NOT_PUBLIC)


def _embedded(ip: IPv6Address) -> IPv4Address | None:
    """The IPv4 address that a packet to this one goes to in the end."""
    if ip in _NAT64:
        return IPv4Address(int(ip) & 0xFFFF_FFFF)
    return ip.ipv4_mapped or ip.sixtofour


def _socket_to_public(info: AddrInfoType) -> socket.socket:
    family, kind, protocol, _, address = info
    if not is_public(str(address[0])):
        raise PermissionError(EACCES, f"{address[0]} is no public address")
    return socket.socket(family, kind, protocol)


def _start(url: str) -> URL:
    try:
        return http_url(url)
    except ValueError as error:
        raise FetchError(f"cannot be fetched: {_line(error)}") from error


def _checked(url: URL) -> URL:
    if url.scheme not in {"http", "https"} or not url.host:
        raise ValueError("no URL of http or https")
    if url.user is not None or url.password is not None:
        raise ValueError("a password in a URL would end up in logs and records")
    return url


async def _follow(session: ClientSession, url: URL, validators: Validators, limits: FetchLimits) -> Fetched:
    moved_to, permanent = None, True
    timeout = ClientTimeout(total=None, sock_connect=limits.connect_seconds)
    for _ in range(limits.redirects + 1):
        # Decompressed here: aiohttp does not bound by how much a body grows.
        async with session.get(
            url, headers=_conditions(validators), allow_redirects=False, timeout=timeout, auto_decompress=False
        ) as response:
            target = _target(response)
            if target is None:
                return replace(await _answer(response, validators, limits), moved_to=moved_to)
            # What a permanent redirect behind a temporary one says holds only as long as the temporary one does.
            permanent = permanent and response.status in _PERMANENT
            moved_to = str(target) if permanent else moved_to
            url = target
    raise ValueError(f"more than {limits.redirects} redirects")


def _conditions(validators: Validators) -> dict[str, str]:
    headers = {"If-None-Match": validators.etag, "If-Modified-Since": validators.last_modified}
    return {name: value for name, value in headers.items() if value is not None}


def _target(response: ClientResponse) -> URL | None:
    location = response.headers.get("Location")
    if response.status not in _REDIRECTS or location is None:
        return None
    return _checked(response.url.join(URL(location)).with_fragment(None))


async def _answer(response: ClientResponse, asked: Validators, limits: FetchLimits) -> Fetched:
    retry_after = _retry_after(response.headers.get("Retry-After", ""))
    status = response.status
    if status not in _WITH_BODY | _WITHOUT_BODY:
        text = f"{response.url}: HTTP {status} {responses.get(status, '')}".rstrip()
        raise FetchError(text, status=status, retry_after_seconds=retry_after)
    given = Validators(_header(response, "ETag"), _header(response, "Last-Modified"))
    return Fetched(
        status=status,
        url=str(response.url),
        body=await _body(response, limits) if status in _WITH_BODY else b"",
        media_type=_header(response, "Content-Type"),
        validators=asked if status == HTTPStatus.NOT_MODIFIED and given == Validators() else given,
        retry_after_seconds=retry_after,
        max_age_seconds=_max_age(response),
    )


def _header(response: ClientResponse, name: str) -> str | None:
    """A header that is passed on, unless it is one that nobody could send or encode again."""
    value = response.headers.get(name)
    return value if value and value.isascii() and value.isprintable() else None


def _retry_after(value: str) -> float | None:
    """Seconds from now, of a number of them or of an HTTP date."""
    if re.fullmatch(r"[0-9]{1,10}", value):
        return float(value)
    try:
        date = parsedate_to_datetime(value)
    except (ValueError, OverflowError):
        return None
    # RFC 9110 has all dates in GMT, and some leave that out.
    return max(0.0, (date.replace(tzinfo=date.tzinfo or UTC) - datetime.now(UTC)).total_seconds())


def _max_age(response: ClientResponse) -> float | None:
    found = _MAX_AGE.search(",".join(response.headers.getall("Cache-Control", ())))
    return float(found[1]) if found else None


async def _body(response: ClientResponse, limits: FetchLimits) -> bytes:
    body = _Body(_encoding(response), limits)
    # What is known to be too large need not be waited for.
    body.expect(response.content_length or 0)
    async for chunk in response.content.iter_any():
        body.add(chunk)
    return body.whole()


def _encoding(response: ClientResponse) -> str | None:
    value = ",".join(response.headers.getall("Content-Encoding", ())).strip().lower()
    encoding = {"": None, "identity": None, "gzip": "gzip", "x-gzip": "gzip", "deflate": "deflate"}
    if value not in encoding:
        raise ValueError("a Content-Encoding that was not asked for")
    return encoding[value]


class _Body:
    """What has come of a body, decompressed, and never more than the limits allow."""

    def __init__(self, encoding: str | None, limits: FetchLimits) -> None:
        self._encoding = encoding
        self._limits = limits
        self._pieces: list[bytes] = []
        self._size = 0
        self._received = 0
        self._members = 0
        self._stream = zlib.decompressobj()
        self._ended = True
        """Whether the compressed bytes may end here."""

    def expect(self, size: int) -> None:
        """Raises ValueError where that many bytes are too many."""
        if size > self._limits.body_bytes:
            raise ValueError(f"larger than {self._limits.body_bytes} bytes")

    def add(self, chunk: bytes) -> None:
        """Take what came. Raises ValueError: it is too much, or no compressed data."""
        self._received += len(chunk)
        # Compressed bytes count too: a stream may go on for ever and stand for nothing.
        self.expect(self._received)
        if self._encoding is None:
            self._keep(chunk)
            return
        try:
            self._inflate(self._encoding, chunk)
        except zlib.error as error:
            raise ValueError(f"not {self._encoding}: {error}") from error

    def whole(self) -> bytes:
        """All of it. Raises ValueError: it ended too early."""
        if not self._ended:
            raise ValueError("the compressed body ends in the middle")
        return b"".join(self._pieces)

    def _inflate(self, encoding: str, data: bytes) -> None:
        while data:
            if self._ended and not self._begin(encoding, data):
                return
            piece = self._stream.decompress(data, _PIECE_BYTES)
            while piece:
                self._keep(piece)
                piece = self._stream.decompress(self._stream.unconsumed_tail, _PIECE_BYTES)
            self._ended = self._stream.eof
            data = self._stream.unused_data

    def _begin(self, encoding: str, data: bytes) -> bool:
        """Be ready for the next part of a gzip; whatever else follows the end is padding, as gzip itself has it."""
        if self._members and (encoding != "gzip" or not data.startswith(_GZIP_MAGIC)):
            return False
        self._members += 1
        if self._members > _MOST_GZIP_MEMBERS:
            raise ValueError(f"gzip in more than {_MOST_GZIP_MEMBERS} parts")
        self._stream = zlib.decompressobj(_window_bits(encoding, data))
        self._ended = False
        return True

    def _keep(self, piece: bytes) -> None:
        self._size += len(piece)
        self.expect(self._size)
        if self._size > max(_RATIO_FROM_BYTES, self._limits.ratio * self._received) and self._encoding:
            raise ValueError(f"grows more than {self._limits.ratio} times when decompressed")
        self._pieces.append(piece)


def _window_bits(encoding: str, data: bytes) -> int:
    """Deflate is zlib's format by the standard, and bare from some servers."""
    if encoding == "gzip":
        return _GZIP_BITS
    return _ZLIB_BITS if data[0] & 0xF == _ZLIB_METHOD else _RAW_BITS


async def _robots(session: ClientSession, origin: URL) -> RobotFileParser | None:
    """The rules of a host, or None where they cannot be had for now."""
    rules = RobotFileParser()
    try:
        fetched = await fetch(session, str(origin / "robots.txt"), limits=FetchLimits(body_bytes=_ROBOTS_BYTES))
        rules.parse(fetched.body.decode("utf-8-sig", "replace").splitlines())
    except FetchError as error:
        status = error.status or HTTPStatus.SERVICE_UNAVAILABLE
        if status >= HTTPStatus.INTERNAL_SERVER_ERROR or status == HTTPStatus.TOO_MANY_REQUESTS:
            return None
        rules.parse(())
    except ValueError:  # the parser does not know all that Unicode takes for a digit
        return None
    return rules


def _line(error: Exception) -> str:
    return " ".join(str(error).split())
