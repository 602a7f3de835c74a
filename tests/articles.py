"""Builders of records: whatever a test does not name is plain and valid. `…s()` are hypothesis strategies."""

from datetime import UTC, datetime
from typing import Any, TypeVar

from hypothesis import strategies as st

from schemas.enriched_article import (
    EnrichedArticle,
    Entity,
    Language,
    Mention,
    Provenance,
    Removed,
    Section,
    Span,
    Subject,
)
from schemas.raw_article import Original, RawArticle, WireSubject
from schemas.wire_change import WireChange

Item = TypeVar("Item")
NOON = datetime(2024, 5, 3, 12, 0, tzinfo=UTC)

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
digests = st.text("0123456789abcdef", min_size=64, max_size=64)
ratios = st.integers(0, 10_000).map(lambda ten_thousandths: ten_thousandths / 10_000)
times = st.datetimes(timezones=st.just(UTC))


def raw_article(**fields: object) -> RawArticle:
    values: dict[str, Any] = {"article_id": "urn:a:1", "source": "ap", "body": "Rates rose.", **fields}
    return RawArticle(**values)


def entity(name: str = "European Central Bank", **fields: object) -> Entity:
    mention = Mention(field="headline", start=0, end=len(name), text=name)
    defaults = {"id": "wd:Q8901", "type": "organisation", "mentions": (mention,), "salience": 0.8, "evidence": "model"}
    values: dict[str, Any] = {**defaults, **fields}
    return Entity(name=name, **values)


def subject(code: str = "medtop:20000346", name: str = "central bank", **fields: object) -> Subject:
    defaults = {"confidence": 0.91, "parents": ("medtop:04000000",), "evidence": ("rates",)}
    values: dict[str, Any] = {**defaults, **fields}
    return Subject(code=code, name=name, **values)


def enriched_article(**fields: object) -> EnrichedArticle:
    defaults: dict[str, Any] = {
        "record_id": "a" * 64,
        "article_id": "urn:a:1",
        "version": 1,
        "source": "ap",
        "headline": "European Central Bank raises rates",
        "text": "Rates rose.",
        "paragraphs": (Span(start=0, end=11),),
        "sections": (),
        "removed": (),
        "language": Language(code="en", confidence=0.99, declared=None),
        "entities": (entity(),),
        "entities_status": "complete",
        "subjects": (subject(),),
        "subjects_status": "found",
        "wire_subjects": (),
        "pub_status": "usable",
        "keywords": (),
        "body_sha256": "b" * 64,
        "original_sha256": None,
        "provenance": {},
        "pipeline": "c" * 64,
    }
    passed_on = dict.fromkeys(name for name in EnrichedArticle.model_fields if name in RawArticle.model_fields)
    passed_on |= dict.fromkeys(("links", "notices", "repairs"), ())
    return EnrichedArticle(**{**passed_on, **defaults, **fields})


def wire_change(**fields: object) -> WireChange:
    defaults: dict[str, Any] = {
        "record_id": "d" * 64,
        "action": "added",
        "wire": "all",
        "sequence": 1,
        "article_id": "urn:a:1",
        "version": 1,
        "article": enriched_article(),
    }
    return WireChange(**{**defaults, **fields})


def raw_articles() -> st.SearchStrategy[RawArticle]:
    maybe_text, maybe_time = st.none() | texts, st.none() | times
    named = dict.fromkeys(
        ("language", "byline", "dateline", "slugline", "ed_note", "credit_line", "copyright", "usage_terms", "url"),
        maybe_text,
    )
    dated = dict.fromkeys(
        ("published_at", "version_created_at", "fetched_at", "embargoed_until", "expires_at"), maybe_time
    )
    return st.builds(
        RawArticle,
        article_id=texts.filter(bool),
        version=st.integers(1, 2**53 - 1),
        source=texts.filter(bool),
        headline=texts,
        body=texts,
        body_type=st.sampled_from(["text/plain", "text/html"]),
        located=maybe_text,
        signal=maybe_text,
        urgency=st.none() | st.integers(1, 9),
        pub_status=st.sampled_from(["usable", "withheld", "canceled"]),
        subjects=_tuples(st.builds(WireSubject, code=texts, name=maybe_text, scheme=maybe_text)),
        keywords=_tuples(texts),
        original=st.none() | st.builds(Original, media_type=texts, sha256=digests, payload=maybe_text),
        **named,
        **dated,
    )


def enriched_articles() -> st.SearchStrategy[EnrichedArticle]:
    offsets, maybe_text = st.integers(0, 1 << 40), st.none() | texts
    spans = st.builds(Span, start=offsets, end=offsets)
    mentions = st.builds(Mention, field=st.sampled_from(["headline", "text"]), start=offsets, end=offsets, text=texts)
    entities = st.builds(
        entity, name=texts, mentions=_tuples(mentions), salience=ratios, qid=maybe_text, iso=maybe_text, evidence=texts
    )
    codes = st.integers(0, 99_999_999).map("medtop:{:08}".format)
    subjects = st.builds(
        subject, code=codes, name=texts, confidence=ratios, parents=_tuples(codes), evidence=_tuples(texts)
    )
    return st.builds(
        enriched_article,
        version=st.integers(1, 2**53 - 1),
        headline=texts,
        text=texts,
        paragraphs=_tuples(spans),
        sections=_tuples(st.builds(Section, start=offsets, end=offsets, heading=st.none() | spans)),
        removed=_tuples(st.builds(Removed, reason=texts, text=texts)),
        language=st.builds(Language, code=maybe_text, confidence=ratios, declared=maybe_text),
        entities=_tuples(entities),
        subjects=_tuples(subjects),
        provenance=st.dictionaries(
            texts, st.builds(Provenance, stage=texts, version=texts, model=maybe_text), max_size=3
        ),
        published_at=st.none() | times,
        urgency=st.none() | st.integers(1, 9),
        routes=_tuples(texts),
    )


def _tuples(items: st.SearchStrategy[Item]) -> st.SearchStrategy[tuple[Item, ...]]:
    return st.lists(items, max_size=3).map(tuple)
