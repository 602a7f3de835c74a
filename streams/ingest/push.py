"""Articles over HTTP. An answer of 202 means that Kafka has acknowledged every article it lists as accepted."""

import asyncio
import math
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import structlog
from aiohttp import HttpVersion11, web
from aiokafka.errors import KafkaTimeoutError

from schemas.raw_article import RawArticle
from streams.errors import BrokerError, SettingsError, WireError
from streams.formats import FORMATS, MEDIA_TYPES, Hint, parse
from streams.ingest.answers import RequestError, run
from streams.ingest.credentials import Claim, Credentials, Source, load_sources
from streams.ingest.deliveries import Deliveries
from streams.ingest.limits import Budget, Connection, Hold, TokenBucket
from streams.ingest.openapi import DOCS_PAGE, DOCS_POLICY, OPENAPI
from streams.ingest.sender import Sender, open_sender
from streams.settings import Settings

__all__ = ["PushOptions", "build_app", "serve"]

log = structlog.get_logger(__name__)

_BUSY_SECONDS = 1.0
_BROKER_SECONDS = 5.0
_LINGER_SECONDS = 2.0
"""A body that was refused is read and thrown away so long, or its sender would see a broken pipe and not the answer."""
_STOP_SECONDS = 10.0

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


class _Push:
    """Answers requests, and knows which are under way."""

    def __init__(self, sender: Sender, sources: Mapping[str, Source], options: PushOptions) -> None:
        self._options = options
        self._credentials = Credentials(sources)
        self._buckets = {each.name: TokenBucket(each.requests_per_second) for each in sources.values()}
        self._budget = Budget(options.max_requests, options.max_bytes)
        self._deliveries = Deliveries(sender)
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

    async def _authenticated(self, request: web.Request, claim: Claim, hold: Hold) -> bytes:
        """The body, once it is known from whom. A mere claim counts against nobody's rate until it is proven."""
        if claim.signature is None:
            self._admit(claim, hold)
            return await self._body(request, hold)
        body = await self._body(request, hold)
        await self._credentials.check(claim, body)
        try:
            self._admit(claim, hold)
        except RequestError:
            self._credentials.forget(claim)
            raise
        return body

    def _admit(self, claim: Claim, hold: Hold) -> None:
        if seconds := self._buckets[claim.source.name].take():
            rate = f"{claim.source.requests_per_second:g} requests a second"
            raise RequestError(429, f"more than {rate}: wait as Retry-After says", retry_after=seconds)
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
            raise RequestError(408, f"the body did not arrive within {seconds}: send it faster, or less") from error
        except (ConnectionError, web.RequestPayloadError) as error:
            raise RequestError(400, "the body broke off or is badly chunked: send it again") from error
        return bytes(body)

    def _too_large(self) -> RequestError:
        return RequestError(
            413, f"the body has more than {self._options.max_body_bytes} bytes: send fewer articles at a time"
        )

    async def _outcome(self, work: asyncio.Task[web.Response], claim: Claim) -> web.Response:
        """The answer, or 503 when Kafka takes too long; its request then counts until Kafka has decided."""
        done, _ = await asyncio.wait({work}, timeout=self._options.delivery_timeout_seconds)
        if not done:
            self._credentials.forget(claim)
            raise RequestError(503, "Kafka does not answer: send again later", retry_after=_BROKER_SECONDS)
        try:
            return work.result()
        except BrokerError as error:
            self._credentials.forget(claim)
            raise RequestError(503, "Kafka refused: send again later", retry_after=_BROKER_SECONDS) from error

    async def _take(self, body: bytes, hint: Hint) -> web.Response:
        """Parse, deliver and say what came of it.

        Raises:
            BrokerError: Kafka refused.
        """
        try:
            articles = await run(len(body), parse, body, hint)
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
            raise RequestError(503, "the server is about to end: send again later", retry_after=_BROKER_SECONDS)


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
    except RequestError as error:
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


def _busy() -> RequestError:
    return RequestError(503, "too much is under way: send again later", retry_after=_BUSY_SECONDS)


def _hint(request: web.Request, source: str) -> Hint:
    """What the header says of the body. A media type that is no format's says nothing: many clients send just any."""
    if request.headers.get("Content-Encoding", "identity").lower() != "identity":
        raise RequestError(415, "Content-Encoding is not read here: send the body as it is")
    if request.headers.get("Expect", "100-continue").lower() != "100-continue":
        raise RequestError(417, "Expect may say 100-continue and nothing else")
    asked, told = request.query.get("format"), request.headers.get("Content-Type", "")
    if asked and asked not in FORMATS and asked not in MEDIA_TYPES:
        raise RequestError(400, f"format must be one of {', '.join(FORMATS)}, or left out")
    media_type = told.partition(";")[0].strip().lower()
    known = told if media_type not in _UNSPECIFIC and media_type in MEDIA_TYPES else None
    return Hint(source=source, name="push", format_name=asked or known)


def _from(source: str, article: RawArticle) -> RawArticle:
    return article if article.source == source else article.model_copy(update={"source": source})


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
