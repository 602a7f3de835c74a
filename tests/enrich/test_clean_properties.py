"""Whatever comes in, cleaning ends soon, raises nothing, and changes nothing the second time."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.raw_article import BodyType, RawArticle
from streams.enrich.clean import Cleaned, clean

ANY_TEXT = st.text()

# Pieces of real copy in any order find what random characters never do.
HEADLINES = ("Grain Ship Leaves Port After Long Wait", "Home World Grain Ship Leaves Port After Long Wait", "Storm")
LINES = st.sampled_from(
    (
        *HEADLINES,
        "Home > World > Europe",
        "Home World Home World Grain Ship Leaves Port After Long Wait",
        "By Jane Doe",
        "Associated Press Writer",
        "May 3, 2026",
        "PARIS, May 3 (Reuters) - ",
        "LONDON (AP) \u2014 PARIS, May 3 (Reuters) - ",
        "PARIS, May 3 (Reuters) - The ship left. (Reporting by Jane Doe; Editing by John Roe)",
        "PARIS, May 3 (Reuters) - Read more",
        "PARIS, May 3 (Reuters) - By Jane Doe",
        "PARIS, May 3 (Reuters) - Grain Ship Leaves Port After Long Wait",
        "The ship left on Tuesday, and the minister said that it would be the first of many this year.",
        "\u201cFollow us on Twitter,\u201d he said.",
        "Follow us on Twitter",
        "What Happens Next",
        "(With inputs from AFP) (Reporting by Jane Doe)",
        "(Reuters)",
        "ENDS",
        "###",
        "(Eds: adds quotes)",
        "Photo: Jane Doe/Reuters",
        "AT&amp;amp;T &lt;b&gt; &am&shy;p; \u00ad\u200b\x00",
        "a well-",
        "known e\u0301 fact",
        "    indented",
        "one   two\tthree",
        "",
        " ",
    )
)
COPY = st.lists(LINES, max_size=12).flatmap(
    lambda lines: st.sampled_from(("\n", "\n\n", " ", "\r\n")).map(lambda separator: separator.join(lines))
)
TAG_NAMES = "p br h1 h2 nav aside a li td pre html body title figcaption script"
TAGS = st.sampled_from(
    (
        *(f"<{mark}{name}>" for name in TAG_NAMES.split() for mark in ("", "/")),
        "<!-- -->",
        "<",
        ">",
        "&#0;",
        "&shy;",
        "<p",
    )
)
MARKUP = st.lists(TAGS | LINES | ANY_TEXT, max_size=30).map("".join)


def cleaned(headline: str, body: str, body_type: BodyType = "text/plain") -> Cleaned:
    return clean(RawArticle(article_id="a", source="s", headline=headline, body=body, body_type=body_type))


def assert_whole(result: Cleaned) -> None:
    """Offsets slice, blocks and sections tile."""
    headings = [section.heading for section in result.sections if section.heading]
    spans = sorted((*result.paragraphs, *headings), key=lambda span: span.start)
    assert "\n\n".join(result.text[span.start : span.end] for span in spans) == result.text
    assert "".join(result.text[section.start : section.end] for section in result.sections) == result.text
    assert all(heading.start == section.start for section in result.sections if (heading := section.heading))
    assert all("\n" not in removed.text for removed in result.removed)


@given(headline=ANY_TEXT | st.sampled_from(HEADLINES), body=ANY_TEXT | COPY)
def test_plain_text_is_cleaned_once_and_for_all(headline: str, body: str) -> None:
    once = cleaned(headline, body)
    again = cleaned(once.headline, once.text)
    assert_whole(once)
    assert again.removed == ()
    assert (again.headline, again.text) == (once.headline, once.text)
    assert (again.paragraphs, again.sections) == (once.paragraphs, once.sections)


@settings(deadline=None)  # the first page loads trafilatura's word lists
@given(headline=ANY_TEXT | st.just(""), body=MARKUP)
def test_html_is_cleaned_once_and_for_all(headline: str, body: str) -> None:
    once = cleaned(headline, body, "text/html")
    again = cleaned(once.headline, once.text)
    assert_whole(once)
    assert (again.headline, again.text, again.removed) == (once.headline, once.text, ())


@given(body=COPY)
def test_every_letter_of_plain_text_is_kept_or_accounted_for(body: str) -> None:
    result = cleaned("Some headline", body)
    accounted = result.text + result.headline + "".join(removed.text for removed in result.removed)
    assert set(filter(str.isalnum, body)) <= set(accounted) | {"\u0301"} | set("e\u0301")


@settings(deadline=None)
@given(body=MARKUP | COPY)
def test_the_same_article_gives_the_same_result(body: str) -> None:
    assert cleaned("", body, "text/html") == cleaned("", body, "text/html")


MEGABYTE = 1_000_000
HOSTILE = {
    "spaces": " " * MEGABYTE,
    "newlines": "\n" * MEGABYTE,
    "parentheses": "(" * MEGABYTE,
    "closing parentheses": ")" * MEGABYTE,
    "tags": "<" * MEGABYTE,
    "ampersands": "&" * MEGABYTE,
    "entities": "&amp;" * (MEGABYTE // 5),
    "digits": "&#" + "9" * MEGABYTE,
    "nuls": "\x00" * MEGABYTE,
    "combining marks": "a" + "\u0300\u0327" * (MEGABYTE // 2),
    "one-letter lines": "a\n" * (MEGABYTE // 8),
    "datelines": "PARIS (AP) \u2014 " * (MEGABYTE // 13),
    "credits": "(Reporting by Jane Doe) " * (MEGABYTE // 24),
    "headlines": "Storm hits the coast\n\n" * (MEGABYTE // 88),
    "capitals": "By " + "A " * (MEGABYTE // 2),
    "caption-like lines": ("A" * 390 + ")\n\n") * (MEGABYTE // 1576),
    "deep tags": "<div>" * (MEGABYTE // 5) + "text",
    "deep inline tags": "<html><b><i>" * (MEGABYTE // 12) + "text",
    "comments": "<!--" * (MEGABYTE // 4),
    "tables": "<table><tr><td>" * (MEGABYTE // 15),
}


@pytest.mark.parametrize("body_type", ["text/plain", "text/html"])
@pytest.mark.parametrize("body", HOSTILE.values(), ids=list(HOSTILE))
def test_hostile_text_costs_no_more_than_its_length(body: str, body_type: BodyType) -> None:
    started = time.process_time()
    cleaned("", body, body_type)
    assert time.process_time() - started < 10


@pytest.mark.parametrize("headline", HOSTILE.values(), ids=list(HOSTILE))
def test_hostile_headlines_cost_no_more_than_their_length(headline: str) -> None:
    started = time.process_time()
    once = cleaned(headline, "Text.")
    assert cleaned(once.headline, once.text).headline == once.headline
    assert time.process_time() - started < 10


def test_eight_megabytes_on_one_line_are_cleaned_in_seconds() -> None:
    started = time.process_time()
    result = cleaned("Long", "The ship left port on Tuesday. " * 270_000)
    assert len(result.paragraphs) == 1
    assert time.process_time() - started < 10


@settings(max_examples=20, deadline=None)
@given(depth=st.integers(1, 3000))
def test_text_survives_any_depth_of_tags(depth: int) -> None:
    assert cleaned("h", "<div><b>" * depth + "The ship left.", "text/html").text == "The ship left."
