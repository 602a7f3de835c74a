"""What the live topics are told of each result."""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from schemas.dead_letter import DeadLetter
from schemas.disposition import Disposition, Outcome
from schemas.topics import ARTICLES_DISPOSITIONS, ARTICLES_ENRICHED, ARTICLES_RAW_DLQ, Topic, wire
from schemas.wire_change import WireChange
from streams.desk.decide import Move, decide
from streams.desk.routing import Routing, wire_topics
from streams.engine.work import Enriched, Forgotten, Result, dead_letter
from streams.errors import ContractError
from streams.records import (
    Header,
    Outgoing,
    Record,
    dead_letter_headers,
    digest,
    encode,
    event_headers,
    with_article,
    with_routes,
)

__all__ = [
    "NULL_VALUE_HEADER",
    "OMITTED_HEADER",
    "SEQUENCE_HEADER",
    "LiveOutputs",
    "dead_letter_record",
    "enriched_record",
    "kept",
    "live_outputs",
]

SEQUENCE_HEADER = "ce_sequence"
"""CloudEvents' Sequence extension; a new owner of the partition reads the last number from here."""

NULL_VALUE_HEADER = ("dlq-null-value", b"1")
"""Marks a dead letter whose key and value were both null, which Kafka clients refuse to produce again."""

OMITTED_HEADER = "dlq-omitted-bytes"
"""Marks a dead letter that has nothing of its record, which had this many bytes; a redrive refuses it."""

LARGEST_KEPT = ARTICLES_RAW_DLQ.max_message_bytes - (16 << 10)
"""Bytes of a record, uncompressed, that its dead letter can hold beside the reason."""


@dataclass(frozen=True, slots=True)
class Ending:
    """How a record ended, and the outputs that come before its disposition."""

    outcome: Outcome
    reason: str
    article_id: str | None = None
    version: int | None = None
    routes: tuple[str, ...] = ()
    outputs: tuple[tuple[str, Topic, Outgoing], ...] = ()
    """record_id, topic, record."""


class LiveOutputs:
    """Decides on each result and writes it up, for one input partition.

    Args:
        routing: which wires there are and what they take.
        sequences: last committed sequence of each wire on this partition; a wire not named starts at 1.
        topic_name: the name of a topic on this installation, prefix included.
        pipeline: digest named in dead letters made here.
        now: the clock decide() is given.
    """

    def __init__(
        self,
        *,
        routing: Routing,
        sequences: Mapping[str, int],
        topic_name: Callable[[Topic], str],
        pipeline: str,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._routing = routing
        self._sequences = Counter(sequences)
        self._topic_name = topic_name
        self._pipeline = pipeline
        self._now = now

    def of(self, record: Record, result: Result) -> tuple[Outgoing, ...]:
        """The outputs of one record and its disposition, all on the record's own partition number."""
        ending = self._end(record, result)
        if too_large := _too_large(ending):
            letter = dead_letter(record, too_large, stage="size", pipeline=self._pipeline)
            ending = self._dead_lettered(record, letter)
        if ending.outcome == "dead_lettered":
            record = kept(record)  # its key and trace may be what is too large
        # Only now: the numbers of a change that was never written must not be missing from its wire.
        self._sequences.update(ending.routes)
        return (*(out for _, _, out in ending.outputs), self._disposition(record, ending))

    def _end(self, record: Record, result: Result) -> Ending:
        match result:
            case Enriched():
                return self._enriched(record, result)
            case Forgotten():
                return self._forgotten(record, result)
            case DeadLetter():
                return self._dead_lettered(record, result)

    def _enriched(self, record: Record, result: Enriched) -> Ending:
        summary = result.summary
        decision = decide(summary, None, self._now(), self._routing)
        article = with_routes(result.value, decision.routes)
        main = enriched_record(record, summary.record_id, article, self._topic_name(ARTICLES_ENRICHED))
        changes = (self._change(record, result, move, article) for move in decision.moves)
        return Ending(
            outcome=decision.outcome,
            reason=decision.reason,
            article_id=summary.article_id,
            version=summary.version,
            routes=tuple(move.wire for move in decision.moves),
            outputs=((summary.record_id, ARTICLES_ENRICHED, main), *changes),
        )

    def _change(self, record: Record, result: Enriched, move: Move, article: bytes) -> tuple[str, Topic, Outgoing]:
        summary, topic = result.summary, wire(move.wire)
        sequence = self._sequences[move.wire] + 1
        record_id = digest(move.wire, summary.article_id, summary.version, summary.pipeline, move.action, sequence)
        change = WireChange(
            record_id=record_id,
            action=move.action,
            wire=move.wire,
            sequence=sequence,
            article_id=summary.article_id,
            version=summary.version,
            article=None,
        )
        headers = event_headers(record_id=record_id, kind=f"copytaster.wire.{move.action}.v1", record=record)
        numbered = (*headers, (SEQUENCE_HEADER, str(sequence).encode()))
        value = with_article(encode(change), article)
        return record_id, topic, self._outgoing(record, topic, value, numbered)

    def _forgotten(self, record: Record, result: Forgotten) -> Ending:
        """Who keeps a table of `articles-enriched` must be told to forget, too."""
        record_id = digest("forgotten", record.topic, record.partition, record.offset)
        headers = event_headers(record_id=record_id, kind="copytaster.article.forgotten.v1", record=record)
        tombstone = self._outgoing(record, ARTICLES_ENRICHED, None, headers)
        return Ending(
            outcome="forgotten",
            reason="tombstone",
            article_id=result.article_id,
            outputs=((record_id, ARTICLES_ENRICHED, tombstone),),
        )

    def _dead_lettered(self, record: Record, letter: DeadLetter) -> Ending:
        record_id = digest("dead-letter", record.topic, record.partition, record.offset)
        out = dead_letter_record(record, letter, self._topic_name(ARTICLES_RAW_DLQ))
        return Ending(
            outcome="dead_lettered",
            reason=f"{letter.stage}: {letter.error}",
            outputs=((record_id, ARTICLES_RAW_DLQ, out),),
        )

    def _disposition(self, record: Record, ending: Ending) -> Outgoing:
        disposition = Disposition(
            cause="input",
            lane="main",
            topic=record.topic,
            partition=record.partition,
            offset=record.offset,
            article_id=ending.article_id,
            version=ending.version,
            outcome=ending.outcome,
            reason=ending.reason,
            routes=ending.routes,
            outputs=tuple(record_id for record_id, _, _ in ending.outputs),
            rules=self._routing.rules,
        )
        record_id = digest("disposition", record.topic, record.partition, record.offset)
        headers = event_headers(record_id=record_id, kind="copytaster.disposition.v1", record=record)
        return self._outgoing(record, ARTICLES_DISPOSITIONS, encode(disposition), headers)

    def _outgoing(self, record: Record, topic: Topic, value: bytes | None, headers: tuple[Header, ...]) -> Outgoing:
        name = self._topic_name(topic)
        return Outgoing(name, record.partition, record.key, value, headers, record.timestamp)


def live_outputs(routing: Routing) -> tuple[Topic, ...]:
    """Every topic a live lane writes to."""
    return (ARTICLES_ENRICHED, ARTICLES_RAW_DLQ, ARTICLES_DISPOSITIONS, *wire_topics(routing))


def enriched_record(record: Record, record_id: str, value: bytes, topic: str) -> Outgoing:
    """An encoded EnrichedArticle as a record; a replay writes the same as live."""
    headers = event_headers(record_id=record_id, kind="copytaster.article.enriched.v1", record=record)
    return Outgoing(topic, record.partition, record.key, value, headers, record.timestamp)


def dead_letter_record(record: Record, letter: DeadLetter, topic: str) -> Outgoing:
    """The original bytes and headers, with the reason beside them."""
    original = kept(record)
    headers = dead_letter_headers(letter, original.headers)
    return Outgoing(topic, record.partition, original.key, original.value, headers, record.timestamp)


def kept(record: Record) -> Record:
    """What a dead letter keeps of a record: all, but where no client could write that again.

    A batch is limited by its compressed size, so a record of any size may have come in; ours would be refused,
    now and at every later start. Its bytes stay where they are until retention ends.
    """
    size = Outgoing("", 0, record.key, record.value, record.headers, 0).size_bytes
    if size > LARGEST_KEPT:
        return replace(record, key=None, value=b"", headers=((OMITTED_HEADER, str(size).encode()),))
    # A mark that came with the record is not ours: redrive would refuse what it can send.
    headers = tuple(header for header in record.headers if header[0] not in {NULL_VALUE_HEADER[0], OMITTED_HEADER})
    if record.key is None and record.value is None:
        return replace(record, value=b"", headers=(*headers, NULL_VALUE_HEADER))
    return replace(record, headers=headers)


def _too_large(ending: Ending) -> ContractError | None:
    """An output the broker would refuse; a dead letter always fits, its topic takes more than the raw one."""
    for _, topic, out in ending.outputs:
        if ending.outcome != "dead_lettered" and out.size_bytes > topic.max_message_bytes:
            return ContractError(f"its record for {topic.name} has {out.size_bytes} bytes of {topic.max_message_bytes}")
    return None
