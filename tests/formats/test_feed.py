"""Feeds: what their entries are called, and what is kept of each."""

import json
from base64 import b64decode

import pytest

from schemas.raw_article import RawArticle
from streams.errors import WireError
from streams.formats import Hint, parse
from streams.formats.address import canonical_url
from streams.formats.feed import time_to_live_seconds

ITEM = "<item><title>{title}</title><link>{link}</link><description>{text}</description></item>"


def rss(*items: str, head: str = "<title>Northwire</title>") -> bytes:
    return f'<?xml version="1.0"?><rss version="2.0"><channel>{head}{"".join(items)}</channel></rss>'.encode()


def item(title: str = "Ship leaves", link: str = "https://nw.example/a", text: str = "It left.") -> str:
    return ITEM.format(title=title, link=link, text=text)


def read(data: bytes, url: str | None = None, source: str = "nw") -> tuple[RawArticle, ...]:
    return parse(data, Hint(source=source, url=url))


def test_an_entry_without_a_name_is_named_by_its_address_without_tracking() -> None:
    (article,) = read(rss(item(link="https://NW.example/a?utm_source=rss&amp;id=3#top")))
    assert article.article_id == article.url == "https://nw.example/a?id=3"


def test_an_entry_without_name_and_address_is_named_by_what_it_says() -> None:
    first, second = read(rss(item(link="", title="One"), item(link="", title="Two")))
    assert first.article_id.startswith("nw:")
    assert first.article_id != second.article_id


def test_a_relative_address_counts_from_where_the_feed_was_fetched() -> None:
    (article,) = read(rss(item(link="/a")), url="https://nw.example/rss")
    assert article.url == "https://nw.example/a"


def test_a_name_that_is_no_address_stays_as_it_is_wherever_the_feed_was_fetched() -> None:
    named = "<item><guid>12345</guid><title>Ship leaves</title></item>"
    assert {read(rss(named), url=url)[0].article_id for url in (None, "https://nw.example/rss")} == {"12345"}


def test_the_operator_says_whose_feed_it_is_and_else_its_title() -> None:
    assert read(rss(item()))[0].source == "nw"
    assert parse(rss(item()))[0].source == "Northwire"


def test_a_feed_without_entries_has_no_articles() -> None:
    assert read(rss()) == ()


def test_each_entry_keeps_itself_and_not_its_neighbours() -> None:
    first, second = read(
        rss(item(title="One", link="https://nw.example/1"), item(title="Two", link="https://nw.example/2"))
    )
    assert first.original
    kept = b64decode(first.original.payload or "")
    assert b"One" in kept
    assert b"Two" not in kept
    assert read(kept)[0].headline == "One"
    assert second.original != first.original


@pytest.mark.parametrize(
    "data",
    [
        b"<rss><channel><item><title>a</title><item><title>b</title></channel></rss>",
        b"<rss><channel><item><title>a &nosuch; b</title></item><item/></channel>",
    ],
)
def test_a_broken_feed_is_read_as_far_as_it_goes(data: bytes) -> None:
    articles = parse(data, Hint(format_name="feed"))
    assert all(each.repairs for each in articles)


def test_an_entry_that_is_the_root_is_read() -> None:
    assert parse(
        b"<entry><entry><title>a</title></entry><entry><title>b</title></entry></entry>", Hint(format_name="feed")
    )


def test_sections_of_cdata_without_an_end_are_refused() -> None:
    with pytest.raises(WireError, match=r"^CDATA sections that do not end$"):
        read(b"<rss>" + b"<![CDATA[" * 100)


def test_tags_in_cdata_do_not_count_as_a_crowd() -> None:
    text = f"<![CDATA[{'<b>x</b>' * 20_000}]]>"
    assert len(read(rss(item(text=text)))) == 1


def test_a_script_in_a_headline_is_no_headline() -> None:
    (article,) = read(rss(item(title="Ship&lt;script&gt;alert(1)&lt;/script&gt; leaves")))
    assert article.headline == "Ship leaves"


@pytest.mark.parametrize(
    ("head", "seconds"), [("<ttl>60</ttl>", 3600), ("<ttl> 5 </ttl>", 300), ("", 0), ("<ttl>x</ttl>", 0)]
)
def test_a_feed_may_say_how_long_not_to_ask(head: str, seconds: float) -> None:
    assert time_to_live_seconds(rss(head=head)) == seconds


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("https://NW.example", "https://nw.example/"),
        ("https://nw.example/a?b=1&fbclid=x", "https://nw.example/a?b=1"),
        ("https://nw.example/a?b=%20c", "https://nw.example/a?b=%20c"),
        ("tag:nw.example,2026:1", "tag:nw.example,2026:1"),
        ("https://[", "https://["),
    ],
)
def test_an_address_as_a_name(url: str, name: str) -> None:
    assert canonical_url(url) == name


def test_a_json_feed_may_name_its_items_by_number() -> None:
    feed = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": "NW",
        "items": [{"id": 7, "content_text": "x"}, 3, None],
    }
    (article,) = read(json.dumps(feed).encode())
    assert (article.article_id, article.body) == ("7", "x")
