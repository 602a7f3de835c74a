"""What bounds a server: how often, how much at once, how long a header may take, and how much is remembered."""

import asyncio
import time
from collections.abc import Callable
from typing import Any

import structlog
from aiohttp import web

__all__ = ["Budget", "Connection", "Hold", "Remembered", "ReplayWindow", "TokenBucket"]

log = structlog.get_logger(__name__)


class TokenBucket:
    """Lets `rate` requests a second through, and after a silence a second's worth at once."""

    def __init__(self, rate: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._rate = rate
        self._most = max(1.0, rate)
        self._tokens = self._most
        self._clock = clock
        self._filled_at = clock()

    def take(self) -> float:
        """Take one and return 0, or the seconds after which there is one to take."""
        now = self._clock()
        self._tokens = min(self._most, self._tokens + (now - self._filled_at) * self._rate)
        self._filled_at = now
        if self._tokens < 1:
            return (1 - self._tokens) / self._rate
        self._tokens -= 1
        return 0.0


class Budget:
    """How many requests, and how many bytes of their bodies, may be under way at once."""

    def __init__(self, requests: int, size: int) -> None:
        self._most_requests = requests
        self._most_bytes = size
        self._requests = 0
        self._bytes = 0

    @property
    def is_spent(self) -> bool:
        """Whether one more request has no room."""
        return self._requests >= self._most_requests or self._bytes >= self._most_bytes

    def hold(self) -> "Hold":
        """One request's share, nothing so far."""
        return Hold(self)

    def _take(self, requests: int, size: int) -> bool:
        if self._requests + requests > self._most_requests or self._bytes + size > self._most_bytes:
            return False
        self._requests += requests
        self._bytes += size
        return True

    def _give_back(self, requests: int, size: int) -> None:
        self._requests -= requests
        self._bytes -= size


class Hold:
    """One request's share of a budget; `release` gives all of it back."""

    def __init__(self, budget: Budget) -> None:
        self._budget = budget
        self._requests = 0
        self._bytes = 0

    def admit(self) -> bool:
        """Count the request; False if there are too many."""
        if not self._budget._take(1, 0):  # noqa: SLF001 - of this module
            return False
        self._requests += 1
        return True

    def add(self, size: int) -> bool:
        """Count bytes that have arrived; False if there are too many."""
        if not self._budget._take(0, size):  # noqa: SLF001
            return False
        self._bytes += size
        return True

    def release(self) -> None:
        """Give back what was taken; once more gives back nothing."""
        self._budget._give_back(self._requests, self._bytes)  # noqa: SLF001
        self._requests = self._bytes = 0


class ReplayWindow:
    """The signatures that were used, each for as long as its timestamp is taken.

    Args:
        seconds: how far a timestamp may be from now, either way.
        capacity: most signatures. One is never forgotten early to make room: it could be used again.
    """

    def __init__(self, seconds: int, capacity: int) -> None:
        self._seconds = seconds
        self._capacity = capacity
        self._used: dict[int, set[bytes]] = {}
        self._count = 0
        self._swept_at = 0

    def is_current(self, timestamp: int, now: float) -> bool:
        """Whether a request of that time is taken now."""
        return abs(now - timestamp) <= self._seconds

    def has_room(self, now: float) -> bool:
        """Whether one more can be remembered."""
        self._sweep(int(now))
        return self._count < self._capacity

    def use(self, timestamp: int, signature: bytes) -> bool:
        """Remember a signature; False if it is."""
        used = self._used.setdefault(timestamp, set())
        if signature in used:
            return False
        used.add(signature)
        self._count += 1
        return True

    def forget(self, timestamp: int, signature: bytes) -> None:
        """Let a signature be used again, since nothing came of it."""
        used = self._used.get(timestamp, set())
        if signature in used:
            used.remove(signature)
            self._count -= 1

    def _sweep(self, now: int) -> None:
        if now == self._swept_at:
            return
        self._swept_at = now
        for timestamp in [each for each in self._used if each + self._seconds < now]:
            self._count -= len(self._used.pop(timestamp))


class Remembered:
    """The last values by name, the least recently used dropped first."""

    def __init__(self, capacity: int) -> None:
        self._capacity = capacity
        self._values: dict[bytes, bytes] = {}

    def get(self, name: bytes) -> bytes | None:
        """The value, which is now the most recently used; None if there is none."""
        value = self._values.pop(name, None)
        if value is not None:
            self._values[name] = value
        return value

    def put(self, name: bytes, value: bytes) -> None:
        """Remember a value, in place of an earlier one."""
        self._values.pop(name, None)
        self._values[name] = value
        if len(self._values) > self._capacity:
            del self._values[next(iter(self._values))]


class Connection(web.RequestHandler):
    """An HTTP connection that is closed when a request's header does not arrive in time.

    aiohttp by itself gives a header as long as it lets an idle connection live. Nor does this one tell, in an answer or
    a log, what came where a header should: it may be the rest of an article whose length was given wrong.

    Args:
        server: of aiohttp, which the connection belongs to.
        loop: that it runs on.
        header_seconds: from the connection, or from the first byte of a later header.
        most: connections at once; one more is closed.
        options: of aiohttp.
    """

    __slots__ = ("_deadline", "_header_seconds", "_is_busy", "_most", "_server")

    def __init__(
        self,
        server: web.Server,
        *,
        loop: asyncio.AbstractEventLoop,
        header_seconds: float,
        most: int,
        **options: Any,  # noqa: ANN401 - aiohttp's own
    ) -> None:
        super().__init__(server, loop=loop, access_log=None, **options)  # type: ignore[arg-type] # None is no log
        self._server = server
        self._header_seconds = header_seconds
        self._most = most
        self._is_busy = False
        self._deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Expect a header, or close at once when there are too many connections."""
        super().connection_made(transport)
        if len(self._server.connections) > self._most:
            self.force_close()
        else:
            self._expect_header()

    def data_received(self, data: bytes) -> None:
        """Expect the rest of a header that begins."""
        if not self._is_busy and self._deadline is None:
            self._expect_header()
        super().data_received(data)

    def connection_lost(self, exc: BaseException | None) -> None:
        """Expect nothing any more."""
        self._stop_expecting()
        super().connection_lost(exc)

    def request_began(self) -> None:
        """To be called when a header has arrived."""
        self._is_busy = True
        self._stop_expecting()

    def request_ended(self) -> None:
        """To be called when the next header may come."""
        self._is_busy = False

    def handle_error(
        self, request: web.BaseRequest, status: int = 500, exc: BaseException | None = None, message: str | None = None
    ) -> web.StreamResponse:
        """The answer to what is no HTTP: without a word of it."""
        del request, message
        log.warning("a request could not be read", status=status, error=type(exc).__name__)
        content = {"error": "this is no HTTP/1.1 request: check its header and length"}
        answer = web.json_response(content, status=status, headers={"Server": "copytaster"})
        answer.force_close()
        return answer

    def log_exception(self, *args: object, **kw: object) -> None:
        """Log that something failed, and not what it says of its data."""
        del args
        log.error("a connection failed", error=type(kw.get("exc_info")).__name__)

    def _expect_header(self) -> None:
        self._deadline = asyncio.get_running_loop().call_later(self._header_seconds, self.force_close)

    def _stop_expecting(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None
