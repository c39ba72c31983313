"""Do coders agree about categories? Kappa and its relatives for two raters or many."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, get_args

import numpy as np
import scipy

from trustmeter.errors import DesignError, EstimationError
from trustmeter.options import AgreementWeights, check_conf_level, check_option
from trustmeter.psychometrics.agreement.coding import Coded, coded_ratings
from trustmeter.psychometrics.agreement.reading import Floats, Numbers, Ratings, enough_units, rating_frame
from trustmeter.psychometrics.agreement.result import (
    AgreementResult,
    agreement_result,
    few_units,
    measured_row,
    point_row,
)
from trustmeter.stats.agreement.coincidence import NOISE
from trustmeter.stats.agreement.limits import Measured
from trustmeter.stats.agreement.raters import BeyondChance, beyond_chance, fleiss_null_error, rating_counts
from trustmeter.stats.agreement.weighted import agreement_weights, cohen_kappa, cross_table
from trustmeter.stats.comparison.change import wilson_interval
from trustmeter.stats.covariance import normal_quantile


def kappa(
    ratings: Ratings | Numbers,
    second: Numbers | None = None,
    *,
    weights: AgreementWeights = "unweighted",
    categories: Sequence[Any] | None = None,
    unit: str | None = None,
    rater: str | None = None,
    rating: str | None = None,
    conf_level: float = 0.95,
) -> AgreementResult:
    """Estimate how far raters agree about categories beyond chance: Cohen's kappa of two, Fleiss' kappa of many.

    Use it for coding of open answers and focus groups, double data entry, or the same item asked twice. Gwet's AC and
    the share of agreement stand beside it, since kappa can be low though raters agree nearly always, when nearly
    everything falls into one category.

    Parameters
    ----------
    ratings
        A frame or two-dimensional array with one row a unit and one column a rater; or the ratings of the first rater;
        or a long frame, with the three column names below. Cells may be missing.
    second
        The ratings of the second rater, when `ratings` are those of the first.
    weights
        ``"unweighted"``: every disagreement counts fully. ``"linear"``, ``"quadratic"``: by its distance, or squared
        distance, on ordered categories; that of numbers is the difference of the numbers.
    categories
        All categories from low to high; those seen when left out. Gwet's AC depends on how many there are.
    unit, rater, rating
        Of a long frame: the columns that hold the unit, the rater, and the rating.
    conf_level
        Level of the intervals.

    Returns
    -------
    AgreementResult
        Columns ``group term estimate std_error statistic p_value ci_low ci_high n method suppressed``. Terms
        ``agreement`` (share, weighted), ``kappa``, ``gwet_ac1`` (weighted: ``gwet_ac2``), ``brennan_prediger``; of two
        raters and two categories ``prevalence_index`` and ``bias_index``; of three raters or more, unweighted,
        ``kappa`` of each category (``group``) against all others. ``float(result)`` is kappa.

    Raises
    ------
    DesignError
        When a rating is none of the `categories`, words without order are weighted, or a unit is rated twice by one.
    EstimationError
        When there is one rater, fewer than five units, or one category only.

    Notes
    -----
    All are (Po - Pe) / (1 - Pe) with Po the agreement observed. Pe, the agreement by chance: Cohen, from the two raters'
    own shares; Fleiss, from the shares of all; Gwet, sum(W) / (c (c - 1)) sum p (1 - p) with weights W of c categories;
    Brennan-Prediger, equal shares. Cohen's standard errors are those of Fleiss, Cohen and Everitt; ``statistic`` is
    kappa over its standard error when agreement is chance. The other standard errors are over units (delta method) and
    hold for missing ratings; their limits use t on n - 1 degrees. Fleiss' ``statistic`` is that of Fleiss, Nee and
    Landis, given when all units have equally many ratings. prevalence_index = |a - d| / n and bias_index = |b - c| / n
    of the two-by-two table: the larger the first, the lower kappa at the same agreement.

    References
    ----------
    Cohen, J. (1968). Weighted kappa. Psychological Bulletin, 70(4), 213-220. doi:10.1037/h0026256

    Fleiss, J. L., Cohen, J., & Everitt, B. S. (1969). Large sample standard errors of kappa and weighted kappa.
    Psychological Bulletin, 72(5), 323-327. doi:10.1037/h0028106

    Fleiss, J. L. (1971). Measuring nominal scale agreement among many raters. Psychological Bulletin, 76(5), 378-382.
    doi:10.1037/h0031619

    Gwet, K. L. (2008). Computing inter-rater reliability and its variance in the presence of high agreement. British
    Journal of Mathematical and Statistical Psychology, 61(1), 29-48. doi:10.1348/000711006X126600

    Byrt, T., Bishop, J., & Carlin, J. B. (1993). Bias, prevalence and kappa. Journal of Clinical Epidemiology, 46(5),
    423-429. doi:10.1016/0895-4356(93)90018-V

    Examples
    --------
    In R ``psych::cohen.kappa(cbind(first, second))`` gives the same kappa (of weighted kappa another standard error),
    ``irr::kappam.fleiss`` the same kappa of many raters and z.

    >>> from trustmeter.psychometrics.agreement.coders import kappa
    >>> first = ["yes"] * 25 + ["no"] * 25
    >>> second = ["yes"] * 20 + ["no"] * 5 + ["yes"] * 10 + ["no"] * 15
    >>> result = kappa(first, second)
    >>> round(float(result), 2), round(result.value("agreement"), 2), round(result.value("bias_index"), 2)
    (0.4, 0.7, 0.1)
    """
    check_conf_level(conf_level, "kappa")
    check_option("weights", weights, AgreementWeights, "kappa")
    coded = coded_ratings(rating_frame(ratings, second, (unit, rater, rating), "kappa"), categories, "kappa")
    if weights != "unweighted" and not coded.ordered:
        raise DesignError("`kappa` with weights needs ordered categories. List them from low to high in `categories`.")
    power = get_args(AgreementWeights).index(weights)
    W = agreement_weights(coded.values, power)
    two = coded.codes.shape[1] == 2
    rated = np.sum(coded.codes >= 0, axis=1) if two else np.sum(coded.codes >= 0, axis=1) + 1
    codes = coded.codes[rated > 1]
    left_out = {"units without two ratings" if two else "units without a rating": len(rated) - len(codes)}
    enough_units(int(np.sum(np.sum(codes >= 0, axis=1) > 1)), "units with two ratings or more", "kappa")
    counts = rating_counts(codes, len(coded.labels))
    if (counts.sum(axis=0) > 0).sum() < 2:
        raise EstimationError("`kappa` needs ratings that differ. All ratings fall into one category.")
    rows = _of_two(codes, W, weights, conf_level) if two else _of_many(counts, W, weights, coded, conf_level)
    rows[2:2] = _beside(counts, W, weights, conf_level)
    notes = _notes(rows, codes, coded, weights, categories) + few_units(len(codes), "units")
    options = {"weights": weights, "categories": len(coded.labels), "conf_level": conf_level}
    return agreement_result(rows, "kappa", notes, options, left_out)


def _of_two(codes: Any, W: Floats, weights: str, conf_level: float) -> list[dict[str, Any]]:
    table = cross_table(codes[:, 0], codes[:, 1], len(W))
    n = len(codes)
    found = cohen_kappa(table, W)
    margin = normal_quantile(conf_level) * found.std_error
    low, high = (found.estimate - margin, min(found.estimate + margin, 1.0)) if margin > 0 else (math.nan,) * 2
    z = found.estimate / found.null_error if found.null_error > 0 else math.nan
    row = measured_row("kappa", Measured(found.estimate, found.std_error, low, high), n, f"Cohen, {weights}")
    p_value = 2 * float(scipy.special.ndtr(-abs(z)))
    rows = [_agreement_row(table, W, weights, conf_level), {**row, "statistic": z, "p_value": p_value}]
    if len(W) == 2:
        rows.append(point_row("prevalence_index", abs(float(table[0, 0] - table[1, 1])) / n, n, "|a - d| / n"))
        rows.append(point_row("bias_index", abs(float(table[0, 1] - table[1, 0])) / n, n, "|b - c| / n"))
    return rows


def _agreement_row(table: Floats, W: Floats, weights: str, conf_level: float) -> dict[str, Any]:
    """Return the share of agreement of two raters, with Wilson's interval where it is a share of units."""
    n = int(table.sum())
    share = float(np.sum(W * table)) / n
    if weights == "unweighted":
        low, high = wilson_interval(round(float(np.trace(table))), n, conf_level)
        error = math.sqrt(share * (1 - share) / n) if 0 < share < 1 else math.nan
        return measured_row("agreement", Measured(share, error, low, high), n, "share of units; Wilson interval")
    error = math.sqrt(max(float(np.sum(W**2 * table)) / n - share**2, 0.0) / (n - 1))
    return measured_row("agreement", _with_t(share, error, n, conf_level, 0.0), n, f"{weights} weights")


def _of_many(counts: Floats, W: Floats, weights: str, coded: Coded, conf_level: float) -> list[dict[str, Any]]:
    n = len(counts)
    whole_error, one_error = fleiss_null_error(counts)
    uniform, found = beyond_chance(counts, W, "uniform"), beyond_chance(counts, W, "fleiss")
    share = _with_t(uniform.observed, uniform.std_error * (1 - uniform.expected), n, conf_level, 0.0)
    words = "mean over units of the share of agreeing pairs" + (
        "" if weights == "unweighted" else f"; {weights} weights"
    )
    rows = [measured_row("agreement", share, n, words)]
    rows.append(
        _fleiss_row(found, whole_error if weights == "unweighted" else math.nan, n, f"Fleiss, {weights}", conf_level)
    )
    if weights != "unweighted" or len(W) == 2:
        return rows
    for at, label in enumerate(coded.labels):
        pair = np.column_stack([counts[:, at], counts.sum(axis=1) - counts[:, at]])
        one = beyond_chance(pair, np.eye(2), "fleiss")
        rows.append(
            {**_fleiss_row(one, one_error, n, "Fleiss, against all other categories", conf_level), "group": label}
        )
    return rows


def _fleiss_row(found: BeyondChance, null_error: float, n: int, method: str, conf_level: float) -> dict[str, Any]:
    z = found.estimate / null_error if null_error > 0 else math.nan
    row = measured_row("kappa", _with_t(found.estimate, found.std_error, n, conf_level, -math.inf), n, method)
    return {**row, "statistic": z, "p_value": 2 * float(scipy.special.ndtr(-abs(z)))}


def _beside(counts: Floats, W: Floats, weights: str, conf_level: float) -> list[dict[str, Any]]:
    """Return the rows of Gwet's coefficient and of Brennan and Prediger's."""
    n = len(counts)
    name = "gwet_ac1" if weights == "unweighted" else "gwet_ac2"
    gwet, uniform = beyond_chance(counts, W, "gwet"), beyond_chance(counts, W, "uniform")
    return [
        measured_row(name, _with_t(gwet.estimate, gwet.std_error, n, conf_level, -math.inf), n, f"Gwet, {weights}"),
        measured_row(
            "brennan_prediger", _with_t(uniform.estimate, uniform.std_error, n, conf_level, -math.inf), n,
            f"equal chances, {weights}",
        ),
    ]  # fmt: skip


def _with_t(estimate: float, error: float, n: int, conf_level: float, lowest: float) -> Measured:
    """Return limits from t on n - 1 degrees, cut at the lowest possible value and 1; none where nothing varies."""
    if not error > NOISE:
        return Measured(estimate, math.nan, math.nan, math.nan)
    margin = float(scipy.special.stdtrit(n - 1, (1 + conf_level) / 2)) * error
    return Measured(estimate, error, max(estimate - margin, lowest), min(estimate + margin, 1.0))


def _notes(
    rows: Sequence[Mapping[str, Any]], codes: Any, coded: Coded, weights: str, categories: Sequence[Any] | None
) -> list[str]:
    notes = list(coded.notes)
    found = rows[1]
    if rows[0]["estimate"] == 1:
        notes.append("The raters agree on every unit, so kappa has no standard error.")
    elif math.isnan(found["std_error"]) and rows[0]["estimate"] == 0:
        notes.append("The raters disagree on every unit, so kappa has no standard error.")
    elif math.isnan(found["std_error"]):
        notes.append(
            "The ratings do not tell how far agreement varies from unit to unit, so kappa has no standard error."
        )
    if found["estimate"] < 0:
        notes.append(
            "Kappa is below zero: raters agree less often than by chance. Do they use the codes in the same way?"
        )
    if codes.shape[1] == 2 and any(len(np.unique(column)) == 1 for column in codes.T):
        notes.append(
            "A rater gave the same rating to every unit: kappa cannot be above zero then, whatever the agreement."
        )
    elif found["estimate"] < rows[2]["estimate"] - 0.2:
        notes.append("Kappa is well below Gwet's coefficient: ratings crowd in few categories, so look at both.")
    steps = np.diff(coded.values)
    if categories is None and weights != "unweighted" and len(steps) > 1 and not np.allclose(steps, steps[0]):
        notes.append(
            "The numbers seen are not equally spaced, and are weighted by their differences; are all `categories` listed?"
        )
    return notes
