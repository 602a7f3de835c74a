from itertools import pairwise

import pytest

from schemas.enriched_article import EnrichedArticle, Span
from schemas.raw_article import WireSubject
from streams.enrich.genre import find_genre
from tests.articles import enriched_article, subject

SPORT = subject("medtop:15000000", "sport", parents=())


def article(headline: str, text: str = "Text.", **fields: object) -> EnrichedArticle:
    ends = [0]
    for paragraph in text.split("\n\n"):
        ends.append(ends[-1] + len(paragraph) + 2)
    spans = tuple(Span(start=start, end=end - 2) for start, end in pairwise(ends))
    return enriched_article(
        **{"headline": headline, "text": text, "paragraphs": spans, "keywords": (), "slugline": None, **fields}
    )


@pytest.mark.parametrize(
    ("genre", "headline"),
    [
        ("obituary", "Guitarist Ilse Brandt dies aged 65"),
        ("obituary", "Former president of Namibia dead at 82"),
        ("obituary", "Pioneering oceanographer Ann Orr died, aged 101"),
        ("obituary", "Obituary: Tom Vale, who taught a country to bake"),
        ("live_blog", "LIVE: Vote count in Portugal"),
        ("live_blog", "Storm hits coast \u2013 live"),
        ("live_blog", "Budget day as it happened"),
        ("interview", "INTERVIEW-Nordbank chief sees no cut this year"),
        ("interview", "Q&A: how the ceasefire will be watched"),
        ("opinion", "Opinion | The tax nobody wants"),
        ("opinion", "Editorial: Fix the bridge"),
        ("market_report", "GLOBAL MARKETS-Shares edge higher as oil slips, yen steady"),
        ("market_report", "Wall Street ends lower on bank worries"),
        ("market_report", "European shares close slightly higher"),
        ("advisory", "Outlook for Thursday: climate talks in Bonn"),
        ("advisory", "ADVISORY - Text of speech will follow"),
        ("advisory", "The week ahead"),
    ],
)
def test_a_headline_that_says_what_it_is(genre: str, headline: str) -> None:
    found = find_genre(article(headline))
    assert found is not None
    assert found.name == genre
    assert found.reason.removeprefix('headline: "').rstrip('"') in headline


@pytest.mark.parametrize(
    "headline",
    [
        "",
        "Three dead at mine",
        "Man dies at 10 Downing Street gate",
        "Commentary box collapses",
        "Editorial staff strike at daily",
        "Live music returns to Oslo",
        "Stocks of herring fall in North Sea",
        "Shares in Acme fall sharply",
        "Outlook dims for harvest",
        "Police interview minister",
        "Senate passes bill 51-49",
        "Opinions differ on new bridge",
    ],
)
def test_a_plain_report_has_none(headline: str) -> None:
    assert find_genre(article(headline)) is None


def test_a_result_is_sport_with_a_winner_and_a_score() -> None:
    lead = "Rosenborg beat Molde 2-1 on Sunday."
    found = find_genre(article("Rosenborg win cup final", f"{lead}\n\nMore.", subjects=(SPORT,)))
    assert found is not None
    assert (found.name, found.reason) == ("sports_result", 'headline: "win", score: 2-1')
    assert find_genre(article("Rosenborg win cup final", lead, subjects=())) is None
    assert find_genre(article("Rosenborg win cup final", "No score.", subjects=(SPORT,))) is None
    assert find_genre(article("Rosenborg before cup final", lead, subjects=(SPORT,))) is None
    assert find_genre(article("Sport wins in 2023-24 budget", "Text.", subjects=(SPORT,))) is None


def test_paragraphs_that_ask_make_an_interview() -> None:
    text = "\n\n".join(f"Q: What of {number}?\n\nA: Nothing." for number in range(3))
    found = find_genre(article("Minister on water", text))
    assert found is not None
    assert found.name == "interview"
    assert find_genre(article("Minister on water", "Q: One?\n\nA: No.")) is None


def test_what_the_wire_says_goes_before_the_headline() -> None:
    filed = article("Opinion: Fix the bridge", wire_subjects=(WireSubject(code="genre:Interview"),))
    found = find_genre(filed)
    assert found is not None
    assert (found.name, found.reason) == ("interview", "wire: genre:Interview")
    found = find_genre(article("Fix the bridge", keywords=("Editorial",)))
    assert found is not None
    assert found.name == "opinion"
