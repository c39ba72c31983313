"""One index of several outcomes, each weighted by what it says that the others do not."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from trustmeter.errors import EstimationError
from trustmeter.stats.covariance import Floats

_SMALLEST_SHARE = 1e-4
"""The smallest eigenvalue of the components' correlations, relative to the largest, below which they are refused."""

_LEAST_LEFT = 0.1
"""Of the weights, the share that a row's components must have."""


@dataclass(frozen=True, slots=True)
class IndexRule:
    """How components become an index; made from reference rows alone.

    Parameters
    ----------
    means, sds
        Shape (k,): of the components in the reference rows.
    weights
        Shape (k,): they add up to one; one below zero means that the others overlap with it more than with each other.
    correlations
        Shape (k, k), of the reference rows.
    centre, spread
        Mean and standard deviation of the raw index in the reference rows; the index is given in these units.
    n
        Reference rows with at least one component.
    """

    means: Floats
    sds: Floats
    weights: Floats
    correlations: Floats
    centre: float
    spread: float
    n: int


def index_rule(reference: Floats, row_weights: Floats | None = None) -> IndexRule:
    """Return the rule of the inverse-covariance-weighted index.

    Parameters
    ----------
    reference
        Components (n, k) of the reference rows (baseline or comparison people), higher better in all; nan where missing.
    row_weights
        Survey weights (n,), positive.

    Notes
    -----
    Anderson (2008), doi:10.1198/016214508000000841: with R the covariance of the standardised components in the reference
    rows, the weights are R^-1 1, here divided by their sum. Pairs use the rows that have both.
    """
    x = np.asarray(reference, dtype=float)
    w = np.ones(len(x)) if row_weights is None else np.asarray(row_weights, dtype=float)
    there = (~np.isnan(x)).astype(float)
    rows = int((there.any(axis=1)).sum())
    if (there.sum(axis=0) < 3).any():
        raise EstimationError(
            "Each component of an index needs at least three reference rows. Leave out the one without."
        )
    means, sds, R = _moments(x, there, w)
    _refuse_overlap(R)
    raw = np.linalg.solve(R, np.ones(len(R)))
    if not raw.sum() > 0:
        raise EstimationError(
            "The weights of the index add up to zero or less. Turn all components the same way round."
        )
    weights = raw / raw.sum()
    plain = _combined((x - means) / sds, weights)
    known = ~np.isnan(plain)
    share = w[known] / w[known].sum()
    centre = float(share @ plain[known])
    size = 1.0 / float(share @ share)
    spread = float(np.sqrt(share @ (plain[known] - centre) ** 2 * size / (size - 1)))
    return IndexRule(means, sds, weights, R, centre, spread, rows)


def index_of(components: Floats, rule: IndexRule) -> Floats:
    """Return the index (n,) of components (n, k), in standard deviations of the reference rows' index.

    A row that lacks a component has the weights of its others, made to add up to one; a row without any is nan, and so is
    one whose remaining weights add up to less than a tenth, which would be blown up.
    """
    z = (np.asarray(components, dtype=float) - rule.means) / rule.sds
    return (_combined(z, rule.weights) - rule.centre) / rule.spread


def _combined(z: Floats, weights: Floats) -> Floats:
    there = ~np.isnan(z)
    share = there @ weights
    with np.errstate(invalid="ignore", divide="ignore"):
        found = np.where(there, z, 0.0) @ weights / share
    return np.where(share >= _LEAST_LEFT, found, np.nan)


def _moments(x: Floats, there: Floats, w: Floats) -> tuple[Floats, Floats, Floats]:
    """Return means, standard deviations and pairwise correlations; variances with n / (n - 1), n by Kish when weighted."""
    with np.errstate(invalid="ignore", divide="ignore"):
        filled = np.where(there > 0, x, 0.0)
        share = there * w[:, None] / (there.T @ w)
        means = (share * filled).sum(axis=0)
        d = np.where(there > 0, x - means, 0.0)
        size = 1.0 / (share**2).sum(axis=0)
        sds = np.sqrt((share * d**2).sum(axis=0) * size / (size - 1))
        if not (sds > 1e-10 * np.abs(means)).all():
            raise EstimationError("A component of the index does not vary in the reference rows. Leave it out.")
        z = d / sds
        total = there.T @ (there * w[:, None])
        first = z.T @ (there * w[:, None])
        pairs = ((there * w[:, None] ** 2).T @ there) / total**2
        cross = (z.T @ (z * w[:, None]) - first * first.T / total) / total / (1 - pairs)
    return means, sds, cross


def _refuse_overlap(R: Floats) -> None:
    if not np.isfinite(R).all():
        raise EstimationError("Two components of the index have no reference rows in common. Use one of them.")
    values = np.linalg.eigvalsh(R)
    if values[0] < _SMALLEST_SHARE * values[-1]:
        raise EstimationError(
            f"The components of the index nearly determine each other: smallest eigenvalue {values[0]:.2g}, largest "
            f"{values[-1]:.2g}. Leave out one of those that say the same."
        )
