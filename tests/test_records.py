import contextlib
import dataclasses
import json
import traceback
from datetime import UTC, datetime

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from schemas.dead_letter import DeadLetter
from schemas.enriched_article import EnrichedArticle
from schemas.raw_article import RawArticle
from schemas.wire_change import WireChange
from streams.errors import ContractError
from streams.records import (
    Outgoing,
    Record,
    dead_letter_headers,
    decode_raw_article,
    digest,
    encode,
    event_headers,
    rfc3339,
    with_article,
    with_routes,
)
from tests.articles import enriched_article, enriched_articles, raw_article, raw_articles, texts, wire_change

SECRET = "UNPUBLISHED"


def record(**fields: object) -> Record:
    plain = Record("articles-raw", 2, 7, 1_714_737_600_123, b"urn:a:1", b"{}")
    return dataclasses.replace(plain, **fields)  # type: ignore[arg-type]


def letter(**fields: object) -> DeadLetter:
    plain = {
        "topic": "articles-raw",
        "partition": 2,
        "offset": 7,
        "timestamp": datetime(2024, 5, 3, 12, 0, 0, 123000, tzinfo=UTC),
        "stage": "decode",
        "error": "ContractError",
        "message": "body: Field required",
        "pipeline": "c" * 64,
    }
    return DeadLetter(**{**plain, **fields})  # type: ignore[arg-type]


# Models and bytes


@given(raw_articles())
def test_a_raw_article_survives_the_trip(article: RawArticle) -> None:
    assert decode_raw_article(encode(article)) == article
    assert encode(decode_raw_article(encode(article))) == encode(article)


@given(enriched_articles())
def test_an_enriched_article_survives_the_trip(article: EnrichedArticle) -> None:
    assert EnrichedArticle.model_validate_json(encode(article)) == article


def test_the_encoding_is_compact_utf8_in_declared_order() -> None:
    value = encode(raw_article(headline="Zürich"))
    assert value.startswith(b'{"article_id":"urn:a:1","version":1,"source":"ap","headline":"Z\xc3\xbcrich","body"')


def test_a_confidence_is_written_with_four_places() -> None:
    article = enriched_article(language={"code": "en", "confidence": 0.123456789, "declared": None})
    assert json.loads(encode(article))["language"]["confidence"] == 0.1235


@given(enriched_articles(), st.lists(texts, max_size=4).map(tuple))
def test_routes_filled_in_are_routes_encoded(article: EnrichedArticle, routes: tuple[str, ...]) -> None:
    article = article.model_copy(update={"routes": ()})
    assert with_routes(encode(article), routes) == encode(article.model_copy(update={"routes": routes}))


def test_a_text_that_looks_like_empty_routes_is_left_alone() -> None:
    article = enriched_article(text='"routes":[]}')
    filled = EnrichedArticle.model_validate_json(with_routes(encode(article), ("all",)))
    assert (filled.text, filled.routes) == ('"routes":[]}', ("all",))


@given(enriched_articles())
def test_an_article_filled_in_is_an_article_encoded(article: EnrichedArticle) -> None:
    change = wire_change(article=None)
    filled = with_article(encode(change), encode(article))
    assert filled == encode(change.model_copy(update={"article": article}))


def test_only_an_empty_place_is_filled() -> None:
    with pytest.raises(ContractError):
        with_routes(encode(enriched_article(routes=("all",))), ("sport",))
    with pytest.raises(ContractError):
        with_article(encode(wire_change()), encode(enriched_article()))


def test_the_fields_filled_in_late_are_the_last() -> None:
    assert list(EnrichedArticle.model_fields)[-1] == "routes"
    assert list(WireChange.model_fields)[-1] == "article"


# Bytes nobody promised anything about


HOSTILE = [
    b"",
    b"\x00",
    b"\xff\xfe{\x00}\x00",
    b"null",
    b"NaN",
    b"[" * 100_000,
    b'{"a":' * 100_000,
    b'{"subjects":' + b"[" * 100_000,
    b"9" * 100_000,
    b'{"version":' + b"9" * 100_000 + b"}",
    b'{"version":1e999}',
    b'{"version":NaN,"urgency":-Infinity}',
    b'{"article_id":"\\ud800","source":"s","body":"b"}',
    b'{"article_id":"\xed\xa0\x80","source":"s","body":"b"}',
    b'{"article_id":"a\\u0000","source":"s","body":5}',
    b'{"article_id":"a","source":"s","body":"b","published_at":"2024-05-03T12:00:00"}',
    b'{"article_id":"a","source":"s","body":"b","published_at":99999999999999999999}',
    b'{"article_id":"a","source":"s","body":"b","original":{"sha256":"x"}}',
    b'{"article_id":"' + b"a" * 513 + b'","source":"s","body":"b"}',
]


@pytest.mark.parametrize("value", HOSTILE, ids=lambda value: repr(value[:40]))
def test_hostile_bytes_are_a_contract_error(value: bytes) -> None:
    with pytest.raises(ContractError):
        decode_raw_article(value)


@given(st.binary() | texts.map(str.encode))
@example(b'{"article_id":"a","source":"s","body":"b"')
def test_no_bytes_raise_anything_else(value: bytes) -> None:
    with contextlib.suppress(ContractError):
        decode_raw_article(value)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.just(SECRET),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.just(SECRET), inner, max_size=1),
    max_leaves=4,
)


@given(st.dictionaries(st.sampled_from([*RawArticle.model_fields, SECRET]), json_values))
def test_an_error_and_its_traceback_never_quotes_what_it_read(fields: dict[str, object]) -> None:
    with pytest.raises(ContractError) as raised:
        decode_raw_article(json.dumps({**fields, "body": {SECRET: SECRET}}).encode())
    assert SECRET not in "".join(traceback.format_exception(raised.value))


def test_an_error_names_the_first_field_and_counts_the_others() -> None:
    with pytest.raises(ContractError, match=r"^subjects\.0\.code: Field required \(and 1 more\)$"):
        decode_raw_article(b'{"article_id":"a","source":"s","body":"b","subjects":[{}],"original":0}')


def test_a_field_we_do_not_know_is_passed_over() -> None:
    assert decode_raw_article(b'{"article_id":"urn:a:1","source":"ap","body":"Rates rose.","x":{}}') == raw_article()


# Digests, headers, sizes


@given(st.lists(texts | st.integers(), max_size=3), st.lists(texts | st.integers(), max_size=3))
@example(["a", "bc"], ["ab", "c"])
@example(["1"], [1])
@example(['a","b'], ["a", "b"])
@example([], [""])
def test_a_digest_tells_its_parts_apart(one: list[str | int], other: list[str | int]) -> None:
    assert (digest(*one) == digest(*other)) == (one == other)


def test_event_headers_are_cloudevents_of_the_record_itself() -> None:
    source = record(headers=(("traceparent", b"00-1"), ("x-private", b"1")))
    headers = event_headers(record_id="a" * 64, kind="copytaster.article.enriched", record=source)
    assert headers == event_headers(record_id="a" * 64, kind="copytaster.article.enriched", record=source)
    assert headers == (
        ("ce_specversion", b"1.0"),
        ("ce_id", b"a" * 64),
        ("ce_type", b"copytaster.article.enriched"),
        ("ce_source", b"/articles-raw"),
        ("ce_time", b"2024-05-03T12:00:00.123Z"),
        ("content-type", b"application/json"),
        ("traceparent", b"00-1"),
    )


@given(st.integers(0, 4_102_444_800_000))
def test_rfc3339_keeps_every_millisecond(timestamp: int) -> None:
    text = rfc3339(timestamp)
    assert text.endswith("Z")
    assert round(datetime.fromisoformat(text).timestamp() * 1000) == timestamp


@pytest.mark.parametrize("timestamp", [-1, -(1 << 63), (1 << 63) - 1])
def test_a_timestamp_outside_the_calendar_stops_nobody(timestamp: int) -> None:
    assert rfc3339(timestamp)[:10] in {"1970-01-01", "9999-12-31"}


def test_a_dead_letter_keeps_the_headers_and_says_where_and_why() -> None:
    original = (("traceparent", b"00-1"), ("x", b"\xff"), ("x", b"twice"), ("empty", None))
    headers = dead_letter_headers(letter(), original)
    assert headers[:4] == original
    assert dict(headers[4:]) == {
        "dlq-topic": b"articles-raw",
        "dlq-partition": b"2",
        "dlq-offset": b"7",
        "dlq-timestamp": b"2024-05-03T12:00:00.123Z",
        "dlq-stage": b"decode",
        "dlq-error": b"ContractError",
        "dlq-message": b"body: Field required",
        "dlq-attempts": b"1",
        "dlq-pipeline": b"c" * 64,
    }


def test_a_second_failure_replaces_the_first() -> None:
    first = dead_letter_headers(letter(), [("x", b"1"), ("dlq-null-value", b"1")])
    second = dead_letter_headers(letter(attempts=2, offset=99), first)
    assert [name for name, _ in second].count("dlq-attempts") == 1
    assert dict(second)["dlq-attempts"] == b"2"
    assert dict(second)["dlq-offset"] == b"99"
    assert second[:2] == (("x", b"1"), ("dlq-null-value", b"1"))


@given(st.text(st.characters()))
@example("\ud800")
def test_any_message_fits_in_a_header(message: str) -> None:
    (value,) = (value for name, value in dead_letter_headers(letter(message=message), []) if name == "dlq-message")
    assert value is not None
    value.decode("utf-8")


def test_a_letter_without_a_timestamp_leaves_it_empty() -> None:
    assert dict(dead_letter_headers(letter(timestamp=None), []))["dlq-timestamp"] == b""


def test_the_size_counts_key_value_and_headers() -> None:
    empty = Outgoing("t", 0, None, None, (), 0).size_bytes
    full = Outgoing("t", 0, b"key", b"value", (("name", b"header"),), 0).size_bytes
    assert full >= empty + len(b"keyvaluenameheader")
