"""How a request is refused, and where its work is done."""

import asyncio
from collections.abc import Callable, Mapping
from typing import ParamSpec, TypeVar

__all__ = ["RequestError", "run"]

Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")

_SMALL_BYTES = 64 << 10
"""What is dealt with in place; a thread would cost more than it frees."""


class RequestError(Exception):
    """An answer other than 202; its message is one line that says what to do and repeats nothing that was sent."""

    def __init__(
        self, status: int, message: str, *, retry_after: float | None = None, headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(message)
        self.status = status
        self.retry_after = retry_after
        self.headers = headers or {}


async def run(
    size: int, function: Callable[Arguments, Result], *args: Arguments.args, **kwargs: Arguments.kwargs
) -> Result:
    """Do the work on so many bytes: in place where it is little."""
    if size < _SMALL_BYTES:
        return function(*args, **kwargs)
    # In a thread: a large body must not keep the others waiting, nor the producer from its heartbeat.
    return await asyncio.to_thread(function, *args, **kwargs)
