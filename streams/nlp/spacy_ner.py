"""Names by a spaCy pipeline: its `ner` component, and nothing else of it."""

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Final, Literal, Protocol

from schemas.enriched_article import EntityType
from streams.enrich.models import NamedSpan
from streams.errors import SettingsError
from streams.nlp.pipelines import pipeline_path

if TYPE_CHECKING:
    from spacy.language import Language

__all__ = ["Engine", "SpacyEntityRecognizer"]

Engine = Literal["auto", "spacy"]

# OntoNotes 5.0 labels, which our own model uses too; dates, quantities and money are no entities of ours.
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
"""Code points read at once, by either engine: keeps spaCy's memory flat however long a text is."""

_DIGITS = 2
"""Of a confidence: few enough for it to be the same whatever a text is read with."""

_AS_TYPED: Final = (("’", "'"), ("‘", "'"), ("“", '"'), ("”", '"'))  # noqa: RUF001
"""Quotation marks and apostrophes as they are typed and models learn them; typeset, "O'Connor" falls into two."""

_UNREADABLE = re.compile(r"\S{101,}|[^\w\s]{21,}")
"""No name looks like this, and spaCy's tokenizer takes seconds over ten thousand glued brackets or emoji."""

_BEFORE = re.compile(r"[\s\"'“”‘’«»()\[\]{},;:!?\-–—*•/|.…]+")  # noqa: RUF001
_AFTER = re.compile(r"(?:[\s\"'“”‘’«»(\[{},;:\-–—*•/|…]|['’][sS]\b)+\Z")  # noqa: RUF001
_ARTICLE = re.compile(r"(?:the|an?)\s+(?!Hague\b)", re.IGNORECASE)
_CLOSING = {")": "(", "]": "["}


class _Ner(Protocol):
    def entities(self, texts: Sequence[str]) -> Sequence[Sequence[tuple[int, int, str, float]]]:
        """Start, end, label and confidence of what each text names; a text's never depend on the others."""
        ...


class SpacyEntityRecognizer:
    """Names by the `ner` of a spaCy pipeline.

    Args:
        pipeline: "en_copytaster_news", the name of an installed spaCy package, or the path of a pipeline.
        engine: "auto" computes it by the fast runtime where that can (see fast_ner), "spacy" by spaCy itself.
            The names are the same.
        cache_rows: token types whose embedding the fast runtime keeps, 4 kB each.

    Raises:
        SettingsError: there is no such pipeline, or it finds no names.
    """

    def __init__(self, pipeline: str, *, engine: Engine = "auto", cache_rows: int = 16_384) -> None:
        nlp = _load(pipeline)
        self.model = f"{nlp.meta['lang']}_{nlp.meta['name']}-{nlp.meta['version']}"
        self.languages = frozenset({str(nlp.meta["lang"])})
        self._ner, self.notices = _ner(nlp, engine, cache_rows)

    def recognize(self, texts: Sequence[str]) -> list[list[NamedSpan]]:
        """The names of each text, in text order: without article, possessive or punctuation around them."""
        windows = [(number, start, end) for number, text in enumerate(texts) for start, end in _windows(text)]
        found = self._ner.entities([_readable(texts[number][start:end]) for number, start, end in windows])
        names: list[list[NamedSpan]] = [[] for _ in texts]
        for (number, start, _), entities in zip(windows, found, strict=True):
            trimmed = (
                _trimmed(texts[number], start + first, start + last, label, confidence)
                for first, last, label, confidence in entities
            )
            names[number] += [name for name in trimmed if name is not None]
        return names


class _StockNer:
    """spaCy's own way, text by text, so that none can change what is found in another; it knows no confidence."""

    def __init__(self, nlp: "Language") -> None:
        self._nlp = nlp

    def entities(self, texts: Sequence[str]) -> list[list[tuple[int, int, str, float]]]:
        return [self._found(text) for text in texts]

    def _found(self, text: str) -> list[tuple[int, int, str, float]]:
        with self._nlp.memory_zone():  # else the vocabulary grows with every word ever seen
            return [(span.start_char, span.end_char, span.label_, 1.0) for span in self._nlp(text).ents]


def _ner(nlp: "Language", engine: Engine, cache_rows: int) -> tuple[_Ner, tuple[str, ...]]:
    """What finds the names, and what whoever runs it should know."""
    from streams.nlp.fast_ner import FastNer, NotApplicable

    if engine == "spacy":
        return _StockNer(nlp), ()
    try:
        return FastNer(nlp, cache_rows=cache_rows), ()
    except NotApplicable as reason:
        notice = f"{reason}: names in {nlp.meta['name']} are found by spaCy itself, at about a tenth of the speed"
        return _StockNer(nlp), (notice,)


def _load(pipeline: str) -> "Language":
    import spacy

    try:
        nlp = spacy.load(pipeline_path(pipeline))
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
    """The same text for spaCy, at the same offsets: straight quotes; lone surrogates and endless words blanked out."""
    for typeset, typed in _AS_TYPED:
        text = text.replace(typeset, typed)
    encodable = text.encode("utf-8", "replace").decode()
    return _UNREADABLE.sub(lambda run: " " * len(run[0]), encodable)


def _trimmed(text: str, start: int, end: int, label: str, confidence: float) -> NamedSpan | None:
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
    return NamedSpan(start, end, kind, round(confidence, _DIGITS)) if named else None


def _skipped(pattern: re.Pattern[str], text: str, start: int, end: int) -> int:
    match = pattern.match(text, start, end)
    return match.end() if match else start
