"""What is left of a variable once known margins explain their part: the residuals that calibrated weights leave."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import scipy

from trustmeter.errors import DesignError
from trustmeter.stats.covariance import Floats, Integers

MARGIN_TOLERANCE = 1e-10


@dataclass(frozen=True, slots=True)
class OnVariables:
    """One step of calibration to totals of variables.

    Parameters
    ----------
    x
        Shape (n, k): the auxiliary variables, independent of each other.
    dual
        Shape (n, k): ``dual.T @ u`` are the coefficients of the weighted regression of u on `x`.
    before
        Shape (n,): the weights before this step.
    """

    x: Floats
    dual: Floats
    before: Floats


@dataclass(frozen=True, slots=True)
class OnMargins:
    """One step of post-stratification (one margin: the cells) or of raking (several margins).

    Parameters
    ----------
    codes
        One array of shape (n,) a margin: the category of each row, 0 to its number of categories - 1.
    metric
        Shape (n,): the weight of each row in the regression on the categories.
    inverse
        Shape (c, c), c = categories of all margins: generalised inverse of the weighted cross-table.
    before
        Shape (n,): the weights before this step.
    """

    codes: tuple[Integers, ...]
    metric: Floats
    inverse: Floats
    before: Floats


Projection = OnVariables | OnMargins
"""One step that tied weights to known totals."""


def on_variables(x: Floats, metric: Floats, *, before: Floats | None = None) -> OnVariables:
    """Return the step that calibrated weights to totals of `x`.

    Parameters
    ----------
    x
        Shape (n, k): the calibration variables, with a column of ones when the number of people was a target.
    metric
        Shape (n,): the weights before this step (times q when calibration gave the rows unequal room). Deville and
        Särndal (1992), doi:10.1080/01621459.1992.10475217.
    before
        Shape (n,): the weights before this step, when they are not the metric.

    Raises
    ------
    DesignError
        The shapes differ, or a value is not a finite number.
    """
    root = np.sqrt(metric)
    if x.ndim != 2 or x.shape[0] != metric.size or not np.isfinite(x).all() or not np.isfinite(root).all():
        raise DesignError(
            f"Calibration variables must be finite numbers, one row for each of {metric.size} people, with weights of 0"
            f" or more; got shape {x.shape}. Leave out incomplete rows before weighting."
        )
    q, r, order = scipy.linalg.qr(root[:, None] * x, mode="economic", pivoting=True)
    size = np.abs(np.diag(r))
    rank = int(np.sum(size > MARGIN_TOLERANCE * size.max(initial=0.0)))
    dual = scipy.linalg.solve_triangular(r[:rank, :rank], (root[:, None] * q[:, :rank]).T).T
    known = np.ascontiguousarray(x[:, order[:rank]])
    return OnVariables(known, np.ascontiguousarray(dual), metric if before is None else before)


def on_margins(codes: Sequence[Integers], metric: Floats, *, before: Floats | None = None) -> OnMargins:
    """Return the step that made weights meet margins: one array of codes is post-stratification, several are raking.

    Parameters
    ----------
    codes
        One array of shape (n,) a margin: the category of each row as whole numbers.
    metric
        Shape (n,): the weights before this step; ones give what R's ``survey::rake`` does.
    before
        Shape (n,): the weights before this step, when they are not the metric.
    """
    compact = tuple(np.unique(margin, return_inverse=True)[1].ravel() for margin in codes)
    sizes = [int(margin.max()) + 1 for margin in compact]
    blocks = [
        [
            np.bincount(row * width + column, metric, height * width).reshape(height, width)
            for column, width in zip(compact, sizes, strict=True)
        ]
        for row, height in zip(compact, sizes, strict=True)
    ]
    inverse = np.linalg.pinv(np.block(blocks), rcond=MARGIN_TOLERANCE, hermitian=True)
    return OnMargins(compact, metric, inverse, metric if before is None else before)


def weighted_residuals(values: Floats, steps: Sequence[Projection], weights: Floats) -> Floats:
    """Return (n, p): what each row adds to the totals of `values` under `weights` that the steps made, first to last.

    Notes
    -----
    A total under calibrated weights moves from sample to sample as the total of the residuals does: what the margins
    explain is known. The last step saw the weights of the steps before it, so its residuals are taken first, and come to
    the step before with the factors by which the last one changed the weights: the derivative of the whole chain.
    """
    left, current = values, weights
    for step in reversed(steps[1:]):
        factors = np.divide(current, step.before, out=np.zeros_like(current), where=step.before > 0)
        left, current = factors[:, None] * residuals(left, step), step.before
    weighted: Floats = current[:, None] * (residuals(left, steps[0]) if steps else left)
    return weighted


def residuals(values: Floats, step: Projection) -> Floats:
    """Return what the margins of a step leave of the columns of `values` (n, p)."""
    left: Floats = values - _explained(values, step)
    return left


def _explained(values: Floats, step: Projection) -> Floats:
    if isinstance(step, OnVariables):
        fitted: Floats = step.x @ (step.dual.T @ values)
        return fitted
    weighted = step.metric[:, None] * values
    sums = np.vstack(
        [
            np.column_stack([np.bincount(margin, column, int(margin.max()) + 1) for column in weighted.T])
            for margin in step.codes
        ]
    )
    effects, start = step.inverse @ sums, 0
    fitted = np.zeros_like(values)
    for margin in step.codes:
        fitted += effects[start + margin]
        start += int(margin.max()) + 1
    return fitted
