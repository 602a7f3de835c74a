"""A vector for each word, so that a text is near the concepts that the teacher finds it near: ridge regression.

The teacher's vector of a text is predicted by the text's tf-idf; what the teacher makes of each word alone is where
the words begin. The first 128 main axes are kept.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

__all__ = ["Embedding", "learn_embedding"]

Matrix = NDArray[np.float32]

KEPT_AXES = 128
RIDGE = 1.0
WORD_PRIOR = 0.15
ROUNDS = 25


class Embedding(NamedTuple):
    """Vectors of words, a row each, and what turns a vector of the teacher into their space."""

    words: Matrix
    mean: Matrix
    axes: Matrix

    def place(self, vectors: Matrix) -> Matrix:
        """The teacher's vectors in the words' space, of length 1."""
        placed = (vectors - self.mean) @ self.axes
        unit: Matrix = placed / np.maximum(np.linalg.norm(placed, axis=1, keepdims=True), 1e-9)
        return unit


def learn_embedding(rows: sparse.csr_matrix, vectors: Matrix, words: Matrix) -> Embedding:
    """Fit words to texts by conjugate gradients.

    Args:
        rows: tf-idf of the texts.
        vectors: the teacher's, one for each text.
        words: the teacher's, one for each word alone.
    """
    mean = vectors.mean(axis=0)
    _, _, directions = np.linalg.svd((vectors - mean).T @ (vectors - mean))
    axes = np.ascontiguousarray(directions[:KEPT_AXES].T.astype(np.float32))
    targets = (vectors - mean) @ axes
    start = ((words - words.mean(axis=0)) @ axes * WORD_PRIOR).astype(np.float32)
    return Embedding(start + _solved(rows, targets - rows @ start), mean, axes)


def _solved(rows: sparse.csr_matrix, targets: Matrix) -> Matrix:
    """The ridge solution of rows @ x = targets."""
    across = rows.T.tocsr()
    residual = across @ targets
    solution, direction = np.zeros_like(residual), residual.copy()
    size = (residual**2).sum(axis=0)
    for _ in range(ROUNDS):
        image = across @ (rows @ direction) + RIDGE * direction
        step = size / ((direction * image).sum(axis=0) + 1e-12)
        solution += step * direction
        residual -= step * image
        new = (residual**2).sum(axis=0)
        direction = residual + new / (size + 1e-12) * direction
        size = new
    solved: Matrix = solution.astype(np.float32)
    return solved
