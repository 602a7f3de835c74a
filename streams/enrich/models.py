"""What a model must offer the enrichment. Protocols and plain values; streams.nlp implements them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from schemas.enriched_article import EntityType
from streams.enrich.knowledge import NOTHING, Knowledge
from streams.enrich.media_topics import NO_MEDIA_TOPICS, MediaTopics
from streams.enrich.rules import NO_RULES, Rules

__all__ = [
    "EntityRecognizer",
    "LanguageDetector",
    "LanguageGuess",
    "Models",
    "NamedSpan",
    "Recognized",
    "SubjectClassifier",
    "SubjectScore",
]


class NamedSpan(NamedTuple):
    """A name in a text: `text[start:end]`, in code points, what kind of thing it names, and how probably it does."""

    start: int
    end: int
    type: EntityType
    confidence: float = 1.0


class Recognized(NamedTuple):
    """A text, and the names a model found in it, in text order."""

    text: str
    spans: Sequence[NamedSpan]


class LanguageGuess(NamedTuple):
    """A BCP 47 primary language with the detector's own confidence, 0 to 1."""

    code: str
    confidence: float


class SubjectScore(NamedTuple):
    """A Media Topic ("medtop:..."), its name, parents nearest first, confidence 0 to 1, and the words that counted."""

    code: str
    name: str
    parents: tuple[str, ...]
    confidence: float
    evidence: tuple[str, ...]


class EntityRecognizer(Protocol):
    """Finds names. A text's spans never depend on the other texts of the call."""

    model: str
    """Name and version, as in provenance."""

    languages: frozenset[str]
    """Primary language codes it was taught."""

    def recognize(self, texts: Sequence[str]) -> list[list[NamedSpan]]:
        """One list of spans per text, in text order, not overlapping."""
        ...


class LanguageDetector(Protocol):
    """Guesses the language of a text."""

    model: str

    def detect(self, text: str) -> LanguageGuess | None:
        """The best guess, or None where it has none."""
        ...


class SubjectClassifier(Protocol):
    """Says what a text is about. A text's scores never depend on the other texts of the call."""

    model: str
    languages: frozenset[str]

    def classify(self, texts: Sequence[str]) -> list[list[SubjectScore]]:
        """Per text the subjects it is sure enough of, most confident first; empty: it abstains."""
        ...


@dataclass(frozen=True, slots=True)
class Models:
    """All that enrich() needs besides the articles."""

    languages: LanguageDetector
    entities: EntityRecognizer
    subjects: SubjectClassifier
    analysed_chars: int
    knowledge: Knowledge = NOTHING
    media_topics: MediaTopics = NO_MEDIA_TOPICS
    rules: Rules = NO_RULES
    notices: tuple[str, ...] = ()
    """What whoever runs these models should know, a line each."""
