from pathlib import Path

import pytest

from streams.records import encode
from tests.articles import enriched_article, raw_article, subject
from tests.commands import copytaster

RULES = """
[[rule]]
name = "banks"
add = ["medtop:20000350"]
terms = ["rates"]

[[rule]]
name = "no sport"
forbid = ["medtop:15000000"]
sources = ["ap"]
"""
SPORT = subject("medtop:15000000", "sport", parents=())


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    path = tmp_path / "rules.toml"
    path.write_text(RULES)
    return path


def lines(*articles: object) -> str:
    return "".join(f"{encode(each).decode()}\n" for each in articles)  # type: ignore[arg-type]


def test_it_shows_what_would_come_and_go(rules: Path) -> None:
    articles = [enriched_article(record_id=f"{number:064}", subjects=(SPORT,)) for number in range(5)]
    done = copytaster(
        "rules", "try", str(rules), stdin=lines(*articles, enriched_article(source="afp", text="", headline=""))
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("6 articles, 5 would change\n")
    assert "+ central bank (medtop:20000350): 5\n    European Central Bank raises rates  [banks, rates]" in done.stdout
    assert "- sport (medtop:15000000): 5\n" in done.stdout
    assert "and 2 more" in done.stdout


def test_a_candidate_that_a_rule_makes_certain_is_a_change(rules: Path) -> None:
    candidate = subject("medtop:20000350", confidence=0.3)
    done = copytaster("rules", "try", str(rules), stdin=lines(enriched_article(subjects=(candidate,))))
    assert done.stdout.startswith("1 articles, 1 would change\n\n+ central bank (medtop:20000350): 1\n")
    sure = subject("medtop:20000350", confidence=0.6)
    done = copytaster("rules", "try", str(rules), stdin=lines(enriched_article(subjects=(sure,))))
    assert done.stdout == "1 articles, 0 would change\n"


def test_the_rules_in_force_are_what_it_compares_with(rules: Path) -> None:
    done = copytaster(
        "rules", "try", str(rules), stdin=lines(enriched_article()), env={"COPYTASTER_RULES_FILE": str(rules)}
    )
    assert done.stdout == "1 articles, 0 would change\n"


def test_raw_articles_are_enriched_first(rules: Path) -> None:
    raw = raw_article(body="The central bank left interest rates unchanged and expects inflation to fall this year.")
    done = copytaster("rules", "try", str(rules), stdin=lines(raw))
    assert "1 articles, 1 would change" in done.stdout
    assert "+ central bank" in done.stdout


def test_raw_articles_are_enriched_as_a_worker_with_the_settings_does(tmp_path: Path) -> None:
    own, rules = tmp_path / "own.toml", tmp_path / "rules.toml"
    own.write_text('[[entity]]\nname = "Unital Widgets"\ntype = "organisation"\nqid = "Q41"\n')
    rules.write_text('[[rule]]\nname = "ours"\nadd = ["medtop:15000000"]\nentities = ["wd:Q41"]\n')
    raw = raw_article(body="In London the prime minister met Unital Widgets on Monday and praised what they make.")
    done = copytaster("rules", "try", str(rules), stdin=lines(raw), env={"COPYTASTER_KNOWLEDGE_FILE": str(own)})
    assert done.stdout.startswith("1 articles, 1 would change\n")


def test_what_a_rule_in_force_forbids_comes_back(rules: Path, tmp_path: Path) -> None:
    none = tmp_path / "none.toml"
    none.write_text("")
    raw = raw_article(
        source="ap", body="The team won the football championship after defeating the champions in the final."
    )
    done = copytaster("rules", "try", str(none), "--now", str(rules), stdin=lines(raw))
    assert "+ sport (medtop:15000000): 1" in done.stdout


def test_a_headline_cannot_move_the_cursor(rules: Path) -> None:
    done = copytaster("rules", "try", str(rules), stdin=lines(enriched_article(headline="rates \x1b[2J\r up")))
    assert "\x1b" not in done.stdout
    assert "\r" not in done.stdout


def test_what_is_wrong_is_told_in_a_line(rules: Path, tmp_path: Path) -> None:
    done = copytaster("rules", "try", str(rules), stdin='{"nope": 1}\n')
    assert done.returncode == 1
    assert done.stderr.startswith("error: line 1 of stdin is no article: ")
    assert done.stderr.count("\n") == 1
    done = copytaster("rules", "try", str(tmp_path / "none.toml"))
    assert done.returncode == 2
    assert "none.toml: No such file" in done.stderr
