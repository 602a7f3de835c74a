"""What every layer does to its rows, in place.

A token's bits must not depend on what else is in a product: BLAS chooses its kernel by the shape and by where a row
stands in a tile. So every product has a multiple of TILE rows, and every document begins at a multiple of ALIGN.
Rows come in multiples of HEIGHT, for Winograd's products have half as many.
Measured on OpenBLAS kernels of x86-64; the tests hold the machine they run on to it.
"""

import numpy as np

from streams.nlp.fast_ner.weights import Floats, Norm

__all__ = ["ALIGN", "HEIGHT", "TILE", "maxout", "normalise", "product", "rounded_up"]

TILE = 24
ALIGN = TILE
HEIGHT = 2 * TILE

_EPSILON = np.float32(1e-8)  # thinc's


def rounded_up(number: int, step: int) -> int:
    """The next multiple of `step`."""
    return -(-number // step) * step


def maxout(pieces: Floats, out: Floats) -> None:
    """(n, pieces * width) to (n, width): the maximum over the slabs."""
    width = out.shape[1]
    np.maximum(pieces[:, :width], pieces[:, width : 2 * width], out=out)
    for start in range(2 * width, pieces.shape[1], width):
        np.maximum(out, pieces[:, start : start + width], out=out)


def normalise(rows: Floats, norm: Norm) -> None:
    """(n, width): layer normalization but for the bias, which belongs to whoever reads the rows."""
    width = np.float32(rows.shape[1])
    mean = np.add.reduce(rows, axis=1)
    mean /= width
    rows -= mean[:, None]
    variance = np.einsum("ij,ij->i", rows, rows)
    variance /= width
    variance += _EPSILON
    np.sqrt(variance, out=variance)
    np.reciprocal(variance, out=variance)
    rows *= variance[:, None]
    rows *= norm.gain


def product(rows: Floats, weight: Floats) -> Floats:
    """The product of a few rows with a weight, always TILE rows at once, for the reason given above."""
    count = len(rows)
    height = rounded_up(count, TILE)
    if height != count:
        rows = np.concatenate((rows, np.zeros((height - count, rows.shape[1]), np.float32)))
    result = np.empty((height, weight.shape[1]), np.float32)
    for start in range(0, height, TILE):
        np.matmul(rows[start : start + TILE], weight, out=result[start : start + TILE])
    return result[:count]
