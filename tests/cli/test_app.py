import json
import os
import subprocess
import sys
import venv
from pathlib import Path

import pytest
import typer

from streams.cli import app
from tests.commands import ROOT, copytaster

HEAVY = {"aiokafka", "faust", "mode", "numpy", "pydantic_settings", "spacy", "structlog", "thinc", "trafilatura"}


def commands() -> list[tuple[str, ...]]:
    """Every command and group, as it is typed."""
    names: list[tuple[str, ...]] = [()]
    pending: list[tuple[tuple[str, ...], object]] = [((), typer.main.get_command(app))]
    while pending:
        path, group = pending.pop()
        for name, command in getattr(group, "commands", {}).items():
            names.append((*path, name))
            pending.append(((*path, name), command))
    return names


@pytest.mark.parametrize("command", commands(), ids=" ".join)
def test_help_shows_what_it_does_and_an_example(command: tuple[str, ...]) -> None:
    done = copytaster(*command, "--help")
    assert (done.returncode, done.stderr) == (0, "")
    assert f"Usage: {' '.join(('copytaster', *command))} " in done.stdout
    shown = " ".join(done.stdout.split())
    assert f"copytaster {' '.join(command)}" in shown.split("Example: " if command else "Start with: ")[1]


def test_help_imports_nothing_heavy() -> None:
    script = """
import contextlib, io, json, sys
from streams.__main__ import main
sys.argv = ["copytaster", "--help"]
with contextlib.suppress(SystemExit), contextlib.redirect_stdout(io.StringIO()):
    main()
print(json.dumps(sorted({name.partition(".")[0] for name in sys.modules})))
"""
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    assert HEAVY.isdisjoint(json.loads(done.stdout))


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["nope"], "error: No such command 'nope'."),
        (["topics", "nope"], "error: No such command 'nope'."),
        (["tail"], "error: Missing argument 'wire'."),
        (["tail", "all", "--nope"], "error: No such option: --nope"),
        (["worker", "--processes", "0"], "error: --processes: must be greater than or equal to 1"),
        (["worker", "--log-level", "LOUD"], "error: --log-level: must be 'DEBUG', 'INFO', 'WARNING' or 'ERROR'"),
        (["topics", "list", "--routes", "no.toml"], "error: no.toml: No such file or directory"),
        (["topics", "list", "--bootstrap", "kafka"], "error: bootstrap must be HOST:PORT[,HOST:PORT], not 'kafka'"),
    ],
)
def test_a_mistake_of_the_user_is_one_line_and_exit_2(arguments: list[str], complaint: str) -> None:
    done = copytaster(*arguments)
    assert (done.returncode, done.stdout, done.stderr) == (2, "", f"{complaint}\n")


def test_a_setting_that_cannot_be_read_is_named_as_the_user_knows_it() -> None:
    done = copytaster("topics", "list", env={"COPYTASTER_PARTITIONS": "x", "COPYTASTER_PREFIX": "A"})
    assert done.returncode == 2
    assert [line.split(":")[:2] for line in done.stderr.splitlines()] == [
        ["error", " COPYTASTER_PREFIX"],
        ["error", " COPYTASTER_PARTITIONS"],
    ]


def test_each_problem_of_a_routing_file_is_a_line(tmp_path: Path) -> None:
    file = tmp_path / "routes.toml"
    file.write_text('[[wire]]\nname = "x"\nsubject = []\n[[wire]]\nname = "Y"\nsources = ["ap"]\n')
    done = copytaster("topics", "list", "--routes", str(file))
    assert done.returncode == 2
    assert done.stderr.splitlines() == [
        f'error: {file}:3: unknown key "subject" (did you mean "subjects"?)',
        f"error: {file}:5: a wire's name is lower-case words joined by hyphens, not 'Y'",
    ]


@pytest.mark.parametrize("arguments", [["topics", "list"], ["topics", "create"], ["tail", "all"]])
def test_a_broker_that_is_not_there_is_one_line_and_exit_1(arguments: list[str]) -> None:
    done = copytaster(*arguments, "--bootstrap", "127.0.0.1:9")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "error: cannot reach Kafka at 127.0.0.1:9: start it or set --bootstrap\n"


def test_without_the_extra_it_says_how_to_get_it(tmp_path: Path) -> None:
    # An environment as the base install leaves it: without typer.
    venv.create(tmp_path, with_pip=False)
    python = tmp_path / "bin" / "python"
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [python, "-m", "streams", "worker"], env=env, cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert done.stderr == "error: this command needs an extra: pip install 'copytaster[worker]' (no module 'typer')\n"


def test_the_script_and_the_module_are_the_same() -> None:
    assert 'copytaster = "streams.__main__:main"' in (ROOT / "pyproject.toml").read_text(encoding="utf-8")
