from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.disposition import Disposition
from schemas.enriched_article import EnrichedArticle
from schemas.topics import ARTICLES_ENRICHED, ARTICLES_RAW_DLQ, WIRE_ALL, Topic
from schemas.wire_change import WireChange
from streams.engine.work import Enriched, Forgotten, Result
from streams.errors import StageError
from streams.records import Outgoing, Record, digest
from tests.engine.built import PIPELINE, ROUTING, enriched, letter, outputs, record

ENRICHED, DISPOSITIONS, LETTERS = "tenant-articles-enriched", "tenant-articles-dispositions", "tenant-articles-raw-dlq"
WIRE, BANKS, AFP = "tenant-wire-all", "tenant-wire-banks", "tenant-wire-afp"


def headers(out: Outgoing) -> dict[str, str]:
    assert len({name for name, _ in out.headers}) == len(out.headers)
    return {name: (value or b"").decode() for name, value in out.headers}


def disposition(outs: tuple[Outgoing, ...]) -> Disposition:
    """The one there is, always last."""
    assert [out.topic for out in outs].count(DISPOSITIONS) == 1
    return Disposition.model_validate_json(outs[-1].value or b"")


def change(out: Outgoing) -> WireChange:
    return WireChange.model_validate_json(out.value or b"")


def sequences(outs: list[tuple[Outgoing, ...]], topic: str) -> list[int]:
    return [change(out).sequence for each in outs for out in each if out.topic == topic]


def large(size: int) -> Enriched:
    """An article whose record for `articles-enriched` has exactly this size."""
    routed = outputs().of(record(), enriched(text=""))[0].size_bytes
    return enriched(text="x" * (size - routed))


# An article


def test_an_article_goes_to_enriched_to_each_of_its_wires_and_into_the_books() -> None:
    outs = outputs().of(record(partition=7), enriched())
    assert [out.topic for out in outs] == [ENRICHED, WIRE, BANKS, DISPOSITIONS]
    assert {out.partition for out in outs} == {7}
    assert {out.key for out in outs} == {b"urn:a:1"}


def test_what_is_written_says_the_routes_it_took() -> None:
    article, on_all, on_banks, _ = outputs().of(record(), enriched())
    written = EnrichedArticle.model_validate_json(article.value or b"")
    assert written.routes == ("all", "banks")
    assert (change(on_all).wire, change(on_all).article) == ("all", written)
    assert (change(on_banks).wire, change(on_banks).article) == ("banks", written)


def test_the_disposition_names_the_input_and_every_output_in_order() -> None:
    outs = outputs().of(record(5, partition=2), enriched("urn:a:9", version=3))
    said = disposition(outs)
    assert (said.topic, said.partition, said.offset) == ("articles-raw", 2, 5)
    assert (said.article_id, said.version, said.outcome) == ("urn:a:9", 3, "enriched")
    assert (said.cause, said.lane, said.routes, said.rules) == ("input", "main", ("all", "banks"), ROUTING.rules)
    assert list(said.outputs) == [headers(out)["ce_id"] for out in outs[:-1]]


def test_ids_follow_from_what_they_name() -> None:
    """As the contract has it: who redelivers can tell, and a reader can drop repeats."""
    article, on_all, *_ = outputs(all=8).of(record(), enriched("urn:a:1", version=2))
    assert headers(article)["ce_id"] == digest("urn:a:1", 2, PIPELINE)
    assert headers(on_all)["ce_id"] == change(on_all).record_id
    assert change(on_all).record_id == digest("all", "urn:a:1", 2, PIPELINE, "added", 9)


def test_every_output_is_a_cloud_event_of_the_record_s_own_time() -> None:
    trace = ("traceparent", b"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01")
    outs = outputs().of(record(timestamp=1714737600123, headers=(("x-wire", b"ap"), trace)), enriched())
    assert {headers(out)["ce_type"] for out in outs} == {
        "copytaster.article.enriched.v1",
        "copytaster.wire.added.v1",
        "copytaster.disposition.v1",
    }
    for out in outs:
        said = headers(out)
        assert (said["ce_specversion"], said["content-type"]) == ("1.0", "application/json")
        assert (said["ce_source"], said["ce_time"]) == ("/articles-raw", "2024-05-03T12:00:00.123Z")
        assert (said["traceparent"], out.timestamp) == (trace[1].decode(), 1714737600123)
        assert "x-wire" not in said
    assert len({headers(out)["ce_id"] for out in outs}) == len(outs)


@pytest.mark.parametrize("result", [enriched(), Forgotten("urn:a:1"), letter(record(4))])
def test_the_same_record_gives_the_same_bytes_again(result: Result) -> None:
    of = record(4, headers=(("traceparent", b"00-1-2-01"), ("x", None)))
    assert outputs(all=3, banks=1).of(of, result) == outputs(all=3, banks=1).of(of, result)


# Sequences


def test_each_wire_counts_its_own_changes_on_from_where_it_was() -> None:
    lane = outputs(all=41, banks=7)
    outs = [
        lane.of(record(0), enriched("urn:a:1")),
        lane.of(record(1), enriched("urn:a:2", subjects=())),
        lane.of(record(2), enriched("urn:a:3", source="afp")),
    ]
    assert sequences(outs, WIRE) == [42, 43, 44]
    assert sequences(outs, BANKS) == [8, 9]
    assert sequences(outs, AFP) == [1]


def test_the_sequence_stands_in_a_header_too_where_the_next_owner_looks_for_it() -> None:
    on_all = outputs(all=41).of(record(), enriched())[1]
    assert headers(on_all)["ce_sequence"] == str(change(on_all).sequence) == "42"


def test_what_is_no_change_takes_no_number() -> None:
    lane = outputs()
    outs = [
        lane.of(record(0), enriched("urn:a:1")),
        lane.of(record(1), letter(record(1))),
        lane.of(record(2), Forgotten("urn:a:1")),
        lane.of(record(3), large(ARTICLES_ENRICHED.max_message_bytes + 1)),
        lane.of(record(4), enriched("urn:a:2")),
    ]
    assert sequences(outs, WIRE) == [1, 2]
    assert sequences(outs, BANKS) == [1, 2]


RESULTS = st.lists(
    st.sampled_from(["all", "banks", "afp", "both", "letter", "forgotten"]).map(
        {
            "all": enriched(subjects=()),
            "banks": enriched(),
            "afp": enriched(source="afp", subjects=()),
            "both": enriched(source="afp"),
            "letter": letter(record()),
            "forgotten": Forgotten("urn:a:1"),
        }.get
    ),
    max_size=12,
)


@given(RESULTS)
def test_no_wire_ever_misses_or_repeats_a_number(results: list[Any]) -> None:
    lane = outputs()
    outs = [lane.of(record(offset), result) for offset, result in enumerate(results)]
    for topic in (WIRE, BANKS, AFP):
        numbers = sequences(outs, topic)
        assert numbers == list(range(1, len(numbers) + 1))


# Dead letters


def test_a_dead_letter_keeps_bytes_key_and_headers_and_says_why_beside_them() -> None:
    of = record(12, value=b"\xff\x00 as it came", key=b"\xfe", headers=(("x", b"1"), ("x", b"2"), ("none", None)))
    out, book = outputs().of(of, letter(of, StageError("entities", "broken")))
    assert (out.topic, out.partition, out.key, out.value) == (LETTERS, 1, b"\xfe", b"\xff\x00 as it came")
    assert out.headers[:3] == of.headers
    assert dict(out.headers[3:]) == {
        "dlq-topic": b"articles-raw",
        "dlq-partition": b"1",
        "dlq-offset": b"12",
        "dlq-timestamp": b"2024-05-03T12:00:00.000Z",
        "dlq-stage": b"decode",
        "dlq-error": b"StageError",
        "dlq-message": b"broken",
        "dlq-attempts": b"1",
        "dlq-pipeline": PIPELINE.encode(),
    }
    said = Disposition.model_validate_json(book.value or b"")
    assert (said.outcome, said.reason, said.article_id, said.routes) == (
        "dead_lettered",
        "decode: StageError",
        None,
        (),
    )
    assert said.outputs == (digest("dead-letter", "articles-raw", 1, 12),)


def test_a_record_that_fails_again_says_only_where_it_failed_last() -> None:
    first = record(3, value=b"[")
    once = outputs().of(first, letter(first))[0]
    again = record(90, value=once.value, headers=once.headers)
    twice = outputs().of(again, letter(again))[0]
    assert headers(twice)["dlq-offset"] == "90"


def test_a_dead_tombstone_stays_a_tombstone() -> None:
    of = record(value=None)
    assert outputs().of(of, letter(of))[0].value is None


def test_neither_key_nor_value_is_written_as_bytes_that_kafka_clients_take_and_marked() -> None:
    of = record(key=None, value=None)
    out = outputs().of(of, letter(of))[0]
    assert (out.key, out.value, headers(out)["dlq-null-value"]) == (None, b"", "1")


def test_only_a_value_that_was_null_is_marked_as_null() -> None:
    """Redrive refuses what is marked, so a mark that came with the record must not stay on it."""
    of = record(key=None, value=b"[", headers=(("dlq-null-value", b"1"),))
    omitted = replace(of, headers=(("dlq-omitted-bytes", b"1"),))
    assert "dlq-null-value" not in headers(outputs().of(of, letter(of))[0])
    assert "dlq-omitted-bytes" not in headers(outputs().of(omitted, letter(omitted))[0])
    null = replace(of, value=None)
    assert headers(outputs().of(null, letter(null))[0])["dlq-null-value"] == "1"


# Sizes


def test_an_article_of_the_largest_size_goes_through() -> None:
    """Its change on a wire is a little larger than itself."""
    overhead = [out.size_bytes for out in outputs().of(record(), enriched())]
    outs = outputs().of(record(), large(WIRE_ALL.max_message_bytes - (max(overhead) - overhead[0])))
    assert disposition(outs).outcome == "enriched"


@pytest.mark.parametrize("topic", [ARTICLES_ENRICHED, WIRE_ALL])
def test_one_that_a_topic_would_refuse_is_a_dead_letter_with_the_input_s_own_bytes(topic: Topic) -> None:
    size = ARTICLES_ENRICHED.max_message_bytes + (topic is ARTICLES_ENRICHED)
    outs = outputs().of(record(value=b"small"), large(size))
    assert [out.topic for out in outs] == [LETTERS, DISPOSITIONS]
    assert (headers(outs[0])["dlq-stage"], headers(outs[0])["dlq-error"]) == ("size", "ContractError")
    assert topic.name in headers(outs[0])["dlq-message"]
    assert outs[0].value == b"small"
    assert disposition(outs).outputs == (digest("dead-letter", "articles-raw", 1, 0),)


MIB = 1 << 20
TRACE = ("traceparent", b"0" * (20 * MIB))
HUGE = {
    "value": record(9, value=b"x" * (20 * MIB)),
    "key": record(9, key=b"k" * (20 * MIB)),
    "key of a tombstone": record(9, key=b"k" * (20 * MIB), value=None),
    "headers": record(9, headers=(("x", b"x" * (20 * MIB)), TRACE)),
}


@pytest.mark.parametrize("of", HUGE.values(), ids=HUGE)
def test_of_a_record_that_only_compression_made_fit_the_reason_is_kept_and_where_it_lies(of: Record) -> None:
    """No client could write it again, and who tries stops the partition for ever."""
    result = Forgotten(of.key.decode()) if of.value is None and of.key else letter(of)
    out, book = outputs().of(of, result)
    assert max(out.size_bytes, book.size_bytes) < 10_000
    said = headers(out)
    assert (out.topic, out.key, out.value) == (LETTERS, None, b"")
    assert (said["dlq-offset"], int(said["dlq-omitted-bytes"]) > 20 * MIB) == ("9", True)
    assert disposition((out, book)).outcome == "dead_lettered"


def test_one_just_small_enough_is_kept_whole() -> None:
    of = record(value=b"x" * (ARTICLES_RAW_DLQ.max_message_bytes - 20_000))
    out = outputs().of(of, letter(of, StageError("entities", "\u20ac" * 500)))[0]
    assert out.value == of.value
    assert out.size_bytes <= ARTICLES_RAW_DLQ.max_message_bytes


# Tombstones


def test_a_forgotten_article_is_a_tombstone_for_who_keeps_a_table_of_them() -> None:
    out, book = outputs().of(record(6, value=None), Forgotten("urn:a:1"))
    assert (out.topic, out.partition, out.key, out.value) == (ENRICHED, 1, b"urn:a:1", None)
    assert headers(out)["ce_type"] == "copytaster.article.forgotten.v1"
    said = Disposition.model_validate_json(book.value or b"")
    assert (said.outcome, said.article_id, said.version) == ("forgotten", "urn:a:1", None)
    assert said.outputs == (headers(out)["ce_id"],)


def test_forgetting_twice_is_two_records() -> None:
    lane = outputs()
    ids = [headers(lane.of(record(offset, value=None), Forgotten("urn:a:1"))[0])["ce_id"] for offset in range(2)]
    assert len(set(ids)) == 2
