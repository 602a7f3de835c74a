import signal
import subprocess
import sys

import psutil

from streams.broker.embedded import EmbeddedBroker
from tests.commands import ROOT, copytaster, started


def shown(text: str) -> dict[str, str]:
    """The closing table."""
    rows = (line.split("  ", 1) for line in text.rsplit("copytaster demo", maxsplit=1)[-1].splitlines() if "  " in line)
    return {name.strip(): value.strip() for name, value in rows}


def test_once_delivers_every_seed_and_ends() -> None:
    done = copytaster("demo", "--once")
    assert (done.returncode, done.stderr) == (0, "")
    table = shown(done.stdout)
    assert table["accounted for"] == "all"
    assert int(table["records in"]) > 0
    assert table["wire-all"] == table["enriched"]
    assert sum(" | ADDED | " in line for line in done.stdout.splitlines()) == int(table["wire-all"])
    assert {"wire-world", "wire-business", "wire-sport", "wire-urgent"} <= table.keys()


def test_a_broker_of_ones_own_is_used_under_a_prefix_of_the_demos_own(embedded_broker: EmbeddedBroker) -> None:
    done = copytaster("demo", "--once", "--bootstrap", embedded_broker.bootstrap)
    assert done.returncode == 0
    assert "topics demo-" in done.stdout
    assert shown(done.stdout)["accounted for"] == "all"


def test_it_stays_up_until_ctrl_c_and_leaves_nothing_behind() -> None:
    demo = started("demo")
    assert demo.stdout is not None
    for line in demo.stdout:
        if "it stays up until Ctrl-C" in line:
            break
    children = psutil.Process(demo.pid).children(recursive=True)
    assert children
    demo.send_signal(signal.SIGINT)
    _, err = demo.communicate(timeout=60)
    assert (demo.returncode, err) == (130, "")
    assert not [child for child in children if child.is_running() and child.status() != psutil.STATUS_ZOMBIE]


def test_a_worker_that_cannot_start_is_told_with_its_last_lines() -> None:
    done = copytaster("demo", "--once", env={"COPYTASTER_SPACY_MODEL": "no_such_model"})
    assert done.returncode == 1
    lines = done.stderr.splitlines()
    assert lines[0].startswith("error: the worker ended with exit code")
    assert all(line.startswith("error: ") for line in lines)
    assert "no_such_model" in lines[-1]


def test_a_worker_that_does_nothing_for_too_long_is_told() -> None:
    # No worker has its models loaded within a tenth of a second.
    script = """
import asyncio, sys
from rich.console import Console
from streams.demo import play
from streams.errors import StreamsError
from streams.settings import Settings

play.STUCK_SECONDS = 0.1
try:
    asyncio.run(play.run(Settings(), once=True, embedded=True, console=Console()))
except StreamsError as error:
    print(error, file=sys.stderr)
"""
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    assert "records are not accounted for and nothing happened for" in done.stderr
    assert "the worker's last lines" in done.stderr
