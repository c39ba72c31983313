"""Differences in differences with covariates, right when either of two models is right."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from trustmeter.errors import EstimationError
from trustmeter.stats.covariance import Floats, Integers
from trustmeter.stats.logit import fit_logit

_TILTING_STEPS = 100
_HALVINGS = 40
_LARGEST_LOG_ODDS = 500.0
LEAST_KEPT = 0.3
"""Of the comparison arm's effective size, so much must be left when it stands in for the treated; in simulations
intervals held the truth 92 to 98 % of the time from there on, and 68 to 89 % below."""
FEWEST_WORTH = 10.0
"""And at least so many, unless half is left."""
Flags = NDArray[np.bool_]
_Pull = tuple[Floats, Floats]


@dataclass(frozen=True, slots=True)
class DoublyRobust:
    """How much more the treated changed than they would have: the average effect on the treated.

    Parameters
    ----------
    estimate, std_error, df
        Student's t; the error is missing when one arm has a single independent unit, for then nothing tells how
        units differ by themselves.
    influence
        Shape (n,): estimate - truth is about their mean.
    propensity
        Shape (n,): fitted probability of being treated.
    effective_comparison
        How many equally weighted comparison rows those that stand in for the treated are worth (Kish).
    units
        Independent units (rows, or clusters): treated, comparison; when clusters hold both, (clusters, 0).
    """

    estimate: float
    std_error: float
    df: float
    influence: Floats
    propensity: Floats
    effective_comparison: float
    units: tuple[int, int]


@dataclass(frozen=True, slots=True)
class _Model:
    """Coefficients (q,) and the influence of rows on them, (n, q), on the scale of a mean."""

    coefficients: Floats
    influence: Floats


@dataclass(frozen=True, slots=True)
class _Odds:
    """The model of membership, and what a comparison row weighs to stand in for the treated, (n,)."""

    model: _Model
    odds: Floats


def doubly_robust_panel(
    change: Floats,
    treated: Flags,
    x: Floats,
    *,
    weights: Floats | None = None,
    clusters: Integers | None = None,
    improved: bool = True,
) -> DoublyRobust:
    """Compare the changes of linked people, adjusted for what was known before.

    Parameters
    ----------
    change
        Shape (n,): after minus before.
    treated
        Shape (n,).
    x
        Shape (n, q): covariates measured before, with a column of ones.
    weights
        Shape (n,): sampling weights.
    clusters
        Shape (n,): codes of the areas, or what else was assigned together.
    improved
        Membership by inverse probability tilting and weighted regression (balances covariates exactly, keeps the
        error right when one model is wrong); otherwise maximum likelihood and plain regression.

    Raises
    ------
    EstimationError
        When an arm is empty, covariates are collinear, or too few comparison people are like the treated.

    Notes
    -----
    With odds p / (1 - p) for comparison rows and a regression m(x) of their change: weighted mean of change - m(x) among
    the treated minus that among comparisons. Sant'Anna, P. H. C. and Zhao, J. (2020), doi:10.1016/j.jeconom.2020.06.003.
    The error adds the influence in each independent unit and multiplies by G / (G - 1) in each arm, with Satterthwaite's
    degrees of freedom; of comparison units only the share counts that their
    weights leave (Kish). Without covariates that is Welch's test of the two mean changes.
    """
    w = _weights(weights, len(change))
    odds = _membership(treated, x, w, improved)
    stand_in = np.where(treated, 0.0, w * odds.odds)
    regression = _regression(change, x, stand_in if improved else np.where(treated, 0.0, w), odds if improved else None)
    left = change - x @ regression.coefficients
    own = np.where(treated, w, 0.0)
    at, pull = _ratio(own, left, [(-own[:, None] * x, regression.influence)])
    against, pull_against = _stand_in_ratio(stand_in, left, x, regression, odds)
    return _told(
        at - against, pull - pull_against, odds, stand_in, _Units(treated, w, treated.astype(np.intp), clusters)
    )


def doubly_robust_cross_sections(
    y: Floats,
    after: Flags,
    treated: Flags,
    x: Floats,
    *,
    weights: Floats | None = None,
    clusters: Integers | None = None,
    improved: bool = True,
) -> DoublyRobust:
    """Compare the changes between two samples of each arm, adjusted for covariates that the pilot does not change.

    Parameters are those of `doubly_robust_panel`, with scores `y` (n,) and `after` (n,) in place of changes.

    Raises
    ------
    EstimationError
        As there; each of the four cells must allow the regression.

    Notes
    -----
    The locally efficient estimator of the same paper: it assumes that covariates are spread alike before and after
    in each arm, and takes regressions from all four cells. Without covariates it is the difference of the four means.
    """
    w = _weights(weights, len(y))
    odds = _membership(treated, x, w, improved)
    estimate, influence = 0.0, np.zeros(len(y))
    everyone, outside = np.where(treated, w, 0.0), np.where(treated, 0.0, w * odds.odds)
    for sign, now in ((1, after), (-1, ~after)):
        own, stand_in = np.where(now, everyone, 0.0), np.where(now, outside, 0.0)
        plain = np.where(now & ~treated, w, 0.0)
        comparison = _regression(y, x, stand_in if improved else plain, odds if improved else None)
        pilot = _regression(y, x, own, None)
        left = y - x @ comparison.coefficients
        gap = x @ (pilot.coefficients - comparison.coefficients)
        parts = [
            (1, _ratio(own, left, [(-own[:, None] * x, comparison.influence)])),
            (-1, _stand_in_ratio(stand_in, left, x, comparison, odds)),
            (1, _ratio(everyone, gap, [(everyone[:, None] * x, pilot.influence - comparison.influence)])),
            (-1, _ratio(own, gap, [(own[:, None] * x, pilot.influence - comparison.influence)])),
        ]
        estimate += sign * sum(turn * value for turn, (value, _) in parts)
        influence += sign * np.sum([turn * pull for turn, (_, pull) in parts], axis=0)
    cells = (2 * treated + after).astype(np.intp)
    return _told(estimate, influence, odds, outside, _Units(treated, w, cells, clusters))


@dataclass(frozen=True, slots=True)
class _Units:
    """Arms (n,), weights (n,), cells that are drawn independently of each other (n,), and clusters (n,)."""

    treated: Flags
    weights: Floats
    cells: Integers
    clusters: Integers | None


def _weights(weights: Floats | None, n: int) -> Floats:
    return np.ones(n) if weights is None else weights / weights.mean()


def _told(estimate: float, influence: Floats, odds: _Odds, stand_in: Floats, units: _Units) -> DoublyRobust:
    plain = _kish(np.where(units.treated, 0.0, units.weights))
    worth = min(_kish(stand_in), plain)
    if worth < LEAST_KEPT * plain or (worth < FEWEST_WORTH and worth < 0.5 * plain):
        raise EstimationError(
            f"Too few comparison people are like the treated: weighted to resemble them, {plain:.1f} count as {worth:.1f}, "
            "and no standard error holds. Use fewer or coarser covariates, or compare without them."
        )
    error, df, counts = _error(influence, units, worth / plain)
    return DoublyRobust(
        estimate=float(estimate),
        std_error=error,
        df=df,
        influence=influence,
        propensity=odds.odds / (1 + odds.odds),
        effective_comparison=worth,
        units=counts,
    )


def _kish(weights: Floats) -> float:
    return float(weights.sum() ** 2 / (weights @ weights))


def _membership(treated: Flags, x: Floats, w: Floats, improved: bool) -> _Odds:
    if not (np.any(treated & (w > 0)) and np.any(~treated & (w > 0))):
        raise EstimationError("A difference of differences needs treated and comparison people; one of them is empty.")
    fit = fit_logit(treated.astype(float), x, weights=w)
    likely = _Model(fit.coefficients, fit.influence * len(x))
    model = _tilted(treated.astype(float), x, w, fit.coefficients) if improved else likely
    return _Odds(model, np.exp(np.minimum(x @ model.coefficients, _LARGEST_LOG_ODDS)))


def _tilted(d: Floats, x: Floats, w: Floats, start: Floats) -> _Model:
    """Return the coefficients whose odds give comparisons the covariate totals of the treated.

    They maximise the concave sum of w [d x'c - (1 - d) exp(x'c)]: Graham, Campos de Xavier Pinto and Egel (2012),
    doi:10.1093/restud/rdr047.
    """
    c = start

    def odds_at(at: Floats) -> Floats:
        return np.where(d > 0.5, 0.0, np.exp(np.minimum(x @ at, _LARGEST_LOG_ODDS)))

    def height(at: Floats) -> float:
        return float(w @ (d * (x @ at) - odds_at(at)))

    for _ in range(_TILTING_STEPS):
        odds = odds_at(c)
        score = (w * (d - odds))[:, None] * x
        bend = x.T @ ((w * odds)[:, None] * x)
        gradient = score.sum(axis=0)
        try:
            step = _solved(bend, gradient)
        except EstimationError:
            break
        promise = float(gradient @ step)
        if promise < 1e-22 * float(w @ d):
            return _Model(c, score @ np.linalg.inv(bend / len(d)))
        size, here = 1.0, height(c)
        for _ in range(_HALVINGS):
            if height(c + size * step) >= here + 0.25 * size * promise - 1e-13 * abs(here):
                break
            size /= 2
        c = c + size * step
    raise EstimationError(
        "No weights of comparison people reach the covariate means of the treated; use fewer or coarser covariates."
    )


def _regression(y: Floats, x: Floats, weights: Floats, odds: _Odds | None) -> _Model:
    """Return a weighted regression; `odds` says that the weights hold its odds, and so depend on its coefficients."""
    n = len(y)
    moment = x.T @ (weights[:, None] * x) / n
    b = _solved(moment, x.T @ (weights * y) / n)
    left = weights * (y - x @ b)
    influence = left[:, None] * x
    if odds is not None:
        influence = influence + odds.model.influence @ (x.T @ (left[:, None] * x) / n)
    return _Model(b, influence @ np.linalg.inv(moment))


def _solved(matrix: Floats, vector: Floats) -> Floats:
    scale = np.sqrt(np.maximum(np.diag(matrix), 1e-300))
    scaled = matrix / np.outer(scale, scale)
    if not np.isfinite(scaled).all() or np.linalg.cond(scaled) > 1e12:
        raise EstimationError("The covariates are collinear in one of the groups compared; leave one out.")
    return np.asarray(np.linalg.solve(scaled, vector / scale) / scale)


def _ratio(w: Floats, z: Floats, pulls: Sequence[_Pull]) -> tuple[float, Floats]:
    """Return the weighted mean of z (n,) and the influence of rows on it.

    Each pull is the derivative of w (z - mean) by the coefficients of a model, (n, q), and the influence on these.
    """
    value = float(w @ z / w.sum())
    influence = w * (z - value)
    for derivative, of_model in pulls:
        influence = influence + of_model @ derivative.mean(axis=0)
    return value, influence / w.mean()


def _stand_in_ratio(w: Floats, z: Floats, x: Floats, regression: _Model, odds: _Odds) -> tuple[float, Floats]:
    """Return the mean of what a regression leaves over, under weights that are odds."""
    value = float(w @ z / w.sum())
    by_odds = (w * (z - value))[:, None] * x
    return _ratio(w, z, [(-w[:, None] * x, regression.influence), (by_odds, odds.model.influence)])


def _error(influence: Floats, units: _Units, kept: float) -> tuple[float, float, tuple[int, int]]:
    """Return standard error, degrees of freedom, and how many independent units the arms have.

    `kept` is the share of the comparison arm's effective size that is left when its rows stand in for the treated; so
    many fewer units count there. It is one without covariates.
    """
    sums, groups, arms = influence, units.cells, units.treated.astype(np.intp)
    nested = True
    if units.clusters is not None:
        place = np.unique(units.clusters, return_inverse=True)[1]
        sums = np.bincount(place, weights=influence).astype(float)
        share = np.bincount(place, weights=units.treated) / np.bincount(place)
        nested = bool(np.isin(share, (0.0, 1.0)).all())
        arms = (share > 0.5).astype(np.intp) if nested else np.ones(len(sums), dtype=np.intp)
        groups = arms
    codes, first, counts = np.unique(groups, return_index=True, return_counts=True)
    squares = np.bincount(groups, weights=sums**2)[codes]
    worth = np.where((arms[first] == 1) & nested, counts, counts * kept)
    treated, comparison = int(arms.sum()), int(len(arms) - arms.sum())
    if not (worth > 1 + 1e-9).all():
        return math.nan, math.nan, (treated, comparison)
    parts = squares * worth / (worth - 1) / len(influence) ** 2
    variance = float(parts.sum())
    if not variance > 0:
        return math.nan, math.nan, (treated, comparison)
    return math.sqrt(variance), float(variance**2 / (parts**2 / (worth - 1)).sum()), (treated, comparison)
