"""Apache Kafka itself as a child process: one KRaft node, its jars fetched once with Maven."""

import base64
import contextlib
import fcntl
import os
import random
import re
import shutil
import socket
import subprocess
import tempfile
import time
import uuid
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from streams.broker import tether
from streams.broker.answer import is_answering

__all__ = ["JVM_OPTIONS", "PRODUCTION_JVM_OPTIONS", "KafkaServer", "fetch_jars", "why_not"]

ROOT = Path(__file__).parents[2]
POM = ROOT / "tests" / "kafka_server" / "pom.xml"
VERSION = re.findall(r"<kafka.version>(.+)</kafka.version>", POM.read_text())[0]
JARS = ROOT / ".cache" / f"kafka-{VERSION}"

START_SECONDS = 60.0
POLL_SECONDS = 0.1

JVM_OPTIONS = ("-Xms512m", "-Xmx1g", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC")
"""A test's broker lives for a minute or two, all of which HotSpot's C2 would spend compiling, on the worker's cores,
and its heap is small enough for a collector without threads of its own."""

PRODUCTION_JVM_OPTIONS = (
    "-server",
    "-Xms1g",
    "-Xmx1g",
    "-XX:+UseG1GC",
    "-XX:MaxGCPauseMillis=20",
    "-XX:InitiatingHeapOccupancyPercent=35",
    "-XX:+ExplicitGCInvokesConcurrent",
)
"""Those of Kafka's own kafka-server-start.sh and kafka-run-class.sh; C2 compiles what counts within some minutes."""

PROPERTIES = """\
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:{controller_port}
listeners=PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller_port}
advertised.listeners=PLAINTEXT://127.0.0.1:{port}
controller.listener.names=CONTROLLER
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT
log.dirs={data_dir}/logs
auto.create.topics.enable=false

# One node.
offsets.topic.replication.factor=1
offsets.topic.num.partitions=8
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=8
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1

# What a production broker does every ten seconds to five minutes, a test need not wait for.
group.initial.rebalance.delay.ms=0
group.min.session.timeout.ms=1000
broker.session.timeout.ms=4000
broker.heartbeat.interval.ms=500
transaction.abort.timed.out.transaction.cleanup.interval.ms=500
log.retention.check.interval.ms=1000
log.segment.delete.delay.ms=100

# A small heap.
log.cleaner.dedupe.buffer.size=16777216
num.io.threads=4
"""


def why_not() -> str:
    """Why Apache Kafka cannot be started here; empty when it can."""
    missing = [program for program in ("java", "mvn") if not shutil.which(program)]
    if missing == ["mvn"] and JARS.is_dir():
        return ""
    return f"Apache Kafka needs {' and '.join(missing)}" if missing else ""


def fetch_jars() -> Path:
    """The folder of the broker's jars, fetched at the first call of all and kept in the repository's cache."""
    if JARS.is_dir():
        return JARS
    JARS.parent.mkdir(exist_ok=True)
    with (JARS.parent / "kafka.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # two runs of Maven would write to one repository
        if not JARS.is_dir():  # the other one may have fetched them meanwhile
            fresh = Path(tempfile.mkdtemp(prefix="kafka-", dir=JARS.parent))
            command = ["mvn", "-q", "-B", "-Dstyle.color=never", "-f", str(POM), "dependency:copy-dependencies"]
            subprocess.run(
                [*command, f"-DoutputDirectory={fresh}", "-DincludeScope=runtime"], check=True, stdin=subprocess.DEVNULL
            )
            fresh.rename(JARS)  # in one step, so that a broken download never leaves half a folder
    return JARS


class KafkaServer:
    """One broker with a port and data of its own, which a restart keeps. It ends with the process that started it."""

    def __init__(self, data_dir: Path, jvm_options: Sequence[str] = JVM_OPTIONS) -> None:
        data_dir.mkdir(parents=True, exist_ok=True)
        port, controller_port = _free_ports(2)
        self.bootstrap = f"127.0.0.1:{port}"
        self.log = data_dir / "kafka.log"
        self._logs = data_dir / "logs"
        self._properties = data_dir / "server.properties"
        self._properties.write_text(
            PROPERTIES.format(port=port, controller_port=controller_port, data_dir=data_dir.resolve())
        )
        self._jvm_options = jvm_options
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start, and return when the broker takes requests."""
        if not self._logs.is_dir():
            self._format()
        command = _java(*self._jvm_options, main="kafka.Kafka", arguments=[str(self._properties)])
        self._process = tether.start(command, log=self.log, env=_environment())
        deadline = time.monotonic() + START_SECONDS
        while not is_answering(self.bootstrap):
            if self._process.poll() is not None or time.monotonic() > deadline:
                self.kill()
                raise RuntimeError(f"Apache Kafka did not start:\n{self.log.read_text()[-4000:]}")
            time.sleep(POLL_SECONDS)

    @property
    def pid(self) -> int:
        """The process that keeps the broker, which is its child."""
        assert self._process is not None
        return self._process.pid

    def stop(self) -> None:
        """Shut down as an operator would."""
        if self._process:
            tether.stop(self._process)
        self._process = None

    def kill(self) -> None:
        """End at once, as in a power cut."""
        if self._process:
            tether.kill(self._process)
        self._process = None

    def restart(self) -> None:
        """Stop, and start again on the same port with the same data."""
        self.stop()
        self.start()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _format(self) -> None:
        # A leading dash would be taken for an option.
        cluster = "c" + base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")[1:]
        arguments = ["format", "-c", str(self._properties), "-t", cluster]
        command = _java("-Xmx256m", main="kafka.tools.StorageTool", arguments=arguments)
        subprocess.run(command, check=True, capture_output=True, env=_environment())


def _java(*options: str, main: str, arguments: list[str]) -> list[str]:
    return ["java", *options, "-cp", f"{fetch_jars()}/*", main, *arguments]


def _environment() -> dict[str, str]:
    # The caller's JVM options are not the broker's, and the JVM would print a line about them.
    return {name: value for name, value in os.environ.items() if name not in {"JAVA_TOOL_OPTIONS", "CLASSPATH"}}


def _free_ports(count: int) -> list[int]:
    # Below the ports that systems give to outgoing connections: one of those must not take the port of a
    # broker that is down for a moment, least of all a client's attempt to reach it, which would reach itself.
    found: list[int] = []
    dice = random.SystemRandom()  # a seeded one would be the same in another process of the tests
    while len(found) < count:
        port = dice.randrange(20_000, 32_000)
        with contextlib.suppress(OSError), socket.create_server(("127.0.0.1", port)):
            found.append(port)
    return found
