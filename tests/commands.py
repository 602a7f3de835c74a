"""Runs the command line as a user does: in a process of its own."""

import os
import subprocess
import sys
from pathlib import Path

from streams.broker.embedded import EmbeddedBroker

ROOT = Path(__file__).parents[1]
PATIENCE_SECONDS = 120

Done = subprocess.CompletedProcess[str]


def environment(broker: EmbeddedBroker | None = None, prefix: str = "", **more: str) -> dict[str, str]:
    """The settings of one test, as variables."""
    there = {"COPYTASTER_BOOTSTRAP": broker.bootstrap, "COPYTASTER_PREFIX": prefix} if broker else {}
    return {**there, **more}


def copytaster(*arguments: str, stdin: str = "", env: dict[str, str] | None = None) -> Done:
    return subprocess.run(
        [sys.executable, "-m", "streams", *arguments],
        input=stdin,
        capture_output=True,
        text=True,
        cwd=ROOT,
        env={**os.environ, **(env or {})},
        timeout=PATIENCE_SECONDS,
        check=False,
    )


def started(*arguments: str, env: dict[str, str] | None = None) -> subprocess.Popen[str]:
    """A command that goes on; its own session, so that a signal to it reaches nobody else."""
    return subprocess.Popen(
        [sys.executable, "-m", "streams", *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env={**os.environ, **(env or {})},
        start_new_session=True,
    )
