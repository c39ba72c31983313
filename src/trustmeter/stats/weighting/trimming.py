"""Weights that are too large or too small, brought to bounds, and what that takes away given to the others."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from trustmeter.stats.covariance import Floats

Sharing = Literal["equal", "proportional"]


@dataclass(frozen=True, slots=True)
class Trimmed:
    """Weights within bounds.

    Parameters
    ----------
    weights
        Shape (n,): with the same sum as before, where anybody was left to take what was cut off.
    at_lower, at_upper
        How many rows were brought to each bound.
    rounds
        How often excess was shared out.
    kept_sum
        Whether the sum is as before.
    within
        Whether all weights lie within the bounds.
    """

    weights: Floats
    at_lower: int
    at_upper: int
    rounds: int
    kept_sum: bool
    within: bool


def trim(
    weights: Floats,
    *,
    lower: float = -np.inf,
    upper: float = np.inf,
    sharing: Sharing = "equal",
    strict: bool = True,
) -> Trimmed:
    """Bring weights to bounds and share out what was cut off among those not cut.

    Parameters
    ----------
    weights
        Shape (n,).
    lower, upper
        Bounds of the weights.
    sharing
        ``"equal"``: each gets the same; ``"proportional"``: each by its weight.
    strict
        Whether to go on until all weights lie within the bounds; what was cut once takes no part again.
    """
    total = float(weights.sum())
    reached = weights.astype(float)
    cut = np.zeros(len(weights), dtype=bool)
    rounds = 0
    while True:
        outside = (reached > upper) | (reached < lower)
        if not outside.any() or (rounds and not strict):
            break
        reached = np.clip(reached, lower, upper)
        cut |= outside
        rounds += 1
        free = ~cut
        if not free.any():
            break
        excess = total - float(reached.sum())
        if sharing == "equal":
            reached[free] += excess / free.sum()
        else:
            reached[free] *= 1 + excess / float(reached[free].sum())
    near = 1e-9 * abs(total)
    return Trimmed(
        reached,
        int((cut & (reached <= lower)).sum()),
        int((cut & (reached >= upper)).sum()),
        rounds,
        abs(float(reached.sum()) - total) <= near,
        bool(((reached <= upper) & (reached >= lower)).all()),
    )
