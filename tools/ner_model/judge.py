"""Who is right when two readers differ: a regression over the evidence, fitted to the annotated half to tune on."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from thinc.api import Adam, Model, Softmax, fix_random_seed

from tools.ner_model.evidence import KINDS

__all__ = ["NO_NAME", "Judge"]

NO_NAME = len(KINDS)
"""The answer behind those of KINDS."""

STEPS = 400
AT_ONCE = 512
RATE = 0.01
L2 = 0.01


class Judge:
    """A multinomial logistic regression: how probably a candidate is of each kind, or no name."""

    def __init__(self, evidence: Sequence[Sequence[float]], answers: Sequence[int]) -> None:
        """Fit; the same input gives the same judge.

        Args:
            evidence: of each candidate.
            answers: of each, its place in KINDS, or NO_NAME.
        """
        fix_random_seed(0)
        rows = np.array(evidence, dtype="f")
        self._mean, self._spread = rows.mean(axis=0), rows.std(axis=0) + np.float32(1e-3)
        rows = (rows - self._mean) / self._spread
        right: Any = np.eye(NO_NAME + 1, dtype="f")[list(answers)]
        self._model: Model[Any, Any] = Softmax()
        self._model.initialize(rows[:1], right[:1])
        optimizer = Adam(RATE, L2=L2, L2_is_weight_decay=True)
        for _ in range(STEPS):
            drawn = np.random.permutation(len(rows))[:AT_ONCE]  # noqa: NPY002 - what fix_random_seed seeds
            guessed, backprop = self._model.begin_update(rows[drawn])
            backprop((guessed - right[drawn]) / len(drawn))
            self._model.finish_update(optimizer)

    def probabilities(self, evidence: Sequence[Sequence[float]]) -> NDArray[np.float32]:
        """Shape (candidates, kinds and NO_NAME)."""
        rows = np.array(evidence, dtype="f").reshape(len(evidence), len(self._mean))
        probabilities: NDArray[np.float32] = self._model.predict(((rows - self._mean) / self._spread).astype("f"))
        return probabilities
