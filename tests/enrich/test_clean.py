# ruff: noqa: RUF001 - typographic dashes are what wires send

import pytest

from schemas.raw_article import BodyType, RawArticle
from streams.enrich.clean import Cleaned, clean

FIRST = "The first ship left port on Tuesday, and the minister said that many would follow it this year."
SECOND = "Grain prices fell on the news, and traders in three cities said that they expected a quiet week."
HEADLINE = "Grain ship leaves port"


def cleaned(body: str, *, headline: str = HEADLINE, body_type: BodyType = "text/plain", **fields: str) -> Cleaned:
    return clean(
        RawArticle(article_id="a", source="s", headline=headline, body=body, body_type=body_type, **fields)  # type: ignore[arg-type]
    )


def blocks(*lines: str) -> str:
    return "\n\n".join(lines)


def removed(result: Cleaned) -> list[tuple[str, str]]:
    return [(line.reason, line.text) for line in result.removed]


def headings(result: Cleaned) -> list[str]:
    return [result.text[section.heading.start : section.heading.end] for section in result.sections if section.heading]


# Furniture goes, with its reason


@pytest.mark.parametrize(
    ("reason", "line"),
    [
        ("advertisement", "Advertisement"),
        ("advertisement", "Article continues below"),
        ("breadcrumb", "Home > World > Europe"),
        ("breadcrumb", "Sport » Football » Norway"),
        ("caption", "FILE PHOTO: A ship lies off the coast. REUTERS/Jane Doe"),
        ("caption", "The ship on Tuesday (AP Photo/Jane Doe)"),
        ("caption", "Photo: Jane Doe/Example News"),
        ("copyright", "© 2026 Example News. All rights reserved."),
        ("copyright", "Copyright 2026 Example News"),
        ("credit", "(Reporting by Jane Doe in Paris and John Roe; Editing by Ann Poe)"),
        ("credit", "(Bericht von Erika Lindner, redigiert von Paul Sander)"),
        ("credit", "(Reuters)"),
        ("credit", "Jane Doe contributed to this report."),
        ("credit", "With inputs from PTI"),
        ("ed_note", "(Adds details, background)"),
        ("ed_note", "(Eds: With AP Photos.)"),
        ("end_mark", "###"),
        ("end_mark", "-30-"),
        ("end_mark", "ENDS"),
        ("end_mark", "jdo/jro/apo"),
        ("promo", "Also read: Grain prices fall again"),
        ("promo", "Follow us on WhatsApp, Telegram and X"),
        ("promo", "Join our WhatsApp channel"),
        ("promo", "Lesen Sie auch: Weizenpreise fallen"),
        ("promo", "Sign up for our weekly newsletter here"),
        ("promo", "Subscribe to our newsletter"),
        ("wire_header", "BC-EU--Grain Ship,150"),
    ],
)
def test_furniture_is_taken_out_and_told(reason: str, line: str) -> None:
    result = cleaned(blocks(FIRST, line, SECOND))
    assert result.text == blocks(FIRST, SECOND)
    assert removed(result) == [(reason, line)]


@pytest.mark.parametrize(
    "line",
    [
        "“Follow us on Twitter,” he said.",
        '"Advertisement"',
        "(Applause)",
        "Advertisement spending fell by 4 percent.",
        "By Monday, all had left.",
        "Comments made by the minister drew criticism.",
        "Copyright 2019 rules were struck down by the court.",
        "Copyright law is changing.",
        "Embargoed until last year, the oil is now sold to 20 countries in Asia.",
        "Follow us on this journey, the minister told parliament.",
        "He has won.",
        "Home is where the heart is.",
        "Iran Blocks Telegram Channel",
        "Image is everything.",
        "No.",
        "Print media are struggling.",
        "Related costs rose to $3 million.",
        "Reporting by Reuters found that two companies had paid.",
        "Share prices fell.",
        "Sources: The ministry did not say.",
        "Subscribe to the theory that markets are rational and you will be disappointed.",
        "The Telegram channel said it had been blocked.",
        "Updates are expected.",
        "Watch out for ice on the roads.",
        "With input from residents, the city redrew the plan.",
    ],
)
def test_an_ordinary_sentence_stays(line: str) -> None:
    result = cleaned(blocks(FIRST, line, SECOND))
    assert result.text == blocks(FIRST, line, SECOND)
    assert result.removed == ()


# The lead


@pytest.mark.parametrize(
    ("opening", "dateline"),
    [
        ("AUSTIN, Texas — ", "AUSTIN, Texas"),
        ("BEIJING, May 3 (Xinhua) -- ", "BEIJING, May 3 (Xinhua)"),
        ("Berlin (dpa) - ", "Berlin (dpa)"),
        ("Geneva, 3 May 2026 – ", "Geneva, 3 May 2026"),
        ("KYIV, Ukraine (AP) — ", "KYIV, Ukraine (AP)"),
        ("LONDON (AP) — ", "LONDON (AP)"),
        ("MADRID, 3 may (EFE).- ", "MADRID, 3 may (EFE)"),
        ("MOSCOW, May 3. /TASS/. ", "MOSCOW, May 3. /TASS/"),
        ("PARIS, May 3 (Reuters) - ", "PARIS, May 3 (Reuters)"),
        ("WASHINGTON/LONDON, May 3 (Reuters) - ", "WASHINGTON/LONDON, May 3 (Reuters)"),
        ("WASHINGTON — ", "WASHINGTON"),
    ],
)
def test_a_dateline_is_read_and_taken_off(opening: str, dateline: str) -> None:
    result = cleaned(blocks(opening + FIRST, SECOND))
    assert result.text == blocks(FIRST, SECOND)
    assert result.dateline == dateline
    assert removed(result) == [("dateline", opening.strip())]


@pytest.mark.parametrize(
    "opening",
    [
        "IRAN, ISRAEL — ",
        "In Paris, France — ",
        "Medicine – ",
        "Monday, May 3 — ",
        "NATO — ",
        "Since May 3 - ",
        "Yes, May 3 – ",
    ],
)
def test_what_only_looks_like_a_dateline_stays(opening: str) -> None:
    result = cleaned(blocks(opening + FIRST, SECOND))
    assert result.text == blocks(opening + FIRST, SECOND)
    assert result.dateline is None


def test_a_dateline_is_read_in_the_lead_only() -> None:
    body = blocks(FIRST, "PARIS, May 3 (Reuters) - " + SECOND)
    assert cleaned(body).text == body


@pytest.mark.parametrize(
    ("line", "byline"),
    [
        ("By Jane Doe", "Jane Doe"),
        ("BY JANE DOE AND JOHN ROE", "JANE DOE AND JOHN ROE"),
        ("By Jane Doe, Political Correspondent", "Jane Doe, Political Correspondent"),
        ("By Reuters", "Reuters"),
        ("Von Erika Beispiel", "Erika Beispiel"),
        ("Par Jeanne Exemple", "Jeanne Exemple"),
    ],
)
def test_a_byline_is_read_and_taken_out(line: str, byline: str) -> None:
    result = cleaned(blocks(line, FIRST, SECOND))
    assert result.byline == byline
    assert removed(result) == [("byline", line)]


def test_what_the_wire_says_wins_over_what_the_text_says() -> None:
    body = blocks("By Jane Doe", "PARIS (AP) — " + FIRST, "(Reporting by Jane Doe)")
    result = cleaned(body, byline="J. Doe", dateline="LYON", credit_line="Example News")
    assert (result.byline, result.dateline, result.credit_line) == ("J. Doe", "LYON", "Example News")
    assert result.text == FIRST


def test_the_time_of_publication_above_the_text_is_no_paragraph() -> None:
    result = cleaned(blocks("Published: 3 May 2026, 14:05 GMT", FIRST))
    assert removed(result) == [("timestamp", "Published: 3 May 2026, 14:05 GMT")]


def test_a_credit_at_the_end_of_the_last_paragraph_is_read() -> None:
    result = cleaned(f"{FIRST} (Reporting by Jane Doe; Editing by John Roe)")
    assert result.text == FIRST
    assert result.credit_line == "Reporting by Jane Doe; Editing by John Roe"
    assert removed(result) == [("credit", "(Reporting by Jane Doe; Editing by John Roe)")]


def test_all_credits_are_kept() -> None:
    result = cleaned(blocks(FIRST, "(With inputs from AFP)", "(Reuters)"))
    assert result.credit_line == "With inputs from AFP; Reuters"


def test_a_note_to_editors_is_read() -> None:
    assert cleaned(blocks("(Eds: Adds byline.)", FIRST)).ed_note == "(Eds: Adds byline.)"


# The headline


def test_the_headline_is_made_plain() -> None:
    result = cleaned(FIRST, headline=" Grain &amp; <b>rice</b>\n rise \u00adto&nbsp;re\x00cord e\u0301 ")
    assert result.headline == "Grain & rice rise to record \u00e9"
    assert removed(result) == [("control_characters", "\\x00 x1, \\xad x1")]


@pytest.mark.parametrize(
    "headline", ["R&D spending up", "Profit < loss > zero", "Food&parking", "&amp;amp;amp;amp;amp;amp;"]
)
def test_a_headline_without_markup_is_left_alone(headline: str) -> None:
    assert cleaned(FIRST, headline=headline).headline == headline


def test_the_headline_set_again_above_the_text_is_taken_out() -> None:
    result = cleaned(blocks("GRAIN SHIP LEAVES PORT", FIRST))
    assert result.text == FIRST
    assert removed(result) == [("repeated_headline", "GRAIN SHIP LEAVES PORT")]


def test_a_breadcrumb_glued_to_the_headline_is_taken_off() -> None:
    result = cleaned(blocks(HEADLINE, FIRST), headline=f"Home World {HEADLINE}")
    assert result.headline == HEADLINE
    assert removed(result) == [("breadcrumb", "Home World"), ("repeated_headline", HEADLINE)]


def test_without_a_headline_the_first_line_is_it() -> None:
    result = cleaned(blocks("By Jane Doe", HEADLINE, FIRST), headline="")
    assert (result.headline, result.text) == (HEADLINE, FIRST)


def test_a_first_sentence_is_not_taken_from_the_text() -> None:
    result = cleaned(blocks("The minister has resigned.", FIRST), headline="")
    assert result.headline == "The minister has resigned."
    assert result.text == blocks("The minister has resigned.", FIRST)


def test_a_flash_keeps_its_only_line_as_text() -> None:
    result = cleaned("MINISTER RESIGNS", headline="MINISTER RESIGNS")
    assert (result.headline, result.text, result.removed) == ("MINISTER RESIGNS", "MINISTER RESIGNS", ())


# Layout and sections


def test_lines_that_a_wire_broke_are_joined() -> None:
    body = (
        "By JANE DOE\n"
        "LONDON (AP) — The first ship left port on Tuesday, and the minister\n"
        "said that many would follow it on the well-\n"
        "known route.\n"
        "   A second paragraph begins with an indent and is long enough to be\n"
        "broken as well.\n"
        "ENDS"
    )
    result = cleaned(body)
    assert result.text == blocks(
        "The first ship left port on Tuesday, and the minister said that many would follow it on the well-known route.",
        "A second paragraph begins with an indent and is long enough to be broken as well.",
    )
    assert result.byline == "JANE DOE"


def test_lines_of_a_table_are_not_joined() -> None:
    rows = ("Wheat      201.50    +1.25", "Maize      188.75    -0.50", "Rapeseed   430.00    +4.00")
    assert cleaned(blocks(FIRST, "\n".join(rows))).text == blocks(FIRST, *(" ".join(row.split()) for row in rows))


def test_short_lines_are_not_joined() -> None:
    assert cleaned("Arsenal 2 Chelsea 1\nLeeds 0 Everton 0").text == "Arsenal 2 Chelsea 1\n\nLeeds 0 Everton 0"


def test_a_heading_opens_a_section_and_is_no_paragraph() -> None:
    result = cleaned(blocks(FIRST, "What the traders say", SECOND))
    assert headings(result) == ["What the traders say"]
    assert [(section.start, section.end) for section in result.sections] == [
        (0, len(FIRST) + 2),
        (len(FIRST) + 2, len(result.text)),
    ]
    assert [result.text[span.start : span.end] for span in result.paragraphs] == [FIRST, SECOND]


@pytest.mark.parametrize(
    "line", ["Leeds 0 Everton 0", "Attendance: 25,817", "“We will go on”", "he said nothing more", "It is over."]
)
def test_a_short_line_is_not_always_a_heading(line: str) -> None:
    assert headings(cleaned(blocks(FIRST, line, SECOND))) == []


# HTML

PAGE = f"""<!doctype html><html lang="en">
<head><title>{HEADLINE} | Example News</title><style>p {{}}</style></head><body>
<nav><ul><li><a href="/">Home</a></li><li><a href="/world">World</a></li></ul></nav>
<div class="teasers"><p><a href="/1">A storm hits the coast and thousands are without power</a></p></div>
<article><h1>{HEADLINE}</h1><p>By Jane Doe</p><p>{FIRST}</p><h2>What next?</h2><p>{SECOND}</p>
<figure><img src="ship.jpg"><figcaption>The ship</figcaption></figure>
<aside><p>Get our app</p></aside><ul><li>One more thing</li></ul><p>Over.</p></article>
<p><a href="/2">Another article that is long enough to be taken for text</a></p>
<footer><p>© 2026 Example News</p></footer><script>alert(1)</script></body></html>"""


def test_a_page_is_reduced_to_its_article() -> None:
    result = cleaned(PAGE, headline="", body_type="text/html")
    assert result.headline == HEADLINE
    assert result.text == blocks(FIRST, "What next?", SECOND, "One more thing", "Over.")
    assert result.byline == "Jane Doe"
    assert headings(result) == ["What next?"]


def test_what_stands_around_the_article_is_told() -> None:
    result = cleaned(PAGE, headline="", body_type="text/html")
    assert removed(result) == [
        ("navigation", "Home"),
        ("navigation", "World"),
        ("links", "A storm hits the coast and thousands are without power"),
        ("repeated_headline", HEADLINE),
        ("byline", "By Jane Doe"),
        ("caption", "The ship"),
        ("aside", "Get our app"),
        ("links", "Another article that is long enough to be taken for text"),
        ("copyright", "© 2026 Example News"),
    ]


def test_the_site_is_no_part_of_the_title() -> None:
    page = f"<html><head><title>{HEADLINE} | Example News</title></head><body><p>{FIRST}</p></body></html>"
    assert cleaned(page, headline="", body_type="text/html").headline == HEADLINE


def test_a_fragment_keeps_its_short_paragraphs() -> None:
    body = "<p>One.</p><p>Two &amp; <b>three</b>.<br>Four.<br><br>Five.</p><blockquote>Six</blockquote>"
    assert cleaned(body, body_type="text/html").text == blocks("One.", "Two & three. Four.", "Five.", "Six")


def test_text_declared_as_html_keeps_its_paragraphs() -> None:
    assert cleaned(f"{FIRST}\n\nR&amp;D", body_type="text/html").text == blocks(FIRST, "R&D")


def test_replacement_characters_stay() -> None:
    assert cleaned("The caf\ufffd is open.").text == "The caf\ufffd is open."


def test_invisible_characters_go_and_are_counted() -> None:
    result = cleaned("<p>The ca\x00f\u00e9 is&shy; open.</p>", body_type="text/html")
    assert result.text == "The caf\u00e9 is open."
    assert removed(result) == [("control_characters", "\\x00 x1, \\xad x1")]
