"""What cleaning makes of each seed."""

from base64 import b64decode
from pathlib import Path

import pytest

from schemas.raw_article import RawArticle
from streams.enrich.clean import Cleaned, clean
from streams.formats import Hint, parse

SEEDS = Path(__file__).parents[2] / "seeds"


def seed(name: str) -> RawArticle:
    (file,) = SEEDS.glob(f"{name}_*.[thj]*")
    (article,) = parse(file.read_bytes(), Hint(name=file.name, source="seeds"))
    return article


def cleaned(name: str) -> Cleaned:
    """Of a page as a whole, as one who sends records of his own may leave it to the cleaner."""
    raw = seed(name)
    if raw.original and raw.original.media_type == "text/html":
        raw = raw.model_copy(update={"body": b64decode(raw.original.payload or "").decode()})
    return clean(raw)


def test_a_page_comes_to_the_same_text_whether_its_parser_or_its_cleaner_finds_the_article() -> None:
    assert clean(seed("001")).text == cleaned("001").text


def removed(result: Cleaned) -> list[tuple[str, str]]:
    return [(line.reason, line.text) for line in result.removed]


def headings(result: Cleaned) -> list[str]:
    return [result.text[section.heading.start : section.heading.end] for section in result.sections if section.heading]


def test_the_first_seed_is_cleaned_to_the_letter() -> None:
    file = (SEEDS / "000_6b6f8b5531d4d620.txt").read_text(encoding="utf-8")
    _, _, first, heading, second, third, _, fourth, _ = file.split("\n\n")
    result = cleaned("000")
    assert result.headline == "Senior Hamas Leader Abu Marzouk In Moscow For Talks On Conflict"
    assert result.text == f"{first}\n\n{heading}\n\n{second}\n\n{third}\n\n{fourth}"
    assert [result.text[span.start : span.end] for span in result.paragraphs] == [first, second, third, fourth]
    assert headings(result) == ["Russia\u2019s Middle East Diplomatic Relations"]
    assert result.sections[0].heading is None
    assert removed(result) == [
        ("breadcrumb", "Home Indo-Pacific"),
        ("repeated_headline", "Senior Hamas Leader Abu Marzouk In Moscow For Talks On Conflict"),
        ("promo", "Nitin A Gokhale WhatsApp Channel"),
        ("credit", "(With Inputs from Reuters)"),
    ]
    assert result.credit_line == "With Inputs from Reuters"
    assert (result.byline, result.dateline) == (None, None)


@pytest.mark.parametrize(
    ("name", "reasons", "paragraphs", "titles"),
    [
        (
            "001",
            (
                "navigation navigation navigation repeated_headline byline timestamp promo caption promo promo "
                "links links copyright"
            ),
            8,
            ["How the cover works", "What it means for prices"],
        ),
        ("002", "byline dateline credit", 6, ["Services prices"]),
        ("003", "breadcrumb repeated_headline advertisement promo end_mark", 4, []),
        ("004", "dateline credit", 3, []),
        ("005", "ed_note dateline credit", 3, []),
        ("006", "dateline", 2, []),
        ("007", "ed_note", 0, []),
        ("008", "byline dateline promo credit", 5, ["Lage in Tschechien"]),
        ("009", "dateline promo promo", 3, []),
        ("010", "", 0, []),
        ("012", "control_characters end_mark", 3, []),
        ("013", "dateline credit", 11, []),
        ("014", "breadcrumb byline dateline caption", 8, []),
        ("015", "ed_note dateline caption credit", 5, ["Camps"]),
        ("016", "wire_header byline dateline end_mark", 4, []),
        ("017", "dateline credit", 4, ["Next: a cooler one"]),
        ("018", "ed_note end_mark", 5, []),
        ("019", "ed_note dateline credit", 3, []),
        ("020", "", 1, []),
    ],
)
def test_each_seed_loses_its_furniture_and_nothing_else(
    name: str, reasons: str, paragraphs: int, titles: list[str]
) -> None:
    result = cleaned(name)
    assert [line.reason for line in result.removed] == reasons.split()
    assert len(result.paragraphs) == paragraphs
    assert headings(result) == titles


@pytest.mark.parametrize(
    ("name", "headline"),
    [
        ("001", "First grain ship leaves Odesa under new insurance scheme"),
        ("002", "Czech central bank holds rates, sees inflation near target"),
        ("003", "Kenya and Ethiopia agree to open skies for cargo"),
        ("014", "Rosenborg win cup final in extra time"),
        ("016", "TORNADO DAMAGES SCHOOL AND GRAIN ELEVATOR IN WESTERN KANSAS"),
        ("017", "Telescope in Chile finds water vapour on small, hot planet"),
    ],
)
def test_the_headline_is_found_in_the_copy(name: str, headline: str) -> None:
    assert seed(name).headline in {"", headline}
    assert cleaned(name).headline == headline


@pytest.mark.parametrize(
    ("name", "byline", "dateline", "credit_line"),
    [
        ("001", "Mirela Costin", None, None),
        (
            "002",
            "Radka Novotna and Tim Asher",
            "PRAGUE, May 7 (Northwire)",
            "Reporting by Radka Novotna in Prague and Tim Asher in London; Editing by Lena Vogt",
        ),
        (
            "008",
            "Erika Lindner",
            "Dresden, 11. Mai (Northwire)",
            "Bericht von Erika Lindner, redigiert von Paul Sander",
        ),
        ("009", None, "BARCELONA, 12 may (Northwire)", None),
        ("011", None, "ROTTERDAM, May 5 (Northwire)", "Writing by Tim Asher; Editing by Lena Vogt and Ann Poe"),
        ("014", "Silje Haugen", "OSLO, May 16 (Northwire)", None),
        ("016", "DALE HUTCHENS", "DODGE CITY, KAN., MAY 19 (NORTHWIRE)", None),
        ("017", None, "ANTOFAGASTA, Chile, May 20 (Northwire)", "Reporting by Camila Rojas; Editing by Ann Poe"),
    ],
)
def test_who_wrote_where_and_who_must_be_credited_is_read(
    name: str, byline: str | None, dateline: str | None, credit_line: str | None
) -> None:
    result = cleaned(name)
    assert (result.byline, result.dateline, result.credit_line) == (byline, dateline, credit_line)


def test_a_correction_is_a_later_version_of_the_same_article() -> None:
    first, second = seed("004"), seed("005")
    assert (first.article_id, first.version) == (second.article_id, second.version - 1)
    assert second.signal == "correction"
    assert (cleaned("005").ed_note or "").startswith("(Corrects day of the strike")


def test_a_kill_is_a_later_version_of_the_same_article() -> None:
    first, second = seed("006"), seed("007")
    assert (first.article_id, first.version) == (second.article_id, second.version - 1)
    assert second.pub_status == "canceled"
    assert (cleaned("007").ed_note or "").startswith("ATTENTION EDITORS - Kill")


def test_the_wires_own_note_wins_over_the_one_in_the_text() -> None:
    assert cleaned("019").ed_note == seed("019").ed_note


def test_a_very_long_article_keeps_all_its_sections() -> None:
    result = cleaned("011")
    assert len(result.text) > 60_000
    assert len(headings(result)) == 42
    assert len(result.paragraphs) == 2 + 42 * 9


def test_bytes_that_are_no_text_are_marked_and_kept() -> None:
    assert "Bj\ufffd\ufffdrn \ufffdkesson" in cleaned("012").text


def test_every_seed_is_tested_here() -> None:
    names = {file.name[:3] for file in SEEDS.iterdir() if file.name[0].isdigit()}
    assert names == {f"{number:03}" for number in range(21)}
