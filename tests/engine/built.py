"""Records, results and small models for the engine's tests: whatever a test does not name is plain and valid."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from schemas.dead_letter import DeadLetter
from schemas.topics import Topic
from streams.desk.routing import Routing, Wire, route
from streams.desk.summary import summarise
from streams.engine.outputs import LiveOutputs
from streams.engine.work import Enriched, dead_letter, partition_of
from streams.enrich.models import LanguageGuess, Models, NamedSpan, SubjectScore
from streams.errors import StreamsError, WireError
from streams.records import Record, digest, encode
from tests.articles import NOON, enriched_article, raw_article

__all__ = ["PIPELINE", "ROUTING", "enriched", "letter", "outputs", "prefixed", "raw_record", "record", "tiny_models"]

PIPELINE = "c" * 64
NOON_MS = round(NOON.timestamp() * 1000)
ROUTING = route([Wire("banks", subjects=frozenset({"medtop:20000346"})), Wire("afp", sources=frozenset({"afp"}))])


def record(offset: int = 0, **fields: object) -> Record:
    """Of `articles-raw`, with bytes that nobody will read."""
    values: dict[str, Any] = {"key": b"urn:a:1", "value": b"as it came", **fields}
    return Record(**{"topic": "articles-raw", "partition": 1, "offset": offset, "timestamp": NOON_MS, **values})


def raw_record(offset: int = 0, *, partitions: int = 1, **fields: object) -> Record:
    """Of an article, where its key belongs."""
    article = raw_article(**fields)
    key = article.article_id.encode()
    return record(offset, key=key, value=encode(article), partition=partition_of(key, partitions))


def enriched(article_id: str = "urn:a:1", version: int = 1, **fields: object) -> Enriched:
    """What a pool process makes of an article."""
    record_id = digest(article_id, version, PIPELINE)
    article = enriched_article(record_id=record_id, article_id=article_id, version=version, **fields)
    return Enriched(summarise(article), encode(article))


def letter(of: Record, error: StreamsError | None = None, stage: str = "decode") -> DeadLetter:
    """What a pool process makes of bad bytes."""
    return dead_letter(of, error or WireError("unreadable"), stage=stage, pipeline=PIPELINE)


def prefixed(topic: Topic) -> str:
    """The name of a topic on some tenant's installation."""
    return f"tenant-{topic.name}"


def outputs(routing: Routing = ROUTING, **sequences: int) -> LiveOutputs:
    """Of a lane whose wires have counted this far."""
    return LiveOutputs(routing=routing, sequences=sequences, topic_name=prefixed, pipeline=PIPELINE, now=lambda: NOON)


@dataclass
class TinyLanguages:
    """Everything is English."""

    model: str = "tiny-languages-1"

    def detect(self, text: str) -> LanguageGuess | None:
        return LanguageGuess("en", 0.9) if text else None


@dataclass
class TinyEntities:
    """Knows London, and breaks where it is told to."""

    model: str = "tiny-entities-1"
    languages: frozenset[str] = field(default_factory=lambda: frozenset({"en"}))

    def recognize(self, texts: Sequence[str]) -> list[list[NamedSpan]]:
        return [self._spans(text) for text in texts]

    def _spans(self, text: str) -> list[NamedSpan]:
        _, broken, reason = text.partition("BREAK")
        if broken:
            raise ZeroDivisionError(reason)
        start = text.find("London")
        return [NamedSpan(start, start + len("London"), "place")] if start >= 0 else []


@dataclass
class TinySubjects:
    """Is never sure."""

    model: str = "tiny-subjects-1"
    languages: frozenset[str] = field(default_factory=lambda: frozenset({"en"}))

    def classify(self, texts: Sequence[str]) -> list[list[SubjectScore]]:
        return [[] for _ in texts]


def tiny_models() -> Models:
    """Models that load at once and are easily predicted."""
    return Models(TinyLanguages(), TinyEntities(), TinySubjects(), analysed_chars=100_000)
