"""The embedded broker of the demo and of fast tests: Kafka's protocol in one small process.

It is no place for news that matters: it creates whatever topic it is asked for, with one partition, and
never expires the member of a group that died. Faults are tested on Apache Kafka.
"""

import asyncio
import importlib.util
import re
import subprocess
import time
from pathlib import Path
from types import TracebackType
from typing import Self

from streams.broker import tether
from streams.broker.answer import is_answering
from streams.errors import BrokerError, SettingsError

__all__ = ["EmbeddedBroker"]

START_SECONDS = 20.0
POLL_SECONDS = 0.02
NOT_INSTALLED = "the embedded broker is not installed: pip install 'copytaster[demo]', or use --bootstrap"

ADDRESS = re.compile(rb"^\s*kafka\s+(127\.0\.0\.1:\d+)\s*$", re.MULTILINE)
COMPLAINT = re.compile(rb"^error: (.+)$", re.MULTILINE)


class EmbeddedBroker:
    """A broker on a free port of this machine, as a context manager of either kind.

    It ends with this process, however this process ends. What it holds is written to `data_dir` when it is
    stopped and read again by the next one; a log is beside it.
    """

    def __init__(self, data_dir: Path) -> None:
        self._data_dir = data_dir
        self._log = data_dir / "broker.log"
        self._process: subprocess.Popen[bytes] | None = None
        self.bootstrap = ""
        """HOST:PORT once started."""

    def start(self) -> None:
        """Start, and return when Kafka answers.

        Raises:
            SettingsError: it is not installed.
            BrokerError: it ended or did not answer in time.
        """
        executable = _executable()
        self._data_dir.mkdir(parents=True, exist_ok=True)
        self._log.write_bytes(b"")
        command = [str(executable), "start", "--only", "kafka", "--kafka-port", "0", "--data-dir", str(self._data_dir)]
        self._process = tether.start(command, log=self._log)
        try:
            self.bootstrap = self._wait_for_address(self._process)
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """Stop: it is asked first, and killed when it does not end."""
        if self._process:
            tether.stop(self._process)
        self._process = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    async def __aenter__(self) -> Self:
        await asyncio.to_thread(self.start)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await asyncio.to_thread(self.stop)

    def _wait_for_address(self, process: subprocess.Popen[bytes]) -> str:
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline and process.poll() is None:
            found = ADDRESS.search(self._log.read_bytes())
            if found and is_answering(found[1].decode()):
                return found[1].decode()
            time.sleep(POLL_SECONDS)
        raise BrokerError(f"the embedded broker {self._what_happened(process)}")

    def _what_happened(self, process: subprocess.Popen[bytes]) -> str:
        complaint = COMPLAINT.search(self._log.read_bytes())
        if complaint:
            return f"did not start: {complaint[1].decode(errors='replace')}"
        if process.poll() is None:
            return f"did not answer within {START_SECONDS:.0f} s: see {self._log}"
        return f"ended with exit code {process.returncode}: see {self._log}"


def _executable() -> Path:
    package = importlib.util.find_spec("noida_db")
    if package is None or package.origin is None:
        raise SettingsError(NOT_INSTALLED)
    executable = Path(package.origin).with_name("noida-db")
    if not executable.is_file():  # a wheel for another platform
        raise SettingsError(NOT_INSTALLED)
    if not executable.stat().st_mode & 0o111:  # some installers drop the mode
        executable.chmod(0o755)
    return executable
