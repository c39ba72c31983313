"""Did the areas move alike before the pilot, and what unlike movement could have been seen?"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import scipy

from trustmeter.errors import EstimationError
from trustmeter.stats.areas.assignment import Flags
from trustmeter.stats.covariance import Floats

_NODES = 4000
"""Points of the trapezoid rule over the logarithm of the estimated error, on which the integrand is smooth."""


@dataclass(frozen=True, slots=True)
class WaveContrasts:
    """How the treated moved against the comparisons from the first wave to each later one.

    Parameters
    ----------
    estimates
        Shape (q,), of q + 1 waves.
    parts
        Independent parts of their covariance, each (q, q) with its degrees of freedom: one an arm, or one in all.
    """

    estimates: Floats
    parts: tuple[tuple[Floats, float], ...]


@dataclass(frozen=True, slots=True)
class TrendTest:
    """Whether movements before the pilot differ.

    Parameters
    ----------
    estimates, std_errors, df, p_values
        Shapes (q,): of each contrast by itself.
    f, df1, df2, p_value
        All contrasts together; missing when there are too few areas for so many waves.
    slope, slope_std_error, slope_df, slope_p_value
        A straight line through the contrasts: extra movement of the treated in one unit of time.
    detectable_slope
        The slope that the test of the slope would find with the power asked for: what may have gone unseen.
    unseen
        That slope times the time from the first wave to the last before the pilot.
    """

    estimates: Floats
    std_errors: Floats
    df: Floats
    p_values: Floats
    f: float
    df1: float
    df2: float
    p_value: float
    slope: float
    slope_std_error: float
    slope_df: float
    slope_p_value: float
    detectable_slope: float
    unseen: float


def contrasts_of_areas(means: Floats, treated: Flags) -> WaveContrasts:
    """Return the contrasts of area means (G, q + 1), one column a wave before the pilot; each area is one unit.

    Variances of the two arms may differ; each needs two areas.
    """
    move = means[:, 1:] - means[:, :1]
    arms = [move[treated], move[~treated]]
    if min(len(arm) for arm in arms) < 2:
        raise EstimationError(
            f"{len(arms[0])} treated and {len(arms[1])} comparison areas cannot show how areas move by themselves; "
            "each arm needs two."
        )
    parts = []
    for arm in arms:
        off = arm - arm.mean(axis=0)
        parts.append((np.asarray(off.T @ off / (len(arm) - 1) / len(arm)), float(len(arm) - 1)))
    return WaveContrasts(arms[0].mean(axis=0) - arms[1].mean(axis=0), tuple(parts))


def judge_trends(contrasts: WaveContrasts, times: Floats, *, conf_level: float = 0.95, power: float = 0.8) -> TrendTest:
    """Test contrasts before the pilot against "alike", and tell what could have been found.

    Parameters
    ----------
    contrasts
        Of each later wave against the first: from `contrasts_of_areas`, or a regression's estimates with one part.
    times
        Shape (q + 1,): when the waves were, in order.
    conf_level
        One minus the level of the test whose power is told.
    power
        Probability of finding `detectable_slope`.

    Notes
    -----
    Single contrasts and the slope have Satterthwaite's degrees of freedom (Welch's test). Together F = (v - q + 1) /
    (v q) b' V^-1 b, with v from Krishnamoorthy and Yu (2004), doi:10.1016/j.spl.2003.10.012: Hotelling's test for unequal
    covariances. Not to reject proves nothing: Roth, J. (2022), doi:10.1257/aeri.20210236, shows that such tests seldom see the
    trends that would matter; so look at `unseen` beside the effect. Power is that of the noncentral t distribution.
    """
    b = contrasts.estimates
    V = np.sum([part for part, _ in contrasts.parts], axis=0)
    if not (np.diag(V) > 0).all():
        raise EstimationError("All areas moved alike between two waves; their trends cannot be tested.")
    q = len(b)
    errors, df = np.sqrt(np.diag(V)), np.array([_df(contrasts, row) for row in np.eye(q)])
    f, df2 = _together(contrasts, V)
    centred = times - times.mean()
    line = centred[1:] / (centred @ centred)
    slope, error, slope_df = float(line @ b), math.sqrt(float(line @ V @ line)), _df(contrasts, line)
    found = _noncentrality(slope_df, 1 - conf_level, power) * error
    return TrendTest(
        estimates=b,
        std_errors=errors,
        df=df,
        p_values=np.array([_two_sided(t, v) for t, v in zip(b / errors, df, strict=True)]),
        f=f,
        df1=float(q),
        df2=df2,
        p_value=float(scipy.special.chdtrc(q, q * f) if math.isinf(df2) else scipy.special.fdtrc(q, df2, f)),
        slope=slope,
        slope_std_error=error,
        slope_df=slope_df,
        slope_p_value=_two_sided(slope / error, slope_df) if error > 0 else math.nan,
        detectable_slope=found,
        unseen=found * float(times[-1] - times[0]),
    )


def _two_sided(t: float, df: float) -> float:
    return float(2 * (scipy.special.ndtr(-abs(t)) if math.isinf(df) else scipy.special.stdtr(df, -abs(t))))


def _df(contrasts: WaveContrasts, line: Floats) -> float:
    """Return Satterthwaite's degrees of freedom of a combination (q,) of the contrasts."""
    each = np.array([line @ part @ line for part, _ in contrasts.parts])
    own = np.array([df for _, df in contrasts.parts])
    cost = float((each**2 / own).sum())
    if not each.sum() > 0:
        return math.nan
    return float(each.sum() ** 2 / cost) if cost > 0 else math.inf


def _together(contrasts: WaveContrasts, V: Floats) -> tuple[float, float]:
    """Return F of all contrasts and its second degrees of freedom; missing when they cannot be told apart."""
    b, q = contrasts.estimates, len(contrasts.estimates)
    scale = np.sqrt(np.diag(V))
    if np.linalg.matrix_rank(V / np.outer(scale, scale), hermitian=True) < q:
        return math.nan, math.nan
    cost = 0.0
    for part, df in contrasts.parts:
        share = np.linalg.solve(V, part)
        cost += float(np.trace(share @ share) + np.trace(share) ** 2) / df
    whole = float(b @ np.linalg.solve(V, b))
    if not cost > 0:
        return whole / q, math.inf
    v = (q + q * q) / cost
    return ((v - q + 1) / (v * q) * whole, v - q + 1) if v > q - 1 else (math.nan, math.nan)


def _noncentrality(df: float, level: float, power: float) -> float:
    """Return how many standard errors from nil a two-sided t test finds with the power asked for."""
    if math.isnan(df):
        return math.nan
    if math.isinf(df):
        return float(scipy.special.ndtri(1 - level / 2) + scipy.special.ndtri(power))
    limit = float(scipy.special.stdtrit(df, 1 - level / 2))
    log_scale = np.linspace(-40 / df - 10 / math.sqrt(df), min(3.5, 10 / math.sqrt(df)), _NODES)
    density = np.exp(df * log_scale - df * np.expm1(2 * log_scale) / 2)
    density, reach = density / density.sum(), limit * np.exp(log_scale)

    def short(centre: float) -> float:
        found = scipy.special.ndtr(centre - reach) + scipy.special.ndtr(-centre - reach)
        return float(density @ found - power)

    return float(scipy.optimize.brentq(short, 1e-8, 10 * limit + 10, xtol=1e-12))
