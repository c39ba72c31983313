"""Is a change more than noise, does it matter, and does the meter see it?"""

from __future__ import annotations

import math
import numbers
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from trustmeter.errors import DesignError, EstimationError
from trustmeter.options import FEWEST_IN_A_CELL, check_conf_level, check_seed, check_whole
from trustmeter.psychometrics.agreement.anchor import anchor_notes, anchor_rows, mean_change_rows, with_anchor
from trustmeter.psychometrics.agreement.pairing import two_arrays
from trustmeter.psychometrics.agreement.reading import Floats, Numbers, enough_people, one_row, same_people
from trustmeter.psychometrics.agreement.result import (
    StabilityResult,
    measured_row,
    point_row,
    repeatable,
    stability_result,
)
from trustmeter.stats.agreement.importance import important_changes
from trustmeter.stats.agreement.limits import Measured
from trustmeter.stats.agreement.stability import change_counts, effect_size, guyatt_index
from trustmeter.stats.comparison.change import wilson_interval
from trustmeter.stats.comparison.effects import paired_effects
from trustmeter.stats.covariance import percentile_limits


def reliable_change(
    before: Numbers,
    after: Numbers,
    *,
    reliability: float | None = None,
    sem: float | None = None,
    expected_change: float = 0.0,
    conf_level: float = 0.95,
) -> StabilityResult:
    """Estimate what share of people changed by more than the meter's error.

    Use it after a pilot to tell how many people changed, not only the mean: a mean can stay while as many rise as fall.

    Parameters
    ----------
    before, after
        Numbers of equal length; the same position is the same person.
    reliability
        Reliability of one measurement (a retest ICC, alpha); then sem = sd(before) (1 - reliability)^(1/2).
    sem
        Or the standard error of measurement itself, in points, as from `retest`. Give one of the two.
    expected_change
        The mean change of people whom nothing was done to, such as the effect of answering a second time.
    conf_level
        Level of the intervals of the shares. (A person's change counts at 95 %, as in Jacobson and Truax.)

    Returns
    -------
    StabilityResult
        Columns ``term estimate ci_low ci_high n method suppressed``; terms ``share_improved``,
        ``share_worsened`` (Wilson interval), ``sem``, ``threshold``. A share is suppressed when one to four people changed
        so, did not change so, or did not change at all. ``float(result)`` is the share that improved.

    Raises
    ------
    DesignError
        When not exactly one of `reliability` and `sem` is given, or it is out of range.
    EstimationError
        When there are fewer than ten people with both numbers, or the first numbers do not vary.

    Notes
    -----
    A person's reliable change index is (after - before - expected_change) / (2^(1/2) sem); it counts beyond 1.96.
    Reliability 1 is refused: every change would count. Of people who did not change, 5 % cross the threshold by chance.

    References
    ----------
    Jacobson, N. S., & Truax, P. (1991). Clinical significance: A statistical approach to defining meaningful change in
    psychotherapy research. Journal of Consulting and Clinical Psychology, 59(1), 12-19. doi:10.1037/0022-006X.59.1.12

    Chelune, G. J., Naugle, R. I., Lüders, H., Sedlak, J., & Awad, I. A. (1993). Individual change after epilepsy surgery:
    Practice effects and base-rate information. Neuropsychology, 7(1), 41-52. doi:10.1037/0894-4105.7.1.41

    Examples
    --------
    In R: ``mean(after - before > qnorm(0.975) * sqrt(2) * sem)``.

    >>> import numpy as np
    >>> from trustmeter.psychometrics.agreement.change import reliable_change
    >>> rng = np.random.default_rng(4)
    >>> before = rng.normal(50, 10, 200)
    >>> result = reliable_change(before, before + rng.normal(8, 8, 200), sem=4)
    >>> round(float(result), 3), round(result.value("threshold"), 2)
    (0.355, 11.09)
    """
    where = "reliable_change"
    check_conf_level(conf_level, where)
    x, y, missing = two_arrays(before, after, ("before", "after"), where)
    n = len(x)
    enough_people(n, "people with both numbers", where)
    error, how = _error_of(x, reliability, sem)
    if not math.isfinite(expected_change):
        raise DesignError(f"The `expected_change` argument of `{where}` must be a number. Got {expected_change!r}.")
    found = change_counts(x, y, error, expected_change, 0.95)
    rows = [
        _share_row(term, count, n, found.unchanged, conf_level)
        for term, count in (("share_improved", found.improved), ("share_worsened", found.worsened))
    ]
    rows.append(point_row("sem", error, n, how))
    rows.append(point_row("threshold", found.threshold, n, "1.96 x root of 2 x sem"))
    notes = ["Of people who did not change at all, about 5 % are beyond the threshold by chance."]
    if expected_change:
        notes.append(f"Changes are counted from an expected change of {expected_change:g}.")
    if any(row["suppressed"] for row in rows):
        notes.append("Shares that rest on one to four people are not shown.")
    options = {"reliability": reliability, "sem": sem, "expected_change": expected_change, "conf_level": conf_level}
    return stability_result(rows, "share_improved", notes, options, {"pairs with a missing number": missing})


def important_change(
    change: Numbers,
    anchor: Numbers,
    *,
    improved: float | None = None,
    little: float | Sequence[float] | None = None,
    draws: int = 1000,
    conf_level: float = 0.95,
    seed: int | np.random.Generator | None = None,
) -> StabilityResult:
    """Estimate the minimal important change: the smallest change of the score that people call an improvement.

    Use it when people were also asked whether things got better (the anchor). It turns points into what matters to
    them; it is about one person's change, not about a difference of means.

    Parameters
    ----------
    change
        Each person's change, in the direction in which a higher number is better.
    anchor
        What each person says of it: true or false (0 or 1), or codes in order from much worse to much better.
    improved
        Of codes: the lowest one that counts as importantly improved. All codes below it count as not.
    little
        Of codes: the code, or codes, of a small but important improvement, for the mean change method; `improved` when
        left out.
    draws
        How many resamples of people the intervals rest on.
    conf_level
        Level of the intervals.
    seed
        Makes the resamples repeatable.

    Returns
    -------
    StabilityResult
        Columns ``term estimate std_error ci_low ci_high n method suppressed``. Terms ``mic_adjusted``,
        ``mic_predictive``, ``mic_roc`` with ``sensitivity`` and ``specificity`` at that cut, ``mic_mean_change`` (of
        codes), ``auc``, ``anchor_correlation`` (Spearman). ``float(result)`` is the adjusted predictive one.

    Raises
    ------
    DesignError
        When lengths differ, something is no number, or `improved` is missing for codes.
    EstimationError
        When fewer than ten people improved or fewer than ten did not, or the change does not vary.

    Notes
    -----
    roc: the cut with the largest sensitivity + specificity, half-way between two observed changes; of equally good ones
    the mean. predictive: where a logistic regression of improved on change leaves the odds as they are among all,
    (log odds - b0) / b1. It depends on how many improved; adjusted takes that out: less (0.090 + 0.103 r) sd(change) log
    odds, r the point-biserial correlation. mean change: mean of those who improved a little, t interval. The other
    intervals are percentiles of resamples of people. An anchor that correlates with change below 0.3 is held to be too
    weak (a rule of thumb); a cut by ROC alone moves a lot from sample to sample.

    References
    ----------
    Terluin, B., Eekhout, I., Terwee, C. B., & de Vet, H. C. W. (2015). Minimal important change (MIC) based on a
    predictive modeling approach was more precise than MIC based on ROC analysis. Journal of Clinical Epidemiology,
    68(12), 1388-1396. doi:10.1016/j.jclinepi.2015.03.015

    Terluin, B., Eekhout, I., & Terwee, C. B. (2017). The anchor-based minimal important change, based on receiver
    operating characteristic analysis or predictive modeling, may need to be adjusted for the proportion of improved
    patients. Journal of Clinical Epidemiology, 83, 90-100. doi:10.1016/j.jclinepi.2016.12.015

    Examples
    --------
    In R ``glm(improved ~ change, binomial)`` gives the regression, ``pROC::coords(roc(improved, change), "best")`` the
    cut.

    >>> import numpy as np
    >>> from trustmeter.psychometrics.agreement.change import important_change
    >>> rng = np.random.default_rng(2)
    >>> true = rng.normal(5, 4, 400)
    >>> result = important_change(true + rng.normal(0, 3, 400), true > 4, seed=1)
    >>> round(float(result), 1), round(result.value("auc"), 2)
    (3.8, 0.89)
    """
    where = "important_change"
    check_conf_level(conf_level, where)
    check_whole("draws", draws, 100, where)
    check_seed(seed, where)
    x, said, missing = with_anchor(change, anchor, improved, where)
    n, cases = len(x), int(said.improved.sum())
    found = important_changes(x, said.improved, draws, np.random.default_rng(seed))
    of_logit = f"logistic regression; {100 * cases / n:.0f} % improved; percentiles of {draws} resamples"
    rows = [
        measured_row("mic_adjusted", _percentiles(found.adjusted, conf_level), n, f"adjusted {of_logit}"),
        measured_row("mic_predictive", _percentiles(found.predictive, conf_level), n, of_logit),
        measured_row(
            "mic_roc", _percentiles(found.roc, conf_level), n, f"Youden's cut; percentiles of {draws} resamples"
        ),
        point_row("sensitivity", float(found.sensitivity[0]), n, "at the lowest best cut"),
        point_row("specificity", float(found.specificity[0]), n, "at the lowest best cut"),
        *mean_change_rows(x, said, little, conf_level, where),
        *anchor_rows(x, said, conf_level),
    ]
    notes = anchor_notes(rows)
    if math.isnan(found.predictive[0]):
        notes.append("Everybody who improved changed by more than everybody who did not: no regression can be fitted.")
    notes += _without_limits(rows)
    options = {
        "improved": improved,
        "little": little,
        "draws": draws,
        "conf_level": conf_level,
        "seed": repeatable(seed),
    }
    return stability_result(rows, "mic_adjusted", notes, options, {"people with a missing value": missing})


def responsiveness(
    before: Numbers,
    after: Numbers,
    anchor: Numbers | None = None,
    *,
    improved: float | None = None,
    conf_level: float = 0.95,
) -> StabilityResult:
    """Estimate how well a score sees change where change took place.

    Use it when things are known to have improved, for all or (with an anchor) for some: a meter that is stable but sees
    nothing is of no use in a pilot.

    Parameters
    ----------
    before, after
        Numbers of equal length; the same position is the same person, a higher number is better.
    anchor
        What each person says: true or false, or codes from much worse to much better.
    improved
        Of codes: the lowest one that counts as improved.
    conf_level
        Level of the intervals.

    Returns
    -------
    StabilityResult
        Columns ``term estimate std_error ci_low ci_high n method suppressed``. Terms ``srm`` (standardised response
        mean), ``effect_size`` (Glass); with an anchor also ``guyatt`` (responsiveness index), ``auc`` of change for
        telling who improved, ``anchor_correlation`` (Spearman). ``float(result)`` is the srm.

    Raises
    ------
    DesignError
        When lengths differ, something is no number, or `improved` is missing for codes.
    EstimationError
        When there are fewer than ten people (with an anchor: in either group), or nothing varies.

    Notes
    -----
    srm = mean(change) / sd(change), interval by the noncentral t; effect_size = mean(change) / sd(before) and guyatt =
    mean(change of the improved) / sd(change of the others), intervals by the delta method for normal data. auc: DeLong.
    The first two grow with how much really changed, so they compare meters on the same people, not across studies.

    References
    ----------
    Husted, J. A., Cook, R. J., Farewell, V. T., & Gladman, D. D. (2000). Methods for assessing responsiveness: A critical
    review and recommendations. Journal of Clinical Epidemiology, 53(5), 459-468. doi:10.1016/S0895-4356(99)00206-1

    Guyatt, G., Walter, S., & Norman, G. (1987). Measuring change over time: Assessing the usefulness of evaluative
    instruments. Journal of Chronic Diseases, 40(2), 171-178. doi:10.1016/0021-9681(87)90069-5

    DeLong, E. R., DeLong, D. M., & Clarke-Pearson, D. L. (1988). Comparing the areas under two or more correlated
    receiver operating characteristic curves. Biometrics, 44(3), 837-845. doi:10.2307/2531595

    Examples
    --------
    In R ``pROC::ci.auc(improved, after - before)`` gives the same area and interval.

    >>> import numpy as np
    >>> from trustmeter.psychometrics.agreement.change import responsiveness
    >>> rng = np.random.default_rng(6)
    >>> better = np.arange(100) < 60
    >>> before = rng.normal(50, 10, 100)
    >>> result = responsiveness(before, before + 6 * better + rng.normal(0, 5, 100), better)
    >>> round(float(result), 2), round(result.value("auc"), 2)
    (0.77, 0.71)
    """
    where = "responsiveness"
    check_conf_level(conf_level, where)
    x, y, missing = two_arrays(before, after, ("before", "after"), where)
    enough_people(len(x), "people with both numbers", where)
    if not float(np.ptp(x)) > 0 or not float(np.ptp(y - x)) > 1e-12 * float(np.max(np.abs([x, y]))):
        raise EstimationError(f"`{where}` needs numbers and changes that vary. Everybody has the same.")
    n = len(x)
    srm = paired_effects(x, y, conf_level).d_z
    rows = [
        measured_row(
            "srm", Measured(srm.estimate, math.nan, srm.ci_low, srm.ci_high), n, "mean / sd of change; noncentral t"
        ),
        measured_row("effect_size", effect_size(x, y, conf_level), n, "mean change / sd before; delta method"),
    ]
    left_out = {"pairs with a missing number": missing}
    if anchor is not None:
        same_people({"before": before, "after": after, "anchor": anchor}, where)
        d = one_row(after, "after", where) - one_row(before, "before", where)
        change, said, without = with_anchor(d, np.asarray(anchor, dtype=object), improved, where)
        guyatt = guyatt_index(change[said.improved], change[~said.improved], conf_level)
        rows.append(measured_row("guyatt", guyatt, len(change), "mean change of improved / sd of change of others"))
        rows += anchor_rows(change, said, conf_level)
        left_out["more without an anchor"] = without - missing
    notes = anchor_notes(rows)
    if any(row["term"] == "guyatt" and math.isnan(row["estimate"]) for row in rows):
        notes.append("All who did not improve changed by the same amount, so Guyatt's index is unknown.")
    options = {"improved": improved, "conf_level": conf_level}
    return stability_result(rows, "srm", notes, options, left_out)


def _share_row(term: str, count: int, n: int, unchanged: int, conf_level: float) -> dict[str, Any]:
    low, high = wilson_interval(count, n, conf_level)
    secret = any(0 < cell < FEWEST_IN_A_CELL for cell in (count, n - count, unchanged))
    share = Measured(*(math.nan,) * 4) if secret else Measured(count / n, math.nan, low, high)
    return measured_row(term, share, n, "Jacobson-Truax; Wilson interval") | {"suppressed": secret}


def _error_of(before: Floats, reliability: float | None, sem: float | None) -> tuple[float, str]:
    """Return the standard error of measurement, and where it comes from."""
    where = "reliable_change"
    if (reliability is None) == (sem is None):
        raise DesignError(f"`{where}` needs either `reliability` or `sem`. Give one of the two.")
    if sem is not None:
        if not isinstance(sem, numbers.Real) or not 0 < sem < math.inf:
            raise DesignError(f"The `sem` argument of `{where}` must be a number above 0, in points. Got {sem!r}.")
        return float(sem), "as given"
    if not isinstance(reliability, numbers.Real) or not 0 < reliability < 1:
        message = (
            f"The `reliability` argument of `{where}` must lie between 0 and 1, such as 0.85. Got {reliability!r}."
        )
        raise DesignError(message)
    sd = float(np.std(before, ddof=1))
    if not sd > 0:
        raise EstimationError(f"`{where}` needs numbers that vary. Everybody has the same number before; pass `sem`.")
    return sd * math.sqrt(1 - float(reliability)), "sd before x root of (1 - reliability)"


def _percentiles(found: Floats, conf_level: float) -> Measured:
    """Return the first as the estimate, and percentiles of the others; none where too many are unknown."""
    resampled = found[1:][~np.isnan(found[1:])]
    if math.isnan(found[0]) or len(resampled) < 0.95 * (len(found) - 1):
        return Measured(float(found[0]), math.nan, math.nan, math.nan)
    low, high = percentile_limits(resampled, conf_level)
    error = float(np.std(resampled, ddof=1))
    if not error > 1e-12 * float(np.max(np.abs(resampled))):
        return Measured(float(found[0]), math.nan, math.nan, math.nan)
    return Measured(float(found[0]), error, low, high)


def _without_limits(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return the note on changes that are known but have no interval."""
    bare = [row["term"] for row in rows if math.isnan(row.get("ci_low", 0.0)) and not math.isnan(row["estimate"])]
    if not bare:
        return []
    reason = "too many resamples have none, all have the same, or the two groups do not overlap"
    return [f"No interval for {', '.join(bare)}: {reason}. Take the number as rough."]
