"""Is what coders made of texts and answers reliable? Krippendorff's alpha."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import scipy

from trustmeter.errors import DesignError, EstimationError
from trustmeter.options import MeasurementLevel, UnitInterval, check_conf_level, check_option, check_seed, check_whole
from trustmeter.psychometrics.agreement.coding import Coded, coded_ratings
from trustmeter.psychometrics.agreement.reading import Numbers, Ratings, enough_units, rating_frame
from trustmeter.psychometrics.agreement.result import (
    AgreementResult,
    agreement_result,
    few_units,
    measured_row,
    repeatable,
)
from trustmeter.stats.agreement.coincidence import UnitSums, alpha_limits, jackknife_error, resampled_alphas, unit_sums
from trustmeter.stats.agreement.limits import Measured

_MOST_RATIO_VALUES = 4000


def krippendorff_alpha(
    ratings: Ratings | Numbers,
    second: Numbers | None = None,
    *,
    level: MeasurementLevel = "nominal",
    categories: Sequence[Any] | None = None,
    interval: UnitInterval = "jackknife",
    draws: int = 2000,
    unit: str | None = None,
    rater: str | None = None,
    rating: str | None = None,
    conf_level: float = 0.95,
    seed: int | np.random.Generator | None = None,
) -> AgreementResult:
    """Estimate Krippendorff's alpha: the reliability of data that any number of coders made, with gaps.

    Use it for coding of focus groups and open answers, and for double data entry: it takes any number of coders, any
    level of measurement, and units that not everybody coded. What matters is whether the coders can stand in for each
    other, so all that they rated counts alike.

    Parameters
    ----------
    ratings
        A frame or two-dimensional array with one row a unit and one column a coder; or the first coder's ratings; or a
        long frame, with the three column names below. Cells may be missing; units with one rating pair with none.
    second
        The second coder's ratings, when `ratings` are those of the first.
    level
        What differences mean: ``"nominal"`` (same or not), ``"ordinal"`` (ranks), ``"interval"`` (differences),
        ``"ratio"`` (differences relative to the size; numbers of zero or more).
    categories
        Of words at the ordinal level: all categories from low to high.
    interval
        ``"jackknife"``: standard error from leaving out one unit at a time, limits by t. ``"bootstrap"``: resamples of
        units, bias-corrected and accelerated (BCa).
    draws
        How many resamples.
    unit, rater, rating
        Of a long frame: the columns that hold the unit, the coder, and the rating.
    conf_level
        Level of the interval.
    seed
        Makes the bootstrap repeatable.

    Returns
    -------
    AgreementResult
        One row ``krippendorff_alpha``; columns ``term estimate std_error ci_low ci_high n n_effective method
        suppressed``. ``n`` counts units with two ratings or more, ``n_effective`` their ratings. ``float(result)`` is
        alpha.

    Raises
    ------
    DesignError
        When the level asks for more than the ratings have: words without order, negative numbers on a ratio.
    EstimationError
        When there is one coder, fewer than five units with two ratings, or nothing that varies.

    Notes
    -----
    alpha = 1 - Do / De: the mean squared difference within units over that of all pairable values, whoever gave them.
    Differences d^2: nominal 0 or 1; ordinal that of mid-ranks; interval (a - b)^2; ratio ((a - b) / (a + b))^2. Both
    intervals take units as drawn from many. (Hayes and Krippendorff's own algorithm resamples pairs instead, which
    takes pairs of one unit as independent.) Krippendorff asks for .80, and .667 for tentative conclusions: a rule of
    thumb.

    References
    ----------
    Krippendorff, K. (2019). Content analysis: An introduction to its methodology (4th ed.). Sage.
    doi:10.4135/9781071878781

    Hayes, A. F., & Krippendorff, K. (2007). Answering the call for a standard reliability measure for coding data.
    Communication Methods and Measures, 1(1), 77-89. doi:10.1080/19312450709336664

    Zapf, A., Castell, S., Morawietz, L., & Karch, A. (2016). Measuring inter-rater reliability for nominal data: Which
    coefficients and confidence intervals are appropriate? BMC Medical Research Methodology, 16, 93.
    doi:10.1186/s12874-016-0200-9

    Examples
    --------
    In R ``irr::kripp.alpha(t(ratings), "nominal")`` gives the same alpha.

    >>> import numpy as np
    >>> from trustmeter.psychometrics.agreement.content import krippendorff_alpha
    >>> nan = np.nan
    >>> coders = np.array([[1, 2, 3, 3, 2, 1, 4, 1, 2, nan, nan, nan], [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, nan, 3],
    ...                    [nan, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, nan], [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, nan]])
    >>> round(float(krippendorff_alpha(coders.T)), 3), round(float(krippendorff_alpha(coders.T, level="interval")), 3)
    (0.743, 0.849)
    """
    where = "krippendorff_alpha"
    check_conf_level(conf_level, where)
    check_option("level", level, MeasurementLevel, where)
    check_option("interval", interval, UnitInterval, where)
    check_whole("draws", draws, 100, where)
    check_seed(seed, where)
    coded = coded_ratings(rating_frame(ratings, second, (unit, rater, rating), where), categories, where)
    _check_level(coded, level)
    per_unit = np.sum(coded.codes >= 0, axis=1)
    pairable = int(np.sum(per_unit > 1))
    enough_units(pairable, "units with two ratings or more", where)
    sums = unit_sums(coded.codes, coded.values, level)
    if math.isnan(sums.estimate):
        raise EstimationError(f"`{where}` needs ratings that differ. All pairable ratings are the same.")
    measured = _measured(sums, interval, draws, conf_level, seed)
    row = measured_row(
        "krippendorff_alpha", measured, pairable, f"{level}; {interval} over units", n_effective=sums.values
    )
    notes = [*coded.notes, *few_units(pairable, "units")]
    if sums.fixed_ranks:
        notes.append("There are very many values, so the interval takes their ranks as fixed.")
    if math.isnan(measured.ci_low):
        notes.append(_no_interval(sums))
    options = {"level": level, "interval": interval, "draws": draws, "conf_level": conf_level, "seed": repeatable(seed)}
    left_out = {"units without two ratings": len(per_unit) - pairable}
    return agreement_result([row], "krippendorff_alpha", notes, options, left_out)


def _no_interval(sums: UnitSums) -> str:
    if sums.estimate == 1:
        return "There is no interval: nobody disagrees."
    if sums.alike:
        return "There is no interval: all units disagree equally much, so they do not tell how far disagreement varies."
    return "There is no interval: hardly a unit differs from the others."


def _check_level(coded: Coded, level: str) -> None:
    if level != "nominal" and not coded.ordered:
        message = f"`krippendorff_alpha` at level {level!r} needs numbers or ordered categories. Got words."
        raise DesignError(f"{message} List them from low to high in `categories`, or use level='nominal'.")
    if level == "ratio" and (coded.values[0] < 0 or len(coded.values) > _MOST_RATIO_VALUES):
        wrong = "a negative one" if coded.values[0] < 0 else f"{len(coded.values)} different ones"
        message = f"`krippendorff_alpha` at level 'ratio' needs at most {_MOST_RATIO_VALUES} different numbers of zero or more."
        raise DesignError(f"{message} Got {wrong}. Use level='interval'.")


def _measured(
    sums: UnitSums, interval: str, draws: int, conf_level: float, seed: int | np.random.Generator | None
) -> Measured:
    estimate = sums.estimate
    if estimate == 1:
        return Measured(estimate, math.nan, math.nan, math.nan)
    if interval == "bootstrap":
        found = resampled_alphas(sums, np.random.default_rng(seed), draws)
        known = found[~np.isnan(found)]
        if len(known) < 0.95 * draws:
            return Measured(estimate, math.nan, math.nan, math.nan)
        low, high = alpha_limits(sums, known, conf_level)
        error = math.nan if math.isnan(low) else float(np.std(known, ddof=1))
        return Measured(estimate, error, low, high)
    error = jackknife_error(sums)
    margin = float(scipy.special.stdtrit(sums.units - 1, (1 + conf_level) / 2)) * error
    return Measured(estimate, error, estimate - margin, min(estimate + margin, 1.0))
