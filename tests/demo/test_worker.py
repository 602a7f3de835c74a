import asyncio
from pathlib import Path

import psutil
import pytest

from streams.demo.worker import running_worker
from streams.errors import StreamsError
from streams.settings import Settings


async def test_a_worker_that_ends_is_told_with_its_last_lines(tmp_path: Path) -> None:
    settings = Settings(bootstrap="127.0.0.1:9")
    with running_worker(settings, tmp_path / "worker.log") as worker:
        async with asyncio.timeout(60):
            with pytest.raises(StreamsError, match=r"(?s)the worker ended with exit code .*127\.0\.0\.1:9"):
                await worker.watch()


def test_nothing_is_left_when_it_is_stopped(tmp_path: Path) -> None:
    before = set(psutil.Process().children(recursive=True))
    with running_worker(Settings(bootstrap="127.0.0.1:9"), tmp_path / "worker.log"):
        children = set(psutil.Process().children(recursive=True)) - before
        assert children
    assert not [child for child in children if child.is_running() and child.status() != psutil.STATUS_ZOMBIE]
