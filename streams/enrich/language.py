"""The language stage: what language the article is in, by its own words, beside what the wire declared."""

from itertools import islice

from schemas.enriched_article import Language
from streams.enrich.models import LanguageDetector, LanguageGuess

__all__ = ["LANGUAGE_VERSION", "detect_language", "reading_language"]

LANGUAGE_VERSION = "1"

_SAMPLE_CHARS = 1000
_EDGE_CHARS = 500
_FEWEST_LETTERS = 20
"""Below this a guess is a coin toss: "Putin in Tokio" is a headline in a dozen languages."""
_FEWEST_EDGE_LETTERS = 60
"""An end of a text contradicts the whole only when it is long enough not to be a name or a link."""


def detect_language(headline: str, text: str, declared: str | None, detector: LanguageDetector) -> Language:
    """The language the words are in; `code` null and no confidence when they are too few or mixed.

    The declared language never becomes `code`: a wire that declares every item to be English must not
    make a Spanish one English.
    """
    guess = _agreed(f"{headline}\n{text}", detector)
    return Language(
        code=guess.code if guess else None,
        confidence=guess.confidence if guess else 0.0,
        declared=declared,
    )


def reading_language(language: Language) -> str | None:
    """The primary language to choose models by: the detected one, and only without it the declared one."""
    if language.code is not None or language.declared is None:
        return language.code
    return language.declared.replace("_", "-").partition("-")[0].lower() or None  # BCP 47: the primary subtag


def _agreed(text: str, detector: LanguageDetector) -> LanguageGuess | None:
    """The guess for the start of the text, unless its first or last words are surely in another language."""
    sample = text[:_SAMPLE_CHARS]
    guess = detector.detect(sample) if _has_letters(sample, _FEWEST_LETTERS) else None
    if guess is None:
        return None
    edge = min(_EDGE_CHARS, len(text) // 2)
    parts = (text[:edge], text[-edge:])
    others = (detector.detect(part) for part in parts if _has_letters(part, _FEWEST_EDGE_LETTERS))
    return guess if all(other is None or other.code == guess.code for other in others) else None


def _has_letters(text: str, fewest: int) -> bool:
    """Whether there are so many letters; looks no further than it has to."""
    return sum(1 for _ in islice(filter(str.isalpha, text), fewest)) == fewest
