"""Weights brought within bounds, with or without the margins they meet."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from trustmeter.errors import DesignError, EstimationError
from trustmeter.options import TrimSharing, UnansweredMargin, WeightUnit, check_option
from trustmeter.responses.design import Calibration
from trustmeter.responses.model import Responses
from trustmeter.results import vocabulary_frame
from trustmeter.stats.weighting.calibration import calibrate
from trustmeter.stats.weighting.cells import collapse, indicators
from trustmeter.stats.weighting.feasibility import bounds_obstacle, joint_obstacle
from trustmeter.stats.weighting.trimming import trim
from trustmeter.weighting.layout import Layout, base_weights, lay_out, waves_of
from trustmeter.weighting.matching import Codes, MarginsLike, Words
from trustmeter.weighting.refusal import refuse_bounds, refuse_joint
from trustmeter.weighting.result import (
    Weighting,
    check_column,
    group_notes,
    spread_notes,
    spread_rows,
    spreads_of,
    weighting_of,
    with_weights,
)

Floats = NDArray[np.float64]
_WHERE = "trim_weights"


def trim_weights(
    answers: Responses,
    *,
    lower: float | None = None,
    upper: float | None = None,
    unit: WeightUnit = "mean",
    sharing: TrimSharing = "equal",
    keep_margins: MarginsLike | None = None,
    columns: Mapping[str, str] | None = None,
    recode: Words = None,
    groups: Words = None,
    unanswered: UnansweredMargin = "refuse",
    column: str = "weight_trimmed",
) -> Weighting:
    """Bring weights within bounds, so that no person speaks for too many.

    Use it when few people hold much of all weight. Name the margins that the weights met under `keep_margins`, and they are
    met afterwards, too; without, trimming takes some of what weighting mended.

    Parameters
    ----------
    answers
        Answers whose design names weights, such as those of `rake`.
    lower, upper
        Bounds; one of them may be left out.
    unit
        What bounds count in: ``"mean"``, multiples of the wave's mean weight, or ``"weight"``.
    sharing
        How what is cut off is shared out, where no margins are kept: ``"equal"`` (as R's ``survey::trimWeights``) or
        ``"proportional"``.
    keep_margins
        Margins, as in `rake`.
    columns, recode, groups, unanswered
        As in `rake`; with `keep_margins` only.
    column
        The name of the new column of weights.

    Returns
    -------
    Weighting
        As from `rake`; without `keep_margins` there are no rows of margins.

    Raises
    ------
    DesignError
        When there are no weights, or bounds do not hold the mean weight between them.
    EstimationError
        When the margins cannot be met within the bounds, and how wide they would have to be.

    Notes
    -----
    What is cut once takes no part in the sharing again, and this goes on until all weights lie within the bounds. With
    margins: of all weights within the bounds that meet them, the ones nearest to those before in sum of w log(w / d).
    R: ``survey::trimWeights(design, lower, upper, strict = TRUE)``.

    References
    ----------
    Potter, F. J. (1990). A study of procedures to identify and trim extreme sampling weights. Proceedings of the Section on
    Survey Research Methods, American Statistical Association, 225-230.

    Examples
    --------
    >>> import trustmeter as tm
    >>> answers = tm.simulate_responses(tm.load_questionnaire("community-trust"), 200, seed=1)
    >>> raked = tm.rake(answers, {"sex": {"F": 0.5, "M": 0.4, "X": 0.1}}, unanswered="own_share")
    >>> trimmed = tm.trim_weights(raked.answers, upper=1.3)
    >>> round(trimmed.value("largest_weight", wave="before"), 3)
    1.3
    """
    check_column(answers, column, _WHERE)
    check_option("unit", unit, WeightUnit, _WHERE)
    check_option("sharing", sharing, TrimSharing, _WHERE)
    if answers.design is None or answers.design.weights is None:
        message = f"`{_WHERE}` needs answers with weights, and their design names none."
        raise DesignError(f"{message} Weight them first, such as with `rake`, or name the column in a `SurveyDesign`.")
    waves, wave = waves_of(answers, _WHERE)
    base = base_weights(answers, _WHERE)
    low, high = _bounds(lower, upper, unit, wave, base)
    options: dict[str, Any] = {"lower": lower, "upper": upper, "unit": unit, "sharing": sharing, "columns": columns,
                               "recode": recode, "groups": groups, "unanswered": unanswered, "column": column}  # fmt: skip
    if keep_margins is None:
        return _without_margins(answers, waves, wave, (base, low, high), options)
    layout = lay_out(
        answers, keep_margins, columns=columns, recode=recode, groups=groups, unanswered=unanswered, where=_WHERE
    )
    return _with_margins(layout, low, high, {**options, "keep_margins": list(layout.margins.names)})


def _bounds(
    lower: float | None, upper: float | None, unit: WeightUnit, wave: Codes, base: Floats
) -> tuple[Floats, Floats]:
    """Return the bounds of each wave, in weights."""
    if lower is None and upper is None:
        raise DesignError(f"`{_WHERE}` needs `lower`, `upper`, or both, such as `upper=5` (times the mean weight).")
    for name, bound in (("lower", lower), ("upper", upper)):
        number = isinstance(bound, (int, float, np.number)) and not isinstance(bound, bool)
        if bound is not None and not (number and bound >= 0):
            raise DesignError(f"The `{name}` bound of `{_WHERE}` must be a number of 0 or more. Got {bound!r}.")
    means = np.bincount(wave, weights=base) / np.bincount(wave)
    one = means if unit == "mean" else np.ones(len(means))
    low = -math.inf * np.ones(len(means)) if lower is None else lower * one
    high = math.inf * np.ones(len(means)) if upper is None else upper * one
    if not ((low <= means) & (means <= high)).all():
        message = f"The bounds of `{_WHERE}` must hold the mean weight between them, which no trimming can change."
        raise DesignError(f"{message} Got lower={lower!r}, upper={upper!r}, counted in unit {unit!r}.")
    return low, high


def _without_margins(
    answers: Responses,
    waves: tuple[str, ...],
    wave: Codes,
    numbers: tuple[Floats, Floats, Floats],
    options: dict[str, Any],
) -> Weighting:
    base, low, high = numbers
    weights = base.copy()
    for at in range(len(waves)):
        inside = wave == at
        found = trim(base[inside], lower=low[at], upper=high[at], sharing=options["sharing"])
        if not (found.within and found.kept_sum):
            message = f"`{_WHERE}` found nobody left to take what was cut off. Widen the bounds."
            raise EstimationError(message)
        weights[inside] = found.weights
    column = str(options["column"])
    new = with_weights(answers, column, weights, (), start_anew=True)
    notes = [f"The weights are in column {column!r}."]
    if answers.design is not None and answers.design.calibration:
        notes.append(
            "The trimmed weights no longer meet the margins exactly, and standard errors no longer make use of them; "
            "`keep_margins` meets them."
        )
    spreads = spreads_of(waves, wave, weights)
    rows = [row for name, found in spreads.items() for row in spread_rows(found, name)]
    return Weighting(
        table=vocabulary_frame(rows), notes=(*notes, *spread_notes(spreads)),
        provenance=answers.provenance(**options), answers=new, column=column,
    )  # fmt: skip


def _with_margins(layout: Layout, low: Floats, high: Floats, options: dict[str, Any]) -> Weighting:
    """Return weights within bounds that meet the margins; the bounds grow as the sum of weights does."""
    sums = np.bincount(layout.wave, weights=layout.base)
    grown = (layout.totals / sums)[layout.wave] if options["unit"] == "mean" else np.ones(len(layout.wave))
    base, levels = layout.scaled, [len(target) for target in layout.targets]
    cells = collapse(layout.codes, levels, layout.base)
    x, totals = indicators(cells.codes, levels)[cells.of_row], np.concatenate(layout.targets)
    x, totals, there = x[:, totals > 0], totals[totals > 0], base > 0
    bounds = [
        np.where(there, np.maximum(side[layout.wave], 0.0) * grown / np.where(there, base, 1.0), 1.0)
        for side in (low, high)
    ]
    found = calibrate(x, totals, base, method="raking", lower=bounds[0], upper=bounds[1])
    if not found.converged:
        _refuse(layout, low, high, grown)
    column = str(options["column"])
    step = Calibration("calibrate", layout.base, (), x, layout.margins.names)
    weights = base * found.factors
    new = with_weights(layout.answers, column, weights, (step,))
    notes = (f"The weights are in column {column!r}.", *group_notes(options["groups"]))
    return weighting_of(layout, weights, new, notes=notes, options=options)


def _refuse(layout: Layout, low: Floats, high: Floats, grown: Floats) -> None:
    """Say why: margins that contradict each other, or a bound that is too narrow, told in mean weights."""
    levels = [len(target) for target in layout.targets]
    cells = collapse(layout.codes, levels, layout.base)
    contradiction = joint_obstacle(cells, layout.targets)
    if contradiction is not None:
        refuse_joint(contradiction, layout.places, _WHERE, 0)
    means = (layout.totals / np.bincount(layout.wave))[layout.wave]
    at_mean = collapse(layout.codes, levels, means)
    x, totals = indicators(at_mean.codes, levels), np.concatenate(layout.targets)
    used = totals > 0
    lows, highs = (side[layout.wave] * grown / means for side in (low, high))
    refuse_bounds(
        bounds_obstacle(x[:, used], totals[used], at_mean.weights, lower=float(lows.max()), upper=float(highs.min())),
        _WHERE, "times the mean weight",
    )  # fmt: skip
    message = f"`{_WHERE}` did not meet the margins within the bounds. Widen the bounds, or put categories together."
    raise EstimationError(message)
