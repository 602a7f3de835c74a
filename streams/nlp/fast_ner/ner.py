"""Named entities by the weights of a spaCy pipeline, several times as fast as the pipeline itself."""

import math
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray
from spacy.attrs import SENT_START
from spacy.tokens import Span

from streams.nlp.fast_ner.decoder import OPEN, Decoder, Found
from streams.nlp.fast_ner.embedding import Embedding
from streams.nlp.fast_ner.encoder import Encoder
from streams.nlp.fast_ner.layers import ALIGN, HEIGHT, rounded_up
from streams.nlp.fast_ner.lexicon import Integers, Lexicon, Tokens
from streams.nlp.fast_ner.weights import NotApplicable, read_weights

if TYPE_CHECKING:
    from spacy.language import Language
    from spacy.tokens import Doc

__all__ = ["CALIBRATION", "Entity", "FastNer"]

CALIBRATION: Final = "ner_calibration"
"""In a pipeline's meta: {"slope", "bias"}, the line from a confidence's log-odds to those of being right (Platt's)."""

_GROUP_TOKENS: Final = 8_192
"""Tokens computed together: bounds the memory, and leaves the matrices long enough."""

_LONG_TOKENS: Final = 4_096
"""A longer document is read in parts of about this many tokens."""

_MOST_TYPES_PER_ROW: Final = 4
"""Types whose number is known, for each that is embedded: 350 bytes against 4 kB."""

_DIGITS: Final = 4
"""Of a confidence. Those from the seventh on depend on the order of the arithmetic, and so on the batch."""

_SMALLEST: Final = 1e-9
"""Keeps the odds of the certain finite."""

_NEAR: Final = 1e-3
"""Vectors further from spaCy's are not those of the same arithmetic in another order; errors of that are 1e-5."""

_PROBES: Final = (
    "",
    "  ",
    "Apple",
    "Angela Merkel met Barack Obama in New York on 3 May 2019.\n\n  He paid $5 million to the U.N. ",
    "London Paris Berlin the European Union and Bank of America in the 1990s",
)


class Entity(NamedTuple):
    """A name in a text: `text[start:end]`, in code points, spaCy's label, and how probable it is that both are right.

    The confidence is the model's own, 0 to 1: the product of its moves' probabilities, corrected as the pipeline's
    meta says (see `CALIBRATION`) if it does. An entity that only spaCy itself could find has 1.
    """

    start: int
    end: int
    label: str
    confidence: float = 1.0


class _Part(NamedTuple):
    """Tokens of one document that are computed in one go."""

    types: Integers
    sentence_ends: NDArray[np.intp]
    """Tokens that a sentence ends with, the last of the document too if it is among these."""


class FastNer:
    """Finds what the `ner` of a pipeline finds: same weights, same entities, another order of the arithmetic.

    Of the pipeline only that pipe counts, and the tok2vec it may listen to, enabled or not. What is found in a text
    never depends on the other texts of a call, nor on what was read before; a confidence only in what lies behind its
    digits. Not for several threads at once.

    Set OPENBLAS_NUM_THREADS=1 before numpy is imported: the products are small, and its threads wait for each other.

    Args:
        nlp: the pipeline. Its tokenizer is used, its weights are read now and not looked at again.
        name: of its `ner` pipe.
        cache_rows: token types whose embedding is kept, 4 kB each.

    Raises:
        NotApplicable: the pipe is no transition-based NER over a HashEmbedCNN; use spaCy's own.
    """

    def __init__(self, nlp: "Language", name: str = "ner", *, cache_rows: int = 16_384) -> None:
        weights, tok2vec = read_weights(nlp, name)
        self._nlp = nlp
        self._name = name
        self._reach = weights.reach
        self._calibration = nlp.meta.get(CALIBRATION, {"slope": 1.0, "bias": 0.0})
        self._lexicon = Lexicon(nlp, weights.columns, _MOST_TYPES_PER_ROW * cache_rows)
        self._embedding = Embedding(weights, max(cache_rows, 2 * HEIGHT))
        self._encoder = Encoder(weights, self._embedding)
        self._decoder = Decoder(weights.actions, self._encoder.shift)
        self._group_tokens = min(_GROUP_TOKENS, self._embedding.capacity)
        self._long_tokens = min(_LONG_TOKENS, self._embedding.capacity)
        self._check(tok2vec)

    def entities(self, texts: Sequence[str]) -> list[list[Entity]]:
        """The entities of each text, in text order."""
        self._forget_if_full()
        all_tokens = self._lexicon.read(texts)
        nowhere = np.zeros(0, np.intp)
        parts = [_Part(tokens.types, nowhere) for tokens in all_tokens]
        found = self._found(parts)
        return [
            self._stock_entities(text) if each is None else self._spans(tokens, each)
            for text, tokens, each in zip(texts, all_tokens, found, strict=True)
        ]

    def annotate(self, docs: Sequence["Doc"]) -> None:
        """Set the entities of Docs as the `ner` pipe would; of sentence starts set before, it minds the same."""
        self._forget_if_full()
        fresh: list[Doc] = []
        annotated: list[Doc] = []
        for doc in filter(len, docs):
            (annotated if doc.has_annotation("ENT_IOB") else fresh).append(doc)
        parts = [_Part(self._lexicon.read_doc(doc).types, _sentence_ends(doc)) for doc in fresh]
        for doc, found in zip(fresh, self._found(parts), strict=True):
            if found is None:
                self._stock(doc)
            else:
                doc.set_ents([Span(doc, each.first, each.last + 1, each.label) for each in found], default="outside")
        for doc in annotated:
            self._stock(doc)

    def _forget_if_full(self) -> None:
        if self._lexicon.forget_if_full():
            self._embedding.forget()

    def _found(self, parts: Sequence[_Part]) -> list[list[Found] | None]:
        """The entities of each document by token; None for one that only spaCy itself can do."""
        found: list[list[Found] | None] = [[] for _ in parts]
        for group in self._groups(parts):
            for number, entities in zip(group, self._read([parts[number] for number in group]), strict=True):
                found[number] = entities
        for number, part in enumerate(parts):
            if len(part.types) > self._long_tokens:
                found[number] = self._read_long(part)
        return found

    def _groups(self, parts: Sequence[_Part]) -> Iterator[list[int]]:
        """Documents that are computed together, by number. Empty and long ones are in none."""
        group: list[int] = []
        size = 0
        for number, part in enumerate(parts):
            count = len(part.types)
            if not 0 < count <= self._long_tokens:
                continue
            if group and size + count > self._group_tokens:
                yield group
                group, size = [], 0
            group.append(number)
            size += count
        if group:
            yield group

    def _read(self, parts: Sequence[_Part]) -> list[list[Found]]:
        """The entities of documents that fit one go."""
        lengths = np.array([len(part.types) for part in parts])
        # As many rows of zeros between two documents as a token's vector can see.
        sizes = -(-(lengths + self._reach) // ALIGN) * ALIGN
        firsts = np.cumsum(sizes) - sizes + self._reach
        rows, may_start = self._laid_out([part.types for part in parts], firsts)
        final = np.zeros(len(rows), np.bool_)
        final[firsts + lengths - 1] = True
        for part, first in zip(parts, firsts, strict=True):
            final[part.sentence_ends + first] = True
        found = self._decoder.decode(self._encoder.encode(rows), may_start, final, len(rows))
        return _by_document(found, firsts.tolist())

    def _read_long(self, part: _Part) -> list[Found] | None:
        """The same, part by part.

        Each part begins where no entity is open, with as many tokens before it as its vectors can see. An entity
        that is open at the end of a part is left to the next.
        """
        found: list[Found] = []
        count, start, size = len(part.types), 0, self._long_tokens
        while start < count:
            # Aligned as the whole document would be, for the same bits.
            lead = max(0, start - self._reach) // ALIGN * ALIGN
            end = min(count, start + size)
            if end - lead > self._embedding.capacity:
                return None
            limit = end if end == count else end - self._reach
            here = self._read_part(part, lead, start, end, limit)
            if here and here[-1].last == OPEN:
                limit = here.pop().first
            size = 2 * size if limit == start else self._long_tokens
            found += here
            start = limit
        return found

    def _read_part(self, part: _Part, lead: int, start: int, end: int, limit: int) -> list[Found]:
        """Entities that begin at tokens `start` to `limit`; what the model sees are tokens `lead` to `end`."""
        shift = self._reach - lead
        rows, may_start = self._laid_out([part.types[lead:end]], np.array([self._reach]))
        may_start[: start + shift] = False
        final = np.zeros(len(rows), np.bool_)
        ends = np.append(part.sentence_ends, len(part.types) - 1)
        final[ends[(ends >= lead) & (ends < end)] + shift] = True
        found = self._decoder.decode(self._encoder.encode(rows), may_start, final, limit + shift)
        return [_moved(each, -shift) for each in found]

    def _laid_out(self, types: Sequence[Integers], firsts: NDArray[np.intp]) -> tuple[Integers, NDArray[np.bool_]]:
        """Rows of the embedding's table for documents that begin at `firsts`, and where an entity may begin."""
        lengths = np.array([len(each) for each in types])
        together = np.concatenate(types)
        known = self._embedding.rows(together, self._lexicon.attributes, self._lexicon.size)
        count = rounded_up(int(firsts[-1] + lengths[-1]) + self._reach, HEIGHT)
        at = np.repeat(firsts - np.cumsum(lengths) + lengths, lengths) + np.arange(len(together))
        rows, may_start = np.zeros(count, np.int32), np.zeros(count, np.bool_)
        rows[at] = known
        may_start[at] = ~self._embedding.spaces[known]
        return rows, may_start

    def _spans(self, tokens: Tokens, found: Sequence[Found]) -> list[Entity]:
        slope, bias = self._calibration["slope"], self._calibration["bias"]
        return [
            Entity(
                int(tokens.starts[each.first]),
                int(tokens.ends[each.last]),
                each.label,
                _calibrated(each.confidence, slope, bias),
            )
            for each in found
        ]

    def _stock(self, doc: "Doc") -> None:
        """Have it done by the pipe itself, and what it listens to."""
        for name, pipe in self._nlp.components:
            if name == self._name or self._name in getattr(pipe, "listening_components", ()):
                pipe(doc)

    def _stock_entities(self, text: str) -> list[Entity]:
        doc = self._nlp.tokenizer(text)
        self._stock(doc)
        return [Entity(span.start_char, span.end_char, span.label_) for span in doc.ents]

    def _check(self, tok2vec: Any) -> None:  # noqa: ANN401 - thinc's
        """Vectors as well as entities: a wrong constant may leave the probes' entities as they are.

        Raises:
            NotApplicable: something of this pipeline is not as it was taken to be.
        """
        doc = self._nlp.tokenizer(_PROBES[3])
        rows, _ = self._laid_out([self._lexicon.read_doc(doc).types], np.array([self._reach]))
        vectors = self._encoder.encode(rows)[self._reach : self._reach + len(doc)] + self._encoder.shift
        error = float(np.abs(vectors - tok2vec.predict([doc])[0]).max())
        if not error < _NEAR:
            raise NotApplicable(f"token vectors differ from spaCy's by {error:.2g}")
        if not _same(self.entities(_PROBES), [self._stock_entities(probe) for probe in _PROBES]):
            raise NotApplicable("entities differ from spaCy's")


def _sentence_ends(doc: "Doc") -> NDArray[np.intp]:
    if not doc.has_annotation("SENT_START"):
        return np.zeros(0, np.intp)
    ends: NDArray[np.intp] = np.nonzero(doc.to_array([SENT_START])[1:] == 1)[0]
    return ends


def _calibrated(confidence: float, slope: float, bias: float) -> float:
    odds: float = (confidence + _SMALLEST) / (1 - confidence + _SMALLEST)
    return float(round(1 / (1 + math.exp(-bias) * odds**-slope), _DIGITS))


def _same(ours: Sequence[Sequence[Entity]], stock: Sequence[Sequence[Entity]]) -> bool:
    return [[each[:3] for each in text] for text in ours] == [[each[:3] for each in text] for text in stock]


def _moved(found: Found, by: int) -> Found:
    first, last, label, confidence = found
    return Found(first + by, last if last == OPEN else last + by, label, confidence)


def _by_document(found: Sequence[Found], firsts: Sequence[int]) -> list[list[Found]]:
    """Entities by row to entities by token of the document they lie in."""
    documents: list[list[Found]] = [[] for _ in firsts]
    for each in found:
        number = bisect_right(firsts, each.first) - 1
        documents[number].append(_moved(each, -firsts[number]))
    return documents
