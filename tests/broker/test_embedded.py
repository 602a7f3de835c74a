import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from streams.broker import tether
from streams.broker.answer import is_answering
from streams.broker.embedded import EmbeddedBroker
from streams.errors import BrokerError, SettingsError

ROOT = Path(__file__).parents[2]


def wait_until(condition: Callable[[], bool], *, seconds: float = 15) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.02)


def is_alive(process: psutil.Process) -> bool:
    return process.is_running() and process.status() != psutil.STATUS_ZOMBIE


def test_it_answers_once_started_and_no_more_when_stopped(tmp_path: Path) -> None:
    with EmbeddedBroker(tmp_path) as broker:
        assert is_answering(broker.bootstrap)
    assert not is_answering(broker.bootstrap)


async def test_it_is_an_asynchronous_context_manager_too(tmp_path: Path) -> None:
    async with EmbeddedBroker(tmp_path) as broker:
        assert is_answering(broker.bootstrap)


def test_two_brokers_do_not_get_in_each_others_way(tmp_path: Path) -> None:
    with EmbeddedBroker(tmp_path / "one") as one, EmbeddedBroker(tmp_path / "two") as two:
        assert one.bootstrap != two.bootstrap
        assert is_answering(one.bootstrap)


def test_a_data_folder_in_use_is_one_line(tmp_path: Path) -> None:
    with EmbeddedBroker(tmp_path), pytest.raises(BrokerError, match=r"the embedded broker did not start: .*running"):
        EmbeddedBroker(tmp_path).start()


def test_without_its_package_the_error_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "path", [])
    monkeypatch.delitem(sys.modules, "noida_db", raising=False)
    with pytest.raises(SettingsError) as caught:
        EmbeddedBroker(tmp_path).start()
    assert str(caught.value) == (
        "the embedded broker is not installed: pip install 'copytaster[demo]', or use --bootstrap"
    )


@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGTERM])
def test_it_ends_with_the_process_that_started_it(tmp_path: Path, end: signal.Signals) -> None:
    program = """
        import sys, time
        from pathlib import Path
        from streams.broker.embedded import EmbeddedBroker
        broker = EmbeddedBroker(Path(sys.argv[1]))
        broker.start()
        print(broker.bootstrap, flush=True)
        time.sleep(60)
    """
    command = [sys.executable, "-c", textwrap.dedent(program), str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as starter:
        assert starter.stdout
        bootstrap = starter.stdout.readline().strip()
        family = psutil.Process(starter.pid).children(recursive=True)
        os.kill(starter.pid, end)
    assert family
    wait_until(lambda: not any(is_alive(member) for member in family))
    assert not is_answering(bootstrap)


def test_the_terminals_ctrl_c_does_not_reach_it(tmp_path: Path) -> None:
    with EmbeddedBroker(tmp_path) as broker:
        assert broker._process
        assert os.getsid(broker._process.pid) != os.getsid(0)


def test_a_command_that_ignores_its_end_is_killed(tmp_path: Path) -> None:
    log = tmp_path / "log"
    command = ["sh", "-c", "trap '' TERM; echo ready; while true; do sleep 1; done"]
    process = tether.start(command, log=log)
    wait_until(lambda: "ready" in log.read_text())
    family = psutil.Process(process.pid).children(recursive=True)
    tether.stop(process, patience_seconds=0.2)
    wait_until(lambda: not any(is_alive(member) for member in family))


def test_the_exit_code_of_a_tethered_command_is_passed_on(tmp_path: Path) -> None:
    process = tether.start(["sh", "-c", "exit 3"], log=tmp_path / "log")
    assert process.wait(10) == 3
    tether.stop(process)
