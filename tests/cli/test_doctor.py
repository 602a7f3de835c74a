import json

from tests.commands import copytaster


def test_what_is_wrong_is_told_with_what_to_do() -> None:
    done = copytaster("doctor", "--bootstrap", "127.0.0.1:9")
    assert done.returncode == 1
    assert "wrong broker" in done.stdout
    assert "-> " in done.stdout


def test_a_program_reads_findings() -> None:
    done = copytaster("doctor", "--json", "--bootstrap", "127.0.0.1:9")
    findings = {finding["name"]: finding for finding in map(json.loads, done.stdout.splitlines())}
    assert findings["settings"]["ok"] is True
    assert findings["broker"]["ok"] is False
    assert findings["broker"]["says"] == "cannot reach Kafka at 127.0.0.1:9: start it or set --bootstrap"
