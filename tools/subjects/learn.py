"""How the classifier is taught: a teacher that reads sentences learns the labels, then its words learn the teacher.

1. A logistic regression for each top topic, on the teacher's vectors of the labelled texts and of the vocabulary's
   own concepts (`fit`).
2. Its opinion of every unlabelled text, and of compounds of neighbouring ones, which are as long as articles, is what
   a second regression learns, on the words (`Lesson`). Words begin with what the first says of each alone.
3. Platt scaling with one slope and a bias for each topic, on labelled texts that took no part (`calibrate`).
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import optimize, sparse

from streams.nlp.media_topics import confidences

__all__ = ["Calibration", "Lesson", "Linear", "calibrate", "compounds", "fit", "logit", "sigmoid"]

Matrix = NDArray[np.float64]
Rows = Matrix | sparse.csr_matrix

FIRST_BIAS = -2.5
CLIP = 1e-5

COMPOUNDS_PER_ROUND = 1000
COMPOUND_FROM = 12_000
COMPOUND_NEIGHBOURS = 40
COMPOUND_SIZE = (4, 12)

TEACHER_RIDGE = 0.2
CONCEPT_WEIGHT = 0.3
STUDENT_RIDGE = 0.2
LABEL_WEIGHT = 3.0
WORD_PRIOR = 0.6
"""How much of what the teacher says of a word alone its weight begins with."""
STUDENT_ROUNDS = 80
BIAS_SHRINKAGE = 20.0
FINER_RIDGE = 0.04
SENSE_RIDGE = 0.01


class Linear(NamedTuple):
    """A logistic unit per column."""

    weights: Matrix
    bias: Matrix

    def logits(self, rows: Rows) -> Matrix:
        """A row per text, a column per topic."""
        scores: Matrix = rows @ self.weights + self.bias
        return scores


class Lesson(NamedTuple):
    """What a regression learns from: rows, what they are (0 to 1 in each column), and how much each counts."""

    rows: Rows
    targets: Matrix
    counts: Matrix


def sigmoid(logits: Matrix) -> Matrix:
    """The probability."""
    probability: Matrix = 1 / (1 + np.exp(-logits))
    return probability


def logit(probability: Matrix) -> Matrix:
    """The other way, without infinities."""
    clipped = np.clip(probability, CLIP, 1 - CLIP)
    odds: Matrix = np.log(clipped / (1 - clipped))
    return odds


def fit(lesson: Lesson, ridge: float, *, prior: Matrix | None = None, rounds: int = 400) -> Linear:
    """Least cross entropy, with the squared distance of the weights from `prior` (else 0) times ridge / 2 added."""
    rows, targets, counts = lesson
    shape = (rows.shape[1] + 1, targets.shape[1])
    start = np.zeros(shape) if prior is None else np.vstack([prior, np.zeros((1, shape[1]))])
    start[-1] = FIRST_BIAS
    across = rows.T.tocsr() if sparse.issparse(rows) else rows.T

    def loss(flat: Matrix) -> tuple[float, Matrix]:
        moved = flat.reshape(shape)
        logits = rows @ (start[:-1] + moved[:-1]) + start[-1] + moved[-1]
        entropy = (np.logaddexp(0, logits) - targets * logits) * counts[:, None]
        error = (sigmoid(logits) - targets) * counts[:, None]
        slope = np.vstack([across @ error + ridge * moved[:-1], error.sum(axis=0)])
        return float(entropy.sum() + ridge / 2 * (moved[:-1] ** 2).sum()), slope.ravel()

    found = optimize.minimize(
        loss, np.zeros(shape).ravel(), jac=True, method="L-BFGS-B", options={"maxiter": rounds, "maxcor": 5}
    )
    whole = start + found.x.reshape(shape)
    return Linear(whole[:-1], whole[-1])


def compounds(vectors: NDArray[np.float32], rounds: int) -> list[NDArray[np.int64]]:
    """Lots of neighbouring texts (rows of `vectors`), five to thirteen each: an article says more than one sentence."""
    draw = np.random.default_rng(0)
    found = []
    for _ in range(rounds):
        some = draw.choice(len(vectors), min(len(vectors), COMPOUND_FROM), replace=False)
        seeds = draw.choice(len(some), COMPOUNDS_PER_ROUND, replace=False)
        likeness = vectors[some[seeds]] @ vectors[some].T
        for row, seed in zip(likeness, seeds, strict=True):
            near = np.argpartition(-row, COMPOUND_NEIGHBOURS)[:COMPOUND_NEIGHBOURS]
            near = near[near != seed]
            others = draw.choice(near, draw.integers(*COMPOUND_SIZE), replace=False)
            found.append(some[np.concatenate([[seed], others])])
    return found


class Calibration(NamedTuple):
    """What makes logits those of the confidences that the classifier gives."""

    slope: float
    bias: Matrix

    def confidences(self, logits: Matrix) -> Matrix:
        """As the classifier gives them."""
        found: Matrix = confidences(self.slope * logits + self.bias)
        return found


def calibrate(logits: Matrix, targets: Matrix, counts: Matrix) -> Calibration:
    """Platt scaling with one slope for all, and biases that are drawn to their mean."""

    def loss(flat: Matrix) -> float:
        own = flat[2:]
        sure = np.clip(confidences(flat[0] * logits + flat[1] + own), CLIP, 1 - CLIP)
        entropy = -(targets * np.log(sure) + (1 - targets) * np.log(1 - sure)) * counts[:, None]
        return float(entropy.sum() + BIAS_SHRINKAGE / 2 * (own**2).sum())

    found = optimize.minimize(loss, np.concatenate([[1.0, 0.0], np.zeros(targets.shape[1])]), method="L-BFGS-B").x
    return Calibration(float(found[0]), found[1] + found[2:])
