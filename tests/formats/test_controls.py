"""IPTC 7901 and ANPA 1312 as agencies really send them."""

import pytest

from schemas.raw_article import RawArticle
from streams.errors import WireError
from streams.formats import Hint, parse

DPA = """\x01rls0137 3 pl 249  rls 0137
\x02
HAFEN/STREIK/
Hafenarbeiter beenden
Streik =

Von Max Muster, Nordwire =

Nordhafen (nw) - Die Hafenarbeiter haben den Streik beendet.

# Notizblock
Orte: Nordhafen
\x03
041459 Mai 26
\x04"""
AP = (
    "\x16\x16\x01a0123\x1fbc-csdt--ndd-\r\n"
    "u i\x13\x11 BC-NH--Port Strike, 1st Ld-Writethru 07-05 0130\r\n"
    "\x02^BC-NH--Port Strike, 1st Ld-Writethru,130<\r\n^Dockers end strike<\r\n^Eds: Updates with details.<\r\n"
    "^AP Photo NHD101<\r\n^By JON AKER=\r\n^Associated Press=\r\n"
    "\tNORTH HARBOUR (AP) _ The strike is over.\r\n\tMore follows.\r\n\x03\r\nAP-WF-07-05-26 1203GMT<\r\n\x04"
)
STORY = (
    "\x01nwr0117 {priority} pl 10  nw 0117\r\n\x02Dockers end strike\r\n\r\n   The strike is over.\r\n"
    "\x03\r\n051204GMT MAY 26\r\n\x04"
)


def one(text: str) -> RawArticle:
    (article,) = parse(text.encode("latin-1"))
    return article


def test_dpa_has_keywords_a_headline_of_lines_and_a_note() -> None:
    article = one(DPA)
    assert article.slugline == "HAFEN/STREIK"
    assert article.headline == "Hafenarbeiter beenden Streik"
    assert article.byline == "Max Muster, Nordwire"
    assert article.body == "Nordhafen (nw) - Die Hafenarbeiter haben den Streik beendet."
    assert article.ed_note == "# Notizblock Orte: Nordhafen"
    assert article.article_id == "file:iptc7901:rls0137:2026-05-04"


def test_ap_has_its_keyword_twice_notes_and_a_take() -> None:
    article = one(AP)
    assert article.headline == "Dockers end strike"
    assert (article.slugline, article.take) == ("BC-NH--Port Strike", "1st Ld-Writethru")
    assert (article.byline, article.ed_note) == ("JON AKER", "Eds: Updates with details.")
    assert article.body == "NORTH HARBOUR (AP) _ The strike is over.\n\nMore follows."
    assert article.version_created_at
    assert article.version_created_at.isoformat() == "2026-07-05T12:03:00+00:00"


@pytest.mark.parametrize(("priority", "urgency"), [("1", 1), ("4", 4), ("f", 1), ("b", 2), ("u", 3), ("0", None)])
def test_a_priority_is_an_urgency(priority: str, urgency: int | None) -> None:
    assert one(STORY.format(priority=priority)).urgency == urgency


def test_a_lead_is_no_headline() -> None:
    text = STORY.format(priority=3).replace("Dockers end strike\r\n", "Dockers ended their strike on Tuesday.\r\n")
    assert one(text).headline == ""


def test_a_transmission_may_hold_many_messages() -> None:
    text = STORY.format(priority=3)
    articles = parse((text + text.replace("0117", "0118")).encode())
    assert [each.article_id for each in articles] == [
        f"file:iptc7901:nwr{number}:2026-05-05" for number in ("0117", "0118")
    ]


@pytest.mark.parametrize("text", ["\x16\x16\x01", "\x01nwr0117 3 pl 0  nw 0117 and so on\r\n\x02\x03"])
def test_a_message_without_text_is_refused(text: str) -> None:
    with pytest.raises(WireError):
        one(text)


def test_a_message_without_a_date_is_named_by_its_text() -> None:
    first = one(STORY.format(priority=3).partition("051204")[0])
    assert first.article_id == one(STORY.format(priority=4).partition("051204")[0]).article_id
    assert first.article_id.startswith("file:")


@pytest.mark.parametrize(
    ("line", "status"),
    [
        ("^KILL KILL KILL<", "canceled"),
        ("^Eds: EMBARGOED until further notice.<", "withheld"),
        ("^HOLD FOR RELEASE Sunday, May 12<", "withheld"),
    ],
)
def test_no_line_that_is_set_apart_is_lost(line: str, status: str) -> None:
    article = one(AP.replace("^Eds: Updates with details.<", f"^Eds: Updates with details.<\r\n{line}"))
    assert article.pub_status == status
    assert article.headline == "Dockers end strike"


def test_a_subhead_in_the_text_stays() -> None:
    article = one(AP.replace("\tMore follows.", "^THE BACKGROUND<\r\n\tMore follows."))
    assert article.body.endswith("THE BACKGROUND\n\nMore follows.")


@pytest.mark.parametrize("end", ["071200 Juni 26", "071200MESZ Mai 26", "071200 M\u00e4rz 2026", "071200GMT MAY 2026"])
def test_a_date_may_be_german_and_long(end: str) -> None:
    text = STORY.format(priority=3).replace("051204GMT MAY 26", end)
    (article,) = parse(text.encode())
    assert article.version_created_at
    assert article.version_created_at.year == 2026


def test_two_sources_may_number_alike() -> None:
    text = STORY.format(priority=3).encode()
    assert parse(text, Hint(source="a"))[0].article_id != parse(text, Hint(source="b"))[0].article_id
