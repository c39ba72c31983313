"""Tests of contrasts in a mixed model: Satterthwaite's and Kenward and Roger's degrees of freedom, from exact derivatives."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from trustmeter.errors import EstimationError
from trustmeter.stats.covariance import Floats, Interval, normal_quantile
from trustmeter.stats.regression.inference import ContrastTests, WaldTest, f_test, t_tests
from trustmeter.stats.regression.mixed_model import MixedModel


@dataclass(frozen=True, slots=True)
class VarianceDerivatives:
    """What the likelihood's derivatives by the k = r + 1 variances are made of, G_i = Z_i Z_i' and I.

    Parameters
    ----------
    slopes
        Shape (k, p, p): X'V^-1 G_i V^-1 X.
    bends
        Shape (k, k, p, p): X'V^-1 G_i V^-1 G_j V^-1 X.
    expected
        Shape (k, k): tr(P G_i P G_j), twice the expected information under REML.
    observed
        Shape (k, k): minus the second derivatives of the (restricted) log-likelihood.
    score
        Shape (k,): its first derivatives; about zero except at the boundary.
    """

    slopes: Floats
    bends: Floats
    expected: Floats
    observed: Floats
    score: Floats


@dataclass(frozen=True, slots=True)
class KenwardRoger:
    """The adjusted covariance of the coefficients (p, p) and the covariance of the variances (k, k) behind it."""

    covariance: Floats
    variances_covariance: Floats
    derivatives: VarianceDerivatives


def variance_derivatives(model: MixedModel) -> VarianceDerivatives:
    """Return the exact derivatives at the fit, in the order of the model's variances."""
    problem, inverse, sigma2 = model.problem, model.solution.inverse, float(model.variances[-1])
    groups, x, (n, p) = problem.groups, problem.start.x, problem.start.x.shape
    phi, k = model.covariance, len(model.variances)
    f = inverse.solve(np.column_stack([x, problem.start.y - x @ model.coefficients])) / sigma2
    pulled = np.stack([*(groups.spread(i, groups.sums[i] @ f) for i in range(k - 1)), f])[model.order]
    turned = inverse.solve(pulled.transpose(1, 0, 2).reshape(n, -1)).reshape(n, k, p + 1).transpose(1, 0, 2) / sigma2
    products = np.einsum("inp,jnq->ijpq", pulled, turned, optimize=True)
    slopes = f.T @ pulled
    kept = np.array([*range(problem.components), 2])[model.order]
    single, pairs = inverse.traces()[kept] / sigma2, inverse.paired_traces()[np.ix_(kept, kept)] / sigma2**2
    slope, bend = slopes[:, :p, :p], products[:, :, :p, :p]
    turn = phi @ slope
    expected = pairs - 2 * np.einsum("ab,ijba->ij", phi, bend) + np.einsum("iab,jba->ij", turn, turn)
    across = slopes[:, :p, p]
    quadratic = products[:, :, p, p] - across @ phi @ across.T
    observed = quadratic - (expected if problem.reml else pairs) / 2
    score = (slopes[:, p, p] - single + (np.einsum("iaa->i", turn) if problem.reml else 0.0)) / 2
    return VarianceDerivatives(slope, bend, expected, observed, score)


def variance_covariance(model: MixedModel, derivatives: VarianceDerivatives) -> Floats:
    """Return the covariance (k, k) of the variances from the observed information; zero for those at the boundary."""
    free = np.flatnonzero(model.variances > 0)
    found = np.zeros_like(derivatives.observed)
    information = derivatives.observed[np.ix_(free, free)]
    scale = model.variances[free]
    scaled = information * np.outer(scale, scale)
    if not np.linalg.eigvalsh(scaled)[0] > 0:
        raise EstimationError("The information of the variances is not positive definite; they are hardly identified.")
    found[np.ix_(free, free)] = np.linalg.inv(scaled) * np.outer(scale, scale)
    return found


def satterthwaite(
    model: MixedModel, contrasts: Floats | None = None, derivatives: VarianceDerivatives | None = None
) -> ContrastTests:
    """Return a t test for each row of `contrasts` (q, p), or for each coefficient, with Satterthwaite's degrees.

    df = 2 v^2 / (g' A g), v = c' Phi c, g its derivatives by the variances and A their covariance (observed information;
    variances at the boundary are held at zero): Giesbrecht and Burns (1985), doi:10.2307/2530872; as lmerTest, Kuznetsova,
    Brockhoff and Christensen (2017), doi:10.18637/jss.v082.i13, which takes the derivatives by differences.
    """
    c = np.eye(len(model.coefficients)) if contrasts is None else contrasts
    known = variance_derivatives(model) if derivatives is None else derivatives
    spread = variance_covariance(model, known)
    variance = np.einsum("qa,ab,qb->q", c, model.covariance, c)
    turned = c @ model.covariance
    pull = np.einsum("qa,iab,qb->qi", turned, known.slopes, turned)
    df = 2 * variance**2 / np.einsum("qi,ij,qj->q", pull, spread, pull)
    return t_tests(c @ model.coefficients, variance, df)


def satterthwaite_wald(
    model: MixedModel, contrasts: Floats, derivatives: VarianceDerivatives | None = None
) -> WaldTest:
    """Test that all rows of `contrasts` (q, p) are zero: F with the degrees of Fai and Cornelius (1996).

    The contrasts are turned into uncorrelated ones with degrees v_m; with E = sum v_m / (v_m - 2) the denominator has
    2 E / (E - q). doi:10.1080/00949659608811740.
    """
    q = len(contrasts)
    values, vectors = np.linalg.eigh(contrasts @ model.covariance @ contrasts.T)
    if not values[0] > 1e-12 * values[-1]:
        raise EstimationError(f"The {q} contrasts depend on each other, so that they cannot be tested together.")
    tests = satterthwaite(model, vectors.T @ contrasts, derivatives)
    df = float(np.mean(tests.df))
    if float(np.ptp(tests.df)) > 1e-8 * df:
        total = float(np.sum(tests.df / (tests.df - 2)))
        df = 2 * total / (total - q) if bool((tests.df > 2).all()) else 2.0
    return f_test(float(np.mean(tests.statistic**2)), q, df)


def kenward_roger(model: MixedModel, derivatives: VarianceDerivatives | None = None) -> KenwardRoger:
    """Return the small-sample covariance of the coefficients of a REML fit.

    Phi + 2 Phi {sum_ij W_ij (Q_ij - P_i Phi P_j)} Phi with W = 2 (tr P G_i P G_j)^-1, all variances taking part, also
    those at the boundary: Kenward and Roger (1997), doi:10.2307/2533558; as pbkrtest, Halekoh and Hojsgaard (2014),
    doi:10.18637/jss.v059.i09.

    Raises
    ------
    EstimationError
        The model was fitted by maximum likelihood.
    """
    if not model.problem.reml:
        raise EstimationError("The Kenward-Roger correction needs a model fitted by REML.")
    known = variance_derivatives(model) if derivatives is None else derivatives
    w: Floats = np.asarray(2 * np.linalg.inv(known.expected), dtype=float)
    phi = model.covariance
    inner = np.einsum("ij,ijab->ab", w, known.bends - np.einsum("iab,bc,jcd->ijad", known.slopes, phi, known.slopes))
    return KenwardRoger(phi + phi @ (inner + inner.T) @ phi, w, known)


def kenward_roger_wald(model: MixedModel, adjusted: KenwardRoger, contrasts: Floats) -> WaldTest:
    """Test that all rows of `contrasts` (q, p) are zero by Kenward and Roger's scaled F."""
    q, phi = len(contrasts), model.covariance
    middle = contrasts.T @ np.linalg.solve(contrasts @ phi @ contrasts.T, contrasts)
    parts = middle @ phi @ adjusted.derivatives.slopes @ phi
    single, w = np.einsum("iaa->i", parts), adjusted.variances_covariance
    a1, a2 = float(single @ w @ single), float(np.einsum("ij,iab,jba->", w, parts, parts))
    b, g = (a1 + 6 * a2) / (2 * q), ((q + 1) * a1 - (q + 4) * a2) / ((q + 2) * a2)
    below = 3 * q + 2 * (1 - g)
    c1, c2, c3 = g / below, (q - g) / below, (q + 2 - g) / below
    mean = 1 / (1 - a2 / q)
    ratio = (1 + c1 * b) / ((1 - c2 * b) ** 2 * (1 - c3 * b)) / q / mean**2
    df = 4 + (q + 2) / (q * ratio - 1)
    scale = df / (mean * (df - 2))
    value = contrasts @ model.coefficients
    statistic = scale / q * float(value @ np.linalg.solve(contrasts @ adjusted.covariance @ contrasts.T, value))
    return f_test(statistic, q, df)


def kenward_roger_tests(
    model: MixedModel, contrasts: Floats | None = None, adjusted: KenwardRoger | None = None
) -> ContrastTests:
    """Return a t test for each row of `contrasts` (q, p), or for each coefficient, with the adjusted standard error.

    For one contrast Kenward and Roger's scale is one and F is t^2.
    """
    c = np.eye(len(model.coefficients)) if contrasts is None else contrasts
    known = kenward_roger(model) if adjusted is None else adjusted
    df = np.array([kenward_roger_wald(model, known, row[None]).df_denominator for row in c])
    return t_tests(c @ model.coefficients, np.einsum("qa,ab,qb->q", c, known.covariance, c), df)


def variance_intervals(
    model: MixedModel, conf_level: float = 0.95, derivatives: VarianceDerivatives | None = None
) -> tuple[Interval, ...]:
    """Return a standard error and a Wald interval (on the logarithm) of each variance; unknown at the boundary."""
    known = variance_derivatives(model) if derivatives is None else derivatives
    errors = np.sqrt(np.diag(variance_covariance(model, known)))
    z = normal_quantile(conf_level)
    found = []
    for value, error in zip(model.variances, errors, strict=True):
        factor = math.exp(z * error / value) if value > 0 else math.nan
        found.append(Interval(float(error) if value > 0 else math.nan, value / factor, value * factor))
    return tuple(found)
