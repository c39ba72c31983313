"""How different would people not seen again have to be, for the answer to tip?"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import scipy

from trustmeter.errors import EstimationError
from trustmeter.stats.covariance import Floats, Integers, cluster_sums


@dataclass(frozen=True, slots=True)
class DeltaAdjusted:
    """The mean change as a straight line in delta: estimate = change + delta * share_unseen.

    Parameters
    ----------
    change
        Mean change of all, when people not seen again changed like those seen with the same predictors (delta = 0).
    share_unseen
        Share of people not seen again.
    covariance
        Shape (2, 2): of `change` and `share_unseen`.
    df
        Degrees of freedom of the interval: rows seen, or clusters, less parameters.
    """

    change: float
    share_unseen: float
    covariance: Floats
    df: float

    def at(self, deltas: Floats, conf_level: float = 0.95) -> tuple[Floats, Floats, Floats, Floats]:
        """Return estimate, standard error, lower and upper limit at each delta."""
        values = self.change + deltas * self.share_unseen
        (a, b), c = self.covariance[0], self.covariance[1, 1]
        errors = np.sqrt(np.maximum(a + 2 * deltas * b + deltas**2 * c, 0.0))
        margin = _quantile(self.df, conf_level) * errors
        return values, errors, values - margin, values + margin


@dataclass(frozen=True, slots=True)
class TippingPoint:
    """The delta at which an answer tips.

    Parameters
    ----------
    limit
        The delta nearest to zero at which the interval first holds the target; nan when it never does.
    estimate
        The delta at which the estimate itself is the target; nan when nobody is missing.
    already
        Whether the interval holds the target at delta = 0; `limit` is zero then.
    """

    limit: float
    estimate: float
    already: bool


def delta_adjusted(
    change: Floats, predictors: Floats, weights: Floats | None = None, clusters: Integers | None = None
) -> DeltaAdjusted:
    """Return the mean change of all people as a function of how far the unseen differ.

    Parameters
    ----------
    change
        Shape (n,): nan for people not seen again.
    predictors
        Shape (n, p): baseline score (and what else explains the change), known for all, without a constant.

    Notes
    -----
    A pattern-mixture model (Little 1994, doi:10.1093/biomet/81.3.471): a person not seen again changed by x'b + delta, with
    b from those seen. Standard errors from influence functions; they allow for b, for who is in the sample, and for the
    share unseen. With a constant among the predictors the mean is (mean x)'b + delta share_unseen.
    """
    n = len(change)
    seen = ~np.isnan(change)
    x = np.column_stack([np.ones(n), predictors])
    p = x.shape[1]
    if int(seen.sum()) <= p + 1 or np.linalg.matrix_rank(x[seen]) < p:
        raise EstimationError(
            f"Only {int(seen.sum())} people were seen again, or a predictor does not vary among them: too little to tell what "
            "the others would have done. Use fewer predictors."
        )
    w = np.ones(n) if weights is None else np.asarray(weights, dtype=float)
    share = w / w.sum()
    kept = np.where(seen, share, 0.0)
    y = np.where(seen, change, 0.0)
    bread = np.linalg.inv(x.T @ (x * kept[:, None]))
    b = bread @ (x.T @ (kept * y))
    centre = share @ x
    value, unseen = float(centre @ b), float(share @ ~seen)
    fitted = x @ b
    pull = np.column_stack(
        [kept * (x @ bread @ centre) * (y - fitted) + share * (fitted - value), share * (~seen - unseen)]
    )
    sums = np.column_stack([cluster_sums(column, clusters) for column in pull.T])
    groups = len(sums)
    rows = int(seen.sum())
    if groups < 2:
        raise EstimationError("The error of a change needs at least two clusters. Got one.")
    correction = groups / (groups - 1) if clusters is not None else rows / (rows - p)
    df = float(groups - 1 if clusters is not None else rows - p)
    return DeltaAdjusted(value, unseen, correction * sums.T @ sums, df)


def tipping_delta(line: DeltaAdjusted, target: float = 0.0, conf_level: float = 0.95) -> TippingPoint:
    """Return the delta at which the interval first holds `target` (no change, or the smallest that matters).

    Notes
    -----
    (change + delta u - target)² = q² var(delta) is a quadratic in delta.
    """
    away, u = line.change - target, line.share_unseen
    q2 = _quantile(line.df, conf_level) ** 2
    (a, b), c = line.covariance[0], line.covariance[1, 1]
    estimate = -away / u if u > 0 else math.nan
    if away**2 <= q2 * a:
        return TippingPoint(0.0, estimate, True)
    square, linear, constant = u**2 - q2 * c, 2 * (away * u - q2 * b), away**2 - q2 * a
    roots = np.roots([square, linear, constant]) if u > 0 else np.array([])
    real = np.real(roots[np.abs(np.imag(roots)) < 1e-9 * (1 + np.abs(roots))])
    limit = float(real[np.argmin(np.abs(real))]) if len(real) else math.nan
    return TippingPoint(limit, estimate, False)


def _quantile(df: float, conf_level: float) -> float:
    return float(scipy.special.stdtrit(df, (1 + conf_level) / 2))
