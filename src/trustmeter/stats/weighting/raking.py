"""Weights whose sums are known: raking to several margins, and post-stratification to one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from trustmeter.stats.covariance import Floats, Integers
from trustmeter.stats.weighting.cells import collapse


@dataclass(frozen=True, slots=True)
class Raked:
    """What raking found.

    Parameters
    ----------
    factors
        Shape (n,): what each row's weight is multiplied by.
    iterations
        Rounds over all margins.
    largest_error
        The largest distance of a weighted sum from its target, as a share of the total.
    converged
        Whether that is below the tolerance.
    """

    factors: Floats
    iterations: int
    largest_error: float
    converged: bool


def rake(
    codes: Sequence[Integers],
    targets: Sequence[Floats],
    weights: Floats,
    *,
    tolerance: float = 1e-10,
    max_iterations: int = 1000,
) -> Raked:
    """Bring the weighted sums of each margin to its targets, one margin after another, until all are met.

    Parameters
    ----------
    codes
        For each margin, shape (n,): categories from 0. A cross of variables is one margin.
    targets
        For each margin, shape (categories,): what the weights of each category sum to; the same total in all.
    weights
        Shape (n,): base weights, none negative.
    tolerance
        Largest error that is let stand, as a share of the total.
    max_iterations
        Rounds over all margins.

    Notes
    -----
    Iterative proportional fitting (Deming and Stephan 1940, doi:10.1214/aoms/1177731829) on the cells of all margins, so that
    a round costs what there are cells, not rows. The limit is the weighting nearest to the base weights in
    sum of w log(w / d) (Ireland and Kullback 1968, doi:10.1093/biomet/55.1.179).
    """
    levels = [len(target) for target in targets]
    cells = collapse(codes, levels, weights)
    reached = cells.weights.copy()
    total = float(targets[0].sum())
    error, rounds = np.inf, 0
    for rounds in range(1, max_iterations + 1):  # noqa: B007
        error = 0.0
        for code, target, size in zip(cells.codes, targets, levels, strict=True):
            sums = np.bincount(code, weights=reached, minlength=size)
            error = max(error, float(np.abs(sums - target).max()) / total)
            reached *= np.divide(target, sums, out=np.ones(size), where=sums > 0)[code]
        if error <= tolerance:
            break
    factors = np.divide(reached, cells.weights, out=np.zeros(len(reached)), where=cells.weights > 0)
    return Raked(factors[cells.of_row], rounds, error, error <= tolerance)


def post_stratify(codes: Integers, target: Floats, weights: Floats) -> Floats:
    """Return what each row's weight is multiplied by so that every category sums to its target; shape (n,).

    Parameters
    ----------
    codes
        Shape (n,): categories from 0; every category with a target above zero has a row.
    target
        Shape (categories,).
    weights
        Shape (n,): base weights, none negative.
    """
    sums = np.bincount(codes, weights=weights, minlength=len(target))
    return np.asarray(np.divide(target, sums, out=np.ones(len(target)), where=sums > 0)[codes])
