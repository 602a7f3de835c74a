"""Correct books as a lane writes them, and what is said when they are falsified: one corruption a test."""

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import count

import pytest

from schemas.topics import ARTICLES_DISPOSITIONS, ARTICLES_ENRICHED, ARTICLES_RAW_DLQ, wire
from streams.engine.work import Forgotten, Result
from streams.ops.books import Books, check_books
from streams.records import Record
from tests.engine.built import enriched, letter, outputs, prefixed, record

ALL, BANKS = prefixed(wire("all")), prefixed(wire("banks"))
ENRICHED, LETTERS = prefixed(ARTICLES_ENRICHED), prefixed(ARTICLES_RAW_DLQ)
DISPOSITIONS = prefixed(ARTICLES_DISPOSITIONS)

INPUTS: tuple[tuple[Record, Result], ...] = (
    (record(10), enriched("urn:a:1")),
    (record(11), enriched("urn:a:2", subjects=())),
    (record(14, value=b"["), letter(record(14))),  # markers of a transaction lie between
    (record(15), enriched("urn:a:1", version=2)),
    (record(16, value=None), Forgotten("urn:a:2")),
    (record(17, value=b"\xff"), letter(record(17))),
    (record(18), enriched("urn:a:3")),
    (record(19), enriched("urn:a:4")),
)
Written = dict[str, list[Record]]
"""Records of each topic."""


def lane_records(inputs: Sequence[tuple[Record, Result]] = INPUTS, **sequences: int) -> Written:
    """What a lane would have written, each topic with offsets of its own."""
    lane = outputs(**sequences)
    written: Written = {topic: [] for topic in (ALL, BANKS, ENRICHED, LETTERS, DISPOSITIONS)}
    offsets = {topic: count(0, 3) for topic in written}
    for taken, result in inputs:
        for out in lane.of(taken, result):
            offset = next(offsets[out.topic])
            written[out.topic].append(
                Record(out.topic, out.partition, offset, out.timestamp, out.key, out.value, out.headers)
            )
    return written


def kinds(written: Written, inputs: Sequence[tuple[Record, Result]] = INPUTS) -> set[str]:
    books = Books(
        partition=1,
        inputs=[taken for taken, _ in inputs],
        dispositions=written[DISPOSITIONS],
        enriched=written[ENRICHED],
        dead_letters=written[LETTERS],
        wires={"all": written[ALL], "banks": written[BANKS]},
    )
    found = check_books(books)
    assert all(each.partition == 1 and each.detail and "\n" not in each.detail for each in found)
    return {each.kind for each in found}


def drop(topic: str, index: int) -> Callable[[Written], None]:
    return lambda written: written[topic].__delitem__(index)


def double(topic: str, index: int) -> Callable[[Written], None]:
    return lambda written: written[topic].insert(index, written[topic][index])


def swap(topic: str, first: int, second: int) -> Callable[[Written], None]:
    def swapped(written: Written) -> None:
        records = written[topic]
        records[first], records[second] = records[second], records[first]

    return swapped


def change(topic: str, index: int, **fields: object) -> Callable[[Written], None]:
    def changed(written: Written) -> None:
        written[topic][index] = replace(written[topic][index], **fields)

    return changed


def foreign(topic: str, *headers: tuple[str, bytes]) -> Callable[[Written], None]:
    """A record that no lane wrote."""
    return lambda written: written[topic].append(Record(topic, 1, 10_000, 0, b"k", b"{}", headers))


def dispose(index: int, **fields: object) -> Callable[[Written], None]:
    """Another disposition in the place of one."""

    def disposed(written: Written) -> None:
        said = json.loads(written[DISPOSITIONS][index].value or b"") | fields
        written[DISPOSITIONS][index] = replace(written[DISPOSITIONS][index], value=json.dumps(said).encode())

    return disposed


def test_the_books_of_a_lane_that_did_its_work_add_up() -> None:
    written = lane_records()
    assert all(written.values()), "books without an entry prove nothing"
    assert kinds(written) == set()


def test_the_books_of_a_partition_without_records_add_up() -> None:
    assert kinds(lane_records(()), ()) == set()


def test_they_add_up_from_wherever_retention_has_left_the_wires() -> None:
    assert kinds(lane_records(all=1041, banks=8)) == set()


def test_what_time_or_a_changed_route_caused_is_no_second_disposition_of_its_input() -> None:
    written = lane_records()
    double(DISPOSITIONS, 3)(written)
    dispose(3, cause="timer", outputs=[])(written)
    assert kinds(written) == set()


CORRUPTIONS: dict[str, tuple[Callable[[Written], None], str]] = {
    "a disposition is missing": (drop(DISPOSITIONS, 2), "missing_disposition"),
    "the last disposition is missing": (drop(DISPOSITIONS, -1), "missing_disposition"),
    "a disposition is there twice": (double(DISPOSITIONS, 2), "repeated_disposition"),
    "an input was disposed of again, much later": (dispose(7, offset=10), "repeated_disposition"),
    "a disposition of an input that is not there": (dispose(7, offset=99), "unknown_disposition"),
    "a disposition of a transaction's marker": (dispose(2, offset=12), "unknown_disposition"),
    "dispositions changed places": (swap(DISPOSITIONS, 3, 4), "out_of_order"),
    "a disposition that is not JSON": (change(DISPOSITIONS, 1, value=b"["), "unreadable_disposition"),
    "a disposition without a value": (change(DISPOSITIONS, 1, value=None), "unreadable_disposition"),
    "a disposition with an outcome nobody knows": (dispose(1, outcome="lost"), "unreadable_disposition"),
    "an article is missing": (drop(ENRICHED, 1), "missing_output"),
    "a tombstone is missing": (drop(ENRICHED, 3), "missing_output"),
    "an article is there twice": (double(ENRICHED, 1), "repeated_output"),
    "an article nobody asked for": (foreign(ENRICHED, ("ce_id", b"f" * 64)), "unknown_output"),
    "articles changed places": (swap(ENRICHED, 0, 2), "out_of_order"),
    "the first change of a wire is missing": (drop(ALL, 0), "missing_output"),
    "the last change of a wire is missing": (drop(BANKS, -1), "missing_output"),
    "a change in the middle of a wire is missing": (drop(ALL, 2), "missing_sequence"),
    "a change is there twice": (double(BANKS, 1), "repeated_output"),
    "a number is there twice": (double(BANKS, 1), "repeated_sequence"),
    "a change nobody asked for": (foreign(ALL, ("ce_id", b"f" * 64), ("ce_sequence", b"6")), "unknown_output"),
    "a change without headers": (foreign(ALL), "unknown_output"),
    "a change numbered in words": (foreign(ALL, ("ce_sequence", b"six")), "repeated_sequence"),
    "a change numbered past all numbers": (foreign(ALL, ("ce_sequence", b"9" * 9999)), "repeated_sequence"),
    "headers that are no text": (foreign(ALL, ("ce_id", b"\xff"), ("ce_sequence", b"\xff")), "unknown_output"),
    "changes changed places": (swap(ALL, 1, 2), "out_of_order"),
    "a dead letter is missing": (drop(LETTERS, 0), "missing_output"),
    "a dead letter is there twice": (double(LETTERS, 1), "repeated_output"),
    "a dead letter of nothing": (foreign(LETTERS, ("dlq-offset", b"?")), "unknown_output"),
    "a dead letter's bytes were altered": (change(LETTERS, 1, value=b"other"), "altered_dead_letter"),
    "a dead letter's bytes were emptied": (change(LETTERS, 1, value=b""), "altered_dead_letter"),
    "a dead letter became a tombstone": (change(LETTERS, 1, value=None), "altered_dead_letter"),
    "a dead letter's key was altered": (change(LETTERS, 0, key=b"urn:a:2"), "altered_dead_letter"),
    "a dead letter lost its key": (change(LETTERS, 0, key=None), "altered_dead_letter"),
}


@pytest.mark.parametrize(("corrupt", "kind"), CORRUPTIONS.values(), ids=CORRUPTIONS)
def test_it_is_noticed_when(corrupt: Callable[[Written], None], kind: str) -> None:
    written = lane_records()
    corrupt(written)
    assert kind in kinds(written)


@pytest.mark.parametrize(
    ("second_starts_at", "kind"),
    [(1, "repeated_sequence"), (3, "missing_sequence"), (0, "repeated_sequence")],
    ids=["a number is given twice", "a number is left out", "the numbers begin again"],
)
def test_a_new_owner_that_counts_wrongly_is_noticed_though_all_else_is_right(second_starts_at: int, kind: str) -> None:
    inputs = tuple((record(offset), enriched(f"urn:a:{offset}", subjects=())) for offset in range(4))
    before, after = lane_records(inputs[:2]), lane_records(inputs[2:], all=second_starts_at)
    assert kinds({topic: before[topic] + after[topic] for topic in before}, inputs) == {kind}
    right = lane_records(inputs[2:], all=2)
    assert kinds({topic: before[topic] + right[topic] for topic in before}, inputs) == set()


WITHOUT_CONTENT = {
    "neither key nor value": (record(key=None, value=None), b""),
    "a tombstone": (record(value=None), None),
    "an empty value": (record(value=b""), b""),
    "too large to be kept": (record(value=b"x" * (20 << 20)), b""),
}


@pytest.mark.parametrize(("of", "kept"), WITHOUT_CONTENT.values(), ids=WITHOUT_CONTENT)
def test_a_dead_letter_without_content_is_told_from_an_altered_one(of: Record, kept: bytes | None) -> None:
    inputs = ((of, letter(of)),)
    written = lane_records(inputs)
    assert written[LETTERS][0].value == kept
    assert kinds(written, inputs) == set()
    change(LETTERS, 0, value=b"" if kept is None else None)(written)
    assert kinds(written, inputs) == {"altered_dead_letter"}
