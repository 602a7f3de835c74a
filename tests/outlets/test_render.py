import io
from datetime import timedelta, timezone

import pytest
from rich.console import Console

from streams.outlets.reader import Arrival
from streams.outlets.render import one_line, panel, printable
from tests.articles import NOON, enriched_article, entity, subject, wire_change


def arrival(**fields: object) -> Arrival:
    return Arrival(wire_change(**fields), partition=0, offset=0, timestamp=int(NOON.timestamp() * 1000), lag=0)


def shown(what: Arrival, width: int = 80, **options: object) -> str:
    console = Console(file=io.StringIO(), width=width, **options)  # type: ignore[arg-type]
    console.print(panel(what, width=width))
    return console.file.getvalue()  # type: ignore[attr-defined,no-any-return]


FULL = arrival(
    article=enriched_article(
        urgency=1,
        routes=("all", "business"),
        subjects=(
            subject(),
            subject("medtop:20000344", name="economy", confidence=0.5),
            subject("medtop:15000000", name="sport", confidence=0.49),
        ),
        entities=(entity(), entity("Christine Lagarde", type="person"), entity("Frankfurt", type="place")),
    )
)


def test_a_change_shows_what_a_desk_judges_by() -> None:
    lines = [line.rstrip() for line in shown(FULL).splitlines()]
    assert lines == [
        "12:00:00    European Central Bank raises rates",
        "ADDED       FLASH 1 · ap · en · →all →business",
        "            central bank 91% · economy 50%",
        "            European Central Bank  Christine Lagarde  Frankfurt",
        "",
    ]


def test_colours_tell_kinds_of_entities_apart() -> None:
    text = shown(FULL, force_terminal=True, color_system="standard")
    assert "\x1b[35mEuropean Central Bank\x1b[0m" in text
    assert "\x1b[36mChristine Lagarde\x1b[0m" in text
    assert "\x1b[32mFrankfurt\x1b[0m" in text
    assert "\x1b[1;37;41mFLASH 1\x1b[0m" in text


def test_without_a_terminal_there_are_no_colours() -> None:
    assert "\x1b" not in shown(FULL)


@pytest.mark.parametrize("width", [20, 40, 59, 60, 80, 200])
def test_nothing_is_wider_than_the_terminal_and_the_headline_is_whole(width: int) -> None:
    text = shown(FULL, width)
    assert all(len(line) <= width for line in text.splitlines())
    assert "European Central Bank raises rates" in " ".join(text.split())


@pytest.mark.parametrize("action", ["withdrawn", "killed"])
def test_what_is_gone_is_named_by_its_id(action: str) -> None:
    text = shown(arrival(action=action, article=None, version=3))
    assert action.upper() in text
    assert "urn:a:1  version 3" in text


def test_a_kill_stands_out() -> None:
    assert "KILL" in shown(arrival(article=enriched_article(pub_status="canceled")))


@pytest.mark.parametrize(("urgency", "mark"), [(1, "FLASH 1"), (2, "FLASH 2"), (3, "URGENT 3"), (4, "URGENT 4")])
def test_urgency_is_marked(urgency: int, mark: str) -> None:
    assert mark in shown(arrival(article=enriched_article(urgency=urgency)))


@pytest.mark.parametrize("urgency", [5, 9, None])
def test_the_ordinary_is_not_marked(urgency: int | None) -> None:
    text = shown(arrival(article=enriched_article(urgency=urgency)))
    assert "URGENT" not in text
    assert "FLASH" not in text


def test_an_article_nobody_could_read_is_shown_too() -> None:
    bare = enriched_article(
        headline="", language={"code": None, "confidence": 0.1, "declared": None}, entities=(), subjects=()
    )
    assert "(no headline)" in shown(arrival(article=bare))
    assert "language unknown" in shown(arrival(article=bare))


def test_one_line_is_one_line() -> None:
    assert one_line(FULL) == (
        "12:00:00 | ADDED | ap | FLASH 1 | European Central Bank raises rates | central bank 91%, economy 50% | "
        "European Central Bank, Christine Lagarde, Frankfurt | en"
    )
    assert one_line(arrival(action="killed", article=None)) == "12:00:00 | KILLED | urn:a:1"
    assert "\n" not in one_line(arrival(article=enriched_article(headline="a\nb\u2028c")))


def test_the_time_is_the_readers() -> None:
    assert one_line(FULL, zone=timezone(timedelta(hours=5, minutes=30))).startswith("17:30:00 | ")


@pytest.mark.parametrize(
    ("hostile", "safe"),
    [
        ("\x1b[2Jgone", "[2Jgone"),
        ("a\x9b31mb", "a31mb"),
        ("bell\x07", "bell"),
        ("abc\u202edef", "abcdef"),
        ("[bold]markup[/bold]", "[bold]markup[/bold]"),
        ("two\r\nlines", "two lines"),
        ("Zürich 東京 🎉", "Zürich 東京 🎉"),
    ],
)
def test_what_a_wire_sends_cannot_command_the_terminal(hostile: str, safe: str) -> None:
    assert printable(hostile) == safe
    change = arrival(article=enriched_article(headline=hostile, source=hostile, entities=(entity(hostile),)))
    assert safe in shown(change)
    assert "\x1b" not in shown(change) + one_line(change)
