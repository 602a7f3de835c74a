import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from schemas.dead_letter import DeadLetter
from schemas.enriched_article import EnrichedArticle
from streams.records import encode
from tests.articles import raw_article
from tests.commands import ROOT, copytaster, started

BODY = "FRANKFURT (AP) - The European Central Bank, led by Christine Lagarde, raised interest rates on Thursday."


def line(article_id: str, **fields: object) -> str:
    return encode(raw_article(article_id=article_id, body=BODY, **fields)).decode() + "\n"


@pytest.mark.parametrize("processes", [1, 2])
def test_every_line_has_its_answer_in_order(processes: int) -> None:
    ids = [f"a{number}" for number in range(100)]
    done = copytaster("enrich", "--processes", str(processes), stdin="".join(map(line, ids)))
    assert (done.returncode, done.stderr) == (0, "")
    answers = [EnrichedArticle.model_validate_json(answer) for answer in done.stdout.splitlines()]
    assert [answer.article_id for answer in answers] == ids
    assert all(answer.routes == ("all",) for answer in answers)


def test_a_bad_line_is_a_dead_letter_and_stops_nobody() -> None:
    lines = [line("a"), '{"nope\n', "\n", line("b"), "\ud800".encode("utf-8", "surrogatepass").decode("latin-1") + "\n"]
    done = copytaster("enrich", stdin="".join(lines))
    assert done.returncode == 1
    assert [json.loads(answer)["article_id"] for answer in done.stdout.splitlines()] == ["a", "b"]
    letters = [DeadLetter.model_validate_json(letter) for letter in done.stderr.splitlines()]
    assert [(letter.topic, letter.partition, letter.offset) for letter in letters] == [
        ("-", 0, 1),
        ("-", 0, 2),
        ("-", 0, 4),
    ]
    assert {letter.stage for letter in letters} == {"decode"}
    assert {letter.timestamp for letter in letters} == {None}


def test_a_last_line_without_an_end_counts() -> None:
    done = copytaster("enrich", stdin=line("a").rstrip("\n"))
    assert (done.returncode, len(done.stdout.splitlines())) == (0, 1)


def test_nothing_in_is_nothing_out() -> None:
    done = copytaster("enrich")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_routes_are_those_of_the_file(tmp_path: Path) -> None:
    routes = tmp_path / "routes.toml"
    routes.write_text('[[wire]]\nname = "ecb"\nentities = ["european central bank"]\n')
    done = copytaster("enrich", "--routes", str(routes), stdin=line("a"))
    assert json.loads(done.stdout)["routes"] == ["all", "ecb"]


def test_own_entities_are_those_of_the_file(tmp_path: Path) -> None:
    own = tmp_path / "own.toml"
    own.write_text('[[entity]]\nname = "European Central Bank"\ntype = "organisation"\nqid = "Q42"\n')
    done = copytaster("enrich", stdin=line("a"), env={"COPYTASTER_KNOWLEDGE_FILE": str(own)})
    assert "Q42" in [entity["qid"] for entity in json.loads(done.stdout)["entities"]]
    own.write_text("[[entity]]")
    done = copytaster("enrich", stdin=line("a"), env={"COPYTASTER_KNOWLEDGE_FILE": str(own)})
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("error: ")
    assert "own.toml:1: an entity needs a name" in done.stderr


def test_an_answer_does_not_wait_for_the_next_line_and_ctrl_c_is_quiet() -> None:
    command = started("enrich")
    assert command.stdin is not None
    assert command.stdout is not None
    command.stdin.write(line("a"))
    command.stdin.flush()
    assert '"article_id":"a"' in command.stdout.readline()
    command.send_signal(signal.SIGINT)
    out, err = command.communicate(timeout=30)
    assert (command.returncode, out, err) == (130, "", "")


def test_a_reader_that_goes_away_ends_it_quietly() -> None:
    command = started("enrich")
    assert command.stdin is not None
    assert command.stdout is not None
    command.stdin.write(line("a"))
    command.stdin.flush()
    command.stdout.readline()
    command.stdout.close()
    command.stdin.write(line("b"))
    command.stdin.flush()
    assert command.wait(timeout=30) == 1
    assert command.stderr is not None
    assert command.stderr.read() == ""
    command.stdin.close()
    command.stderr.close()


def test_a_model_that_is_not_there_is_told() -> None:
    done = copytaster("enrich", stdin=line("a"), env={"COPYTASTER_SPACY_MODEL": "no_such_model"})
    assert done.returncode == 2
    assert done.stderr.startswith("error: ")
    assert "no_such_model" in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_the_stages_agree_with_the_library() -> None:
    """The command adds routes to what enrich() says, and nothing else."""
    script = """
import sys
from streams.enrich.pipeline import enrich
from streams.nlp.load import ModelSpec, load_models
from streams.records import decode_raw_article, encode
(result,) = enrich([decode_raw_article(sys.stdin.buffer.read())], load_models(ModelSpec()))
sys.stdout.buffer.write(encode(result.model_copy(update={"routes": ("all",)})) + b"\\n")
"""
    library = subprocess.run(
        [sys.executable, "-c", script], input=line("a"), cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert copytaster("enrich", stdin=line("a")).stdout == library.stdout
