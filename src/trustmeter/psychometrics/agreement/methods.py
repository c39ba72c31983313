"""Can one way of measuring stand in for another? Limits of agreement, and concordance."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from trustmeter.errors import DesignError, EstimationError
from trustmeter.options import check_conf_level
from trustmeter.psychometrics.agreement.reading import Floats, Numbers, enough_people, one_row, same_people
from trustmeter.psychometrics.agreement.result import AgreementResult, agreement_result, measured_row, point_row
from trustmeter.stats.agreement.limits import (
    Limits,
    concordance_correlation,
    limits_of_agreement,
    proportional_bias,
    repeated_limits,
)

_CONTRAST = "first - second"
_SLOPED = (
    "The interval of the slope leaves out 0: the difference seems to change with the size of what is measured, and then "
    "one pair of limits does not fit all sizes."
)


def bland_altman(
    first: Numbers,
    second: Numbers,
    *,
    person: Numbers | None = None,
    coverage: float = 0.95,
    conf_level: float = 0.95,
) -> AgreementResult:
    """Estimate the limits between which most differences of two measurements of the same people lie.

    Use it to ask whether two forms, modes or scorings of a scale can stand in for each other: it answers in points of
    the scale, not with a correlation, so that you can say whether such differences would matter.

    Parameters
    ----------
    first, second
        Numbers of equal length; the same position is the same person (and occasion).
    person
        Who was measured, when people were measured several times: one label a pair. What is measured may change between
        the pairs of a person.
    coverage
        The share of differences that should lie between the limits.
    conf_level
        Level of the intervals.

    Returns
    -------
    AgreementResult
        Columns ``term contrast estimate std_error statistic df p_value ci_low ci_high n method suppressed``. Terms
        ``bias`` (mean of first - second), ``sd_difference``, ``limit_lower``, ``limit_upper``, ``proportional_bias``
        (slope of differences on means; its t test). ``n`` counts people. ``float(result)`` is the bias.

    Raises
    ------
    DesignError
        When lengths differ, something is no number, or Series share labels but not their order.
    EstimationError
        When there are fewer than ten people, or the differences do not vary.

    Notes
    -----
    Limits are bias -+ z sd with z the normal quantile of `coverage`; each limit has the exact interval of a quantile of
    a normal distribution (noncentral t; each on its own, not both together). With several pairs a person, the variance
    of a difference is S_b^2 + (1 - 1 / m) S_w^2, between people's mean differences and within people, m the harmonic
    mean of their numbers; intervals recover the variance of both parts (MOVER). Differences should be about normal and
    not spread out with the size of what is measured: look at the picture. The slope does not know of several pairs a
    person and is then left out.

    References
    ----------
    Bland, J. M., & Altman, D. G. (1986). Statistical methods for assessing agreement between two methods of clinical
    measurement. The Lancet, 327(8476), 307-310. doi:10.1016/S0140-6736(86)90837-8

    Carkeet, A. (2015). Exact parametric confidence intervals for Bland-Altman limits of agreement. Optometry and Vision
    Science, 92(3), e71-e80. doi:10.1097/OPX.0000000000000513

    Bland, J. M., & Altman, D. G. (2007). Agreement between methods of measurement with multiple observations per
    individual. Journal of Biopharmaceutical Statistics, 17(4), 571-582. doi:10.1080/10543400701329422

    Zou, G. Y. (2013). Confidence interval estimation for the Bland-Altman limits of agreement with multiple observations
    per individual. Statistical Methods in Medical Research, 22(6), 630-642. doi:10.1177/0962280211402548

    Examples
    --------
    In R ``t.test(first - second)`` gives the same bias and interval.

    >>> from trustmeter.psychometrics.agreement.methods import bland_altman
    >>> wright = [494, 395, 516, 434, 476, 557, 413, 442, 650, 433, 417, 656, 267, 478, 178, 423, 427]
    >>> mini = [512, 430, 520, 428, 500, 600, 364, 380, 658, 445, 432, 626, 260, 477, 259, 350, 451]
    >>> result = bland_altman(wright, mini)
    >>> round(float(result), 1), round(result.value("limit_lower"), 1), round(result.value("limit_upper"), 1)
    (-2.1, -78.1, 73.9)
    """
    where = "bland_altman"
    check_conf_level(conf_level, where)
    if not 0 < coverage < 1:
        raise DesignError(
            f"The `coverage` argument of `{where}` must lie between 0 and 1, such as 0.95. Got {coverage!r}."
        )
    x, y, people, missing = _pairs(first, second, person, where)
    d = x - y
    n = len(np.unique(people))
    enough_people(n, "people with both measurements", where)
    if not float(np.std(d)) > 1e-12 * float(np.max(np.abs([x, y])) or 1.0):
        raise EstimationError(f"`{where}` needs differences that vary. All pairs differ by the same amount.")
    repeated = n < len(d)
    rows = _limit_rows(_limits(d, people, repeated, coverage, conf_level), n, repeated, coverage)
    notes = [f"People were measured several times ({len(d)} pairs)."] if repeated else []
    mean = (x + y) / 2
    if not repeated and float(np.ptp(mean)) > 0:
        line = proportional_bias(d, mean, conf_level)
        row = measured_row("proportional_bias", line.slope, n, "slope of differences on means", contrast=_CONTRAST)
        rows.append({**row, "statistic": line.t, "df": line.df, "p_value": line.p_value})
        if not line.slope.ci_low <= 0 <= line.slope.ci_high:
            notes.append(_SLOPED)
    options = {"coverage": coverage, "conf_level": conf_level}
    return agreement_result(rows, "bias", notes, options, {"pairs with a missing value": missing})


def concordance(first: Numbers, second: Numbers, *, conf_level: float = 0.95) -> AgreementResult:
    """Estimate Lin's concordance correlation: how closely pairs lie to the line of equality.

    Use it beside `bland_altman` for one number without unit: it is Pearson's correlation, lowered for a shift of mean
    or spread. Like every correlation it grows with how much people differ.

    Parameters
    ----------
    first, second
        Numbers of equal length; the same position is the same person.
    conf_level
        Level of the intervals.

    Returns
    -------
    AgreementResult
        Columns ``term estimate std_error ci_low ci_high n method suppressed``; terms ``concordance``, ``pearson``,
        ``accuracy`` (their quotient), ``scale_shift`` (ratio of the standard deviations) and ``location_shift``.
        ``float(result)`` is the concordance.

    Raises
    ------
    DesignError
        When lengths differ, something is no number, or Series share labels but not their order.
    EstimationError
        When there are fewer than ten people, or one of the two does not vary.

    Notes
    -----
    concordance = 2 s_xy / (s_x^2 + s_y^2 + (mean x - mean y)^2), variances with divisor n; location_shift = (mean x -
    mean y) / (s_x s_y)^(1/2). Interval on Fisher's z; standard error for bivariate normal data, with Lin's correction of
    2000.

    References
    ----------
    Lin, L. I.-K. (1989). A concordance correlation coefficient to evaluate reproducibility. Biometrics, 45(1), 255-268.
    doi:10.2307/2532051

    Lin, L. I.-K. (2000). A note on the concordance correlation coefficient. Biometrics, 56(1), 324-325.
    doi:10.1111/j.0006-341X.2000.00324.x

    Examples
    --------
    In R ``epiR::epi.ccc(first, second)`` gives the same coefficient, with the standard error of 1989.

    >>> from trustmeter.psychometrics.agreement.methods import concordance
    >>> wright = [494, 395, 516, 434, 476, 557, 413, 442, 650, 433, 417, 656, 267, 478, 178, 423, 427]
    >>> mini = [512, 430, 520, 428, 500, 600, 364, 380, 658, 445, 432, 626, 260, 477, 259, 350, 451]
    >>> round(float(concordance(wright, mini)), 3)
    0.943
    """
    where = "concordance"
    check_conf_level(conf_level, where)
    x, y, _, missing = _pairs(first, second, None, where)
    enough_people(len(x), "people with both measurements", where)
    if any(not float(np.ptp(values)) > 0 for values in (x, y)):
        raise EstimationError(
            f"`{where}` needs numbers that vary. One of the two measurements is the same for everybody."
        )
    found = concordance_correlation(x, y, conf_level)
    n = len(x)
    rows = [
        measured_row("concordance", found.ccc, n, "Lin; Fisher z interval"),
        measured_row("pearson", found.pearson, n, "Fisher z interval"),
        point_row("accuracy", found.accuracy, n, "concordance / pearson"),
        point_row("scale_shift", found.scale_shift, n, "sd of first / sd of second"),
        point_row("location_shift", found.location_shift, n, "difference of means / geometric mean of sds"),
    ]
    notes = [] if abs(found.ccc.estimate) < 1 else ["All pairs are equal, so there is no interval."]
    options = {"conf_level": conf_level}
    return agreement_result(rows, "concordance", notes, options, {"pairs with a missing value": missing})


def _pairs(
    first: Numbers, second: Numbers, person: Numbers | None, where: str
) -> tuple[Floats, Floats, NDArray[np.intp], int]:
    """Return complete pairs, a number 0, 1, … a person, and how many pairs were left out."""
    x, y = one_row(first, "first", where), one_row(second, "second", where)
    same_people({"first": first, "second": second, **({} if person is None else {"person": person})}, where)
    people = np.arange(len(x)) if person is None else pd.factorize(np.asarray(pd.Series(person), dtype=object))[0]
    complete = ~(np.isnan(x) | np.isnan(y)) & (people >= 0)
    codes = np.unique(people[complete], return_inverse=True)[1]
    return x[complete], y[complete], codes, int(np.sum(~complete))


def _limits(d: Floats, people: NDArray[np.intp], repeated: bool, coverage: float, conf_level: float) -> Limits:
    return (
        repeated_limits(d, people, coverage, conf_level) if repeated else limits_of_agreement(d, coverage, conf_level)
    )


def _limit_rows(found: Limits, n: int, repeated: bool, coverage: float) -> list[dict[str, Any]]:
    share = f"{100 * coverage:g} % of differences"
    how = f"{share}; MOVER interval" if repeated else f"{share}; exact interval"
    of_bias = "mean of people's mean differences" if repeated else "mean difference"
    rows = [
        {**measured_row("bias", found.bias, n, of_bias), "df": found.df},
        measured_row("sd_difference", found.sd, n, "of a single difference"),
        measured_row("limit_lower", found.lower, n, how),
        measured_row("limit_upper", found.upper, n, how),
    ]
    return [{**row, "contrast": _CONTRAST} for row in rows]
