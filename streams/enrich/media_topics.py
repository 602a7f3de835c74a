"""The IPTC Media Topics, and whatever a wire may call them. Plain values; streams.nlp loads them."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal, NamedTuple

from schemas.enriched_article import Subject

__all__ = ["NO_MEDIA_TOPICS", "MediaTopic", "MediaTopics", "certain", "first_of_each"]

_DIGITS = re.compile(r"(?:^|[:/#])([0-9]{8})$")
_SUBJECT_CODE = re.compile(r"subj", re.IGNORECASE)
_MEDIA_TOPIC = re.compile(r"medtop|media ?topic", re.IGNORECASE)


class MediaTopic(NamedTuple):
    """A concept; `parents` are codes, nearest first, the top topic last."""

    code: str
    name: str
    parents: tuple[str, ...]

    @property
    def top(self) -> str:
        """The code of its top topic; its own, if it is one."""
        return self.parents[-1] if self.parents else self.code


def certain(topic: MediaTopic, evidence: tuple[str, ...], made_by: Literal["rule", "wire"]) -> Subject:
    """A subject that somebody said, and no model guessed."""
    return Subject(
        code=topic.code, name=topic.name, confidence=1.0, parents=topic.parents, evidence=evidence, made_by=made_by
    )


def first_of_each(subjects: Iterable[Subject]) -> tuple[Subject, ...]:
    """The first of each code: whoever is listed before others goes before them."""
    first: dict[str, Subject] = {}
    for subject in subjects:
        first.setdefault(subject.code, subject)
    return tuple(first.values())


@dataclass(frozen=True, slots=True)
class MediaTopics:
    """The vocabulary.

    Args:
        released: date of the vocabulary, ISO 8601.
        concepts: active ones by code, in the order of their codes.
        successors: for each retired code an active one: the one its change note names, else its nearest active parent.
        subject_codes: the Media Topic, retired ones too, for each of IPTC's old Subject Codes (8 digits).
    """

    released: str
    concepts: Mapping[str, MediaTopic]
    successors: Mapping[str, str]
    subject_codes: Mapping[str, str]

    def find(self, code: str, scheme: str | None = None) -> MediaTopic | None:
        """The active concept that a code means, or None.

        Understood are `medtop:20000209`, `subj:04000000`, the URIs of both, and eight digits alone, which are a
        Subject Code where the scheme says so and a Media Topic otherwise, if there is one.
        """
        found = _DIGITS.search(code.strip())
        if found is None:
            return None
        called = f"{scheme or ''} {code}"
        topic = f"medtop:{found[1]}"
        known = topic in self.concepts or topic in self.successors
        if not _MEDIA_TOPIC.search(called) and (_SUBJECT_CODE.search(called) or not known):
            topic = self.subject_codes.get(found[1], "")
        return self.concepts.get(self.successors.get(topic, topic))


NO_MEDIA_TOPICS = MediaTopics("", {}, {}, {})
"""For models that know none."""
