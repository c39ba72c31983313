"""What a fitted item response model holds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from trustmeter.stats.covariance import Floats
from trustmeter.stats.irt.layout import Layout, Natural
from trustmeter.stats.irt.marginal import Grid, normal_grid

ModelName = Literal["graded", "gpcm", "pcm"]
"""Graded response, generalised partial credit, partial credit (all slopes one; Rasch when items have two answers)."""


@dataclass(frozen=True, slots=True)
class IrtFit:
    """A fitted item response model for k items with up to m categories in G groups.

    Parameters
    ----------
    model
        ``"graded"``, ``"gpcm"`` or ``"pcm"``.
    slopes
        Shape (G, k).
    intercepts
        Shape (G, k, m - 1); not a number beyond an item's last step.
    means, variances
        Shape (G,): of the trait; group 0 has mean 0 and (unless slopes are fixed) variance 1.
    log_likelihood
        Weighted marginal log-likelihood.
    covariance
        Shape (P, P): inverse of the observed information of the estimated numbers, in the order of `layout`.
    robust_covariance
        Shape (P, P): sandwich with the scores of rows, or of clusters when there were any (factor G / (G - 1)).
    layout
        Where each number stands in the covariance matrices; -1 is a fixed number.
    converged
        Whether the gradient vanished.
    gradient_norm
        The largest element of the gradient at the end.
    iterations
        Steps taken.
    nodes, span
        The grid that the trait was integrated over.
    categories
        Of each item the original codes that its categories 0, 1, … stand for.
    n
        Rows with an answer.
    weight
        The sum of their case weights.
    """

    model: str
    slopes: Floats
    intercepts: Floats
    means: Floats
    variances: Floats
    log_likelihood: float
    covariance: Floats
    robust_covariance: Floats
    layout: Layout
    converged: bool
    gradient_norm: float
    iterations: int
    nodes: int
    span: float
    categories: tuple[tuple[int, ...], ...]
    n: int
    weight: float

    @property
    def n_parameters(self) -> int:
        """How many numbers were estimated."""
        return self.layout.size

    @property
    def grid(self) -> Grid:
        """Nodes of the standard normal trait and their log weights."""
        return normal_grid(self.nodes, self.span)

    @property
    def natural(self) -> Natural:
        """The estimates as the likelihood takes them."""
        intercepts = np.where(np.isnan(self.intercepts), -np.inf, self.intercepts)
        return Natural(self.slopes, intercepts, self.means, np.sqrt(self.variances))

    @property
    def difficulties(self) -> Floats:
        """Shape (G, k, m - 1): b = -d / a, the trait at which a step is as likely taken as not."""
        return -self.intercepts / self.slopes[:, :, None]

    @property
    def sizes(self) -> tuple[int, ...]:
        """Number of categories of each item."""
        return tuple(map(len, self.categories))


@dataclass(frozen=True, slots=True)
class StandardErrors:
    """Standard errors, shaped as the estimates; not a number where a number is fixed or does not exist."""

    slopes: Floats
    intercepts: Floats
    difficulties: Floats
    means: Floats
    variances: Floats


def standard_errors(fit: IrtFit, *, robust: bool = False) -> StandardErrors:
    """Return standard errors from the observed information or, when `robust`, the sandwich.

    Those of difficulties follow from slope and intercept by the delta method.
    """
    V = fit.robust_covariance if robust else fit.covariance
    variances = np.append(np.diag(V), np.nan)
    bordered = np.pad(V, (0, 1))
    slope, intercept = fit.layout.slopes, fit.layout.intercepts
    var_slope = np.append(np.diag(V), 0.0)[slope][:, :, None]
    both = bordered[np.broadcast_to(slope[:, :, None], intercept.shape), intercept]
    b, a = fit.difficulties, fit.slopes[:, :, None]
    var_b = (variances[intercept] + b**2 * var_slope + 2 * b * both) / a**2
    return StandardErrors(
        np.sqrt(variances[slope]),
        np.sqrt(variances[intercept]),
        np.sqrt(np.maximum(var_b, 0.0)),
        np.sqrt(variances[fit.layout.means]),
        np.sqrt(variances[fit.layout.spreads]),
    )
