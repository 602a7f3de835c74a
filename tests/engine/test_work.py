from dataclasses import replace

import pytest
from aiokafka.partitioner import DefaultPartitioner
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.dead_letter import DeadLetter
from schemas.enriched_article import EnrichedArticle
from streams.engine.work import Enriched, Forgotten, dead_letter, partition_of, process
from streams.errors import StageError
from streams.records import Record, encode
from tests.articles import raw_article
from tests.engine.built import PIPELINE, raw_record, record, tiny_models

MODELS = tiny_models()
PARTITIONS = 4
ANY_RECORD = st.builds(
    record,
    key=st.none() | st.binary(max_size=40),
    value=st.none() | st.binary(max_size=200) | st.text().map(str.encode),
    partition=st.integers(0, PARTITIONS - 1),
    timestamp=st.integers(-(2**63), 2**63 - 1),
)


def letter_of(bad: Record) -> DeadLetter:
    [result] = process([bad], MODELS, PARTITIONS)
    assert isinstance(result, DeadLetter), result
    return result


def good(article_id: str = "urn:a:1", **fields: object) -> Record:
    return raw_record(partitions=PARTITIONS, article_id=article_id, **fields)


def article_of(result: object) -> EnrichedArticle:
    assert isinstance(result, Enriched), result
    return EnrichedArticle.model_validate_json(result.value)


def elsewhere(misplaced: Record) -> Record:
    return replace(misplaced, partition=(misplaced.partition + 1) % PARTITIONS)


# Articles


def test_an_article_comes_out_with_what_the_desk_decides_on() -> None:
    [result] = process([good(body="Rain fell on London.", urgency=2)], MODELS, PARTITIONS)
    article = article_of(result)
    assert [entity.name for entity in article.entities] == ["London"]
    assert isinstance(result, Enriched)
    assert result.summary.record_id == article.record_id
    assert (result.summary.urgency, "london" in result.summary.entities) == (2, True)


def test_results_stand_where_their_records_stood() -> None:
    records = [
        good("urn:a:1"),
        record(key=b"urn:a:2", value=b"["),
        good("urn:a:3"),
        replace(good("urn:a:4"), value=None),
    ]
    first, second, third, fourth = process([replace(each, partition=0) for each in records], MODELS, 1)
    assert (article_of(first).article_id, article_of(third).article_id) == ("urn:a:1", "urn:a:3")
    assert isinstance(second, DeadLetter)
    assert fourth == Forgotten("urn:a:4")


def test_a_result_does_not_depend_on_its_neighbours() -> None:
    records = [good(f"urn:a:{number}", body="BREAK" * (number % 2) + "In London.") for number in range(6)]
    alone = [result for each in records for result in process([each], MODELS, PARTITIONS)]
    assert process(records, MODELS, PARTITIONS) == alone
    assert process(records[::-1], MODELS, PARTITIONS) == alone[::-1]


def test_a_tombstone_is_forgotten_under_its_key() -> None:
    assert process([replace(good("urn:ä:1"), value=None)], MODELS, PARTITIONS) == [Forgotten("urn:ä:1")]


# Misrouted


MISROUTED = {
    "no key": (replace(good(), key=None), "no key"),
    "neither key nor value": (replace(good(), key=None, value=None), "no key"),
    "another partition": (elsewhere(good()), "belongs on partition"),
    "a tombstone on another partition": (elsewhere(replace(good(), value=None)), "belongs on partition"),
    "the key of another article": (
        replace(good(), value=encode(raw_article(article_id="urn:a:2"))),
        "not the article_id",
    ),
    "a key in another case": (replace(good(), value=encode(raw_article(article_id="URN:A:1"))), "not the article_id"),
}


@pytest.mark.parametrize(("bad", "says"), MISROUTED.values(), ids=MISROUTED)
def test_a_record_that_is_not_where_its_key_belongs_is_misrouted(bad: Record, says: str) -> None:
    letter = letter_of(bad)
    assert (letter.stage, letter.error) == ("misrouted", "MisroutedError")
    assert says in letter.message


def test_a_record_on_the_wrong_partition_is_misrouted_before_it_is_read() -> None:
    """Else a redrive would find an unreadable record where it could have put a misrouted one right."""
    assert letter_of(elsewhere(replace(good(), value=b"["))).stage == "misrouted"


@given(st.binary(max_size=60), st.integers(1, 200))
@settings(max_examples=500)
def test_keys_are_put_where_every_kafka_client_puts_them(key: bytes, partitions: int) -> None:
    every = list(range(partitions))
    assert partition_of(key, partitions) == DefaultPartitioner()(key, every, every)


@pytest.mark.parametrize(
    ("key", "hashed"),
    [(b"21", -973932308), (b"foobar", -790332482), (b"a-little-bit-long-string", -985981536), (b"abc", 479470107)],
)
def test_the_hash_is_the_one_of_kafka_s_own_tests(key: bytes, hashed: int) -> None:
    """From UtilsTest.testMurmur2 of Apache Kafka."""
    assert partition_of(key, 1 << 31) == hashed & 0x7FFFFFFF


# What cannot be read


SECRET = "the minister's private number"
UNREADABLE = {
    "empty": b"",
    "text": SECRET.encode(),
    "not UTF-8": b'{"article_id": "\xff' + SECRET.encode(),
    "cut off": encode(raw_article(body=SECRET))[:-5],
    "a wrong type": encode(raw_article(body=SECRET)).replace(b'"version":1', b'"version":"' + SECRET.encode() + b'"'),
    "a list": b'["' + SECRET.encode() + b'"]',
    "a choice there is not": encode(raw_article()).replace(b'"usable"', b'"' + SECRET.encode() + b'"'),
}


@pytest.mark.parametrize("value", UNREADABLE.values(), ids=UNREADABLE)
def test_what_cannot_be_read_says_where_and_never_quotes_it(value: bytes) -> None:
    letter = letter_of(replace(good(), value=value))
    assert (letter.stage, letter.error, letter.attempts) == ("decode", "ContractError", 1)
    assert letter.message
    assert not [word for word in SECRET.split() if word in letter.model_dump_json()]


def test_a_key_that_is_no_text_cannot_be_forgotten() -> None:
    key = b"\xff\xfe"
    letter = letter_of(record(key=key, value=None, partition=partition_of(key, PARTITIONS)))
    assert (letter.stage, letter.error, letter.message) == ("decode", "ContractError", "the key is not UTF-8")


@given(ANY_RECORD)
@settings(max_examples=300, deadline=None)
def test_whatever_bytes_come_there_is_one_result_and_no_exception(any_record: Record) -> None:
    [result] = process([any_record], MODELS, PARTITIONS)
    assert isinstance(result, Enriched | Forgotten | DeadLetter)


# A stage that fails


def test_a_failing_stage_names_itself_and_the_error_behind_it() -> None:
    letter = letter_of(good(body="BREAK in the middle"))
    assert (letter.stage, letter.error, letter.message) == ("entities", "ZeroDivisionError", "in the middle")


@pytest.mark.parametrize("reason", ["one\nline\r\nor\u2028two\x1c", "long " * 500, "\udc80 surrogates \ud800"])
def test_a_reason_is_one_line_that_any_header_can_hold(reason: str) -> None:
    letter = dead_letter(good(), StageError("entities", reason), stage="entities", pipeline=PIPELINE)
    assert letter.message.encode()
    assert len(letter.message.splitlines()) == 1
    assert len(letter.message) <= 500


@pytest.mark.parametrize("timestamp", [-(2**63), -1, 0, 2**63 - 1])
def test_any_timestamp_has_its_dead_letter(timestamp: int) -> None:
    letter = letter_of(record(key=None, timestamp=timestamp))
    assert letter.timestamp is not None
    assert letter.topic == "articles-raw"


def test_a_dead_letter_tells_where_its_record_lies() -> None:
    letter = letter_of(record(77, key=None, partition=3))
    assert (letter.topic, letter.partition, letter.offset) == ("articles-raw", 3, 77)
