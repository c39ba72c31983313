"""Comparisons of two arrays, for those who have numbers and no questionnaire."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from trustmeter.errors import DesignError, EstimationError
from trustmeter.options import FEWEST_PEOPLE, check_conf_level
from trustmeter.pilot.change.rows import GROUP_NAMES, WAVE_NAMES, group_rows, paired_rows
from trustmeter.results import Provenance, Result, told_count, vocabulary_frame
from trustmeter.stats.disclosure.small_cells import too_small

Numbers: TypeAlias = "Sequence[float] | NDArray[Any] | pd.Series[Any]"


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class ArrayComparison(Result):
    """What two arrays say about a change or a difference; ``float(result)`` is the difference of the means."""

    title: ClassVar[str] = "Comparison"

    def __float__(self) -> float:
        rows = self.table["term"].isin((WAVE_NAMES[2], GROUP_NAMES[2]))
        return float(self.table.loc[rows, "estimate"].iloc[0])

    def value(self, term: str) -> float:
        """Return the estimate of one term, such as ``"d_av"``."""
        rows = self.table["term"] == term
        if not rows.any():
            listed = ", ".join(self.table["term"])
            raise DesignError(f"This comparison has no term {term!r}. It has {listed}.")
        return float(self.table.loc[rows, "estimate"].iloc[0])


def compare_paired(before: Numbers, after: Numbers, *, conf_level: float = 0.95) -> ArrayComparison:
    """Compare two measurements of the same people.

    Use it for linked before and after scores without a questionnaire. The first number of both is the same person.
    Two Series that share labels must hold them in the same order, so that nobody is compared with somebody else.
    Pairs with a missing number are left out and counted.

    Parameters
    ----------
    before, after
        Numbers of equal length.
    conf_level
        Level of all intervals.

    Returns
    -------
    ArrayComparison
        Rows ``mean_before``, ``mean_after``, ``mean_change`` (paired t), ``d_z``, ``d_av``, ``hedges_g_av`` and
        ``rank_biserial`` (Wilcoxon); columns ``term contrast estimate std_error statistic df p_value ci_low ci_high
        n method suppressed``.

    Raises
    ------
    DesignError
        When the lengths differ, something is no number, or two Series share labels but not their order.
    EstimationError
        When fewer than three complete pairs are left.

    Notes
    -----
    Let D be the changes. d_z = mean(D) / sd(D), interval from the noncentral t distribution.
    d_av = mean(D) / sqrt((var(before) + var(after)) / 2), interval of Bonett (2008); hedges_g_av is d_av without its
    small-sample bias. rank_biserial = (V+ - V-) / (V+ + V-) of the signed ranks, interval by jackknife and Fisher's z
    (not by the standard error under no change, which makes it too narrow). It has no interval when all changes go one
    way. Means that are equal on paper count as ties even when the computer stores them with different last digits.
    d_z and d_av answer different questions: d_z grows with the correlation of the two measurements, d_av does not.

    References
    ----------
    Bonett, D. G. (2008). Confidence intervals for standardized linear contrasts of means. Psychological Methods,
    13(2), 99-109. doi:10.1037/1082-989X.13.2.99

    Lakens, D. (2013). Calculating and reporting effect sizes to facilitate cumulative science. Frontiers in
    Psychology, 4, 863. doi:10.3389/fpsyg.2013.00863

    Kerby, D. S. (2014). The simple difference formula. Comprehensive Psychology, 3, 11.IT.3.1. doi:10.2466/11.IT.3.1

    Examples
    --------
    In R ``t.test(after, before, paired = TRUE)`` gives the same change, interval and p.

    >>> from trustmeter.pilot.array import compare_paired
    >>> result = compare_paired([3, 4, 2, 5, 4, 3], [4, 4, 3, 5, 5, 4])
    >>> round(float(result), 4), round(result.value("d_z"), 4)
    (0.6667, 1.291)
    """
    check_conf_level(conf_level, "compare_paired")
    first, second = _numbers(before, "before", "compare_paired"), _numbers(after, "after", "compare_paired")
    if len(first) != len(second):
        message = f"`compare_paired` needs two numbers a person. Got {len(first)} before and {len(second)} after."
        raise DesignError(f"{message} For different people use `compare_groups`.")
    _same_order(before, after)
    complete = ~(np.isnan(first) | np.isnan(second))
    _enough(int(complete.sum()), "complete pairs", "compare_paired")
    rows = paired_rows(first[complete], second[complete], "after - before", conf_level)
    n = int(complete.sum())
    return _result(rows, {"pairs with a missing number": int(np.sum(~complete))}, n, n, conf_level)


def compare_groups(a: Numbers, b: Numbers, *, conf_level: float = 0.95) -> ArrayComparison:
    """Compare two groups of different people.

    Use it for two arrays without a questionnaire. Differences are ``b - a``. Missing numbers are left out and counted.

    Parameters
    ----------
    a, b
        Numbers of the first and of the second group.
    conf_level
        Level of all intervals.

    Returns
    -------
    ArrayComparison
        Rows ``mean_first``, ``mean_second``, ``mean_difference`` (Welch t), ``d_s``, ``hedges_g_s``,
        ``rank_biserial`` (Mann-Whitney) and ``prob_superiority`` (Brunner-Munzel); columns as of `compare_paired`.

    Raises
    ------
    DesignError
        When something is no number.
    EstimationError
        When a group has fewer than three numbers.

    Notes
    -----
    d_s = (mean(b) - mean(a)) / pooled sd, interval from the noncentral t distribution; hedges_g_s is d_s without its
    small-sample bias. prob_superiority = P(b > a) + P(b = a) / 2, interval on the logit of the Brunner-Munzel
    standard error; rank_biserial is twice that minus one.

    References
    ----------
    Welch, B. L. (1947). Biometrika, 34(1-2), 28-35. doi:10.1093/biomet/34.1-2.28

    Brunner, E., & Munzel, U. (2000). The nonparametric Behrens-Fisher problem. Biometrical Journal, 42(1), 17-25.
    doi:10.1002/(SICI)1521-4036(200001)42:1<17::AID-BIMJ17>3.0.CO;2-U

    Goulet-Pelletier, J.-C., & Cousineau, D. (2018). A review of effect sizes and their confidence intervals, part I.
    The Quantitative Methods for Psychology, 14(4), 242-265. doi:10.20982/tqmp.14.4.p242

    Examples
    --------
    In R ``t.test(b, a)`` gives the same difference, interval and p.

    >>> from trustmeter.pilot.array import compare_groups
    >>> result = compare_groups([3, 4, 2, 5, 4], [4, 5, 3, 5, 5, 4])
    >>> round(float(result), 4), round(result.value("prob_superiority"), 4)
    (0.7333, 0.7)
    """
    check_conf_level(conf_level, "compare_groups")
    first, second = _numbers(a, "a", "compare_groups"), _numbers(b, "b", "compare_groups")
    missing = int(np.isnan(first).sum() + np.isnan(second).sum())
    first, second = first[~np.isnan(first)], second[~np.isnan(second)]
    smallest = min(len(first), len(second))
    _enough(smallest, "numbers in each group", "compare_groups")
    rows = group_rows(first, second, "b - a", conf_level)
    return _result(rows, {"missing numbers": missing}, len(first) + len(second), smallest, conf_level)


def _numbers(values: Numbers, name: str, where: str) -> NDArray[np.float64]:
    try:
        array = pd.array(values).to_numpy(dtype=float, na_value=np.nan)
    except (TypeError, ValueError):
        raise DesignError(f"The `{name}` argument of `{where}` must hold numbers in one dimension.") from None
    if array.ndim != 1 or np.isinf(array).any():
        raise DesignError(f"The `{name}` argument of `{where}` must hold finite numbers in one dimension.")
    return np.asarray(array, dtype=float)


def _same_order(before: Numbers, after: Numbers) -> None:
    """Refuse two Series whose labels say that the same position is not the same person."""
    if not (isinstance(before, pd.Series) and isinstance(after, pd.Series)) or before.index.equals(after.index):
        return
    if shared := len(before.index.intersection(after.index)):
        message = f"The Series of `compare_paired` share {shared} labels, but the same position has different labels."
        cure = "Line them up first, as by `before, after = before.align(after, join='inner')`, or pass `.to_numpy()`"
        raise DesignError(f"{message} {cure} if the positions are right.")


def _enough(n: int, what: str, where: str) -> None:
    if n < 3:
        message = f"`{where}` needs at least 3 {what}. Got fewer."
        raise EstimationError(f"{message} The means of fewer can be described, but no change tested: ask more people.")


def _result(
    rows: list[dict[str, Any]], left_out: dict[str, int], n: int, smallest: int, conf_level: float
) -> ArrayComparison:
    notes = tuple(f"Left out: {told_count(count)} {reason}." for reason, count in left_out.items() if count)
    term = next(row["term"] for row in rows if row["term"] in (WAVE_NAMES[2], GROUP_NAMES[2]))
    if any(row["term"] == term and np.isnan(row["p_value"]) for row in rows):
        what = "changes" if term == WAVE_NAMES[2] else "numbers"
        notes += (f"The {what} do not vary, so there is no test and no interval.",)
    if too_small(smallest):
        few = f"fewer than {FEWEST_PEOPLE} people"
        notes += (f"A mean of {few} may tell about one of them: keep it from publication.",)
    reasons = {reason: count for reason, count in left_out.items() if count}
    provenance = Provenance(options={"conf_level": conf_level}, rows_used=n, rows_left_out=reasons)
    return ArrayComparison(table=vocabulary_frame(rows), notes=notes, provenance=provenance)
