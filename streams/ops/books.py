"""Proves from records alone that nothing was lost, repeated, reordered or misnumbered. Pure."""

import itertools
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from pydantic import ValidationError

from schemas.disposition import Disposition
from streams.engine.outputs import kept
from streams.records import Record, digest

__all__ = ["Books", "Discrepancy", "check_books"]

LONGEST_NUMBER = 19
"""Digits of the last offset there can be."""


@dataclass(frozen=True, slots=True)
class Books:
    """One partition of every topic, committed records only, in offset order.

    Args:
        partition: the partition number, the same in all topics.
        inputs: `articles-raw` below the group's committed offset.
        dispositions: `articles-dispositions`.
        enriched: `articles-enriched`.
        dead_letters: `articles-raw-dlq`.
        wires: by name.
    """

    partition: int
    inputs: Sequence[Record]
    dispositions: Sequence[Record]
    enriched: Sequence[Record]
    dead_letters: Sequence[Record]
    wires: Mapping[str, Sequence[Record]]


@dataclass(frozen=True, slots=True)
class Discrepancy:
    """One way in which the books do not add up."""

    kind: str
    partition: int
    detail: str


def check_books(books: Books) -> list[Discrepancy]:
    """All discrepancies of one partition; an empty list is the proof.

    Kinds: unreadable_disposition, missing_disposition, repeated_disposition, unknown_disposition,
    out_of_order, missing_output, repeated_output, unknown_output, altered_dead_letter, missing_sequence,
    repeated_sequence.
    """
    dispositions, problems = _read(books.dispositions)
    problems += _check_inputs(books.inputs, dispositions)
    problems += _check_outputs(books, dispositions)
    problems += _check_dead_letters(books.inputs, books.dead_letters)
    for wire, changes in books.wires.items():
        problems += _check_sequence(wire, changes)
    return [Discrepancy(kind, books.partition, detail) for kind, detail in problems]


Problem = tuple[str, str]


def _read(records: Iterable[Record]) -> tuple[list[Disposition], list[Problem]]:
    dispositions: list[Disposition] = []
    problems: list[Problem] = []
    for record in records:
        try:
            dispositions.append(Disposition.model_validate_json(record.value or b""))
        except ValidationError:
            problems.append(("unreadable_disposition", f"at offset {record.offset}"))
    return [each for each in dispositions if each.cause == "input"], problems


def _check_inputs(inputs: Sequence[Record], dispositions: Sequence[Disposition]) -> Iterator[Problem]:
    offsets = {record.offset for record in inputs}
    counts = Counter(disposition.offset for disposition in dispositions)
    for offset in sorted(offsets - counts.keys()):
        yield "missing_disposition", f"of input {offset}"
    for offset in sorted(counts.keys() - offsets):
        yield "unknown_disposition", f"of input {offset}, which is not there or not committed"
    for offset, count in counts.items():
        if count > 1:
            yield "repeated_disposition", f"{count} of input {offset}"
    order = [disposition.offset for disposition in dispositions]
    for before, after in itertools.pairwise(order):
        if after < before:
            yield "out_of_order", f"input {after} was disposed of after {before}"


def _check_outputs(books: Books, dispositions: Sequence[Disposition]) -> Iterator[Problem]:
    promised = [record_id for disposition in dispositions for record_id in disposition.outputs]
    written = [*_ids(books.enriched), *(id_ for records in books.wires.values() for id_ in _ids(records))]
    written += [_dead_letter_id(record) for record in books.dead_letters]
    expected, found = Counter(promised), Counter(written)
    for record_id, count in (expected - found).items():
        yield "missing_output", f"{record_id} ({count} missing)"
    for record_id, count in (found - expected).items():
        kind = "repeated_output" if record_id in expected else "unknown_output"
        yield kind, f"{record_id} ({count} too many)"
    order = {record_id: position for position, record_id in enumerate(promised)}
    for records in (books.enriched, *books.wires.values()):
        positions = [order[record_id] for record_id in _ids(records) if record_id in order]
        if positions != sorted(positions):
            yield "out_of_order", f"{records[0].topic} does not follow the order of the input"


def _check_dead_letters(inputs: Sequence[Record], dead_letters: Sequence[Record]) -> Iterator[Problem]:
    by_offset = {record.offset: record for record in inputs}
    for letter in dead_letters:
        origin = by_offset.get(_origin_offset(letter))
        if origin is None:
            continue
        original = kept(origin)
        if (letter.key, letter.value) != (original.key, original.value):
            yield "altered_dead_letter", f"of input {origin.offset}"


def _check_sequence(wire: str, changes: Sequence[Record]) -> Iterator[Problem]:
    last = None
    for record in changes:
        sequence = _number(_header(record, "ce_sequence"))
        if last is not None and sequence != last + 1:
            kind = "repeated_sequence" if sequence <= last else "missing_sequence"
            yield kind, f"wire {wire}: {sequence} follows {last}"
        last = sequence


def _ids(records: Iterable[Record]) -> Iterator[str]:
    return (_header(record, "ce_id") for record in records)


def _dead_letter_id(record: Record) -> str:
    origin = (_header(record, f"dlq-{part}") for part in ("topic", "partition", "offset"))
    topic, partition, offset = origin
    return digest("dead-letter", topic, _number(partition), _number(offset))


def _origin_offset(record: Record) -> int:
    return _number(_header(record, "dlq-offset"))


def _header(record: Record, name: str) -> str:
    """Empty where there is none; what somebody else wrote may be no text, and is to be told, not to fail on."""
    return next((value.decode(errors="replace") for key, value in record.headers if key == name and value), "")


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) <= LONGEST_NUMBER else -1
