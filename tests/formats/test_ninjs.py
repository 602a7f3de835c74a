"""ninjs, read and written."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.raw_article import Link, RawArticle, WireSubject
from streams.errors import WireError
from streams.formats import Hint, parse
from streams.formats.item import plain
from streams.formats.ninjs import write_ninjs
from tests.articles import times

LINES = st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1, max_size=30).filter(
    lambda text: plain(text) == text and text == text.strip()
)
MAYBE_LINE, MAYBE_TIME = st.none() | LINES, st.none() | times
ARTICLES = st.builds(
    RawArticle,
    article_id=LINES,
    version=st.integers(1, 2**53 - 1),
    source=LINES,
    headline=LINES | st.just(""),
    body=LINES | st.just(""),
    language=st.sampled_from([None, "en", "pt-BR"]),
    published_at=MAYBE_TIME,
    first_created_at=MAYBE_TIME,
    version_created_at=MAYBE_TIME,
    embargoed_until=MAYBE_TIME,
    expires_at=MAYBE_TIME,
    byline=MAYBE_LINE,
    dateline=MAYBE_LINE,
    slugline=MAYBE_LINE,
    ed_note=MAYBE_LINE,
    credit_line=MAYBE_LINE,
    copyright=MAYBE_LINE,
    usage_terms=MAYBE_LINE,
    url=st.sampled_from([None, "https://example.org/a"]),
    located=MAYBE_LINE,
    urgency=st.none() | st.integers(1, 9),
    pub_status=st.sampled_from(["usable", "withheld"]),
    signal=st.sampled_from([None, "correction", "update"]),
    item_type=st.sampled_from(["text", "picture"]),
    take=st.sampled_from([None, "1st Ld", "ADD 2"]),
    subjects=st.lists(
        st.builds(WireSubject, code=LINES, name=MAYBE_LINE, scheme=MAYBE_LINE), max_size=3, unique=True
    ).map(tuple),
    keywords=st.lists(LINES, max_size=3, unique=True).map(tuple),
    links=st.lists(
        st.builds(Link, relation=st.sampled_from(["corrects", "replaces", "updates", "see_also"]), article_id=LINES),
        max_size=2,
        unique=True,
    ).map(tuple),
)


def read(value: object, source: str = "s") -> tuple[RawArticle, ...]:
    return parse(json.dumps(value).encode(), Hint(source=source, format_name="ninjs"))


def one(**fields: Any) -> RawArticle:  # noqa: ANN401 - JSON is anything
    (article,) = read({"uri": "urn:a", "headline": "Ship leaves", "body_text": "It left.", **fields})
    return article


@given(ARTICLES)
def test_what_is_written_is_read_back(article: RawArticle) -> None:
    (again,) = read(write_ninjs(article))
    ours = {"original", "notices", "repairs"}
    assert again.model_dump(exclude=ours) == article.model_dump(exclude=ours)


def test_a_kill_is_written_and_read_back() -> None:
    killed = one(pubstatus="canceled")
    (again,) = read(write_ninjs(killed))
    assert (again.pub_status, again.signal) == (killed.pub_status, killed.signal) == ("canceled", "kill")


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        ("usable", "usable"),
        ("withheld", "withheld"),
        ("canceled", "canceled"),
        ("cancelled", "canceled"),
        ("stat:canceled", "canceled"),
        (None, "usable"),
        ("holdback", "withheld"),
    ],
)
def test_a_status_nobody_knows_withholds(status: str | None, expected: str) -> None:
    article = one(pubstatus=status)
    assert article.pub_status == expected
    assert article.notices == (("holdback",) if status == "holdback" else ())


@pytest.mark.parametrize("embargoed", [True, "tomorrow", "2026-05-07T00:01:00"])
def test_an_embargo_that_cannot_be_ordered_withholds(embargoed: object) -> None:
    article = one(embargoed=embargoed)
    assert (article.pub_status, article.embargoed_until) == ("withheld", None)
    assert article.notices[0].startswith("embargoed: ")


@pytest.mark.parametrize(
    "bodies",
    [
        {"body_text": "It left.", "body_xhtml": "<p>It left.</p>"},
        {
            "body_text": None,
            "bodies": [
                {"contentType": "text/plain", "value": "It left."},
                {"role": "html5", "value": "<p>It left.</p>"},
            ],
        },
        {"body_text": None, "bodies": [{"contenttype": "body_xhtml", "value": "<p>It left.</p>"}]},
    ],
)
def test_marked_up_text_goes_before_plain(bodies: dict[str, object]) -> None:
    article = one(**bodies)
    assert (article.body, article.body_type) == ("<p>It left.</p>", "text/html")


@pytest.mark.parametrize(
    "envelope", [lambda item: [item], lambda item: {"items": [item, item]}, lambda item: {"_items": [item]}]
)
def test_items_come_in_lists_and_envelopes(envelope: Any) -> None:  # noqa: ANN401 - three functions
    assert {each.article_id for each in read(envelope({"uri": "urn:a", "headline": "x"}))} == {"urn:a"}


@pytest.mark.parametrize("value", [{}, [], {"uri": "urn:a"}, {"headline": "x"}, 3, "x", None])
def test_json_that_is_no_item_is_refused(value: object) -> None:
    with pytest.raises(WireError, match=r"^JSON without a ninjs item$"):
        read(value)


def test_an_association_says_what_is_corrected() -> None:
    article = one(associations={"old": {"rel": "http://cv.iptc.org/newscodes/itemrelation/corrects", "uri": "urn:b"}})
    assert article.links == (Link(relation="corrects", article_id="urn:b"),)


@pytest.mark.parametrize(
    ("version", "expected"), [("7", 7), (7, 7), ("0", 1), (None, 1), (10**40, 2**53 - 1), ("2.1", 2), ("x", 1)]
)
def test_a_version_is_a_number_from_1(version: object, expected: int) -> None:
    assert one(version=version).version == expected


@pytest.mark.parametrize(("urgency", "expected"), [(3, 3), ("3", 3), (0, None), (10, None), ("high", None), (3.0, 3)])
def test_an_urgency_is_1_to_9_or_none(urgency: object, expected: int | None) -> None:
    assert one(urgency=urgency).urgency == expected
