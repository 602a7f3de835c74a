"""The fast NER as a spaCy component.

>>> import spacy
>>> nlp = spacy.load("en_core_web_sm")
>>> nlp.add_pipe("fast_ner")  # behind "ner", whose weights it reads
>>> nlp.disable_pipe("ner")
"""

from collections.abc import Iterable, Iterator
from functools import cached_property
from itertools import islice

from spacy.language import Language
from spacy.tokens import Doc

from streams.nlp.fast_ner.ner import FastNer

__all__ = ["FastNerComponent"]


@Language.factory("fast_ner", default_config={"source": "ner", "cache_rows": 16_384}, assigns=["doc.ents"])
def _make(nlp: Language, name: str, source: str, cache_rows: int) -> "FastNerComponent":
    """Called by spaCy, `name` included: https://spacy.io/usage/processing-pipelines#custom-components-factories."""
    del name
    return FastNerComponent(nlp, source, cache_rows)


class FastNerComponent:
    """Sets the entities that the pipe `source` would set, which must be in the pipeline, enabled or not.

    The weights are read when the first text comes: spaCy makes the components of a saved pipeline before it loads them.

    Raises:
        NotApplicable: with the first text, if `source` is no transition-based NER over a HashEmbedCNN.
    """

    def __init__(self, nlp: Language, source: str, cache_rows: int) -> None:
        self._nlp = nlp
        self._source = source
        self._cache_rows = cache_rows

    @cached_property
    def _ner(self) -> FastNer:
        return FastNer(self._nlp, self._source, cache_rows=self._cache_rows)

    def __call__(self, doc: Doc) -> Doc:
        """Annotate one Doc."""
        self._ner.annotate([doc])
        return doc

    def pipe(self, stream: Iterable[Doc], batch_size: int = 128) -> Iterator[Doc]:
        """Annotate Docs, `batch_size` at once."""
        docs = iter(stream)
        while batch := list(islice(docs, batch_size)):
            self._ner.annotate(batch)
            yield from batch
