"""The subjects stage: what an article is about, in IPTC Media Topics, as the wire, the desk's rules and a model say."""

from collections.abc import Iterator, Sequence
from typing import Literal, NamedTuple

from schemas.enriched_article import Subject
from schemas.raw_article import WireSubject
from streams.enrich.media_topics import MediaTopics, certain, first_of_each
from streams.enrich.models import Models

__all__ = ["SUBJECTS_VERSION", "Judged", "judge_subjects"]

SUBJECTS_VERSION = "2"


class Judged(NamedTuple):
    """The subjects of one article, and what came of asking the model."""

    subjects: tuple[Subject, ...]
    status: Literal["found", "abstained", "no_model"]


def judge_subjects(
    headline: str, text: str, language: str | None, wire: Sequence[WireSubject], models: Models
) -> Judged:
    """The subjects of an article, most confident first.

    Args:
        headline: of the article.
        text: as cleaned.
        language: its primary code, None if unknown. A model is asked that was taught it.
        wire: what the wire says. Each code that means a Media Topic is a subject and certain; the model's opinion of
            the same is not repeated.
        models: the classifier and the vocabulary.
    """
    told = first_of_each(_wire_subjects(wire, models.media_topics))
    if language not in models.subjects.languages:
        return Judged(told, "no_model")
    [scores] = models.subjects.classify([f"{headline}\n{text[: models.analysed_chars]}"])
    subjects = first_of_each([*told, *(Subject(**score._asdict()) for score in scores)])
    return Judged(subjects, "found" if scores else "abstained")


def _wire_subjects(wire: Sequence[WireSubject], media_topics: MediaTopics) -> Iterator[Subject]:
    for each in wire:
        if topic := media_topics.find(each.code, each.scheme):
            yield certain(topic, (each.code,), "wire")
