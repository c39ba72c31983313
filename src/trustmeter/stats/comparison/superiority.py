"""How often the later score of linked people is the higher one."""

from __future__ import annotations

import math

import numpy as np
import scipy

from trustmeter.stats.comparison.rank import RankEffect
from trustmeter.stats.covariance import Floats

_TIE = 1e-9
"""Scores closer than this share of the largest are equal."""


def paired_superiority(before: Floats, after: Floats, conf_level: float) -> RankEffect:
    """Return P(after > before) + P(equal) / 2 for a score after and one before of any two people; (n,) each, n >= 3.

    With mid-distribution functions F1 and F2 of both waves it is the mean of F1(after). Z = F1(after) - F2(before) has
    mean 2 p - 1, and its standard deviation over sqrt(n) is the standard error of p; t with n - 1 degrees, interval on the
    logit: Konietschke, F. and Pauly, M. (2012), doi:10.1214/12-EJS714.
    """
    n = len(before)
    size = max(float(np.abs(before).max()), float(np.abs(after).max()))
    z = _share_under(before, after, _TIE * size) - _share_under(after, before, _TIE * size)
    share = 0.5 + float(z.mean()) / 2
    error = float(z.std(ddof=1)) / math.sqrt(n)
    if not error > 0:
        nan = math.nan
        return RankEffect(share, nan, nan, nan, nan, nan, nan, False, n)
    t = (share - 0.5) / error
    p_value = 2 * float(scipy.special.stdtr(n - 1, -abs(t)))
    low = high = math.nan
    if 0 < share < 1:
        margin = float(scipy.special.stdtrit(n - 1, (1 + conf_level) / 2)) * error / (share * (1 - share))
        low, high = (float(scipy.special.expit(scipy.special.logit(share) + side * margin)) for side in (-1, 1))
    return RankEffect(share, error, t, n - 1, p_value, low, high, False, n)


def _share_under(sample: Floats, at: Floats, tie: float) -> Floats:
    """Return for each of `at` the share of `sample` below it, equal ones counting half."""
    ordered = np.sort(sample)
    below = np.searchsorted(ordered, at - tie, side="left")
    not_above = np.searchsorted(ordered, at + tie, side="right")
    return np.asarray((below + not_above) / (2 * len(sample)))
