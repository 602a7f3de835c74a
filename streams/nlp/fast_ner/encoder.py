"""The convolutions: each layer mixes every row with its neighbours (MaxoutWindowEncoder), block by block.

Two things leave the result as it is in exact arithmetic, and save a pass each: the bias of a layer's normalization is
not added to its rows but to what the next layer (and the decoder) makes of them, and for a window of one the product
with the neighbourhood is Winograd's minimal filtering F(2, 3): four products of half the rows instead of six
(https://arxiv.org/abs/1509.09308, section 4.1).
"""

from collections.abc import Callable, Iterator
from typing import Final

import numpy as np
from numpy.lib.stride_tricks import as_strided

from streams.nlp.fast_ner.embedding import Embedding
from streams.nlp.fast_ner.layers import HEIGHT, maxout, normalise, rounded_up
from streams.nlp.fast_ner.lexicon import Integers
from streams.nlp.fast_ner.weights import Floats, Maxout, Weights

__all__ = ["Encoder"]

_BLOCK: Final = 10 * HEIGHT
"""Rows of a block at most, whose intermediate values stay in the processor's cache. An article is mostly one block."""

_Convolution = Callable[[Floats], Floats]
"""(rows + 2 * window, width) to (rows, pieces * width), valid until the next call."""


class Encoder:
    """Holds the buffers: one for each thread."""

    def __init__(self, weights: Weights, embedding: Embedding) -> None:
        self._weights = weights
        self._embedding = embedding
        shift, self._convolutions = np.zeros(weights.width, np.float32), []
        for layer, norm in weights.layers:
            self._convolutions.append(_convolution(_shifted(layer, shift, weights.window), weights.window))
            shift = shift + norm.bias
        self.shift: Floats = shift
        """(width,): what is still to be added to the vectors that encode() returns."""
        pieces = len(weights.layers[0][0].bias)
        self._sum, self._term = (np.empty((_BLOCK, pieces), np.float32) for _ in range(2))
        self._rows = np.empty((_BLOCK, weights.width), np.float32)
        self._buffers = [np.zeros((0, weights.width), np.float32)] * 2

    def encode(self, rows: Integers) -> Floats:
        """The vectors of consecutive tokens.

        Args:
            rows: (n,), of the embedding's table; n is a multiple of HEIGHT, documents are `reach` zeros apart.

        Returns:
            (n, width), valid until the next call; `shift` is not yet added.
        """
        window, count = self._weights.window, len(rows)
        if count + 2 * window > len(self._buffers[0]):
            self._buffers = [np.zeros((count + 2 * window, self._weights.width), np.float32) for _ in range(2)]
        source, target = self._buffers
        edges = (slice(0, window), slice(window + count, window + count + window))
        for layer, (_, norm) in enumerate(self._weights.layers):
            for start, end in _blocks(count):
                out = target[window + start : window + end]
                mixed = self._rows[: end - start]
                if layer == 0:
                    maxout(self._looked_up(rows, start, end), mixed)
                    np.take(self._embedding.vectors, rows[start:end], axis=0, out=out, mode="clip")
                else:
                    maxout(self._convolutions[layer](source[start : end + 2 * window]), mixed)
                    out[:] = source[window + start : window + end]
                normalise(mixed, norm)
                out += mixed
            source, target = target, source
            for edge in edges:
                source[edge] = 0
        return source[window : window + count]

    def _looked_up(self, rows: Integers, start: int, end: int) -> Floats:
        """The first layer's sums: for each position in the window, the product of the token that stands there."""
        window = self._weights.window
        near = np.zeros(end - start + 2 * window, np.int32)
        first, last = max(0, start - window), min(len(rows), end + window)
        near[first - start + window : last - start + window] = rows[first:last]
        total, term = self._sum[: end - start], self._term[: end - start]
        for position, products in enumerate(self._embedding.products):
            out = total if position == 0 else term
            np.take(products, near[position : position + end - start], axis=0, out=out, mode="clip")
            if position:
                total += term
        return total


def _blocks(count: int) -> Iterator[tuple[int, int]]:
    """As few as there can be, and of like size: each reads all of a layer's weights."""
    size = rounded_up(-(-count // -(-count // _BLOCK)), HEIGHT)
    return ((start, min(start + size, count)) for start in range(0, count, size))


def _shifted(layer: Maxout, shift: Floats, window: int) -> Maxout:
    """The same layer for rows that are still to be shifted."""
    everywhere = np.tile(shift.astype(np.float64), 2 * window + 1)
    return Maxout(layer.weight, (layer.bias + everywhere @ layer.weight).astype(np.float32))


def _convolution(layer: Maxout, window: int) -> _Convolution:
    return _winograd(layer) if window == 1 else _direct(layer, window)


def _direct(layer: Maxout, window: int) -> _Convolution:
    """The neighbourhood of each row side by side, and a one for the bias, times the weight."""
    inputs, outputs = layer.weight.shape
    weight = np.concatenate((layer.weight, layer.bias[None]))
    near, result = np.ones((_BLOCK, inputs + 1), np.float32), np.empty((_BLOCK, outputs), np.float32)

    def convolve(rows: Floats) -> Floats:
        count = len(rows) - 2 * window
        near[:count, :inputs] = as_strided(rows, (count, inputs), rows.strides)
        return np.matmul(near[:count], weight, out=result[:count])

    return convolve


def _winograd(layer: Maxout) -> _Convolution:
    """Two rows at a time from the four they see: d0 to d3 and the weights g0, g1, g2 of the three positions."""
    g0, g1, g2 = np.split(layer.weight.astype(np.float64), 3)
    width, outputs = g0.shape
    both = np.concatenate(((g0 + g1 + g2) / 2, layer.bias[None]))  # the only product that both rows get with one sign
    weights = [np.ascontiguousarray(each, np.float32) for each in (g0, both, (g0 - g1 + g2) / 2, g2)]
    half = _BLOCK // 2
    inputs = [np.ones((half, width + (each is weights[1])), np.float32) for each in weights]
    products = [np.empty((half, outputs), np.float32) for _ in weights]
    result = np.empty((half, 2, outputs), np.float32)

    def convolve(rows: Floats) -> Floats:
        pairs = rows.reshape(-1, 2 * width)
        count = len(pairs) - 1
        d0, d1, d2, d3 = pairs[:-1, :width], pairs[:-1, width:], pairs[1:, :width], pairs[1:, width:]
        i0, i1, i2, i3 = (each[:count] for each in inputs)
        np.subtract(d0, d2, out=i0)
        np.add(d1, d2, out=i1[:, :width])
        np.subtract(d2, d1, out=i2)
        np.subtract(d1, d3, out=i3)
        m0, m1, m2, m3 = (
            np.matmul(each[:count], weight, out=product[:count])
            for each, weight, product in zip(inputs, weights, products, strict=True)
        )
        even, odd = result[:count, 0], result[:count, 1]
        np.add(m1, m2, out=even)
        even += m0
        np.subtract(m1, m2, out=odd)
        odd -= m3
        return result[:count].reshape(-1, outputs)

    return convolve
