"""Texts to tokens, each as the number of its *type*: of all that the model can see of it."""

from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING, Any, NamedTuple, cast

import numpy as np
from numpy.typing import NDArray
from spacy.attrs import IDX, LENGTH

from streams.nlp.fast_ner.runs import SEPARATOR, Fragile, has_runs, lean, runs_of

if TYPE_CHECKING:
    from spacy.language import Language
    from spacy.tokens import Doc

__all__ = ["Attributes", "Integers", "Lexicon", "Tokens"]

Integers = NDArray[np.int32]
Attributes = NDArray[np.uint64]


class Tokens(NamedTuple):
    """The tokens of one text."""

    types: Integers
    """(tokens,)"""
    starts: Integers
    """(tokens,): offset of the first code point"""
    ends: Integers
    """(tokens,): offset behind the last one"""


class Lexicon:
    """Numbers the types it meets, and remembers the tokens of the runs it meets (see runs.py).

    Args:
        nlp: the pipeline whose tokenizer to use.
        columns: ids of the spaCy attributes that make a type.
        most_types: more types than these, or runs, are forgotten by forget_if_full().
    """

    def __init__(self, nlp: "Language", columns: Sequence[int], most_types: int) -> None:
        self._columns = list(columns)
        self._most_types = most_types
        self._tokenizer, self._vocab = nlp.tokenizer, cast(Any, nlp.vocab)
        self._fragile: Fragile | None = None
        if has_runs(nlp.tokenizer):
            self._tokenizer = lean(nlp.tokenizer, columns)
            self._vocab = self._tokenizer.vocab
            self._fragile = Fragile(self._tokenizer)
        self._numbers: dict[bytes, int] = {}
        self._attributes: list[Attributes] = []
        self._runs: dict[str, bytes | None] = {}

    @property
    def size(self) -> int:
        """How many types are known; their numbers are 0 to size - 1."""
        return len(self._numbers)

    def attributes(self, types: Integers) -> Attributes:
        """(types, columns): what these types are."""
        return np.stack([self._attributes[number] for number in types.tolist()])

    def forget_if_full(self) -> bool:
        """Forget everything if there is too much of it; True if so, and all numbers mean something else then."""
        if max(len(self._numbers), len(self._runs)) < self._most_types:
            return False
        self._numbers.clear()
        self._attributes.clear()
        self._runs.clear()
        return True

    def read(self, texts: Sequence[str]) -> list[Tokens]:
        """The tokens of texts, exactly as the pipeline's tokenizer makes them."""
        if self._fragile is None:
            return [self._read_whole(text) for text in texts]
        runs = [runs_of(text) for text in texts]
        self._learn({run for each in runs for run in each if run not in self._runs}, self._fragile)
        return [self._joined(text, each) for text, each in zip(texts, runs, strict=True)]

    def read_doc(self, doc: "Doc") -> Tokens:
        """The tokens of a Doc."""
        values: Attributes = (
            cast(Any, doc).to_array([*self._columns, IDX, LENGTH]).reshape(len(doc), len(self._columns) + 2)
        )
        starts = values[:, -2].astype(np.int32)
        return Tokens(self._types(values[:, :-2]), starts, starts + values[:, -1].astype(np.int32))

    def _read_whole(self, text: str) -> Tokens:
        with self._zone():
            return self.read_doc(self._tokenizer(text))

    def _joined(self, text: str, runs: Iterable[str]) -> Tokens:
        packed = [self._runs[run] for run in runs]
        if None in packed:
            return self._read_whole(text)
        tokens = np.frombuffer(b"".join(cast(list[bytes], packed)), np.int32).reshape(-1, 3)
        ends = np.cumsum(tokens[:, 2], dtype=np.int32)
        starts = ends - tokens[:, 2]
        return Tokens(tokens[:, 0], starts, starts + tokens[:, 1])

    def _learn(self, runs: set[str], fragile: Fragile) -> None:
        """Tokenize new runs in one go."""
        blank = {run for run in runs if run.isspace()}
        for run in blank:
            self._runs[run] = _packed(self._read_whole(run), len(run)).tobytes()
        words = sorted(runs - blank)
        if not words:
            return
        lengths = np.array([len(word) for word in words], np.intp)
        starts = np.cumsum(lengths + len(SEPARATOR)) - lengths - len(SEPARATOR)
        with self._zone():
            text = SEPARATOR.join(words)
            doc = self._tokenizer(text)
            tokens = self.read_doc(doc)
            suspects = tokens.starts[fragile.suspects([token.text for token in doc])]
            suspected = sorted({words[number] for number in np.searchsorted(starts, suspects, "right") - 1})
            fragile_words = fragile.among(suspected)
        packed = _packed(tokens, len(text))
        data, size = packed.tobytes(), packed[:1].nbytes
        bounds = np.searchsorted(tokens.starts, np.stack([starts, starts + lengths], axis=1))
        for word, (first, last) in zip(words, (size * bounds).tolist(), strict=True):
            self._runs[word] = None if word in fragile_words else data[first:last]

    def _types(self, attributes: Attributes) -> Integers:
        rows = np.ascontiguousarray(attributes)
        keys: list[bytes] = rows.view(f"V{rows.shape[1] * rows.itemsize}").ravel().tolist()
        numbers = [self._numbers.get(key, -1) for key in keys]
        for position in [position for position, number in enumerate(numbers) if number < 0]:
            key = keys[position]
            if key not in self._numbers:
                self._numbers[key] = len(self._attributes)
                self._attributes.append(rows[position].copy())
            numbers[position] = self._numbers[key]
        return np.array(numbers, np.int32)

    def _zone(self) -> AbstractContextManager[object]:
        """Without one, the vocabulary grows with every word ever seen. Zones do not nest."""
        return nullcontext() if self._vocab.in_memory_zone else self._vocab.memory_zone()


def _packed(tokens: Tokens, length: int) -> Integers:
    """(tokens, 3): type, length, and length with the space behind it; `length` is that of the text."""
    widths = np.diff(tokens.starts, append=np.int32(length))
    return np.stack([tokens.types, tokens.ends - tokens.starts, widths], axis=1, dtype=np.int32)
