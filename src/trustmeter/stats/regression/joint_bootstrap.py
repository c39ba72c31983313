"""Contrasts of several fits of the same clusters, drawn together: how large is the largest by chance?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from trustmeter.stats.covariance import Floats, Integers
from trustmeter.stats.regression.least_squares import LeastSquares
from trustmeter.stats.regression.wild_bootstrap import SignKind, Signs, wild_signs, wild_statistics

MOST_DRAWS = 9_999
FEWEST_DRAWS = 1_999
MOST_SIGNS = 20_000_000
"""So many signs are held at once: with many clusters fewer draws are made."""
FEW_CLUSTERS = 12
"""Two-point signs of fewer clusters give too few different draws; then Webb's six points."""


@dataclass(frozen=True, slots=True, eq=False)
class FittedContrast:
    """A fit of n rows, their clusters (n,), numbered alike in all fits, and the contrast (p,) that is tested."""

    fit: LeastSquares
    clusters: Integers
    contrast: Floats


@dataclass(frozen=True, slots=True, eq=False)
class JointDraws:
    """Observed statistics (k,), the same of each draw under no effect (B, k), and whether the data are among these."""

    statistics: Floats
    draws: Floats
    observed_among: bool


def draw_jointly(fitted: Sequence[FittedContrast], rng: np.random.Generator) -> JointDraws:
    """Return t of each contrast and its wild cluster bootstrap draws, the null imposed, with common signs a cluster.

    Fits may rest on different rows. Webb's signs with fewer than 12 clusters, else Rademacher's; all of them, each once,
    when there are not more than 9,999. For `multiplicity.max_t`: Romano, J. P. and Wolf, M. (2005),
    doi:10.1198/016214504000000539.

    Raises
    ------
    EstimationError
        There are fewer than two clusters, or a contrast has no cluster-robust standard error.
    """
    everyone = np.unique(np.concatenate([one.clusters for one in fitted]))
    count = len(everyone)
    kind: SignKind = "webb" if count < FEW_CLUSTERS else "rademacher"
    signs = wild_signs(count, min(MOST_DRAWS, max(FEWEST_DRAWS, MOST_SIGNS // count)), kind, rng)
    statistics, draws = [], []
    for one in fitted:
        here = Signs(signs.values[np.isin(everyone, one.clusters)], signs.enumerated)
        t, drawn = wild_statistics(one.fit, one.clusters, one.contrast, here)
        statistics.append(t)
        draws.append(drawn)
    return JointDraws(np.array(statistics), np.column_stack(draws), signs.enumerated)
