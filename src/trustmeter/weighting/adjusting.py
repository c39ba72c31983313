"""Weights that meet known margins: raking, post-stratification, calibration."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from trustmeter.errors import DesignError, EstimationError
from trustmeter.options import CalibrationMethod, UnansweredMargin, check_option, check_whole
from trustmeter.responses.design import Calibration
from trustmeter.responses.model import Responses
from trustmeter.stats.weighting import raking
from trustmeter.stats.weighting.calibration import Calibrated
from trustmeter.stats.weighting.calibration import calibrate as calibrate_cells
from trustmeter.stats.weighting.cells import Cells, collapse, indicators
from trustmeter.stats.weighting.feasibility import bounds_obstacle, collinear_obstacle, joint_obstacle
from trustmeter.weighting.layout import Layout, lay_out
from trustmeter.weighting.matching import MarginsLike, Words
from trustmeter.weighting.refusal import refuse_bounds, refuse_joint
from trustmeter.weighting.result import Weighting, check_column, group_notes, weighting_of, with_weights

Floats = NDArray[np.float64]
_LOOSEST = 0.01


def rake(
    answers: Responses,
    margins: MarginsLike,
    *,
    columns: Mapping[str, str] | None = None,
    recode: Words = None,
    groups: Words = None,
    unanswered: UnansweredMargin = "refuse",
    column: str = "weight",
    tolerance: float = 1e-10,
    max_iterations: int = 1000,
) -> Weighting:
    """Weight answers so that they meet several margins, each for itself.

    Use it when it is known how many people there are of each sex, age or place, but not of each combination, or when too
    few people answered from some combinations. Each wave is brought to the margins by itself.

    Parameters
    ----------
    answers
        What was answered. Weights that the design names are what is started from.
    margins
        `Margins`, or shares or numbers of people by variable and category: ``{"sex": {"F": 0.51, "M": 0.49}}``.
    columns
        Which question or kept column holds a variable of the margins, where it has another name: ``{"sex": "D1"}``.
    recode
        What answers' codes are called in the margins: ``{"sex": {"1": "M", "2": "F"}}``. Ages find their bands by themselves.
        An empty text says that the margins do not know such people: they count as if they had left the question open.
    groups
        Categories to be put together: ``{"age": {"18-24": "18-34", "25-34": "18-34"}}``.
    unanswered
        What becomes of people who left a question of the margins open: ``"refuse"``, or ``"own_share"``: together they keep
        the share they have, and the others meet the margins among themselves.
    column
        The name of the new column of weights.
    tolerance
        Largest distance from a margin that is let stand, as a share of all people.
    max_iterations
        Rounds over the margins.

    Returns
    -------
    Weighting
        `answers` has the weights and a design with which standard errors are right. Columns ``item group wave term estimate
        statistic n suppressed``. Terms: ``target``, ``before``, ``after`` (shares of a margin's categories; under
        ``statistic`` the standardised difference), ``dissimilarity_before`` and ``_after`` (of a margin), and of the weights
        ``design_effect``, ``n_effective``, ``largest_weight`` and ``smallest_weight`` (times the mean), ``ratio_95_5``,
        ``top_1`` and ``top_5`` (the share of weight that the heaviest 1 and 5 % hold).

    Raises
    ------
    DesignError
        When margins and answers do not fit: what, where, and the cure, all at once.
    EstimationError
        When margins contradict each other in these answers, and which do.

    Notes
    -----
    Iterative proportional fitting; of all weights that meet the margins, the ones nearest to those before in
    sum of w log(w / d). R gives the same: ``survey::rake(design, list(~sex, ~age), ..., control = list(epsilon = 1e-9))``.
    Standardised difference: (share - target) / sqrt(target (1 - target)). Design effect: n sum w squared / (sum w) squared.

    References
    ----------
    Deming, W. E. and Stephan, F. F. (1940). On a least squares adjustment of a sampled frequency table when the expected
    marginal totals are known. Annals of Mathematical Statistics, 11(4), 427-444. doi:10.1214/aoms/1177731829

    Deville, J.-C., Särndal, C.-E. and Sautory, O. (1993). Generalized raking procedures in survey sampling. Journal of the
    American Statistical Association, 88(423), 1013-1020. doi:10.1080/01621459.1993.10476369

    Examples
    --------
    >>> import trustmeter as tm
    >>> answers = tm.simulate_responses(tm.load_questionnaire("community-trust"), 200, seed=1)
    >>> weighted = tm.rake(answers, {"sex": {"F": 0.51, "M": 0.47, "X": 0.02}}, unanswered="own_share")
    >>> round(weighted.value("after", margin="sex", category="F", wave="before"), 3)
    0.51
    """
    where = "rake"
    check_column(answers, column, where)
    check_whole("max_iterations", max_iterations, 1, where)
    if not (isinstance(tolerance, float) and 0 < tolerance <= _LOOSEST):
        message = f"The `tolerance` of `{where}` must lie above 0 and be at most {_LOOSEST}, such as 1e-10."
        raise DesignError(f"{message} Got {tolerance!r}.")
    layout = lay_out(
        answers, margins, columns=columns, recode=recode, groups=groups, unanswered=unanswered, where=where
    )
    found = raking.rake(layout.codes, layout.targets, layout.base, tolerance=tolerance, max_iterations=max_iterations)
    if not found.converged:
        refuse_joint(joint_obstacle(_cells(layout), layout.targets), layout.places, where, found.iterations)
    step = Calibration("rake", layout.base, layout.codes, None, layout.margins.names)
    options = {"margins": list(layout.margins.names), "columns": columns, "recode": recode, "groups": groups,
               "unanswered": unanswered, "column": column, "tolerance": tolerance, "max_iterations": max_iterations}  # fmt: skip
    return _weighted(layout, layout.base * found.factors, column, step, options)


def post_stratify(
    answers: Responses,
    margins: MarginsLike,
    *,
    columns: Mapping[str, str] | None = None,
    recode: Words = None,
    groups: Words = None,
    unanswered: UnansweredMargin = "refuse",
    column: str = "weight",
) -> Weighting:
    """Weight answers so that each category, or each cell of a cross, has its share.

    Use it for one margin, such as ``"age x sex"``, with enough people in each of its cells; for several margins use `rake`.

    Parameters
    ----------
    answers, columns, recode, groups, unanswered, column
        As in `rake`.
    margins
        One margin: of a variable, or of a cross of several.

    Returns
    -------
    Weighting
        As from `rake`.

    Raises
    ------
    DesignError
        When there are several margins, or margin and answers do not fit.

    Notes
    -----
    Each weight is multiplied by the target of its cell over the cell's sum of weights. R: ``survey::postStratify``.

    References
    ----------
    Holt, D. and Smith, T. M. F. (1979). Post stratification. Journal of the Royal Statistical Society A, 142(1), 33-46.
    doi:10.2307/2344652

    Examples
    --------
    >>> import trustmeter as tm
    >>> answers = tm.simulate_responses(tm.load_questionnaire("community-trust"), 200, seed=1)
    >>> weighted = tm.post_stratify(answers, {"sex": {"F": 5100, "M": 4700, "X": 200}}, unanswered="own_share")
    >>> round(weighted.weights.sum())
    20000
    """
    where = "post_stratify"
    check_column(answers, column, where)
    layout = lay_out(
        answers, margins, columns=columns, recode=recode, groups=groups, unanswered=unanswered, where=where
    )
    if len(layout.matched) > 1:
        message = (
            f"`{where}` takes one margin, of a variable or a cross such as 'age x sex'. Got {len(layout.matched)}."
        )
        raise DesignError(f"{message} Use `rake` for several margins.")
    factors = raking.post_stratify(layout.codes[0], layout.targets[0], layout.base)
    step = Calibration("post_stratify", layout.base, layout.codes, None, layout.margins.names)
    options = {"margins": list(layout.margins.names), "columns": columns, "recode": recode, "groups": groups,
               "unanswered": unanswered, "column": column}  # fmt: skip
    return _weighted(layout, layout.base * factors, column, step, options)


def calibrate(
    answers: Responses,
    margins: MarginsLike,
    *,
    method: CalibrationMethod = "linear",
    bounds: tuple[float, float] | None = None,
    means: Mapping[str, float] | None = None,
    columns: Mapping[str, str] | None = None,
    recode: Words = None,
    groups: Words = None,
    unanswered: UnansweredMargin = "refuse",
    column: str = "weight",
) -> Weighting:
    """Weight answers so that they meet margins, and means of numbers, while no weight changes beyond bounds.

    Use it instead of `rake` when weights have to stay within bounds, or when the mean of a number (people in the household)
    is known, too.

    Parameters
    ----------
    answers, columns, recode, groups, unanswered, column
        As in `rake`.
    margins
        As in `rake`.
    method
        ``"linear"`` (weights may become negative where there are no bounds), ``"raking"`` (never negative), or
        ``"logit"`` (between bounds, which it needs).
    bounds
        How far a weight may change: ``(0.3, 3.0)``, as multiples of the weight before, once weights sum to all people.
        With ``"linear"`` and ``"raking"`` what lies beyond is cut off, and the others make up for it.
    means
        Means in the population of numbers that were asked or kept: ``{"HOUSEHOLD": 2.3}``.

    Returns
    -------
    Weighting
        As from `rake`.

    Raises
    ------
    DesignError
        When margins and answers do not fit, or bounds do not hold one between them.
    EstimationError
        When the bounds are too narrow, and how wide they would have to be; or when margins contradict each other.

    Notes
    -----
    g = F(x' lambda) with F(u) = 1 + u (linear), exp(u) (raking), or
    [L(U-1) + U(1-L) exp(Au)] / [U-1 + (1-L) exp(Au)], A = (U-L) / [(1-L)(U-1)] (logit).
    R: ``survey::calibrate(design, ~sex + age, ..., calfun = "logit", bounds = c(0.3, 3))``.

    References
    ----------
    Deville, J.-C. and Särndal, C.-E. (1992). Calibration estimators in survey sampling. Journal of the American Statistical
    Association, 87(418), 376-382. doi:10.1080/01621459.1992.10475217

    Examples
    --------
    >>> import trustmeter as tm
    >>> answers = tm.simulate_responses(tm.load_questionnaire("community-trust"), 200, seed=1)
    >>> margins = {"sex": {"F": 0.40, "M": 0.38, "X": 0.22}}
    >>> weighted = tm.calibrate(answers, margins, method="logit", bounds=(0.4, 2), unanswered="own_share")
    >>> round(weighted.value("after", margin="sex", category="M", wave="after"), 3)
    0.38
    """
    where = "calibrate"
    check_column(answers, column, where)
    check_option("method", method, CalibrationMethod, where)
    low, high = _bounds(bounds, method, where)
    layout = lay_out(
        answers, margins, columns=columns, recode=recode, groups=groups, unanswered=unanswered, where=where
    )
    known = _known(layout, means or {}, where)
    found = calibrate_cells(known.x, known.totals, known.weights, method=method, lower=low, upper=high)
    _refuse_uncalibrated(found, layout, known, means or {}, method=method, bounds=(low, high))
    weights = layout.scaled * found.factors[known.of_row]
    step = Calibration("calibrate", layout.base, (), known.x[known.of_row], (*layout.margins.names, *(means or {})))
    options = {"margins": list(layout.margins.names), "method": method, "bounds": bounds, "means": means, "columns": columns,
               "recode": recode, "groups": groups, "unanswered": unanswered, "column": column}  # fmt: skip
    return _weighted(layout, weights, column, step, options)


def _weighted(layout: Layout, weights: Floats, column: str, step: Calibration, options: dict[str, Any]) -> Weighting:
    answers = with_weights(layout.answers, column, weights, (step,))
    notes = [f"The weights are in column {column!r}."]
    if (weights < 0).any():
        notes.append("Some weights are negative; use method 'raking', or bounds.")
    told = (*notes, *group_notes(options["groups"]))
    return weighting_of(layout, weights, answers, notes=told, options=options)


def _cells(layout: Layout) -> Cells:
    return collapse(layout.codes, [len(target) for target in layout.targets], layout.base)


@dataclass(frozen=True, eq=False)
class _Known:
    """Rows, or cells of rows that are alike, with what their weights have to sum to."""

    x: Floats
    totals: Floats
    weights: Floats
    of_row: NDArray[np.intp]


def _known(layout: Layout, means: Mapping[str, float], where: str) -> _Known:
    levels = [len(target) for target in layout.targets]
    cells = collapse(layout.codes, levels, layout.scaled)
    x, totals = indicators(cells.codes, levels), np.concatenate(layout.targets)
    used = totals > 0
    if not means:
        return _Known(x[:, used], totals[used], cells.weights, cells.of_row)
    waves = np.eye(len(layout.waves))[layout.wave]
    numbers = [_numbers(layout.answers, name, where)[:, None] * waves for name in means]
    aims = [_mean(name, mean, where) * layout.totals for name, mean in means.items()]
    rows = np.column_stack([x[cells.of_row][:, used], *numbers])
    return _Known(rows, np.concatenate([totals[used], *aims]), layout.scaled, np.arange(len(rows)))


def _numbers(answers: Responses, name: str, where: str) -> Floats:
    """Return the numbers of an item or a kept column; refuse what is missing."""
    known = (*answers.item_ids, *answers.roles.kept)
    if name not in known:
        listed = ", ".join(repr(one) for one in known)
        raise DesignError(f"`{where}` finds no question or kept column {name!r} for the means. There are {listed}.")
    values = pd.to_numeric(answers.frame[name], errors="coerce").to_numpy(dtype=float, na_value=np.nan)
    if not np.isfinite(values).all():
        message = f"`{where}` needs a number of {name!r} from each person; some have none."
        raise DesignError(f"{message} Leave them out with `answers.select`, or leave this mean out.")
    return np.asarray(values, dtype=float)


def _mean(name: str, mean: Any, where: str) -> float:
    if isinstance(mean, bool) or not isinstance(mean, (int, float, np.number)) or not math.isfinite(mean):
        raise DesignError(f"`{where}` needs a number as the mean of {name!r}, such as 2.3. Got {mean!r}.")
    return float(mean)


def _bounds(bounds: Any, method: CalibrationMethod, where: str) -> tuple[float, float]:
    if bounds is None and method != "logit":
        return (-math.inf if method == "linear" else 0.0), math.inf
    try:
        low, high = (float(one) for one in bounds)
    except (TypeError, ValueError):
        message = (
            f"The `bounds` of `{where}` must be two numbers around 1, such as (0.3, 3.0); `method='logit'` needs them."
        )
        raise DesignError(f"{message} Got {bounds!r}.") from None
    if not low < 1 < high or (method == "logit" and not (low >= 0 and math.isfinite(high))):
        message = f"The `bounds` of `{where}` must hold 1 between them, such as (0.3, 3.0), and be finite for 'logit'."
        raise DesignError(f"{message} Got {bounds!r}.")
    return low, high


def _refuse_uncalibrated(
    found: Calibrated,
    layout: Layout,
    known: _Known,
    means: Mapping[str, float],
    *,
    method: CalibrationMethod,
    bounds: tuple[float, float],
) -> None:
    if found.converged:
        return
    where, (low, high) = "calibrate", bounds
    if collinear_obstacle(known.x, known.totals) is not None:
        listed = ", ".join(repr(name) for name in means)
        message = (
            f"`{where}` cannot meet these margins and means: those of {listed} follow from the others in these answers,"
        )
        raise EstimationError(f"{message} and are not the same. Leave one out, or take all from one source.")
    contradiction = joint_obstacle(_cells(layout), layout.targets)
    if contradiction is not None:
        refuse_joint(contradiction, layout.places, where, found.iterations)
    refuse_bounds(
        bounds_obstacle(known.x, known.totals, known.weights, lower=low, upper=high), where, "times the weight before"
    )
    message = f"`{where}` did not meet the margins within {found.iterations} steps by method {method!r}."
    raise EstimationError(f"{message} Widen the `bounds`, use another `method`, or put small categories together.")
