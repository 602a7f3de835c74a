"""What all formats have in common: from words as they stand to a RawArticle."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.raw_article import RawArticle
from streams.formats import Hint
from streams.formats.instant import instant, instant_or_none
from streams.formats.item import Item, assemble, local, plain
from streams.formats.origin import original


def article(**fields: str) -> RawArticle:
    return assemble(Item(body="It left.", **fields), Hint(source="nw"), original(b"x", "text/plain"))


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("  Ship\n leaves ", "Ship leaves"),
        ("<b>Ship</b> leaves", "Ship leaves"),
        ("Profit < hopes > fears", "Profit < hopes > fears"),
        ("AT&amp;T &#8211; x", "AT&T \u2013 x"),
        ("a\x00b\x85c\ufeff", "abc"),
        ("\ud800", "\ufffd"),
        (None, ""),
    ],
)
def test_a_field_is_one_plain_line(text: str | None, line: str) -> None:
    assert plain(text) == line


@given(st.text())
def test_a_plain_line_has_no_line_ends_and_can_be_written(text: str) -> None:
    line = plain(text)
    assert "\n" not in line
    line.encode()


@pytest.mark.parametrize(
    ("text", "time"),
    [
        ("2026-05-05T12:04:00Z", datetime(2026, 5, 5, 12, 4, tzinfo=UTC)),
        ("20260505T120400Z", datetime(2026, 5, 5, 12, 4, tzinfo=UTC)),
        ("20260505T120400+0200", datetime(2026, 5, 5, 10, 4, tzinfo=UTC)),
        ("2026-05-05 12:04 GMT", datetime(2026, 5, 5, 12, 4, tzinfo=UTC)),
        ("2026-05-05T12:04:00.5-05:00", datetime(2026, 5, 5, 17, 4, 0, 500_000, tzinfo=UTC)),
        ("Tue, 05 May 2026 12:04:00 +0000", datetime(2026, 5, 5, 12, 4, tzinfo=UTC)),
        ("Tue, 05 May 2026 14:04:00 CEST", None),
        ("2026-05-05T12:04:00", None),
        ("2026-05-05", None),
        ("2026-13-05T12:04:00Z", None),
        ("", None),
        ("soon", None),
        ("9" * 1000, None),
    ],
)
def test_a_time_says_its_offset_or_is_none(text: str, time: datetime | None) -> None:
    assert instant_or_none(text) == time


@given(st.datetimes(timezones=st.timezones().filter(lambda zone: zone is not None)))
def test_a_time_that_was_written_is_read(time: datetime) -> None:
    offset = time.utcoffset() or timedelta(0)
    if offset.total_seconds() % 60 == 0:
        assert instant(time.isoformat()).astimezone(UTC) == time.astimezone(UTC)


@pytest.mark.parametrize(("name", "end"), [("stat:usable", "usable"), ("http://cv/x/Canceled", "canceled"), ("", "")])
def test_of_a_code_the_end_counts(name: str, end: str) -> None:
    assert local(name) == end


def test_the_graver_status_holds() -> None:
    assert article(status="usable", ed_note="HOLD HOLD HOLD").pub_status == "withheld"
    assert article(status="withheld", headline="KILL KILL KILL").pub_status == "canceled"
    assert article(status="canceled", headline="CORRECTED-Ship leaves").signal == "kill"


def test_words_that_name_no_time_add_nothing_to_an_embargo_that_has_one() -> None:
    held = article(embargoed="2026-05-07T00:01:00Z", ed_note="STRICTLY EMBARGOED")
    assert (held.pub_status, held.embargoed_until) == ("usable", datetime(2026, 5, 7, 0, 1, tzinfo=UTC))


def test_of_two_embargoes_the_later_counts() -> None:
    held = article(embargoed="2026-05-07T00:01:00Z", ed_note="EMBARGOED until 0600 GMT, 7 May 2026")
    assert held.embargoed_until == datetime(2026, 5, 7, 6, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "take"),
    [
        ("BC-EU--Greece, 1st Ld-Writethru", "1st Ld-Writethru"),
        ("Greece votes, 2nd Add", "2nd Add"),
        ("GREECE ADD 2", "ADD 2"),
        ("UPDATE 3-Greece votes", "UPDATE 3"),
        ("Greece leads the field", None),
        ("Take that and run", None),
    ],
)
def test_a_take_is_read_off_headline_and_slugline(text: str, take: str | None) -> None:
    assert article(headline=text).take == take
    assert article(slugline=text).take == take


@pytest.mark.parametrize(("told", "language"), [("en", "en"), ("pt_BR", "pt-BR"), ("English!", None), ("", None)])
def test_a_language_is_a_tag_or_none(told: str, language: str | None) -> None:
    assert article(language=told).language == language


@pytest.mark.parametrize(
    ("signal", "kept"), [("sig:update", "update"), ("Rectify", "correction"), ("edStatus:N", None)]
)
def test_a_providers_own_codes_are_no_signals(signal: str, kept: str | None) -> None:
    assert article(signal=signal).signal == kept
