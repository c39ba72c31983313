"""p values that account for being several."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def adjusted(p_values: Floats, method: str) -> Floats:
    """Return adjusted p values, shape as given; missing ones stay missing and do not count.

    ``"holm"`` (Holm 1979, www.jstor.org/stable/4615733), ``"bonferroni"``, ``"fdr_bh"`` (Benjamini & Hochberg 1995,
    doi:10.1111/j.2517-6161.1995.tb02031.x) or ``"none"``.
    """
    result = np.array(p_values, dtype=float)
    known = ~np.isnan(result)
    p = result[known]
    m = len(p)
    if method == "bonferroni":
        p = np.minimum(p * m, 1)
    elif method in {"holm", "fdr_bh"} and m:
        order = np.argsort(p)
        ranked = p[order]
        if method == "holm":
            stepped = np.maximum.accumulate(ranked * np.arange(m, 0, -1))
        else:
            stepped = np.minimum.accumulate((ranked * m / np.arange(1, m + 1))[::-1])[::-1]
        p = np.empty(m)
        p[order] = np.minimum(stepped, 1)
    result[known] = p
    return result


@dataclass(frozen=True, slots=True)
class MaxT:
    """p values of k statistics from joint draws under the hypothesis that all k effects are nil.

    Parameters
    ----------
    p_raw
        Shape (k,): each by itself.
    p_single_step
        Shape (k,): each against the largest of all k.
    p_step_down
        Shape (k,): each against the largest of those that are not more extreme than it (Romano-Wolf, Westfall-Young).
    """

    p_raw: Floats
    p_single_step: Floats
    p_step_down: Floats


def max_t(statistics: Floats, draws: Floats, *, two_sided: bool = True, observed_among: bool = False) -> MaxT:
    """Adjust for being several with the joint distribution of the statistics: keeps their correlation.

    Parameters
    ----------
    statistics
        Shape (k,): the larger, the more extreme; studentised ones make a balanced family. Missing ones stay missing.
    draws
        Shape (B, k): the same statistics under the null: permutations, or bootstrap draws centred at the estimates.
    two_sided
        Whether absolute values count.
    observed_among
        Whether the draws hold the observed statistics (all permutations were run): then p = count / B, else
        (count + 1) / (B + 1), which no chance draw can push to zero.

    Notes
    -----
    Romano, J. P. and Wolf, M. (2016), doi:10.1016/j.spl.2016.02.012: with t_1 >= t_2 >= …, p_j is the share of draws
    whose largest statistic among j, …, k reaches t_j, made monotone in j. With permutations it is the max-T of Westfall
    and Young; pass minus p values with ``two_sided=False`` for their min-P. Equal up to rounding (1e-12) counts as reached.
    """
    known = ~np.isnan(statistics)
    t = np.abs(statistics[known]) if two_sided else statistics[known]
    drawn = np.abs(draws[:, known]) if two_sided else draws[:, known]
    raw, single, step = (np.full(len(statistics), np.nan) for _ in range(3))
    if len(t):
        order = np.argsort(-t, kind="stable")
        largest = np.maximum.accumulate(drawn[:, order[::-1]], axis=1)[:, ::-1]
        stepped = np.empty(len(t))
        stepped[order] = np.maximum.accumulate(_reached(largest, t[order], observed_among))
        step[known] = stepped
        single[known] = _reached(largest[:, :1], t, observed_among)
        raw[known] = _reached(drawn, t, observed_among)
    return MaxT(raw, single, step)


def max_t_quantile(draws: Floats, conf_level: float) -> float:
    """Return the number that the largest absolute statistic of a draw (B, k) stays within, with that probability.

    Estimates -+ this times their standard errors hold all k truths together with probability `conf_level`; it is the
    smallest drawn number that enough draws do not exceed, the observed statistics counted as one more draw; infinite
    when there are too few draws for the level.
    """
    largest = np.sort(np.abs(draws).max(axis=1))
    place = math.ceil(conf_level * (len(largest) + 1) - 1e-9)
    return float(largest[place - 1]) if place <= len(largest) else math.inf


def _reached(drawn: Floats, t: Floats, observed_among: bool) -> Floats:
    """Return the share of draws (B, k or 1) that reach t (k,)."""
    count = (drawn >= t - 1e-12 * np.maximum(np.abs(t), 1.0)).sum(axis=0)
    return np.asarray(count / len(drawn) if observed_among else (count + 1) / (len(drawn) + 1))
