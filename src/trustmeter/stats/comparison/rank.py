"""Rank tests and the effect sizes that belong to them, ties and zeros included."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import scipy
from numpy.typing import NDArray

Floats = NDArray[np.float64]

SMALL = 50
"""Below this many people, and without ties or zeros, p values are exact."""

ROUNDING = 1e-12
"""Relative size of a difference that is rounding error: means of items that are equal on paper count as ties."""


@dataclass(frozen=True, slots=True)
class RankEffect:
    """A rank effect size with its test; `exact` tells whether the p value is; `n` counts the people."""

    estimate: float
    std_error: float
    statistic: float
    df: float
    p_value: float
    ci_low: float
    ci_high: float
    exact: bool
    n: int


@dataclass(frozen=True, slots=True)
class GroupRanks:
    """Two independent samples: the chance that one of the second is higher, and the same on the scale -1 to 1."""

    rank_biserial: RankEffect
    prob_superiority: RankEffect


def signed_rank(before: Floats, after: Floats, conf_level: float) -> RankEffect:
    """Return Wilcoxon's signed-rank test and the matched-pairs rank-biserial correlation of ``after - before``.

    With ranks of the absolute non-zero changes, r = (V+ - V-) / (V+ + V-) (Kerby 2014, doi:10.2466/11.IT.3.1), the
    statistic is V+. Zeros are dropped; p is exact below fifty changes without ties or zeros, else from the normal
    distribution with tie and continuity correction. Interval: Fisher's z with the jackknife standard error of r.
    """
    change = after - before
    size = max(float(np.max(np.abs(before))), float(np.max(np.abs(after))))
    change = change[np.abs(change) > ROUNDING * size]
    m = len(change)
    if m == 0:
        return _unknown(len(before))
    steps = np.sign(change) * _levels(np.abs(change), size)
    ordered = np.sort(steps)
    above = m - np.searchsorted(ordered, -steps, side="right")
    below = np.searchsorted(ordered, -steps, side="left")
    row_sums = (above - below).astype(float)
    total = (row_sums.sum() + np.sign(steps).sum()) / 2
    pairs = m * (m + 1) / 2
    r = float(total / pairs)
    statistic = float((pairs + total) / 2)
    p_value, exact = _signed_rank_p(steps, statistic, dropped=m < len(before))
    low, high, std_error = math.nan, math.nan, math.nan
    if m > 2:
        without = (total - row_sums) / (pairs - m)
        std_error = math.sqrt((m - 1) / m * float(np.sum((without - without.mean()) ** 2)))
        low, high = _fisher_interval(r, std_error, m - 1.0, conf_level)
        std_error = math.nan if math.isnan(low) else std_error
    return RankEffect(r, std_error, statistic, math.nan, p_value, low, high, exact, len(before))


def rank_sum(first: Floats, second: Floats, conf_level: float) -> GroupRanks:
    """Return the rank effects of two independent samples of shapes (n1,) and (n2,), both n >= 2.

    prob_superiority = P(second > first) + P(equal) / 2, tested by Brunner & Munzel (2000,
    doi:10.1002/(SICI)1521-4036(200001)42:1<17::AID-BIMJ17>3.0.CO;2-U), interval on the logit of the same standard
    error and degrees. rank_biserial = 2 prob_superiority - 1 with the same interval, tested by Mann-Whitney: the
    statistic counts pairs in which the second is higher; exact below fifty each without ties.
    """
    from scipy import stats

    n1, n2 = len(first), len(second)
    both = np.concatenate([first, second])
    levels = _levels(both, float(np.max(np.abs(both))))
    ranks = stats.rankdata(levels)
    place1, place2 = ranks[:n1] - stats.rankdata(levels[:n1]), ranks[n1:] - stats.rankdata(levels[n1:])
    wins = float(place2.sum())
    share = wins / (n1 * n2)
    part1, part2 = n1 * float(np.var(place1, ddof=1)), n2 * float(np.var(place2, ddof=1))
    std_error = math.sqrt(part1 + part2) / (n1 * n2)
    nan = math.nan
    df, t, p_value, low, high = nan, nan, nan, nan, nan
    if not std_error > 0:
        std_error = nan
    else:
        df = (part1 + part2) ** 2 / (part1**2 / (n1 - 1) + part2**2 / (n2 - 1))
        t = (share - 0.5) / std_error
        p_value = 2 * float(stats.t.sf(abs(t), df))
        low, high = _logit_interval(share, std_error, df, conf_level)
    u_p, exact = _rank_sum_p(levels[:n1], levels[n1:], tied=levels.max() < n1 + n2)
    return GroupRanks(
        RankEffect(2 * share - 1, 2 * std_error, wins, nan, u_p, 2 * low - 1, 2 * high - 1, exact, n1 + n2),
        RankEffect(share, std_error, t, df, p_value, low, high, False, n1 + n2),
    )


def _levels(values: Floats, size: float) -> Floats:
    """Return 1, 2, ... in the order of the values; what differs by rounding error only is one level."""
    order = np.argsort(values)
    levels = np.empty(len(values))
    levels[order] = 1 + np.cumsum(np.diff(values[order], prepend=values[order[0]]) > ROUNDING * size)
    return levels


def _signed_rank_p(steps: Floats, statistic: float, *, dropped: bool) -> tuple[float, bool]:
    from scipy import stats

    m = len(steps)
    _, counts = np.unique(np.abs(steps), return_counts=True)
    if m < SMALL and not dropped and counts.max() == 1:
        return float(stats.wilcoxon(steps, method="exact").pvalue), True
    variance = m * (m + 1) * (2 * m + 1) / 24 - float(np.sum(counts**3 - counts)) / 48
    distance = max(abs(statistic - m * (m + 1) / 4) - 0.5, 0.0)
    return 2 * float(scipy.special.ndtr(-distance / math.sqrt(variance))), False


def _rank_sum_p(first: Floats, second: Floats, *, tied: bool) -> tuple[float, bool]:
    from scipy import stats

    if min(first.min(), second.min()) == max(first.max(), second.max()):
        return math.nan, False
    exact = not tied and max(len(first), len(second)) < SMALL
    found = stats.mannwhitneyu(second, first, use_continuity=True, method="exact" if exact else "asymptotic")
    return min(float(found.pvalue), 1.0), exact


def _fisher_interval(r: float, std_error: float, df: float, conf_level: float) -> tuple[float, float]:
    if abs(r) >= 1 or not std_error > 0:
        return math.nan, math.nan
    margin = float(scipy.special.stdtrit(df, (1 + conf_level) / 2)) * std_error / (1 - r**2)
    return math.tanh(math.atanh(r) - margin), math.tanh(math.atanh(r) + margin)


def _logit_interval(share: float, std_error: float, df: float, conf_level: float) -> tuple[float, float]:
    if not 0 < share < 1:
        return math.nan, math.nan
    margin = float(scipy.special.stdtrit(df, (1 + conf_level) / 2)) * std_error / (share * (1 - share))
    centre = math.log(share / (1 - share))
    return float(scipy.special.expit(centre - margin)), float(scipy.special.expit(centre + margin))


def _unknown(n: int) -> RankEffect:
    nan = math.nan
    return RankEffect(nan, nan, nan, nan, nan, nan, nan, False, n)
