"""Do raters agree about numbers? The intraclass correlation in its six forms."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from trustmeter.errors import EstimationError
from trustmeter.options import check_conf_level
from trustmeter.psychometrics.agreement.reading import Floats, Ratings, enough_units, numeric_ratings, rating_frame
from trustmeter.psychometrics.agreement.result import (
    AgreementResult,
    agreement_result,
    below_zero,
    few_units,
    point_row,
)
from trustmeter.stats.agreement.components import pseudo_mean_squares, variance_components
from trustmeter.stats.agreement.intraclass import MeanSquares, mean_squares, six_intraclass

_FORMS = {
    "ICC(1,1)": "one-way, one rating (Shrout-Fleiss ICC1)",
    "ICC(A,1)": "two-way, absolute agreement, one rating (Shrout-Fleiss ICC2)",
    "ICC(C,1)": "two-way, consistency, one rating (Shrout-Fleiss ICC3)",
    "ICC(1,k)": "one-way, mean of k ratings (Shrout-Fleiss ICC1k)",
    "ICC(A,k)": "two-way, absolute agreement, mean of k ratings (Shrout-Fleiss ICC2k)",
    "ICC(C,k)": "two-way, consistency, mean of k ratings (Shrout-Fleiss ICC3k)",
}

_ALIKE = 1e-12
"""With a smaller F all targets have the same mean but for rounding; limits made from it would leave no room for chance."""


@dataclass(frozen=True, slots=True)
class _Parts:
    squares: MeanSquares
    target: float
    rater: float
    error: float
    method: str


def icc(
    ratings: Ratings,
    *,
    unit: str | None = None,
    rater: str | None = None,
    rating: str | None = None,
    conf_level: float = 0.95,
) -> AgreementResult:
    """Estimate how much of the variance of ratings is due to what is rated: the six intraclass correlations.

    Use it when several raters, coders or occasions give numbers to the same targets. Take ``ICC(A,1)`` when raters
    should give the same number, ``ICC(C,1)`` when only the order matters, ``ICC(1,1)`` when every target has other
    raters; the forms with k when the mean of all k ratings will be used.

    Parameters
    ----------
    ratings
        A frame or two-dimensional array with one row a target and one column a rater; or a long frame, with the three
        column names below. Cells may be missing.
    unit, rater, rating
        Of a long frame: the columns that hold the target, the rater, and the rating.
    conf_level
        Level of the intervals.

    Returns
    -------
    AgreementResult
        Columns ``term estimate statistic df p_value ci_low ci_high n method suppressed``; terms ``ICC(1,1)``,
        ``ICC(A,1)``, ``ICC(C,1)``, ``ICC(1,k)``, ``ICC(A,k)``, ``ICC(C,k)`` (McGraw and Wong's names; Shrout and
        Fleiss' in ``method``), then ``variance_target``, ``variance_rater``, ``variance_error``. ``statistic`` is F of no
        agreement and ``df`` its first degrees of freedom (``method`` tells both). ``float(result)`` is ICC(A,1).

    Raises
    ------
    DesignError
        When something is no number, or a rater rated a target twice.
    EstimationError
        When there is one rater, fewer than five targets, or nothing that varies.

    Notes
    -----
    Complete ratings: from mean squares R (targets), C (raters), E (rest), W (within targets) of n targets and k raters.
    ICC(1,1) = (R - W) / (R + (k - 1) W); ICC(C,1) = (R - E) / (R + (k - 1) E); ICC(A,1) = (R - E) / (R + (k - 1) E +
    k (C - E) / n); of the mean of k ratings k r / (1 + (k - 1) r). Intervals of the first two are exact, that of
    ICC(A,1) is McGraw and Wong's. Their interval of ICC(A,k) is the same as stepping up the limits of ICC(A,1); a
    program that puts k into its degrees of freedom once more gives another, wider one.

    Missing cells: variance components by restricted maximum likelihood (REML), which keeps every rating and needs the
    gaps to depend on nothing but the ratings that are there. Intervals are then approximate: those above, on the mean
    squares that balanced data with these variances would have (harmonic means of counts). A negative estimate means no
    agreement; REML gives 0 instead.

    References
    ----------
    McGraw, K. O., & Wong, S. P. (1996). Forming inferences about some intraclass correlation coefficients.
    Psychological Methods, 1(1), 30-46. doi:10.1037/1082-989X.1.1.30

    Shrout, P. E., & Fleiss, J. L. (1979). Intraclass correlations: Uses in assessing rater reliability. Psychological
    Bulletin, 86(2), 420-428. doi:10.1037/0033-2909.86.2.420

    Examples
    --------
    In R ``psych::ICC(ratings, lmer = FALSE)`` gives the same; with missing cells ``lme4::lmer(rating ~ (1 | target) +
    (1 | rater))`` the same variances.

    >>> from trustmeter.psychometrics.agreement.ratings import icc
    >>> ratings = [[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]]
    >>> result = icc(ratings)
    >>> round(float(result), 4), round(result.value("ICC(C,k)"), 4)
    (0.2898, 0.9093)
    """
    check_conf_level(conf_level, "icc")
    x = numeric_ratings(rating_frame(ratings, None, (unit, rater, rating), "icc"), "icc")
    rows_all, columns_all = x.shape
    x = x[(~np.isnan(x)).any(axis=1)]
    x = x[:, (~np.isnan(x)).any(axis=0)]
    if x.shape[1] < 2:
        raise EstimationError(f"`icc` needs two raters or more who rated something. Got {x.shape[1]}.")
    enough_units(len(x), "rated targets", "icc")
    parts = _incomplete(x) if np.isnan(x).any() else _complete(x)
    notes = few_units(len(x), "targets")
    if min(parts.target, parts.rater) <= 0:
        which = " and ".join(name for name, v in (("targets", parts.target), ("raters", parts.rater)) if v <= 0)
        notes.append(f"The variance between {which} is estimated as zero or less; it is shown as 0.")
    rows = _rows(parts, len(x), conf_level)
    notes += _below_zero(rows)
    left_out = {"targets without a rating": rows_all - len(x), "raters without a rating": columns_all - x.shape[1]}
    return agreement_result(rows, "ICC(A,1)", notes, {"conf_level": conf_level}, left_out)


def _rows(parts: _Parts, n: int, conf_level: float) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    for term, found in six_intraclass(parts.squares, conf_level).items():
        low, high = (found.ci_low, found.ci_high) if found.f > _ALIKE else (math.nan, math.nan)
        test = f"F({found.df1:.0f}, {found.df2:.0f})"
        rows.append({
            "term": term, "estimate": found.estimate, "statistic": found.f, "df": found.df1, "p_value": found.p_value,
            "ci_low": low, "ci_high": high, "n": n, "suppressed": False,
            "method": f"{_FORMS[term]}; {test}; {parts.method}; k = {parts.squares.raters}",
        })  # fmt: skip
    variances = {"variance_target": parts.target, "variance_rater": parts.rater, "variance_error": parts.error}
    return rows + [point_row(term, max(value, 0.0), n, parts.method) for term, value in variances.items()]


def _below_zero(rows: list[dict[str, Any]]) -> list[str]:
    found = {row["term"]: row["estimate"] for row in rows}
    notes = below_zero(found["ICC(A,1)"], "ICC(A,1)")
    if not notes and min(found[term] for term in _FORMS) < 0:
        listed = ", ".join(term for term in _FORMS if found[term] < 0)
        notes = [f"Below zero: {listed}. Read it as no agreement: targets differ less than their ratings do."]
    first = next(row for row in rows if row["term"] == "ICC(A,1)")
    if not max(row["statistic"] for row in rows if row["term"] in _FORMS) > _ALIKE:
        notes.append(
            "All targets have the same mean rating: the estimates are as low as they can be, without intervals."
        )
    elif math.isnan(first["ci_low"]):
        notes.append("ICC(A,1) is so far below zero that its interval is unknown.")
    if any(found[term] == -math.inf for term in _FORMS):
        notes.append("A form of k ratings falls without end (-inf) where targets differ as little as they can.")
    return notes


def _complete(x: Floats) -> _Parts:
    ms = mean_squares(x)
    spread = float(np.ptp(x))
    if not ms.error > 1e-20 * spread**2 or spread == 0:
        message = "`icc` needs ratings that differ in more than what target and rater explain"
        raise EstimationError(f"{message}: there is no error, so no interval. All raters agree up to a constant.")
    target, rater = (ms.target - ms.error) / ms.raters, (ms.rater - ms.error) / ms.targets
    return _Parts(ms, target, rater, ms.error, "mean squares")


def _incomplete(x: Floats) -> _Parts:
    there = ~np.isnan(x)
    cells, (n, k) = int(there.sum()), x.shape
    if cells < n + k or (there.sum(axis=1) > 1).sum() < 3:
        message = f"`icc` cannot tell targets from error: {n} targets have {cells} ratings by {k} raters."
        raise EstimationError(f"{message} It needs more ratings of the same targets.")
    if float(np.nanmax(x) - np.nanmin(x)) == 0:
        raise EstimationError("`icc` needs ratings that differ. Got the same number everywhere.")
    two, one = variance_components(x), variance_components(x, raters=False)
    if not (two.converged and one.converged):
        message = "`icc` found no stable variances by restricted maximum likelihood"
        raise EstimationError(
            f"{message}: the ratings may leave no error. Use the complete targets, `ratings.dropna()`."
        )
    return _Parts(pseudo_mean_squares(x, one, two), two.target, two.rater, two.error, "REML, missing cells")
