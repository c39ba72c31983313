"""Is a score the same when nothing happened? Test and retest."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import scipy

from trustmeter.errors import DesignError, EstimationError
from trustmeter.options import FEWEST_PEOPLE, check_conf_level
from trustmeter.psychometrics.agreement.pairing import Occasions, Scored, is_scored, linked_occasions, two_arrays
from trustmeter.psychometrics.agreement.reading import Floats, Numbers
from trustmeter.psychometrics.agreement.result import StabilityResult, below_zero, measured_row, stability_result
from trustmeter.responses.model import Responses
from trustmeter.stats.agreement.intraclass import absolute_agreement
from trustmeter.stats.agreement.limits import Measured, correlation_interval, limits_of_agreement
from trustmeter.stats.agreement.stability import measurement_errors
from trustmeter.stats.agreement.weighted import agreement_weights, cohen_kappa, cross_table
from trustmeter.stats.comparison.change import CRITERION
from trustmeter.stats.covariance import normal_quantile

_TERMS = ("icc", "pearson", "sem_agreement", "sem_consistency", "mdc_agreement", "mdc_consistency", "mean_change")


def retest(
    first: Responses | Scored | Numbers,
    second: Numbers | None = None,
    *,
    scale: str | Sequence[str] | None = None,
    waves: Sequence[str] | None = None,
    conf_level: float = 0.95,
) -> StabilityResult:
    """Estimate how stable a score is over two occasions between which nothing should have changed.

    Use it on a retest a week or two apart: it tells the error of one measurement and the smallest change of one person
    that is more than error. On waves between which something happened it mixes error with true change.

    Parameters
    ----------
    first
        Scores, or Responses, of two waves with a respondent code; or the numbers of the first occasion.
    second
        The numbers of the second occasion, when `first` are numbers; the same position is the same person.
    scale
        Of Scores and Responses: the id of a scale, several ids, or ``None`` for all.
    waves
        Of Scores and Responses: the two waves' names; may be left out when there are two.
    conf_level
        Level of the intervals.

    Returns
    -------
    StabilityResult
        Columns ``scale item term contrast estimate std_error statistic df p_value ci_low ci_high n method suppressed``.
        Terms ``icc`` (absolute agreement, one measurement), ``pearson``, ``sem_agreement``, ``sem_consistency``
        (standard errors of measurement), ``mdc_agreement``, ``mdc_consistency`` (minimal detectable change, 95 %),
        ``mean_change`` (second - first); of Responses also ``kappa`` (quadratic weights) of each item.
        ``float(result)`` is the ICC. A scale with fewer than ten linked people is suppressed.

    Raises
    ------
    DesignError
        When the waves cannot be told, no column says who answered, lengths differ, or something is no number.
    EstimationError
        When the only scale has fewer than ten people with both numbers, or nothing varies.

    Notes
    -----
    sem_consistency = sd(change) / 2^(1/2), interval by chi-square. sem_agreement adds the variance between the two
    occasions (not below 0), interval by the delta method on the logarithm, for these two occasions. mdc = 1.96 2^(1/2)
    sem. The interval of ``icc`` takes occasions as drawn from many; that of ``pearson`` is Fisher's. The COSMIN
    guideline asks for an ICC of at least 0.70: a rule of thumb.

    References
    ----------
    de Vet, H. C. W., Terwee, C. B., Knol, D. L., & Bouter, L. M. (2006). When to use agreement versus reliability
    measures. Journal of Clinical Epidemiology, 59(10), 1033-1039. doi:10.1016/j.jclinepi.2005.10.015

    McGraw, K. O., & Wong, S. P. (1996). doi:10.1037/1082-989X.1.1.30

    Examples
    --------
    In R ``psych::ICC(cbind(first, second), lmer = FALSE)`` gives the same ICC2 and interval.

    >>> from trustmeter.psychometrics.agreement.occasions import retest
    >>> first = [60, 45, 72, 38, 55, 80, 66, 49, 58, 70, 41, 63]
    >>> second = [62, 47, 70, 42, 50, 83, 69, 47, 61, 66, 45, 60]
    >>> result = retest(first, second)
    >>> round(float(result), 3), round(result.value("sem_agreement"), 2), round(result.value("mdc_agreement"), 1)
    (0.968, 2.36, 6.6)
    """
    check_conf_level(conf_level, "retest")
    occasions, left_out = _occasions(first, second, scale, waves)
    alone = len(occasions.scales) == 1
    rows: list[dict[str, Any]] = []
    notes = list(occasions.notes)
    for name, (x, y) in occasions.scales.items():
        found, said = _scale_rows(name, x, y, conf_level, alone)
        rows += found
        notes += said
    for (name, item), (x, y, categories) in occasions.items.items():
        rows.append(_item_row(name, item, (x, y), categories, conf_level))
    result = stability_result(rows, "icc", notes, {"conf_level": conf_level}, left_out)
    options = {**occasions.ground.options, "conf_level": conf_level}
    own = result.provenance
    ground = replace(occasions.ground, options=options).narrowed(own.rows_left_out, rows_used=own.rows_used)
    return replace(result, provenance=ground)


def _occasions(
    first: object, second: object, scale: str | Sequence[str] | None, waves: Sequence[str] | None
) -> tuple[Occasions, dict[str, int]]:
    if isinstance(first, Responses) or is_scored(first):
        if second is not None:
            raise DesignError("`retest` takes Scores or Responses alone. Name the two occasions with `waves`.")
        return linked_occasions(first, scale, waves, "retest"), {}
    if second is None or scale is not None or waves is not None:
        message = "`retest` of plain numbers needs two arrays, `first` and `second`, and neither `scale` nor `waves`."
        raise DesignError(f"{message} Or pass Scores or Responses of two waves.")
    x, y, missing = two_arrays(first, second, ("first", "second"), "retest")  # type: ignore[arg-type]
    return Occasions({"": (x, y)}), {"pairs with a missing number": missing}


def _scale_rows(
    scale: str, x: Floats, y: Floats, conf_level: float, alone: bool
) -> tuple[list[dict[str, Any]], list[str]]:
    complete = ~(np.isnan(x) | np.isnan(y))
    x, y = x[complete], y[complete]
    name = f" of scale {scale!r}" if scale else ""
    few = len(x) < FEWEST_PEOPLE
    reason = f"fewer than {FEWEST_PEOPLE} people have both numbers" if few else _constant(x, y)
    if reason and alone:
        raise EstimationError(f"`retest`{name} cannot be carried out: {reason}.")
    if reason:
        empty = {"scale": scale, "estimate": math.nan, "n": None if few else len(x), "suppressed": few, "method": ""}
        return [{**empty, "term": term} for term in _TERMS], [f"Scale {scale!r}: not estimated: {reason}."]
    rows = _numbers(x, y, conf_level)
    notes = below_zero(rows[0]["estimate"], f"The icc{name}")
    return [{**row, "scale": scale} for row in rows] if scale else rows, notes


def _constant(x: Floats, y: Floats) -> str:
    if any(not float(np.ptp(values)) > 0 for values in (x, y)):
        return "everybody has the same number on one occasion"
    if not float(np.std(y - x)) > 1e-12 * float(np.max(np.abs([x, y]))):
        return "everybody changed by the same amount, so there is no error to estimate"
    return ""


def _numbers(x: Floats, y: Floats, conf_level: float) -> list[dict[str, Any]]:
    n = len(x)
    pair = absolute_agreement(np.column_stack([x, y]), conf_level)
    r = correlation_interval(float(np.corrcoef(x, y)[0, 1]), n, conf_level)
    agreement, consistency = measurement_errors(x, y, conf_level)
    change = limits_of_agreement(y - x, 0.95, conf_level)
    rows = [
        measured_row(
            "icc", Measured(pair.icc, math.nan, pair.ci_low, pair.ci_high), n, "ICC(A,1), McGraw-Wong interval"
        ),
        measured_row("pearson", r, n, "Fisher z interval"),
        measured_row("sem_agreement", agreement, n, "shift of everybody counts as error"),
        measured_row("sem_consistency", consistency, n, "sd of change / root of 2"),
        measured_row("mdc_agreement", _times(agreement, CRITERION * math.sqrt(2)), n, "95 %, of one person"),
        measured_row("mdc_consistency", _times(consistency, CRITERION * math.sqrt(2)), n, "95 %, of one person"),
    ]
    t = change.bias.estimate / change.bias.std_error
    row = measured_row("mean_change", change.bias, n, "paired t", contrast="second - first")
    rows.append({**row, "statistic": t, "df": change.df, "p_value": _two_sided(t, change.df)})
    return rows


def _item_row(
    scale: str, item: str, pair: tuple[Floats, Floats], categories: Floats, conf_level: float
) -> dict[str, Any]:
    x, y = pair
    complete = ~(np.isnan(x) | np.isnan(y))
    n = int(complete.sum())
    ground = {"scale": scale, "item": item}
    if n < FEWEST_PEOPLE:
        return {**ground, "term": "kappa", "estimate": math.nan, "n": None, "method": "", "suppressed": True}
    codes = [(values[complete] - categories[0]).astype(np.intp) for values in pair]
    found = cohen_kappa(cross_table(codes[0], codes[1], len(categories)), agreement_weights(categories, 2))
    margin = Measured(found.estimate, found.std_error, math.nan, math.nan)
    if found.std_error > 0:
        z = normal_quantile(conf_level) * found.std_error
        margin = replace(margin, ci_low=max(found.estimate - z, -1.0), ci_high=min(found.estimate + z, 1.0))
    return measured_row("kappa", margin, n, "Cohen, quadratic weights", **ground)


def _times(measured: Measured, factor: float) -> Measured:
    return Measured(
        measured.estimate * factor, measured.std_error * factor, measured.ci_low * factor, measured.ci_high * factor
    )


def _two_sided(t: float, df: float) -> float:
    return 2 * float(scipy.special.stdtr(df, -abs(t)))
