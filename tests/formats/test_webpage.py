from datetime import UTC, datetime

import pytest

from schemas.raw_article import RawArticle
from streams.formats.origin import Hint
from streams.formats.webpage import parse_html

LINKED = """<script type="application/ld+json">[{"@type": "WebSite"}, {"@graph": [{
"@type": ["NewsArticle"], "headline": "Grain ship leaves port", "datePublished": "2026-05-03T08:00:00Z",
"dateModified": "2026-05-03T10:30:00+02:00", "author": [{"name": "Jane Doe"}, "John Roe"],
"keywords": ["grain", "ports"], "inLanguage": "en-GB"}]}]</script>"""
META = """<link rel="canonical" href="https://example.org/grain#top"><meta name="author" content="Ann Poe">
<meta property="article:published_time" content="2026-05-02T00:00:00Z"><meta name="keywords" content="wheat, , sea">"""


def page(head: str, *, source: str = "example") -> RawArticle:
    (article,) = parse_html(
        f'<html lang="en"><head>{head}</head><body><p>Text.</p></body></html>'.encode(), Hint(source)
    )
    return article


def test_linked_data_names_headline_authors_times_and_keywords() -> None:
    article = page(LINKED + META)
    assert article.headline == "Grain ship leaves port"
    assert article.byline == "Jane Doe, John Roe"
    assert article.published_at == datetime(2026, 5, 3, 8, 0, tzinfo=UTC)
    assert article.version_created_at == datetime(2026, 5, 3, 8, 30, tzinfo=UTC)
    assert article.keywords == ("grain", "ports")
    assert article.language == "en-GB"


def test_meta_tags_stand_in_for_linked_data() -> None:
    article = page(META)
    assert article.headline == ""
    assert article.byline == "Ann Poe"
    assert article.published_at == datetime(2026, 5, 2, tzinfo=UTC)
    assert article.keywords == ("wheat", "sea")
    assert article.language == "en"


def test_the_canonical_url_is_the_articles_name() -> None:
    article = page(META)
    assert article.article_id == article.url == "https://example.org/grain"


@pytest.mark.parametrize("href", ["/grain", "javascript:alert(1)", ""])
def test_without_a_usable_url_the_content_names_the_article(href: str) -> None:
    assert page(f'<link rel="canonical" href="{href}">').article_id.startswith("example:")


def test_an_address_longer_than_a_name_may_be_is_named_by_its_hash() -> None:
    first, second = (page(f'<link rel="canonical" href="https://example.org/{"a" * 512}{end}">') for end in "bc")
    assert first.article_id.startswith("sha256:")
    assert first.article_id != second.article_id


@pytest.mark.parametrize("time", ["2026-05-03T08:00:00", "yesterday", ""])
def test_a_time_that_cannot_be_ordered_is_none(time: str) -> None:
    assert page(f'<meta property="article:published_time" content="{time}">').published_at is None


@pytest.mark.parametrize("script", ["{", "[" * 100_000, '{"@type": "NewsArticle", "author": 1}', "3"])
def test_broken_linked_data_is_passed_over(script: str) -> None:
    assert page(f'<script type="application/ld+json">{script}</script>').byline is None


def test_the_declared_character_set_is_used() -> None:
    (article,) = parse_html('<meta charset="windows-1251"><p>\u041c\u0438\u0440</p>'.encode("cp1251"), Hint())
    assert "\u041c\u0438\u0440" in article.body
