"""What did the design cost? Design effects, effective numbers of people, and intervals of shares."""

from __future__ import annotations

from typing import Literal

import numpy as np
import scipy

from trustmeter.stats.covariance import Floats, Integers

ShareInterval = Literal["logit", "beta", "t"]
"""How the interval of a share is made: on the log-odds, by an effective number of people, or symmetric."""


def simple_random_variance(
    y: Floats,
    weights: Floats,
    groups: Integers | None = None,
    count: int = 1,
    *,
    replacement: bool = False,
) -> Floats:
    """Return (G,): the variance that the mean of `y` in each group would have in a simple random sample of as many people.

    Parameters
    ----------
    y
        Shape (n,); nan where nothing is known. For a ratio give its residuals.
    weights
        Shape (n,).
    groups, count
        As in `influence.totals`.
    replacement
        False: drawn without replacement from as many people as the weights sum to, which makes design effects larger.

    Notes
    -----
    S2 / n with S2 = n / (n - 1) sum w (y - mean)^2 / sum w, times 1 - n / sum w without replacement. The variance of
    an estimate divided by this is its design effect; a total's is first divided by the square of sum w.
    """
    codes = np.zeros(y.size, dtype=np.int64) if groups is None else groups
    rows = np.flatnonzero(np.isfinite(y) & (codes >= 0) & (weights > 0))
    at, w, values = codes[rows], weights[rows], y[rows]
    n, size = np.bincount(at, minlength=count).astype(float), np.bincount(at, w, count)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = np.bincount(at, w * values, count) / size
        spread = np.bincount(at, w * (values - mean[at]) ** 2, count) / size
        variance: Floats = spread / np.where(n > 1, n - 1, np.nan)
        return variance if replacement else np.asarray(variance * (1 - n / size))


def effective_size(weights: Floats) -> float:
    """Return Kish's effective number of people, (sum w)^2 / sum w^2: as many equal weights would be as precise.

    Notes
    -----
    Kish (1965), "Survey Sampling". It speaks of weights alone, not of clusters or of what margins explain.
    """
    return float(weights.sum() ** 2 / np.square(weights).sum())


def share_interval(
    share: Floats,
    std_error: Floats,
    df: Floats | Integers,
    *,
    n: Floats | Integers,
    conf_level: float = 0.95,
    method: ShareInterval = "logit",
) -> tuple[Floats, Floats]:
    """Return the ends of the intervals of shares.

    Parameters
    ----------
    share, std_error, df
        Shape (k,) each.
    n
        Shape (k,): people that each share is of; only ``"beta"`` needs it.
    conf_level
        Between 0 and 1.
    method
        ``"logit"``: log-odds plus or minus t standard errors; ``"beta"``: Korn and Graubard's (1998) exact interval with
        an effective number of people, adjusted for the degrees of freedom; ``"t"``: symmetric.

    Notes
    -----
    A share of 0 or 1, or without a standard error, has no interval by log-odds (nan). ``"beta"`` is nan there, too.
    """
    p, se = np.asarray(share, dtype=float), np.asarray(std_error, dtype=float)
    left = np.where(np.asarray(df) > 0, df, np.nan)
    t = scipy.stats.t.ppf((1 + conf_level) / 2, left)
    if method == "t":
        return p - t * se, p + t * se
    inside = (p > 0) & (p < 1) & (se > 0)
    p, se = np.where(inside, p, np.nan), np.where(inside, se, np.nan)
    if method == "logit":
        middle, half = np.log(p / (1 - p)), t * se / (p * (1 - p))
        return 1 / (1 + np.exp(half - middle)), 1 / (1 + np.exp(-half - middle))
    size = p * (1 - p) / se**2 * (scipy.stats.t.ppf((1 + conf_level) / 2, np.maximum(np.asarray(n) - 1, 1)) / t) ** 2
    tail = (1 - conf_level) / 2
    return (
        scipy.stats.beta.ppf(tail, size * p, size * (1 - p) + 1),
        scipy.stats.beta.ppf(1 - tail, size * p + 1, size * (1 - p)),
    )
