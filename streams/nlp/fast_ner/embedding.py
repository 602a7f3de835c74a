"""The vectors of token types, and their products with the first layer, kept for as many types as fit.

A token's embedding depends on its attributes alone. So does its share in the first layer of each of its neighbours,
which for a window of one is a product with each of three parts of that layer's weight. With these at hand the first
layer is three look-ups and a sum.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from thinc.api import NumpyOps

from streams.nlp.fast_ner.layers import maxout, normalise
from streams.nlp.fast_ner.lexicon import Attributes, Integers
from streams.nlp.fast_ner.weights import Floats, Weights

__all__ = ["Embedding"]

_HEIGHT = 48
"""Rows computed at once, always: a type's bits must not depend on what was looked up with it."""


class Embedding:
    """A table of embedded types.

    Args:
        weights: of the model.
        most_rows: size of the table. Row 0 is all zeros, the padding between documents.
    """

    def __init__(self, weights: Weights, most_rows: int) -> None:
        self._weights = weights
        self._ops = NumpyOps()
        first = weights.layers[0][0]
        self._parts = np.split(first.weight, 2 * weights.window + 1)
        # Pages of zeros take no memory until they are written.
        self.vectors: Floats = np.zeros((most_rows, weights.width), np.float32)
        """(rows, width)"""
        self.products: list[Floats] = [np.zeros((most_rows, len(first.bias)), np.float32) for _ in self._parts]
        """For each position in the window, in reading order: (rows, pieces * width). The middle ones hold the bias."""
        self.products[weights.window][0] = first.bias
        self.spaces: NDArray[np.bool_] = np.zeros(most_rows, np.bool_)
        """(rows,): whether the type is white space"""
        self._row_of_type = np.zeros(0, np.int32)
        self._used = 1

    @property
    def capacity(self) -> int:
        """How many types fit."""
        return len(self.vectors) - 1

    def forget(self) -> None:
        """Empty the table: the numbers of types mean something else from now on."""
        self._row_of_type[:] = 0
        self._used = 1

    def rows(self, types: Integers, attributes: Callable[[Integers], Attributes], known: int) -> Integers:
        """(tokens,): the row of each token, valid until the next call.

        Args:
            types: the tokens, of at most `capacity` different types.
            attributes: tells the attributes of types.
            known: how many types there are.
        """
        if known > len(self._row_of_type):
            grown = np.zeros(2 * known, np.int32)
            grown[: len(self._row_of_type)] = self._row_of_type
            self._row_of_type = grown
        rows: Integers = self._row_of_type[types]
        if rows.all():
            return rows
        new = np.unique(types[rows == 0])
        if self._used + len(new) > len(self.vectors):
            self.forget()
            new = np.unique(types)
        self._fill(attributes(new))
        self._row_of_type[new] = np.arange(self._used, self._used + len(new), dtype=np.int32)
        self._used += len(new)
        return self._row_of_type[types]

    def _fill(self, attributes: Attributes) -> None:
        """Embed types into the rows behind those in use."""
        for start in range(0, len(attributes), _HEIGHT):
            part = attributes[start : start + _HEIGHT]
            vectors = self._embedded(part)
            rows = slice(self._used + start, self._used + start + len(part))
            self.vectors[rows] = vectors[: len(part)]
            for products, weight in zip(self.products, self._parts, strict=True):
                products[rows] = (vectors @ weight)[: len(part)]
            self.products[self._weights.window][rows] += self._weights.layers[0][0].bias
            self.spaces[rows] = part[:, -1] != 0

    def _embedded(self, attributes: Attributes) -> Floats:
        """(at most _HEIGHT, columns) to (_HEIGHT, width)."""
        width, mix = self._weights.width, self._weights.mix
        hashed = np.zeros((_HEIGHT, len(self._weights.tables) * width), np.float32)
        for number, table in enumerate(self._weights.tables):
            keys = self._ops.hash(np.ascontiguousarray(attributes[:, number]), table.seed) % len(table.rows)
            hashed[: len(attributes), number * width : (number + 1) * width] = self._ops.gather_add(table.rows, keys)
        pieces = hashed @ mix.weight
        pieces += mix.bias
        vectors = np.empty((_HEIGHT, width), np.float32)
        maxout(pieces, vectors)
        normalise(vectors, self._weights.mix_norm)
        vectors += self._weights.mix_norm.bias
        return vectors
