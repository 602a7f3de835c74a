"""One format under atheris. Run by tests.fuzz; it writes what happened to a file, since atheris ends the process."""

import json
import os
import sys
import time
import traceback
from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn

SEEDS = Path(__file__).parents[2] / "seeds"
NAMES = (
    *(
        "newsml-g2",
        "newsml1",
        "nitf",
        "ninjs",
        "iptc7901",
        "anpa",
        "feed",
        "json-feed",
        "html",
        "mail",
        "text",
        "jsonl",
    ),
    *("gzip", "zip", "warc", "sniffed"),
)
SLOW_SECONDS_PER_MB = 2.0
TIMED_FROM_SECONDS = 0.05
"""An input that took less under instrumentation is not worth a second look."""


def corpus_of(name: str) -> Iterator[bytes]:
    """The seeds of the format, and what is refused."""
    own = (SEEDS / "wires").glob("*/*" if name == "sniffed" else f"{name}/*")
    for path in sorted([*own, *(SEEDS / "invalid").glob("*")]):
        data = path.read_bytes()
        if len(data) <= 8192:
            yield data


class Fuzzed:
    """Counts, and remembers what broke and what was slow."""

    def __init__(self, name: str, report: Path, seconds: float, runs: int) -> None:
        self.name, self.report = name, report
        self.seconds, self.runs = seconds, runs
        self.executions, self.began = 0, time.monotonic()
        self.slow: list[bytes] = []
        self.broke = ""

    def one(self, data: bytes) -> None:
        """Read one input; atheris does not return, so the last one ends the process."""
        self.executions += 1
        began = time.perf_counter()
        self.broke = problem(data, self.name)
        if self.broke:
            self.end()
        if time.perf_counter() - began > TIMED_FROM_SECONDS and len(self.slow) < 200:
            self.slow.append(data)

        if time.monotonic() - self.began > self.seconds or self.executions == self.runs:
            self.end()

    def end(self) -> NoReturn:
        """Write the report; the slow inputs are timed again in a process without instrumentation."""
        content = {
            "executions": self.executions,
            "seconds": time.monotonic() - self.began,
            "slowest": timed_again(self.name, self.slow),
            "broke": self.broke,
        }
        self.report.write_text(json.dumps(content))
        sys.stderr.flush()
        os._exit(0)


def problem(data: bytes, name: str) -> str:
    """What one input does that none may: raise anything but WireError, or give what cannot be encoded."""
    from streams.errors import WireError
    from streams.formats import Hint, read_articles
    from streams.records import encode

    try:
        for article in read_articles(data, Hint(format_name=format_of(name))):
            encode(article)
    except WireError:
        return ""
    except BaseException:
        return f"{data!r}\n{traceback.format_exc()}"[-3000:]
    return ""


def format_of(name: str) -> str | None:
    """None is left to the content."""
    return None if name == "sniffed" else name


def timed_again(name: str, inputs: list[bytes]) -> float:
    """Seconds per MB of the slowest, where it takes longer than 10 ms at all; the best of three tries each."""
    if not inputs:
        return 0.0
    import pickle
    import subprocess

    script = """
import pickle, sys, time
from streams.errors import WireError
from streams.formats import Hint, read_articles
name, inputs = pickle.load(sys.stdin.buffer)
def seconds(data):
    began = time.process_time()
    try:
        read_articles(data, Hint(format_name=name))
    except WireError:
        pass
    return time.process_time() - began
for data in inputs[:3]:
    seconds(data)
print(max((min(seconds(data) for _ in range(3)) for data in inputs)))
"""
    done = subprocess.run(
        [sys.executable, "-c", script], input=pickle.dumps((format_of(name), inputs)), capture_output=True, check=False
    )
    return float(done.stdout or 0)


def main() -> None:
    """Fuzz until atheris ends."""
    import atheris

    name, report, seconds, runs, *arguments = sys.argv[1:]
    fuzzed = Fuzzed(name, Path(report), float(seconds), int(runs))
    with atheris.instrument_imports(include=["streams.formats", "streams.page"]):
        import streams.formats  # noqa: F401 - instruments it
    atheris.Setup([sys.argv[0], *arguments], fuzzed.one)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
