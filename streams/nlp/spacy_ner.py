"""Names by a spaCy pipeline: its `ner` component, and nothing else of it."""

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Final

from schemas.enriched_article import EntityType
from streams.enrich.models import NamedSpan
from streams.errors import SettingsError

if TYPE_CHECKING:
    from spacy.language import Language

__all__ = ["SpacyEntityRecognizer"]

# OntoNotes 5.0 labels; dates, quantities and money are no entities of ours.
_TYPES: Final[dict[str, EntityType]] = {
    "PERSON": "person",
    "ORG": "organisation",
    "GPE": "place",
    "LOC": "place",
    "FAC": "place",
    "NORP": "group",
    "EVENT": "event",
    "PRODUCT": "product",
    "WORK_OF_ART": "work",
    "LAW": "law",
}

_WINDOW = 10_000
"""Code points read at once: keeps memory flat however long a text is."""

_UNREADABLE = re.compile(r"\S{101,}|[^\w\s]{21,}")
"""No name looks like this, and spaCy's tokenizer takes seconds over ten thousand glued brackets or emoji."""

_BEFORE = re.compile(r"[\s\"'“”‘’«»()\[\]{},;:!?\-–—*•/|.…]+")  # noqa: RUF001
_AFTER = re.compile(r"(?:[\s\"'“”‘’«»(\[{},;:\-–—*•/|…]|['’][sS]\b)+\Z")  # noqa: RUF001
_ARTICLE = re.compile(r"(?:the|an?)\s+(?!Hague\b)", re.IGNORECASE)
_CLOSING = {")": "(", "]": "["}


class SpacyEntityRecognizer:
    """Reads texts one by one, so that no text can change what is found in another.

    `pipeline` is the name of an installed spaCy package, or the path of one.

    Raises:
        SettingsError: there is no such pipeline, or it finds no names.
    """

    def __init__(self, pipeline: str) -> None:
        self._nlp = _load(pipeline)
        self.model = f"{self._nlp.meta['lang']}_{self._nlp.meta['name']}-{self._nlp.meta['version']}"
        self.languages = frozenset({str(self._nlp.meta["lang"])})

    def recognize(self, texts: Sequence[str]) -> list[list[NamedSpan]]:
        """The names of each text, in text order: without article, possessive or punctuation around them."""
        return [list(self._names(text)) for text in texts]

    def _names(self, text: str) -> Iterator[NamedSpan]:
        for start, end in _windows(text):
            for first, last, label in self._found(text[start:end]):
                name = _trimmed(text, start + first, start + last, label)
                if name is not None:
                    yield name

    def _found(self, text: str) -> list[tuple[int, int, str]]:
        with self._nlp.memory_zone():  # else the vocabulary grows with every word ever seen
            return [(span.start_char, span.end_char, span.label_) for span in self._nlp(_readable(text)).ents]


def _load(pipeline: str) -> "Language":
    import spacy

    try:
        nlp = spacy.load(pipeline)
    except OSError as error:
        raise SettingsError(
            f"spaCy pipeline {pipeline!r} is not installed: pip install 'copytaster[worker]', or set spacy_model"
        ) from error
    if "ner" not in nlp.pipe_names:
        raise SettingsError(f"spaCy pipeline {pipeline!r} has no 'ner' component: set spacy_model to one that has")
    for name, component in list(nlp.pipeline):
        if name != "ner" and "ner" not in getattr(component, "listening_components", ()):
            nlp.remove_pipe(name)
    return nlp


def _windows(text: str) -> Iterator[tuple[int, int]]:
    """Consecutive stretches, cut where a paragraph ends if at all possible."""
    start = 0
    while len(text) - start > _WINDOW:
        end = _cut(text, start, start + _WINDOW)
        yield start, end
        start = end
    if start < len(text):
        yield start, len(text)


def _cut(text: str, start: int, limit: int) -> int:
    for boundary in ("\n\n", "\n", ". ", " "):
        at = text.rfind(boundary, start + 1, limit)
        if at > start:
            return at + len(boundary)
    return limit


def _readable(text: str) -> str:
    """The same text for spaCy, at the same offsets: unpaired surrogates and endless words blanked out."""
    encodable = text.encode("utf-8", "replace").decode()
    return _UNREADABLE.sub(lambda run: " " * len(run[0]), encodable)


def _trimmed(text: str, start: int, end: int, label: str) -> NamedSpan | None:
    """The span without what is not the name, or None where it holds no name."""
    kind = _TYPES.get(label)
    if kind is None:
        return None
    start = _skipped(_BEFORE, text, start, end)
    if kind != "work":  # a title keeps its article
        start = _skipped(_ARTICLE, text, start, end)
    end = start + len(_AFTER.sub("", text[start:end].partition("\n")[0]))
    if end > start and text[end - 1] in _CLOSING and _CLOSING[text[end - 1]] not in text[start:end]:
        end -= 1
    named = any(letter.isupper() or letter.isdigit() for letter in text[start:end])
    return NamedSpan(start, end, kind) if named else None


def _skipped(pattern: re.Pattern[str], text: str, start: int, end: int) -> int:
    match = pattern.match(text, start, end)
    return match.end() if match else start
