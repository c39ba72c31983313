"""Which way of judging an effect fits this many areas, and why."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any, Literal

import numpy as np

from trustmeter.errors import EstimationError
from trustmeter.pilot.change.inference import Inference, without_test
from trustmeter.pilot.change.model import WaveModel, area_changes
from trustmeter.stats.areas.placebo import one_sided_placebo, placebo_areas
from trustmeter.stats.areas.randomization import one_sided_p_values, randomize_areas, smallest_p_value

Way = Literal["none", "placebo", "assignment", "t"]

FEWEST_DF = 5.0
"""With fewer degrees of freedom the t test of CR2 is not to be leaned on where there is another (Tipton 2015, doi:10.1037/met0000011)."""

NO_INFERENCE = "difference of changes, no inference"

ALIKE = 1e-9
"""Changes of areas that differ by less than this share are equal but for rounding."""
ALL_ALIKE = "All areas of each kind changed alike, so that nothing tells how areas differ by chance."

REASONS = {
    "none": (
        "One area with the pilot and one without cannot be told from two areas that happened to move apart: whatever else "
        "happened in either would look the same. So the effect has no interval and no verdict. With more comparison areas it "
        "could be judged; with these, ask only how each area changed."
    ),
    "placebo": (
        "Only one area {single} the pilot, so the difference of its change is held against how the other {others} areas differ "
        "among themselves."
    ),
    "placebo_few": (
        " With {others} of them even the largest difference may be chance at the {percent:g} % level: at least {needed} are needed."
    ),
    "lot": (
        "A lot chose the areas ({areas}), so the effect is held against all effects that other outcomes of the lot would show. "
        "Each area counts the same."
    ),
    "t": "The effect rests on {areas}: its test has {df:.1f} degrees of freedom, however many people answered.",
    "exchange": (
        "With {areas} the t test has only {df:.1f} degrees of freedom, so the effect is held against the effects that any other "
        "choice of pilot areas would show; this takes the areas to be exchangeable, and is too bold where pilot areas vary more "
        "than the others. Each area counts the same."
    ),
    "still": "Nothing varies between {areas}, so that nothing tells how areas differ by chance.",
    "careful": (
        "With {areas} the t test has only {df:.1f} degrees of freedom and no other test is sharper, so only a large effect "
        "can show."
    ),
}


def way_of(treated: int, comparison: int, *, randomized: bool, df: float, level: float) -> tuple[Way, str]:
    """Return how an effect is judged with so many areas of either kind, and why.

    Parameters
    ----------
    treated, comparison
        Areas with and without the pilot.
    randomized
        Whether a lot decided which is which.
    df
        Degrees of freedom that CR2 would have.
    level
        Of the test, such as 0.05.
    """
    if treated == comparison == 1:
        return "none", REASONS["none"]
    if min(treated, comparison) == 1:
        others = max(treated, comparison)
        needed = math.ceil(1 / level - 1e-9) - 1
        reason = REASONS["placebo"].format(single="had" if treated == 1 else "was without", others=others)
        few = REASONS["placebo_few"].format(others=others, percent=100 * level, needed=needed)
        return "placebo", reason + (few if others < needed else "")
    areas = f"{treated} areas with and {comparison} without the pilot"
    choices = np.arange(treated + comparison) < treated
    attainable = smallest_p_value(choices) <= level
    if randomized and attainable:
        return "assignment", REASONS["lot"].format(areas=areas)
    if not df > 0:
        return "t", REASONS["still"].format(areas=areas)
    if df >= FEWEST_DF:
        return "t", REASONS["t"].format(areas=areas, df=df)
    word: Way = "assignment" if attainable else "t"
    return word, REASONS["exchange" if attainable else "careful"].format(areas=areas, df=df)


def area_inference(model: WaveModel, place: int, conf_level: float, seed: Any) -> Inference:
    """Return the inference of the difference of changes up to a wave, by the way that fits the number of areas.

    Parameters
    ----------
    model
        Fitted with comparison areas.
    place
        Of the wave in the design's waves.
    conf_level
        Of the interval.
    seed
        For drawn assignments.
    """
    by_t = model.infer(model.effect[place], conf_level)
    treated = area_changes(model, place).treated
    few, many = int(treated.sum()), int((~treated).sum())
    df = by_t.df if by_t.df > 0 else 0.0
    way, reason = way_of(few, many, randomized=model.rows.layout.design.randomized, df=df, level=1 - conf_level)
    if way == "none":
        return without_test(by_t.estimate, n=by_t.n, method=NO_INFERENCE, reason=reason)
    if way == "placebo":
        return by_placebo(model, place, conf_level, reason)
    if way == "assignment":
        return by_assignment(model, place, conf_level, seed, reason)
    return replace(by_t, reason=reason)


def by_placebo(model: WaveModel, place: int, conf_level: float, reason: str = "") -> Inference:
    """Hold the single area of one kind against the spread of the others."""
    areas, n = area_changes(model, place), model.rows.people()
    sign = 1.0 if areas.treated.sum() == 1 else -1.0
    single = areas.treated if sign > 0 else ~areas.treated
    try:
        found = placebo_areas(
            areas.changes[single], areas.changes[~single], treated_sizes=areas.sizes[single],
            comparison_sizes=areas.sizes[~single], variance_per_size=areas.variance_per_size, conf_level=conf_level,
        )  # fmt: skip
    except EstimationError as error:
        return without_test(areas.effect, n=n, method=NO_INFERENCE, reason=f"{reason} {error}")

    def one_sided(value: float) -> tuple[float, float]:
        above, below = (float(p[0]) for p in one_sided_placebo(found, np.array([sign * value])))
        return (below, above) if sign > 0 else (above, below)

    reach = np.abs(found.placebos)

    def two_sided(value: float) -> float:
        distance = abs(sign * found.estimate - value) * (1 - 1e-10)
        return (1 + int((reach >= distance).sum())) / (1 + len(reach))

    low, high = sorted((sign * found.low, sign * found.high))
    method = "single area against the others (Conley & Taber 2011; sizes: Ferman & Pinto 2019)"
    nan = math.nan
    return Inference(
        sign * found.estimate, nan, nan, nan, found.p_value, low, high, n, method, reason, one_sided, two_sided
    )


def by_assignment(model: WaveModel, place: int, conf_level: float, seed: Any, reason: str = "") -> Inference:
    """Hold the difference against those of all assignments that could have been."""
    areas, n = area_changes(model, place), model.rows.people()
    drawn = int(np.random.default_rng(seed).integers(2**32))
    if max(float(np.ptp(areas.changes[kind])) for kind in (areas.treated, ~areas.treated)) <= ALIKE * float(
        np.abs(areas.changes).max()
    ):
        return without_test(areas.effect, n=n, method=NO_INFERENCE, reason=f"{reason} {ALL_ALIKE}".strip())
    try:
        found = randomize_areas(areas.changes, areas.treated, conf_level=conf_level, seed=drawn)
    except EstimationError as error:
        return without_test(areas.effect, n=n, method=NO_INFERENCE, reason=f"{reason} {error}")

    def one_sided(value: float) -> tuple[float, float]:
        above, below = one_sided_p_values(areas.changes, areas.treated, np.array([value]), seed=drawn)
        return float(below[0]), float(above[0])

    def two_sided(value: float) -> float:
        return randomize_areas(areas.changes - value * areas.treated, areas.treated, seed=drawn).p_value

    counted = "all" if found.complete else "drawn"
    method = f"randomisation test over {counted} {found.n_assignments} assignments of areas, studentised"
    nan = math.nan
    low, high = (limit if math.isfinite(limit) else nan for limit in (found.low, found.high))
    return Inference(
        found.estimate, nan, found.statistic, nan, found.p_value, low, high, n, method, reason, one_sided, two_sided
    )
