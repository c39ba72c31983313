"""One column's missing values, drawn from a model of it given others: matched donors, or proportional odds."""

from __future__ import annotations

import numpy as np
import scipy

from trustmeter.stats.covariance import Floats, Integers

_ROUNDS = 30
_FLAT = 1e-8
_SLOPE_PRIOR = 0.25
"""Prior precision of a slope per standard deviation of its predictor (a spread of 2): only fends off infinite slopes."""
_THRESHOLD_PRIOR = 0.01


def matched_draws(
    y: Floats, x: Floats, unknown: Floats, rng: np.random.Generator, *, donors: int, ridge: float
) -> Floats:
    """Return values for rows without one by predictive mean matching, type 1.

    Parameters
    ----------
    y, x
        Known values (n,), and their predictors (n, p) with a constant.
    unknown
        Predictors (u, p) of the rows without a value.
    donors
        How many nearest rows a value is taken from.
    ridge
        Added to the diagonal of X'X, as a share of it.

    Notes
    -----
    Coefficients b are estimated, b* drawn from their posterior; a row without a value gets that of one, at random, of
    the donors whose x'b is nearest to its x'b* (van Buuren 2018, algorithm 3.3, doi:10.1201/9780429492259). Rows with the
    same x'b are equally likely to be taken.
    """
    known, drawn = _regression(y, x, unknown, rng, ridge)
    order = np.argsort(known)
    along = known[order]
    chosen = _near(along, drawn, rng, min(donors, len(y)))
    first = np.searchsorted(along, along[chosen], side="left")
    last = np.searchsorted(along, along[chosen], side="right")
    chosen = np.where(last - first > 1, first + (rng.random(len(chosen)) * (last - first)).astype(np.intp), chosen)
    return np.asarray(y[order[chosen]])


def ordinal_draws(codes: Integers, x: Floats, unknown: Floats, rng: np.random.Generator) -> Integers:
    """Return categories for rows without one from a proportional-odds model with drawn parameters.

    Parameters
    ----------
    codes
        Known categories (n,), 0 to C - 1, each there.
    x, unknown
        Predictors (n, p) and (u, p), without a constant.

    Notes
    -----
    Parameters come from the normal approximation of their posterior; a weak normal prior keeps slopes finite where
    predictors part the categories.
    """
    centre, scale = x.mean(axis=0), x.std(axis=0)
    scale = np.where(scale > _FLAT, scale, np.inf)
    theta, root = _fit((x - centre) / scale, codes)
    drawn = theta + scipy.linalg.solve_triangular(root, rng.standard_normal(len(theta)), lower=True, trans="T")
    cuts = len(theta) - x.shape[1]
    thresholds = np.maximum.accumulate(drawn[:cuts])
    latent = (unknown - centre) / scale @ drawn[cuts:] + rng.logistic(size=len(unknown))
    return np.asarray(np.searchsorted(thresholds, latent))


def _regression(y: Floats, x: Floats, unknown: Floats, rng: np.random.Generator, ridge: float) -> tuple[Floats, Floats]:
    """Return x'b of the known rows and x'b* of the others."""
    cross = x.T @ x
    cross[np.diag_indices_from(cross)] *= 1 + ridge
    cross[np.diag_indices_from(cross)] += 1e-12 * np.trace(cross)
    root = np.linalg.cholesky(cross)
    b = scipy.linalg.cho_solve((root, True), x.T @ y, check_finite=False)
    known = x @ b
    residuals = y - known
    sigma = np.sqrt(float(residuals @ residuals) / rng.chisquare(max(len(y) - x.shape[1], 1)))
    noise = scipy.linalg.solve_triangular(root, rng.standard_normal(len(b)), lower=True, trans="T", check_finite=False)
    return known, unknown @ (b + sigma * noise)


def _near(along: Floats, targets: Floats, rng: np.random.Generator, donors: int) -> Integers:
    """Return, for each target, the place in the sorted row of one of its nearest values."""
    window = np.searchsorted(along, targets)[:, None] + np.arange(-donors, donors)
    inside = (window >= 0) & (window < len(along))
    distance = np.where(inside, np.abs(along[np.clip(window, 0, len(along) - 1)] - targets[:, None]), np.inf)
    nearest = np.argpartition(distance, donors - 1, axis=1)[:, :donors]
    picked = nearest[np.arange(len(targets)), rng.integers(0, donors, len(targets))]
    return np.asarray(window[np.arange(len(targets)), picked])


def _fit(z: Floats, codes: Integers) -> tuple[Floats, Floats]:
    """Return the posterior mode, thresholds first, and the Cholesky factor of the information there."""
    n, p = z.shape
    cuts = int(codes.max())
    shares = np.bincount(codes, minlength=cuts + 1) / n
    theta = np.r_[scipy.special.logit(np.cumsum(shares)[:-1]), np.zeros(p)]
    one = np.eye(cuts + 1)
    upper, lower = np.hstack([one[codes, :cuts], -z]), np.hstack([one[codes][:, 1:], -z])
    prior = np.r_[np.full(cuts, _THRESHOLD_PRIOR), np.full(p, _SLOPE_PRIOR)]
    value = _log_posterior(theta, z, codes, prior)
    for _ in range(_ROUNDS):
        gradient, information = _derivatives(theta, z, codes, upper, lower)
        gradient -= prior * theta
        information[np.diag_indices_from(information)] += prior
        root = np.linalg.cholesky(information)
        step = scipy.linalg.cho_solve((root, True), gradient)
        if float(gradient @ step) < 1e-8:
            break
        for _halving in range(30):
            found = _log_posterior(theta + step, z, codes, prior)
            if found >= value:
                break
            step = step / 2
        theta, value = theta + step, found
    return np.asarray(theta), np.asarray(root)


def _cells(theta: Floats, z: Floats, codes: Integers) -> tuple[Floats, Floats, Floats]:
    """Return F at the upper and lower threshold of each row, and the probability between them."""
    cuts = len(theta) - z.shape[1]
    ends = np.r_[-np.inf, theta[:cuts], np.inf]
    eta = z @ theta[cuts:]
    above, below = scipy.special.expit(ends[codes + 1] - eta), scipy.special.expit(ends[codes] - eta)
    return above, below, above - below


def _log_posterior(theta: Floats, z: Floats, codes: Integers, prior: Floats) -> float:
    share = _cells(theta, z, codes)[2]
    if not (share > 0).all():
        return -np.inf
    return float(np.log(share).sum() - prior @ theta**2 / 2)


def _derivatives(theta: Floats, z: Floats, codes: Integers, upper: Floats, lower: Floats) -> tuple[Floats, Floats]:
    above, below, share = _cells(theta, z, codes)
    up, low = above * (1 - above) / share, below * (1 - below) / share
    first = upper.T @ up - lower.T @ low
    bend_up = up**2 - up * (1 - 2 * above)
    bend_low = low**2 + low * (1 - 2 * below)
    across = upper.T @ (lower * (up * low)[:, None])
    second = upper.T @ (upper * bend_up[:, None]) + lower.T @ (lower * bend_low[:, None]) - across - across.T
    return first, second
