"""The subjects stage: what an article is about, in IPTC Media Topics."""

from typing import Literal, NamedTuple

from schemas.enriched_article import Subject
from streams.enrich.models import SubjectClassifier

__all__ = ["SUBJECTS_VERSION", "Judged", "judge_subjects"]

SUBJECTS_VERSION = "1"


class Judged(NamedTuple):
    """The subjects of one article, or why there are none."""

    subjects: tuple[Subject, ...]
    status: Literal["found", "abstained", "no_model"]


def judge_subjects(headline: str, text: str, classifier: SubjectClassifier, *, analysed_chars: int) -> Judged:
    """The subjects the classifier is sure enough of, most confident first."""
    [scores] = classifier.classify([f"{headline}\n{text[:analysed_chars]}"])
    subjects = tuple(Subject(**score._asdict()) for score in scores)
    return Judged(subjects, "found" if subjects else "abstained")
