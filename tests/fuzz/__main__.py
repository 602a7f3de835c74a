"""Fuzzes the wire formats by coverage: `python -m tests.fuzz --seconds 60 [--format NAME]...`.

The files of seeds/ are the beginning; atheris changes what reaches new code in streams.formats. Every input must give
articles that can be encoded, or a WireError. Slow ones are timed again without instrumentation at the end. Each
format is fuzzed in a process of its own; `edges` are those of our code that were reached.
"""

import argparse
import json
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.fuzz.formats import NAMES, corpus_of

ROOT = Path(__file__).parents[2]


def main() -> int:
    """Fuzz each format; the exit code is 1 if any input broke the promise."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=int, default=60, help="for each format")
    parser.add_argument("--runs", type=int, default=0, help="at most so many executions for each format; 0: no limit")
    parser.add_argument("--format", action="append", choices=NAMES, dest="names")
    arguments = parser.parse_args()
    print(f"{'format':<12}{'executions':>12}{'seconds':>9}{'edges':>7}{'slowest, s/MB':>15}  broke")
    broken, total = 0, 0
    for name in arguments.names or NAMES:
        result = fuzz(name, arguments.seconds, arguments.runs)
        total += result["executions"]
        broken += bool(result["broke"])
        slowest = f"{result['slowest']:.2f}" if result["slowest"] else "-"
        print(
            f"{name:<12}{result['executions']:>12,}{result['seconds']:>9.0f}{result['covered']:>7}{slowest:>15}  "
            f"{result['broke'] or '-'}",
            flush=True,
        )
    print(f"{total:,} executions, {broken} formats broke")
    return int(broken > 0)


def fuzz(name: str, seconds: int, runs: int) -> dict[str, object]:
    """Run one format in a process of its own, since atheris never returns."""
    with tempfile.TemporaryDirectory() as folder:
        corpus, report = Path(folder, "corpus"), Path(folder, "report.json")
        corpus.mkdir()
        for number, data in enumerate(corpus_of(name)):
            (corpus / str(number)).write_bytes(data)
        command = [sys.executable, "-m", "tests.fuzz.formats", name, str(report), str(seconds), str(runs), str(corpus)]
        limits = ["-max_len=8192", "-timeout=60", "-rss_limit_mb=4096"]
        done = subprocess.run([*command, *limits], cwd=ROOT, capture_output=True, text=True, check=False)
        if not report.exists():
            tail = " ".join(done.stderr.split()[-40:])
            return {"executions": 0, "seconds": 0, "covered": 0, "slowest": 0.0, "broke": f"no report: {tail}"}
        covered = re.findall(r"cov: (\d+)", done.stderr)
        return {**json.loads(report.read_text()), "covered": int(covered[-1]) if covered else 0}


if __name__ == "__main__":
    sys.exit(main())
