"""The rows of a comparison: means, their difference, effect sizes, each with its interval and method."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from trustmeter.options import FEWEST_IN_A_CELL, FEWEST_PEOPLE
from trustmeter.stats.comparison.change import ReliableChange, wilson_interval
from trustmeter.stats.comparison.contrast import MeanEstimate, one_mean, paired_difference, welch_difference
from trustmeter.stats.comparison.effects import Effect, group_effects, paired_effects
from trustmeter.stats.comparison.rank import RankEffect, rank_sum, signed_rank

Floats = NDArray[np.float64]
Row = dict[str, Any]

PAIRED_TERMS = ("d_z", "d_av", "hedges_g_av", "rank_biserial")
GROUP_TERMS = ("d_s", "hedges_g_s", "rank_biserial", "prob_superiority")
SHARE_TERMS = ("share_improved", "share_worsened")
LIMIT_TERM = "mdc"
WAVE_NAMES = ("mean_before", "mean_after", "mean_change")
GROUP_NAMES = ("mean_first", "mean_second", "mean_difference")
MORE_PEOPLE = "(only more people, or zones taken together, can answer)"

NUMBERS = ("estimate", "std_error", "statistic", "df", "p_value", "ci_low", "ci_high")


def paired_rows(before: Floats, after: Floats, contrast: str, conf_level: float) -> list[Row]:
    """Return the rows of linked people, both arrays of shape (n,), n >= 3, no missing values."""
    effects = paired_effects(before, after, conf_level)
    ranks = signed_rank(before, after, conf_level)
    n = len(before)
    test = "Wilcoxon signed-rank, exact" if ranks.exact else "Wilcoxon signed-rank, normal with ties and continuity"
    rows = [
        _test_row(WAVE_NAMES[0], one_mean(before, conf_level), "t interval"),
        _test_row(WAVE_NAMES[1], one_mean(after, conf_level), "t interval"),
        _test_row(WAVE_NAMES[2], paired_difference(before, after, conf_level), "paired t"),
        _effect_row("d_z", effects.d_z, n, "noncentral t"),
        _effect_row("d_av", effects.d_av, n, "Bonett 2008"),
        _effect_row("hedges_g_av", effects.hedges_g_av, n, "Bonett 2008, small-sample factor"),
        _test_row("rank_biserial", ranks, f"{test}; interval: jackknife, Fisher z"),
    ]
    return _with_contrast(rows, contrast)


def group_rows(
    first: Floats, second: Floats, contrast: str, conf_level: float, names: tuple[str, str, str] = GROUP_NAMES
) -> list[Row]:
    """Return the rows of two independent samples of shapes (n1,) and (n2,), both n >= 3, no missing values."""
    effects = group_effects(first, second, conf_level)
    ranks = rank_sum(first, second, conf_level)
    n = len(first) + len(second)
    exact = ranks.rank_biserial.exact
    test = "Mann-Whitney, exact" if exact else "Mann-Whitney, normal with ties and continuity"
    rows = [
        _test_row(names[0], one_mean(first, conf_level), "t interval"),
        _test_row(names[1], one_mean(second, conf_level), "t interval"),
        _test_row(names[2], welch_difference(first, second, conf_level), "Welch t"),
        _effect_row("d_s", effects.d_s, n, "noncentral t"),
        _effect_row("hedges_g_s", effects.hedges_g_s, n, "noncentral t, small-sample factor"),
        _test_row("rank_biserial", ranks.rank_biserial, f"{test}; interval: Brunner-Munzel, logit"),
        _test_row("prob_superiority", ranks.prob_superiority, "Brunner-Munzel; interval on the logit"),
    ]
    return _with_contrast(rows, contrast)


def share_rows(changed: ReliableChange | None, n: int, contrast: str, conf_level: float) -> list[Row]:
    """Return the limit of measurement error and the shares beyond it; hidden where they rest on one to four people."""
    limit = math.nan if changed is None else changed.threshold
    way = "1.96 sqrt(2) SEM, alpha and sd before"
    rows: list[Row] = [
        {"term": LIMIT_TERM, "contrast": contrast, "estimate": limit, "n": n, "method": way, "suppressed": False}
    ]
    method = "beyond measurement error (Jacobson & Truax 1991); Wilson"
    for term in SHARE_TERMS:
        row = {"term": term, "contrast": contrast, "estimate": math.nan, "n": n, "method": method, "suppressed": False}
        if changed is not None:
            count = changed.improved if term == "share_improved" else changed.worsened
            unchanged = n - changed.improved - changed.worsened
            row["suppressed"] = any(0 < cell < FEWEST_IN_A_CELL for cell in (count, n - count, unchanged))
            if not row["suppressed"]:
                low, high = wilson_interval(count, n, conf_level)
                row |= {"estimate": count / n, "ci_low": low, "ci_high": high}
        rows.append(row)
    return rows


def hidden_rows(terms: tuple[str, ...], contrast: str, n: Mapping[str, int], everybody: int) -> list[Row]:
    """Return rows without numbers, for too few people; `n` gives the people behind the terms that have their own.

    Fewer than ten people are not counted, nor are all together, from whom they could be worked out.
    """
    told = {term: count if count >= FEWEST_PEOPLE else None for term, count in n.items()}
    together = everybody if None not in told.values() else None
    return [
        {
            "term": term,
            "contrast": "" if term in n else contrast,
            **dict.fromkeys(NUMBERS, math.nan),
            "n": told.get(term, together),
            "method": "too few people",
            "suppressed": True,
        }
        for term in terms
    ]


def _test_row(term: str, found: MeanEstimate | RankEffect, method: str) -> Row:
    return {
        "term": term, "estimate": found.estimate, "std_error": found.std_error, "statistic": found.statistic,
        "df": found.df, "p_value": found.p_value, "ci_low": found.ci_low, "ci_high": found.ci_high, "n": found.n,
        "method": method, "suppressed": False,
    }  # fmt: skip


def _effect_row(term: str, found: Effect, n: int, method: str) -> Row:
    return {
        "term": term, "estimate": found.estimate, "std_error": found.std_error, "ci_low": found.ci_low,
        "ci_high": found.ci_high, "n": n, "method": method, "suppressed": False,
    }  # fmt: skip


def _with_contrast(rows: list[Row], contrast: str) -> list[Row]:
    """Name the contrast of every row but the two means."""
    return [{**row, "contrast": "" if place < 2 else contrast} for place, row in enumerate(rows)]
