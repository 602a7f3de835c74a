from base64 import b64decode
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.raw_article import RawArticle
from streams.errors import WireError
from streams.formats import FORMATS, MEDIA_TYPES, Hint, parse, sniff
from streams.records import encode
from tests.articles import raw_article

STARTS = st.sampled_from(
    (
        b"",
        b"{",
        b'{"a',
        b"[",
        b"<",
        b"<html>",
        b"<p>",
        b"<?xml ",
        b"\xef\xbb\xbf",
        b"\xff\xfe",
        b"\x00\x00\xfe\xff",
        b"%PDF",
    )
)
LINKED = b'<html><script type="application/ld+json">%s</script>'


def only(data: bytes, format_name: str | None = None) -> RawArticle:
    (article,) = parse(data, Hint(name="x", format_name=format_name))
    return article


@given(start=STARTS, rest=st.binary(max_size=300), format_name=st.sampled_from((None, *FORMATS, *MEDIA_TYPES)))
def test_no_bytes_raise_anything_but_a_wire_error(start: bytes, rest: bytes, format_name: str | None) -> None:
    try:
        articles = parse(start + rest, Hint(name="x", format_name=format_name))
    except WireError:
        return
    assert articles
    assert all(encode(article) for article in articles)


@given(
    st.recursive(
        st.none() | st.text() | st.integers(),
        lambda inner: (
            st.lists(inner)
            | st.dictionaries(
                st.sampled_from(("@type", "@graph", "author", "name", "headline", "keywords", "datePublished")), inner
            )
        ),
    )
)
def test_no_linked_data_raises_anything_but_a_wire_error(value: object) -> None:
    import json

    page = LINKED % json.dumps({"@type": "NewsArticle", "author": value, "keywords": value, "@graph": value}).encode()
    try:
        parse(page, Hint(name="x"))
    except WireError:
        return


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (b'{"article_id": "1"}', "jsonl"),
        (b"\xef\xbb\xbf \n{}", "jsonl"),
        (b"{Eds: note}", "text"),
        (b"<!DOCTYPE html><p>", "html"),
        (b'<?xml version="1.0"?><!DOCTYPE html><html>', "html"),
        (b"<!-- saved --> <html>", "html"),
        (b"<p>One.</p>", "html"),
        (b"<3 for the minister", "text"),
        (b"<script>x</script><!DOCTYPE html><html><p>", "html"),
        (b"The tag <html> opens a page.", "text"),
        ("PARIS, 3 mai (AFP) \u2013 d\u00e9j\u00e0".encode("utf-16"), "text"),
        (b"PARIS (AP) - x", "text"),
    ],
)
def test_the_content_tells_the_format(data: bytes, name: str) -> None:
    assert sniff(data) == name


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "empty file"),
        (b" \n\t ", "empty file"),
        (b"%PDF-1.7 ...", "PDF, which is not read here"),
        (b"PK\x03\x04....", "damaged zip: File is not a zip file"),
        (bytes(range(32)) * 4, "binary data, not text"),
        (b'<?xml version="1.0"?><svg/>', "XML in a format that is not read here"),
        (b'{"article_id": "1", "source": "s"}', "body: Field required"),
        (
            b'{"article_id": "1", "source": "s", "body": "b"}\n{"article_id": "1"}',
            "line 2: source: Field required (and 1 more)",
        ),
    ],
)
def test_what_cannot_be_read_says_why(data: bytes, reason: str) -> None:
    with pytest.raises(WireError) as error:
        parse(data, Hint(name="x"))
    assert str(error.value) == reason


def test_an_unknown_format_is_named() -> None:
    with pytest.raises(WireError, match=r"^no format 'morse' for a.xml; there are gzip, .*, text$"):
        parse(b"x", Hint(name="a.xml", format_name="morse"))


def test_a_format_can_be_named_by_its_media_type() -> None:
    assert only(b"<p>One.</p>", "message/rfc822").body == "<p>One.</p>"
    assert only(b"<p>One.</p>", "text").body_type == "text/plain"


def test_a_media_type_that_servers_use_for_anything_has_no_say() -> None:
    assert only(b"<p>One.</p>", "text/plain; charset=utf-8").body_type == "text/html"


@pytest.mark.parametrize("data", [b"Caf\xe9 is open.", b"<p>Caf\xe9 is open.</p>"])
def test_the_original_bytes_are_kept(data: bytes) -> None:
    article = only(data)
    assert article.original is not None
    assert article.original.sha256 == sha256(data).hexdigest()
    assert b64decode(article.original.payload or "") == data
    assert article.original.media_type == article.body_type


def test_of_very_large_files_only_the_sum_is_kept() -> None:
    original = only(b"The ship left. " * 200_000).original
    assert original is not None
    assert original.payload is None


def test_an_article_written_by_us_is_read_back_unchanged() -> None:
    first, second = raw_article(article_id="1"), raw_article(article_id="2", body="a\u2028b")
    assert parse(encode(first) + b"\n\n" + encode(second) + b"\n", Hint(name="x")) == (first, second)


def test_one_object_may_be_written_over_many_lines() -> None:
    article = raw_article()
    assert parse(article.model_dump_json(indent=2).encode(), Hint(name="x")) == (article,)


def test_the_same_text_is_the_same_article_whatever_its_file() -> None:
    assert only(b"MARKETS\n\nUp.").article_id == only(b"MARKETS\r\n\r\nUp.\r\n").article_id
    assert only(b"MARKETS\n\nUp.").article_id != only(b"MARKETS\n\nDown.").article_id


def test_the_source_is_part_of_the_name() -> None:
    (article,) = parse(b"Up.", Hint(name="x", source="desk"))
    assert article.source == "desk"
    assert article.article_id.startswith("desk:")
