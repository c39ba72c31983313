"""What several estimates say together: random effects, with Hartung and Knapp's interval and a prediction interval."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import scipy

from trustmeter.errors import EstimationError
from trustmeter.stats.covariance import Floats
from trustmeter.stats.synthesis.heterogeneity import Weighted, q_profile, tau_squared, weighted_fit

_NO_SPREAD = 1e-20
FLAGS = {
    "one_estimate": "One estimate alone says nothing about others: nothing beyond it was computed.",
    "no_freedom": "There are as many coefficients as estimates: no variance between them can be known.",
    "two_estimates": "Two estimates: one degree of freedom; the interval exists, but tells little.",
    "tau2_zero": "The variance between estimates was put at zero, its lower limit; it need not be zero.",
    "narrower_than_z": "Hartung and Knapp's factor is below one: the estimates agree better than their errors allow.",
    "no_spread": "The estimates do not differ at all: Hartung and Knapp's interval would have no width and is withheld.",
    "tau2_interval_empty": "The estimates agree better than chance allows: no variance fits, its interval is empty.",
}
"""What the words in `RandomEffects.flags` mean."""


@dataclass(frozen=True, slots=True)
class RandomEffects:
    """A fitted random-effects model y = X b + u + e, var(u) = tau², var(e) known.

    Parameters
    ----------
    coefficients, std_errors, statistics, p_values, low, high
        Shape (p,).
    covariance
        Shape (p, p), with Hartung and Knapp's factor when asked for.
    df
        Degrees of freedom of t (k - p); infinite for z.
    tau2, tau2_std_error, tau2_low, tau2_high
        Variance between; its limits by the Q-profile.
    q, q_df, q_p_value
        Cochran's Q (residual, when there are moderators).
    i2, h2
        Share of the variance that lies between (0 to 1), and total over sampling variance.
    factor
        Hartung and Knapp's factor on the covariance; 1 for z.
    omnibus, omnibus_df, omnibus_p_value
        Test of all coefficients but a leading constant: F with (p - 1, k - p) degrees, or chi-squared (second inf).
    conf_level, method, test
        As asked for.
    flags
        Words of `FLAGS` that must travel with the numbers.
    """

    coefficients: Floats
    covariance: Floats
    std_errors: Floats
    statistics: Floats
    df: float
    p_values: Floats
    low: Floats
    high: Floats
    tau2: float
    tau2_std_error: float
    tau2_low: float
    tau2_high: float
    q: float
    q_df: int
    q_p_value: float
    i2: float
    h2: float
    factor: float
    omnibus: float
    omnibus_df: tuple[int, float]
    omnibus_p_value: float
    k: int
    conf_level: float
    method: str
    test: str
    flags: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Prediction:
    """Expected values at some rows of a design, each with its interval, and the interval of a new true effect."""

    estimates: Floats
    std_errors: Floats
    low: Floats
    high: Floats
    new_low: Floats
    new_high: Floats


def random_effects(
    y: Floats,
    std_errors: Floats,
    x: Floats | None = None,
    *,
    method: str = "REML",
    test: str = "knha",
    conf_level: float = 0.95,
) -> RandomEffects:
    """Return the random-effects synthesis of k estimates.

    Parameters
    ----------
    y, std_errors
        Estimates (k,) and their standard errors (k,), positive.
    x
        Design (k, p) with its constant column; without, a column of ones.
    method
        Of tau²: ``"REML"``, ``"ML"``, ``"DL"``, ``"PM"``.
    test
        ``"knha"`` (Hartung and Knapp 2001, doi:10.1002/sim.1009; Sidik and Jonkman): covariance times
        s² = y'Py / (k - p), t on k - p degrees; ``"floor"``: the same with s² at least one; ``"t"``: t without the
        factor; ``"z"``: normal.

    Notes
    -----
    Of one estimate everything but the estimate is not a number. I² = tau² / (tau² + s²), H² = 1 + tau² / s², with
    s² = (k - p) / tr(P) at tau² = 0 (Higgins and Thompson 2002, doi:10.1002/sim.1186).
    """
    v = np.asarray(std_errors, dtype=float) ** 2
    y = np.asarray(y, dtype=float)
    x = np.ones((len(y), 1)) if x is None else np.asarray(x, dtype=float)
    _check(y, v, x)
    k, p = x.shape
    if k <= p:
        return _unknown(y, x, method, test, conf_level)
    tau2, tau2_error = tau_squared(y, v, x, method)
    common, fit = weighted_fit(y, v, x, 0.0), weighted_fit(y, v, x, tau2)
    factor = _factor(fit, k - p, test)
    no_spread = factor < _NO_SPREAD
    covariance = fit.covariance * (math.nan if no_spread else factor)
    df = math.inf if test == "z" else float(k - p)
    errors = np.sqrt(np.diag(covariance))
    statistics, margin = fit.coefficients / errors, quantile(df, conf_level) * errors
    tau2_low, tau2_high = q_profile(y, v, x, conf_level)
    typical = (k - p) / common.traces[0]
    omnibus, omnibus_p = _omnibus(fit.coefficients, covariance, df)
    raised = {
        "two_estimates": k == 2, "tau2_zero": tau2 == 0, "narrower_than_z": test == "knha" and factor < 1,
        "no_spread": no_spread, "tau2_interval_empty": math.isnan(tau2_high),
    }  # fmt: skip
    return RandomEffects(
        fit.coefficients, covariance, errors, statistics, df, two_sided(statistics, df),
        fit.coefficients - margin, fit.coefficients + margin, tau2, tau2_error, tau2_low, tau2_high,
        common.q, k - p, float(scipy.special.chdtrc(k - p, common.q)), tau2 / (typical + tau2), 1 + tau2 / typical, factor,
        omnibus, (p - 1, df), omnibus_p, k, conf_level, method, test, tuple(word for word, is_so in raised.items() if is_so),
    )  # fmt: skip


def predict(fit: RandomEffects, at: Floats | None = None) -> Prediction:
    """Return expected values at the rows of `at` (m, p), or the mean without, with confidence and prediction intervals.

    The prediction interval holds the true effect of a new place: estimate -+ quantile sqrt(variance + tau²), with t on
    k - p degrees (normal for z), as metafor has it; Higgins, Thompson and Spiegelhalter (2009),
    doi:10.1111/j.1467-985X.2008.00552.x, take k - 2 for a mean. It treats tau² as known, so that with few places it
    is too narrow (87 % instead of 95 % in our simulation of eight); `shrinkage.posterior` allows for that.
    """
    rows = np.eye(1, len(fit.coefficients)) if at is None else np.asarray(at, dtype=float)
    estimates = rows @ fit.coefficients
    variance = np.einsum("ij,jk,ik->i", rows, fit.covariance, rows)
    q = quantile(fit.df, fit.conf_level)
    margin, wide = q * np.sqrt(variance), q * np.sqrt(variance + fit.tau2)
    return Prediction(
        estimates, np.sqrt(variance), estimates - margin, estimates + margin, estimates - wide, estimates + wide
    )


def leave_one_out(
    y: Floats,
    std_errors: Floats,
    x: Floats | None = None,
    *,
    method: str = "REML",
    test: str = "knha",
    conf_level: float = 0.95,
) -> tuple[RandomEffects, ...]:
    """Return the synthesis without each estimate in turn, k records; same arguments as `random_effects`."""
    x = np.ones((len(y), 1)) if x is None else x
    others = ~np.eye(len(y), dtype=bool)
    return tuple(
        random_effects(y[kept], std_errors[kept], x[kept], method=method, test=test, conf_level=conf_level)
        for kept in others
    )


def quantile(df: float, conf_level: float) -> float:
    """Return the two-sided quantile of t, normal when `df` is infinite; not a number for no degrees."""
    if math.isinf(df):
        return float(scipy.special.ndtri((1 + conf_level) / 2))
    return float(scipy.special.stdtrit(df, (1 + conf_level) / 2)) if df > 0 else math.nan


def two_sided(statistics: Floats, df: float) -> Floats:
    """Return two-sided p-values of t, normal when `df` is infinite."""
    size = -np.abs(statistics)
    return np.asarray(2 * (scipy.special.ndtr(size) if math.isinf(df) else scipy.special.stdtr(df, size)))


def _factor(fit: Weighted, df: int, test: str) -> float:
    if test in {"z", "t"}:
        return 1.0
    return fit.q / df if test == "knha" else max(1.0, fit.q / df)


def _omnibus(coefficients: Floats, covariance: Floats, df: float) -> tuple[float, float]:
    count = len(coefficients) - 1
    if count == 0:
        return math.nan, math.nan
    wald = float(coefficients[1:] @ np.linalg.solve(covariance[1:, 1:], coefficients[1:]))
    if math.isinf(df):
        return wald, float(scipy.special.chdtrc(count, wald))
    return wald / count, float(scipy.special.fdtrc(count, df, wald / count))


def _check(y: Floats, v: Floats, x: Floats) -> None:
    if not (np.isfinite(y).all() and np.isfinite(v).all() and (v > 0).all() and np.isfinite(x).all()):
        raise EstimationError(
            "A synthesis needs an estimate and a positive standard error from each place. Got a missing number or an error "
            "of zero; leave that place out and say so."
        )
    if len(y) >= x.shape[1] and np.linalg.matrix_rank(x) < x.shape[1]:
        raise EstimationError(
            f"The {x.shape[1]} columns that explain the estimates are not independent over the {len(y)} places. "
            "Leave out a column that the others determine."
        )


def _unknown(y: Floats, x: Floats, method: str, test: str, conf_level: float) -> RandomEffects:
    k, p = x.shape
    nan, nothing = math.nan, np.full(p, math.nan)
    single = k == p == 1
    return RandomEffects(
        y / x[:, 0] if single else nothing, np.full((p, p), nan), nothing, nothing, 0.0, nothing, nothing, nothing,
        nan, nan, nan, nan, nan, 0, nan, nan, nan, nan, nan, (p - 1, 0.0), nan, k, conf_level, method, test,
        ("one_estimate" if k == 1 else "no_freedom",),
    )  # fmt: skip
