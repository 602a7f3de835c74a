"""Articles over HTTP. An answer of 202 means that Kafka has acknowledged every article it lists as accepted."""

import asyncio
import hmac
import math
import re
import stat
import time
import tomllib
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import Annotated, Any, ParamSpec, TypeVar

import structlog
from aiohttp import HttpVersion11, web
from aiokafka.errors import KafkaTimeoutError
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from schemas.raw_article import RawArticle
from streams.errors import BrokerError, SettingsError, WireError
from streams.formats import FORMATS, MEDIA_TYPES, Hint, parse
from streams.ingest.limits import Budget, Connection, Hold, Remembered, ReplayWindow, TokenBucket
from streams.ingest.openapi import DOCS_PAGE, DOCS_POLICY, OPENAPI
from streams.ingest.sender import Sender, open_sender
from streams.records import digest, encode
from streams.settings import Settings
from streams.toml_file import read_text

__all__ = ["PushOptions", "Source", "build_app", "load_sources", "serve"]

log = structlog.get_logger(__name__)

Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")

_CLOCK_SECONDS = 300
_MOST_SIGNATURES = 500_000
"""100 bytes each, and enough for 1600 signed requests a second."""
_MOST_REMEMBERED = 100_000
_SMALL_BYTES = 64 << 10
"""What is dealt with in place; a thread would cost more than it frees."""
_BUSY_SECONDS = 1.0
_BROKER_SECONDS = 5.0
_LINGER_SECONDS = 2.0
"""A body that was refused is read and thrown away so long, or its sender would see a broken pipe and not the answer."""
_STOP_SECONDS = 10.0

_SIGNATURE = re.compile(r"sha256=([0-9a-fA-F]{64})")
_TIMESTAMP = re.compile(r"[0-9]{1,12}")
_UNSPECIFIC = frozenset(("", "application/octet-stream"))


@dataclass(frozen=True, slots=True)
class PushOptions:
    """Where to listen, who may send, and how much of everything."""

    host: str
    port: int
    tokens_file: Path
    max_body_bytes: int = 8 << 20
    requests_per_second: float = 100
    """Of a source whose table does not say."""
    read_timeout_seconds: float = 10
    """For a header, and again for a body."""
    delivery_timeout_seconds: float = 30
    """Kafka's; then the answer is 503, though what is under way may still be written."""
    idle_timeout_seconds: float = 75
    max_requests: int = 256
    max_bytes: int = 64 << 20
    """Of bodies under way."""
    max_connections: int = 512


@dataclass(frozen=True, slots=True)
class Source:
    """Who may send: with a token, a secret to sign with, or either."""

    name: str
    requests_per_second: float
    token: bytes | None = field(default=None, repr=False)
    secret: bytes | None = field(default=None, repr=False)


async def serve(settings: Settings, options: PushOptions, *, on_ready: Callable[[str], None]) -> None:
    """Take articles until cancelled; then answer what is under way, and no more.

    Args:
        settings: where Kafka is.
        options: of the server.
        on_ready: told the server's URL once it listens.

    Raises:
        SettingsError: the sources cannot be read, or the address cannot be listened on.
        BrokerError: Kafka cannot be reached, or refused for good: a new start may help.
    """
    sources = load_sources(options.tokens_file, requests_per_second=options.requests_per_second)
    try:
        # aiokafka tries for ever to deliver what it has, which must not keep a server from ending.
        async with asyncio.timeout(None) as patience, open_sender(settings) as sender:
            try:
                await _listen(build_app(sender, sources, options), options, on_ready)
            finally:
                patience.reschedule(asyncio.get_running_loop().time() + _STOP_SECONDS)
    except TimeoutError as error:
        raise BrokerError("Kafka did not take what was under way; nobody was told that it had") from error


def build_app(sender: Sender, sources: Mapping[str, Source], options: PushOptions) -> web.Application:
    """The application without its server, which `serve` adds with the limits on connections and headers."""
    push = _Push(sender, sources, options)
    app = web.Application(middlewares=[push.guard])
    app[_PUSH] = push
    app.router.add_post("/v1/articles", push.post, expect_handler=_expect_later)
    app.router.add_get("/healthz", push.health)
    app.router.add_get("/openapi.json", _openapi)
    app.router.add_get("/docs", _docs)
    return app


def load_sources(path: Path, *, requests_per_second: float) -> Mapping[str, Source]:
    """The sources of a TOML file, by name; a relative path in it counts from where it is.

    Args:
        path: of the file, a table `[sources.NAME]` for each.
        requests_per_second: of a source whose table does not say.

    Raises:
        SettingsError: one line that names what to change.
    """
    try:
        tables = _File.model_validate(tomllib.loads(read_text(path))).sources
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"{path}: not TOML: {error}") from error
    except ValidationError as error:
        raise SettingsError(f"{path}: {_complaint(error)}") from error
    if not tables:
        raise SettingsError(f"{path}: nobody may send; add a table [sources.NAME] with a token_file or a secret_file")
    sources = {name: _source(path, name, table, requests_per_second) for name, table in tables.items()}
    _refuse_shared(path, sources.values())
    return sources


class _Table(BaseModel):
    """One `[sources.NAME]` table as it may be written."""

    model_config = ConfigDict(extra="forbid")

    token_file: Path | None = None
    secret_file: Path | None = None
    requests_per_second: Annotated[float, Field(gt=0, le=1_000_000)] | None = None


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid")

    # It stands in a header of HTTP.
    sources: dict[Annotated[str, Field(pattern=r"^[!-~]+( [!-~]+)*$", max_length=200)], _Table] = {}


def _complaint(error: ValidationError) -> str:
    problem = error.errors(include_url=False)[0]
    table, name, *keys = *map(str, problem["loc"]), "", ""
    where = f"[{table}.{name}]" if name else table
    key = next(filter(None, keys), "")
    if problem["type"] == "extra_forbidden":
        known = ", ".join((_Table if key else _File).model_fields)
        return f'{where}: unknown key "{key}"; there are {known}' if key else f'unknown key "{table}"; there is {known}'
    if key == "[key]":
        return f"{where}: a source's name is printable ASCII, 200 characters at most"
    return f"{where}: {key or 'it'} {problem['msg'].replace('Input should be', 'must be')}"


def _source(path: Path, name: str, table: _Table, requests_per_second: float) -> Source:
    where = f"{path}: [sources.{name}]"
    if table.token_file is None and table.secret_file is None:
        raise SettingsError(f"{where} needs a token_file or a secret_file")
    token = _secret(path, f"{where} token_file", table.token_file)
    if token is not None and len(token.split()) > 1:
        raise SettingsError(f"{where} token_file: the file must hold one token and nothing else")
    secret = _secret(path, f"{where} secret_file", table.secret_file)
    return Source(name, table.requests_per_second or requests_per_second, token, secret)


def _secret(path: Path, where: str, named: Path | None) -> bytes | None:
    if named is None:
        return None
    file = path.parent / named
    try:
        secret, mode = file.read_bytes().strip(), file.stat().st_mode
    except OSError as error:
        raise SettingsError(f"{where}: {file}: {(error.strerror or str(error)).lower()}") from error
    if not secret:
        raise SettingsError(f"{where}: {file} is empty")
    if mode & stat.S_IROTH:
        log.warning("others may read a secret: chmod o-r", file=str(file), mode=f"{stat.S_IMODE(mode):04o}")
    return secret


def _refuse_shared(path: Path, sources: Iterable[Source]) -> None:
    """Two sources with one secret could each send as the other."""
    owners: dict[bytes, str] = {}
    for source in sources:
        for secret in {source.token, source.secret} - {None}:
            owner = owners.setdefault(secret or b"", source.name)
            if owner != source.name:
                raise SettingsError(f"{path}: [sources.{owner}] and [sources.{source.name}] share a token or secret")


class _RequestError(Exception):
    """An answer other than 202; its message is one line that says what to do and repeats nothing that was sent."""

    def __init__(
        self, status: int, message: str, *, retry_after: float | None = None, headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(message)
        self.status = status
        self.retry_after = retry_after
        self.headers = headers or {}


@dataclass(frozen=True, slots=True)
class _Claim:
    """Who a request says it is from: proven by a token, or to be proven by a signature of its body."""

    source: Source
    timestamp: int = 0
    signed: bytes = b""
    """What the signature covers in front of the body."""
    signature: bytes | None = None

    def fits(self, body: bytes) -> bool:
        """Whether the signature is the source's, of this body."""
        made = hmac.new(self.source.secret or b"", self.signed, sha256)
        made.update(body)
        return hmac.compare_digest(made.digest(), self.signature or b"")


class _Credentials:
    """Tells who sends. Tokens are compared by their hashes, so that not even a length shows in the time it takes."""

    def __init__(self, sources: Mapping[str, Source]) -> None:
        self._tokens = [(sha256(each.token).digest(), each) for each in sources.values() if each.token]
        self._signers = {each.name: each for each in sources.values() if each.secret}
        self.used = ReplayWindow(_CLOCK_SECONDS, _MOST_SIGNATURES)

    def claim(self, headers: Mapping[str, str]) -> _Claim:
        """Who a request is from, as far as its header tells.

        Raises:
            _RequestError: 401.
        """
        if "X-Copytaster-Signature" in headers:
            return self._signed(headers)
        scheme, _, token = headers.get("Authorization", "").partition(" ")
        source = self._by_token(token.strip().encode("utf-8", "surrogateescape"))
        if scheme.lower() != "bearer" or source is None:
            raise _unauthorized("send Authorization: Bearer and your source's token, or the X-Copytaster- headers")
        return _Claim(source)

    async def check(self, claim: _Claim, body: bytes) -> None:
        """Return if the claim is proven, its signature used up.

        Raises:
            _RequestError: 401, 409, or 503 when no more signatures can be remembered.
        """
        if claim.signature is None:
            return
        if not await _run(len(body), claim.fits, body):
            raise _unauthorized(
                "the signature must be the hex HMAC-SHA256, with your source's secret, of timestamp, full stop and body"
            )
        if not self.used.has_room(time.time()):
            raise _RequestError(503, "too many signed requests: send again later", retry_after=_CLOCK_SECONDS)
        if not self.used.use(claim.timestamp, claim.signature):
            raise _RequestError(409, "this signature was used before: sign again with the current time")

    def forget(self, claim: _Claim) -> None:
        """Let the same signed request come again, since this one was not taken."""
        if claim.signature is not None:
            self.used.forget(claim.timestamp, claim.signature)

    def _by_token(self, token: bytes) -> Source | None:
        given, found = sha256(token).digest(), None
        for known, source in self._tokens:  # all of them, or the time would tell which was right
            if hmac.compare_digest(given, known):
                found = source
        return found

    def _signed(self, headers: Mapping[str, str]) -> _Claim:
        source = self._signers.get(headers.get("X-Copytaster-Source", ""))
        timestamp = headers.get("X-Copytaster-Timestamp", "")
        signature = _SIGNATURE.fullmatch(headers["X-Copytaster-Signature"])
        if source is None:
            raise _unauthorized("X-Copytaster-Source must name a source that has a secret here")
        if not _TIMESTAMP.fullmatch(timestamp) or not self.used.is_current(int(timestamp), time.time()):
            raise _unauthorized(
                f"X-Copytaster-Timestamp must be now in Unix seconds, {_CLOCK_SECONDS} s off at most: set your clock"
            )
        if signature is None:
            raise _unauthorized("X-Copytaster-Signature must be sha256= and 64 hexadecimal digits")
        return _Claim(source, int(timestamp), f"{timestamp}.".encode(), bytes.fromhex(signature[1]))


def _unauthorized(todo: str) -> _RequestError:
    return _RequestError(401, f"not authenticated: {todo}", headers={"WWW-Authenticate": 'Bearer realm="copytaster"'})


@dataclass(frozen=True, slots=True)
class _Delivered:
    """What became of the articles of one request."""

    accepted: list[dict[str, Any]] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)


class _Deliveries:
    """Gives articles to Kafka, each version with the same content once, as far back as is remembered."""

    def __init__(self, sender: Sender) -> None:
        self._sender = sender
        self._acknowledged = Remembered(_MOST_REMEMBERED)
        self._under_way: dict[tuple[bytes, bytes], asyncio.Future[None]] = {}

    async def deliver(self, source: str, articles: Iterable[RawArticle]) -> _Delivered:
        """Return when Kafka has acknowledged all articles but those that have failed.

        Raises:
            BrokerError: Kafka refused one; others may have been written.
        """
        delivered, waited_for = _Delivered(), set()
        for article in articles:
            name = bytes.fromhex(digest(source, article.article_id, article.version))
            content = sha256(encode(article)).digest()
            entry: dict[str, Any] = {"article_id": article.article_id, "version": article.version}
            if self._acknowledged.get(name) == content:
                delivered.accepted.append({**entry, "duplicate": True})
                continue
            earlier = self._under_way.get((name, content))
            try:
                waited_for.add(earlier or await self._begin(article, name, content))
            except WireError as error:
                delivered.failed.append(str(error))
            else:
                delivered.accepted.append({**entry, "duplicate": True} if earlier else entry)
        if waited_for:
            await asyncio.wait(waited_for)
        for acknowledged in waited_for:
            acknowledged.result()
        return delivered

    async def refuse(self, body: bytes, hint: Hint, reason: str) -> None:
        """Return when `ingest-dlq` has what cannot be taken.

        Raises:
            BrokerError: Kafka refused.
        """
        kept = await self._sender.refuse(body, hint, reason)
        await asyncio.wait({kept})
        if error := kept.exception():
            raise _refused(error)

    async def _begin(self, article: RawArticle, name: bytes, content: bytes) -> asyncio.Future[None]:
        """Send; the answer is done once Kafka has acknowledged. Until then, the same again waits for the same."""
        acknowledged: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._under_way[name, content] = acknowledged
        try:
            delivery = await self._sender.send(article)
        except BaseException as error:
            self._settle(name, content, error)
            raise
        delivery.add_done_callback(lambda done: self._settle(name, content, _failure(done)))
        return acknowledged

    def _settle(self, name: bytes, content: bytes, failure: BaseException | None) -> None:
        acknowledged = self._under_way.pop((name, content))
        if failure is None:
            self._acknowledged.put(name, content)
            acknowledged.set_result(None)
        else:
            acknowledged.set_exception(_refused(failure))
            acknowledged.exception()  # which marks it as seen: whoever sent the article has the failure already


def _failure(delivery: "asyncio.Future[object]") -> BaseException | None:
    return asyncio.CancelledError() if delivery.cancelled() else delivery.exception()


def _refused(error: BaseException) -> BrokerError:
    if isinstance(error, BrokerError):
        return error
    refusal = BrokerError(f"cannot write to Kafka: {error!r}")
    refusal.__cause__ = error
    return refusal


class _Push:
    """Answers requests, and knows which are under way."""

    def __init__(self, sender: Sender, sources: Mapping[str, Source], options: PushOptions) -> None:
        self._options = options
        self._credentials = _Credentials(sources)
        self._buckets = {each.name: TokenBucket(each.requests_per_second) for each in sources.values()}
        self._budget = Budget(options.max_requests, options.max_bytes)
        self._deliveries = _Deliveries(sender)
        self._requests: set[asyncio.Task[Any]] = set()
        self._work: set[asyncio.Task[web.Response]] = set()
        self._is_closing = False
        self.broken: BrokerError | None = None
        self.has_broken = asyncio.Event()

    async def drain(self) -> None:
        """Answer the requests under way, and let none begin."""
        self._is_closing = True
        if self._requests:
            longest = self._options.read_timeout_seconds + self._options.delivery_timeout_seconds
            await asyncio.wait(self._requests, timeout=longest)

    @web.middleware
    async def guard(
        self, request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
    ) -> web.StreamResponse:
        """Make JSON of whatever goes wrong, and stop the clock of the connection meanwhile."""
        connection, task = request.protocol, asyncio.current_task()
        assert task is not None
        self._requests.add(task)  # the task also writes the answer
        task.add_done_callback(self._requests.discard)
        if isinstance(connection, Connection):
            connection.request_began()
        try:
            answer = await _answered(request, handler)
        finally:
            if isinstance(connection, Connection):
                connection.request_ended()
        answer.headers.update(
            {"Server": "copytaster", "X-Content-Type-Options": "nosniff", "Cache-Control": "no-store"}
        )
        if self._is_closing or answer.status == 408:  # noqa: PLR2004
            answer.force_close()
        return answer

    async def health(self, _request: web.Request) -> web.Response:
        """Whether articles are taken."""
        self._refuse_when_closing()
        return web.json_response({"status": "ok"})

    async def post(self, request: web.Request) -> web.Response:
        """Take the articles of a body."""
        self._refuse_when_closing()
        if self._budget.is_spent:
            raise _busy()
        claim = self._credentials.claim(request.headers)
        hint = _hint(request, claim.source.name)
        hold = self._budget.hold()
        try:
            body = await self._authenticated(request, claim, hold)
            work = asyncio.create_task(self._take(body, hint))
        except BaseException:
            hold.release()
            raise
        work.add_done_callback(partial(self._end, hold))
        self._work.add(work)
        return await self._outcome(work, claim)

    async def _authenticated(self, request: web.Request, claim: _Claim, hold: Hold) -> bytes:
        """The body, once it is known from whom. A mere claim counts against nobody's rate until it is proven."""
        if claim.signature is None:
            self._admit(claim, hold)
            return await self._body(request, hold)
        body = await self._body(request, hold)
        await self._credentials.check(claim, body)
        try:
            self._admit(claim, hold)
        except _RequestError:
            self._credentials.forget(claim)
            raise
        return body

    def _admit(self, claim: _Claim, hold: Hold) -> None:
        if seconds := self._buckets[claim.source.name].take():
            rate = f"{claim.source.requests_per_second:g} requests a second"
            raise _RequestError(429, f"more than {rate}: wait as Retry-After says", retry_after=seconds)
        if not hold.admit():
            raise _busy()

    async def _body(self, request: web.Request, hold: Hold) -> bytes:
        """What was sent, read no further than the limit."""
        if (request.content_length or 0) > self._options.max_body_bytes:
            raise self._too_large()
        await _say_continue(request)
        body = bytearray()
        try:
            async with asyncio.timeout(self._options.read_timeout_seconds):
                while chunk := await request.content.readany():
                    if len(body) + len(chunk) > self._options.max_body_bytes:
                        raise self._too_large()
                    if not hold.add(len(chunk)):
                        raise _busy()
                    body += chunk
        except TimeoutError as error:
            seconds = f"{self._options.read_timeout_seconds:g} s"
            raise _RequestError(408, f"the body did not arrive within {seconds}: send it faster, or less") from error
        except (ConnectionError, web.RequestPayloadError) as error:
            raise _RequestError(400, "the body broke off or is badly chunked: send it again") from error
        return bytes(body)

    def _too_large(self) -> _RequestError:
        return _RequestError(
            413, f"the body has more than {self._options.max_body_bytes} bytes: send fewer articles at a time"
        )

    async def _outcome(self, work: asyncio.Task[web.Response], claim: _Claim) -> web.Response:
        """The answer, or 503 when Kafka takes too long; its request then counts until Kafka has decided."""
        done, _ = await asyncio.wait({work}, timeout=self._options.delivery_timeout_seconds)
        if not done:
            self._credentials.forget(claim)
            raise _RequestError(503, "Kafka does not answer: send again later", retry_after=_BROKER_SECONDS)
        try:
            return work.result()
        except BrokerError as error:
            self._credentials.forget(claim)
            raise _RequestError(503, "Kafka refused: send again later", retry_after=_BROKER_SECONDS) from error

    async def _take(self, body: bytes, hint: Hint) -> web.Response:
        """Parse, deliver and say what came of it.

        Raises:
            BrokerError: Kafka refused.
        """
        try:
            articles = await _run(len(body), parse, body, hint)
        except WireError as error:
            return await self._keep_refused(body, hint, str(error))
        delivered = await self._deliveries.deliver(hint.source, (_from(hint.source, each) for each in articles))
        if delivered.failed and not delivered.accepted:
            return await self._keep_refused(body, hint, delivered.failed[0])
        return web.json_response({"accepted": delivered.accepted, "failed": delivered.failed}, status=202)

    async def _keep_refused(self, body: bytes, hint: Hint, reason: str) -> web.Response:
        await self._deliveries.refuse(body, hint, reason)
        return _error(422, reason)

    def _end(self, hold: Hold, work: asyncio.Task[web.Response]) -> None:
        hold.release()
        self._work.discard(work)
        failure = None if work.cancelled() else work.exception()
        # A timeout is Kafka's slowness. After any other refusal the producer has lost count and is refused for ever.
        if isinstance(failure, BrokerError) and not isinstance(failure.__cause__, KafkaTimeoutError):
            self.broken = self.broken or failure
            self.has_broken.set()

    def _refuse_when_closing(self) -> None:
        if self._is_closing or self.broken:
            raise _RequestError(503, "the server is about to end: send again later", retry_after=_BROKER_SECONDS)


_PUSH = web.AppKey("push", _Push)


async def _listen(app: web.Application, options: PushOptions, on_ready: Callable[[str], None]) -> None:
    """Serve until cancelled, or until Kafka refuses for good."""
    push = app[_PUSH]
    runner = web.AppRunner(app, shutdown_timeout=_BUSY_SECONDS)
    await runner.setup()
    assert runner.server is not None
    try:
        listener = await _bind(runner.server, options)
        on_ready(_url(options.host, listener.sockets[0].getsockname()[1]))
        try:
            await push.has_broken.wait()
        finally:
            listener.close()
            await push.drain()
    finally:
        await runner.cleanup()
    if push.broken:
        raise push.broken


async def _bind(server: web.Server, options: PushOptions) -> asyncio.Server:
    loop = asyncio.get_running_loop()
    connection = partial(
        Connection,
        server,
        loop=loop,
        header_seconds=options.read_timeout_seconds,
        most=options.max_connections,
        keepalive_timeout=options.idle_timeout_seconds,
        lingering_time=_LINGER_SECONDS,
        auto_decompress=False,  # a body with Content-Encoding is refused
    )
    try:
        return await loop.create_server(connection, options.host, options.port)
    except (OSError, OverflowError) as error:
        why = getattr(error, "strerror", None) or str(error)
        raise SettingsError(f"cannot listen on {options.host}:{options.port}: {why}") from error


def _url(host: str, port: int) -> str:
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


async def _answered(
    request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
) -> web.StreamResponse:
    try:
        return await handler(request)
    except _RequestError as error:
        return _error(error.status, str(error), retry_after=error.retry_after, headers=error.headers)
    except web.HTTPMethodNotAllowed as error:
        allowed = ", ".join(sorted(error.allowed_methods))
        return _error(error.status, f"this path takes {allowed}: see /docs", headers={"Allow": allowed})
    except web.HTTPException as error:
        return _error(error.status, f"{error.reason}: see /docs")
    except Exception as error:  # noqa: BLE001 - whatever it is, the next request must be served
        # Where and what kind, not what it says: that may be of the body.
        log.error("a request failed", error=type(error).__name__, where=_where(error))  # noqa: TRY400
        return _error(500, "a fault of the server: send again, and look into its log")


def _where(error: BaseException) -> str:
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return "" if trace is None else f"{Path(trace.tb_frame.f_code.co_filename).name}:{trace.tb_lineno}"


def _error(
    status: int, message: str, *, retry_after: float | None = None, headers: Mapping[str, str] | None = None
) -> web.Response:
    wait = {} if retry_after is None else {"Retry-After": str(max(1, math.ceil(retry_after)))}
    one_line = " ".join(message.split())
    return web.json_response({"error": one_line}, status=status, headers={**(headers or {}), **wait})


def _busy() -> _RequestError:
    return _RequestError(503, "too much is under way: send again later", retry_after=_BUSY_SECONDS)


def _hint(request: web.Request, source: str) -> Hint:
    """What the header says of the body. A media type that is no format's says nothing: many clients send just any."""
    if request.headers.get("Content-Encoding", "identity").lower() != "identity":
        raise _RequestError(415, "Content-Encoding is not read here: send the body as it is")
    if request.headers.get("Expect", "100-continue").lower() != "100-continue":
        raise _RequestError(417, "Expect may say 100-continue and nothing else")
    asked, told = request.query.get("format"), request.headers.get("Content-Type", "")
    if asked and asked not in FORMATS and asked not in MEDIA_TYPES:
        raise _RequestError(400, f"format must be one of {', '.join(FORMATS)}, or left out")
    media_type = told.partition(";")[0].strip().lower()
    known = told if media_type not in _UNSPECIFIC and media_type in MEDIA_TYPES else None
    return Hint(source=source, name="push", format_name=asked or known)


def _from(source: str, article: RawArticle) -> RawArticle:
    return article if article.source == source else article.model_copy(update={"source": source})


async def _run(
    size: int, function: Callable[Arguments, Result], *args: Arguments.args, **kwargs: Arguments.kwargs
) -> Result:
    if size < _SMALL_BYTES:
        return function(*args, **kwargs)
    # In a thread: a large body must not keep the others waiting, nor the producer from its heartbeat.
    return await asyncio.to_thread(function, *args, **kwargs)


async def _expect_later(_request: web.Request) -> None:
    """Ask for a body only once its header is found good: `_say_continue`."""


async def _say_continue(request: web.Request) -> None:
    if request.version >= HttpVersion11 and "Expect" in request.headers:
        await request.writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        request.writer.output_size = 0  # as aiohttp's own handler: the answer has not begun


async def _openapi(_request: web.Request) -> web.Response:
    return web.json_response(OPENAPI)


async def _docs(_request: web.Request) -> web.Response:
    return web.Response(text=DOCS_PAGE, content_type="text/html", headers={"Content-Security-Policy": DOCS_POLICY})
