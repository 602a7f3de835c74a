"""Orders that come as words: kept where they are orders, and only there."""

from datetime import UTC, datetime

import pytest

from streams.formats.notices import read_notices

SENT = datetime(2026, 5, 4, 15, 0, tzinfo=UTC)  # a Monday


def standing(*head: str, body: tuple[str, ...] = ()) -> tuple[str | None, str | None]:
    """The gravest status and the first signal."""
    found = read_notices(head, body, sent=SENT)
    statuses = [notice.status for notice in found]
    grave = next((each for each in ("canceled", "withheld") if each in statuses), None)
    return grave, next((notice.signal for notice in found if notice.signal), None)


def embargo(text: str) -> datetime | None:
    (notice,) = read_notices([], [text], sent=SENT)
    return notice.embargoed_until


@pytest.mark.parametrize(
    "text",
    [
        "KILL KILL KILL",
        "BC-EU-Budget, KILL KILL",
        "MANDATORY KILL",
        "KILL: Minister resigns",
        "BULLETIN KILL - Minister resigns",
        "STORY WITHDRAWN: Minister resigns",
        "WITHDRAWN - Minister resigns",
        "This story has been withdrawn.",
        "The story headlined Minister resigns, sent at 1410 GMT, has been withdrawn.",
        "Editors: please kill the story Minister resigns.",
        "The above article is withdrawn. There will be no substitute.",
        "RETRACTION: Minister resigns",
        "Kill: Minister resigns",
        "Story has been withdrawn",
        "Kill the story slugged BC-EU--Minister",
        "We are killing the story headlined Minister resigns.",
        "ANNULATION - Le ministre d\u00e9missionne",
        "Zur\u00fcckgezogen: Minister tritt zur\u00fcck",
    ],
)
def test_a_kill_is_a_kill(text: str) -> None:
    assert standing(text) == ("canceled", "kill")
    assert standing("Minister resigns", body=(text,)) == ("canceled", "kill")


@pytest.mark.parametrize(
    "text",
    [
        "Kill Bill returns to cinemas",
        "Floods kill three in the north",
        "MINISTER KILLED IN CRASH",
        "Troops withdrawn from the border",
        "The bill was withdrawn by the government on Tuesday.",
        "The company said the offer had been withdrawn.",
        "Banks hold rates steady",
        "EU lifts embargo on arms",
        "Oil embargo hits exports",
        "The arms embargo ended in 2020.",
        "Correct answers win prizes",
        "Update your passport early, ministry says",
        "Court corrects record on dam",
        "HOLDERS OF BONDS TO MEET",
        "Police hold two men",
        "Israel must withdraw all troops from the strip, the court said.",
        "The report was withdrawn by the company.",
        "The article was retracted by the journal on Monday.",
        "The previous version of the bill was withdrawn.",
        "VIDEO KILLED THE RADIO STAR",
        "KILLED: two soldiers at the border",
        "CANCELLED: the summer of festivals",
        "DO NOT USE: agency warns of heaters",
        "Please withdraw the troops, minister says",
        "Embargo: how the island lives with it",
        "Embargo costs the island 5 billion dollars",
        "Embargoed goods to be released at the port",
        "Hold for 30 seconds, then breathe out.",
        "FOR IMMEDIATE RELEASE",
        "Oil Embargo to Hit European Refiners",
        "EU einigt sich auf \u00d6l-Embargo bis Jahresende",
        "U.S. LIFTS ARMS EMBARGO FOR CYPRUS",
        "Das Gericht verh\u00e4ngte eine Sperrfrist von 18 Monaten.",
        "Photo NOT FOR PUBLICATION in Japan",
        "THE FOLLOWING INFORMATION IS NOT FOR PUBLICATION: Contact",
        "Journal editors withdraw article on vaccines",
        "ROLLING STONE RAPE STORY RETRACTED",
        "The article titled Hydroxychloroquine was retracted by the journal",
        "This story, published by a magazine in May, was retracted on Monday",
        "Police urged: please delete the item if you bought it.",
        "Correctional officers strike in three states",
        "Corrections officer wins award",
    ],
)
def test_news_about_such_things_is_none(text: str) -> None:
    assert standing(text, body=(text,)) == (None, None)


@pytest.mark.parametrize(
    "text", ["HOLD HOLD HOLD", "HOLD FOR RELEASE", "NOT FOR PUBLICATION", "EMBARGO", "EMBARGOED until further notice"]
)
def test_what_is_held_back_is_withheld(text: str) -> None:
    assert standing(text)[0] == "withheld"


@pytest.mark.parametrize(
    ("text", "signal"),
    [
        ("CORRECTED-Minister resigns", "correction"),
        ("Correction: Minister resigns", "correction"),
        ("(Corrects spelling of name in second paragraph)", "correction"),
        ("Eds: CORRECTS name in lead.", "correction"),
        ("Berichtigung", None),
        ("BERICHTIGUNG: Minister tritt zur\u00fcck", "correction"),
        ("UPDATE 2-Minister resigns", "update"),
        ("WRAPUP 1-Minister resigns", "update"),
        ("REFILE-Minister resigns", "update"),
    ],
)
def test_corrections_and_updates_are_signals(text: str, signal: str | None) -> None:
    assert standing(text) == (None, signal)


@pytest.mark.parametrize(
    ("text", "hour", "day", "month"),
    [
        ("EMBARGOED until 0001 GMT, 7 May 2026", 0, 7, 5),
        ("EMBARGOED UNTIL 00:01 GMT Thursday, May 7", 0, 7, 5),
        ("Embargoed for release until 6 p.m. EDT, May 6, 2026", 22, 6, 5),
        ("Sperrfrist: 07.05.2026, 06:00 Uhr MESZ", 4, 7, 5),
        ("NOT FOR PUBLICATION BEFORE 1700 GMT on May 5", 17, 5, 5),
        ("EMBARGO: 2026-05-07T00:01:00Z", 0, 7, 5),
        ("Not for publication before 00:01 GMT Thursday May 7", 0, 7, 5),
        ("Embargo: Not to be published before 0001 GMT Thursday May 7", 0, 7, 5),
        ("EMBARGO Thursday May 7 0001 GMT", 0, 7, 5),
        ("embargoed until 0001 GMT Thursday, May 7", 0, 7, 5),
        ("EMBARGOED: Bank report on housing", None, None, None),
        ("EMBARGOED PRESS RELEASE: new study", None, None, None),
        ("STRICTLY EMBARGOED UNTIL 12 noon GMT on Friday", 12, 8, 5),
        ("EMBARGOED UNTIL midnight GMT on Friday", None, None, None),
        ("EMBARGOED UNTIL 12 noon on Friday", None, None, None),
        ("EMBARGOED until 0001 GMT Friday", 0, 8, 5),
    ],
)
def test_an_embargo_is_dated_or_withholds(text: str, hour: int | None, day: int | None, month: int | None) -> None:
    until = embargo(text)
    if hour is None:
        assert until is None
        assert standing(text)[0] == "withheld"
        return
    assert until is not None
    utc = until.astimezone(UTC)
    assert (utc.hour, utc.day, utc.month, utc.year) == (hour, day, month, 2026)


def test_a_day_without_a_year_is_the_nearest() -> None:
    december = datetime(2026, 12, 30, tzinfo=UTC)
    (notice,) = read_notices([], ["EMBARGOED until 0001 GMT January 2"], sent=december)
    assert notice.embargoed_until == datetime(2027, 1, 2, 0, 1, tzinfo=UTC)


def test_a_day_without_a_year_and_nothing_to_count_from_withholds() -> None:
    (notice,) = read_notices([], ["EMBARGOED until 0001 GMT January 2"], sent=None)
    assert (notice.status, notice.embargoed_until) == ("withheld", None)


def test_the_words_are_kept_as_they_stand() -> None:
    (notice,) = read_notices([], ["(Corrects the  rise in wages in first paragraph)"], sent=None)
    assert notice.words == "(Corrects the rise in wages in first paragraph)"
