"""From a model's own confidence to how often it is right: Platt's line over log-odds."""

from collections.abc import Sequence

import numpy as np

__all__ = ["fitted"]

STEPS = 25


def fitted(confidences: Sequence[float], right: Sequence[bool]) -> dict[str, float]:
    """Slope and bias of the line that makes what was seen most probable, by Newton's method.

    J. Platt, Probabilistic outputs for support vector machines, 1999; his smoothed targets keep the line finite.

    Args:
        confidences: 0 to 1, ends not included.
        right: of each, whether it was.
    """
    odds = np.log(np.array(confidences)) - np.log1p(-np.array(confidences))
    known = np.stack([odds, np.ones_like(odds)], axis=1)
    good, bad = sum(right), len(right) - sum(right)
    wanted = np.where(right, (good + 1) / (good + 2), 1 / (bad + 2))
    line = np.array([0.0, np.log((good + 1) / (bad + 1))])  # from too steep a line Newton's steps run away
    for _ in range(STEPS):
        probable = 1 / (1 + np.exp(-known @ line))
        weight = probable * (1 - probable)
        line += np.linalg.solve(known.T @ (known * weight[:, None]), known.T @ (wanted - probable))
    return {"slope": round(float(line[0]), 4), "bias": round(float(line[1]), 4)}
